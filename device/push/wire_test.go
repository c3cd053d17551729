package push_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/store"
)

var ctx = context.Background()

// server is a node as people run it, in memory and behind HTTP.
type server struct {
	t testing.TB
	*node.Node
	url string
}

func open(t testing.TB, options ...Pair) server {
	t.Helper()
	c := node.DefaultConfig()
	c.DataDir, c.KeyType = "", "ed25519"
	if err := c.Apply(Of(append(options, P("relay_private", NewList(Binary("127.0.0.1"))))...)); err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(n.Handler())
	t.Cleanup(func() {
		h.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return server{t, n, h.URL}
}

// keep stores a message and returns its ID.
func (s server) keep(m Value, names ...string) string {
	s.t.Helper()
	if _, err := s.Engine().Cache.Write(ctx, m, store.Lazy, names...); err != nil {
		s.t.Fatal(err)
	}
	i, err := commit.LinkID(ctx, m)
	if err != nil {
		s.t.Fatal(err)
	}
	return i.String()
}

// post sends an item as aoconnect does (spec 06, 3.1) and returns the answer.
func (s server) post(path string, key *keys.PrivateKey, target, data string, tags ...string) (http.Header, string) {
	s.t.Helper()
	it := arweave.Item{Data: []byte(data)}
	if target != "" {
		to := must(s.t, func() (id.ID, error) { return id.Parse(target) })
		it.Target = to[:]
	}
	var list []arweave.Tag
	for i := 0; i < len(tags); i += 2 {
		list = append(list, arweave.Tag{Name: tags[i], Value: tags[i+1]})
	}
	it.Tags = must(s.t, func() (arweave.Tags, error) { return arweave.NewTags(list...) })
	alg := keys.Ed25519
	if key.Kind() == keys.RSA {
		alg = keys.RSAPSSSHA256
	}
	if err := it.Sign(must(s.t, func() (keys.Signer, error) { return key.Signer(alg) })); err != nil {
		s.t.Fatal(err)
	}
	raw := must(s.t, func() ([]byte, error) { return it.Append(nil) })
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+path, bytes.NewReader(raw))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/ans104")
	req.Header.Set("codec-device", "ans104@1.0")
	req.Header.Set("accept", "*/*")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		s.t.Fatalf("POST %s: %d %s", path, resp.StatusCode, body)
	}
	return resp.Header, string(body)
}

func (s server) get(path string) string {
	s.t.Helper()
	resp, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if resp.StatusCode != 200 {
		s.t.Fatalf("GET %s: %d %.500s", path, resp.StatusCode, body)
	}
	return string(body)
}

// eventually waits until a path has a value.
func (s server) eventually(path, want string) {
	s.t.Helper()
	got := ""
	for range 500 {
		if got = s.get(path); got == want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Fatalf("%s is %q, want %q", path, got, want)
}

// echo answers Ping with Pong, and notes both.
const echo = `
function compute(base, req)
  local m = req.body or {}
  base.results = { data = m.action or "" }
  if m.action == "Go" then
    base.results.outbox = { ["1"] = { target = m.data, action = "Ping" } }
  elseif m.action == "Ping" then
    base.results.outbox = { ["1"] = { target = m["from-process"], action = "Pong" } }
  end
  if m.action then base.last = m.action end
  return base
end`

// spawn spawns a process as aoconnect's spawn does (spec 06, 3.2).
func (s server) spawn(user *keys.PrivateKey) string {
	s.t.Helper()
	module := s.keep(Of(P("content-type", Binary("application/lua")), P("body", Binary(echo))))
	h, _ := s.post("/push", user, "", "1984",
		"device", "process@1.0", "scheduler-device", "scheduler@1.0", "push-device", "push@1.0", "execution-device", "lua@5.3a",
		"Authority", s.Address(), "Scheduler", s.Address(), "Module", module,
		"signing-format", "ans104", "accept-bundle", "true", "accept-codec", "httpsig@1.0",
		"Data-Protocol", "ao", "Type", "Process", "Variant", "ao.N.1")
	process := h.Get("process")
	if len(process) != 43 || h.Get("slot") != "0" {
		s.t.Fatalf("process %q, slot %q", process, h.Get("slot"))
	}
	return process
}

// message sends a message as aoconnect's message does (spec 06, 3.3) and returns
// the JSON that it answers with.
func (s server) message(user *keys.PrivateKey, process, action, data string) map[string]any {
	s.t.Helper()
	_, body := s.post("/"+process+"~process@1.0/push", user, process, data,
		"Action", action, "signing-format", "ans104", "accept-bundle", "true", "require-codec", "application/json",
		"Data-Protocol", "ao", "Type", "Message", "Variant", "ao.N.1")
	var out map[string]any
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		s.t.Fatalf("%v: %s", err, body)
	}
	return out
}

// What aoconnect does: spawn, message, and the reply of another process.
func TestItems(t *testing.T) {
	s := open(t)
	user := generate(t, keys.RSA)
	a, b := s.spawn(user), s.spawn(user)
	answer := s.message(user, a, "Go", b)
	if slot, ok := answer["slot"].(float64); !ok || slot != 1 {
		t.Fatalf("slot %v in %v", answer["slot"], answer)
	}
	if answer["process"] != a || len(answer["id"].(string)) != 43 {
		t.Fatal(answer)
	}
	entry, _ := answer["1"].(map[string]any)
	if entry["target"] != b || entry["slot"] != 1.0 || entry["id"] == nil || entry["resulted-in"] == nil {
		t.Fatal(entry)
	}
	for path, want := range map[string]string{
		"/" + a + "~process@1.0/now/last": "Pong", "/" + b + "~process@1.0/now/last": "Ping",
		"/" + a + "/slot/current": "2", "/" + b + "/slot/current": "1",
	} {
		if got := s.get(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

// Two nodes over HTTP: each finds the other by the location record of the
// scheduler, or by the operator's route.
func TestTwoNodes(t *testing.T) {
	for _, way := range []string{"record", "route"} {
		t.Run(way, func(t *testing.T) {
			one, two := open(t), open(t)
			user := generate(t, keys.Curve25519)
			a, b := one.spawn(user), two.spawn(user)
			one.meet(two, b, way)
			two.meet(one, a, way)
			one.message(user, a, "Go", b)
			one.eventually("/"+a+"/now/last", "Pong")
			two.eventually("/"+b+"/now/last", "Ping")
		})
	}
}

// meet tells a node of a process on another.
func (s server) meet(other server, process, way string) {
	s.t.Helper()
	v, err := other.Engine().Cache.Read(ctx, process)
	if err != nil {
		s.t.Fatal(err)
	}
	s.keep(must(s.t, func() (Value, error) { return LoadAll(ctx, other.Engine().Cache, v) }))
	if way == "record" {
		record := must(s.t, func() (*Message, error) {
			return commit.Commit(ctx, other.Env().Codec(), Of(P("type", Binary("scheduler-location")), P("url", Binary(other.url))), other.Engine().Key, commit.Spec{})
		})
		must(s.t, func() (Value, error) {
			return s.Resolve(ctx, record.Set("path", Binary("/~scheduler@1.0/location")).Set("method", Binary("POST")))
		})
		return
	}
	route := Of(P("template", Binary("/"+process+".*")), P("node", Of(P("prefix", Binary(other.url)))))
	if _, err := s.Adopt(Of(P("routes", NewList(route))), Of()); err != nil {
		s.t.Fatal(err)
	}
}

func must[T any](t testing.TB, f func() (T, error)) T {
	t.Helper()
	v, err := f()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func generate(t testing.TB, kind keys.Kind) *keys.PrivateKey {
	return must(t, func() (*keys.PrivateKey, error) { return keys.Generate(kind) })
}
