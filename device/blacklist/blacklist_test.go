package blacklist_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/device/blacklist"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/store"
)

var ctx = context.Background()

func TestParse(t *testing.T) {
	a, b := id.Hash([]byte("a")), id.Hash([]byte("b"))
	got, err := blacklist.Parse("# policy\n\n" + a.String() + "\r\n  " + b.String() + " court order 7\n#" + id.Hash([]byte("c")).String())
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	for _, i := range []id.ID{a, b} {
		if _, ok := got[i]; !ok {
			t.Error(i)
		}
	}
	for _, bad := range []string{"<html>", "abc", string(a[:]), a.String() + "x"} {
		if _, err := blacklist.Parse(bad); !fail.Is(err, fail.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("42jky7O3rzKkMOfHBXgK-304YjulzEYqHc9qyjT3efA x\n#\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := blacklist.Parse(text)
		if err == nil && len(got) > strings.Count(text, "\n")+1 {
			t.Error("more IDs than lines")
		}
	})
}

// source is a server of a list.
type source struct {
	url   string
	text  atomic.Value // "" answers 500
	asked atomic.Int64
	wait  chan struct{} // nil does not wait
}

func serve(t *testing.T, text string, wait chan struct{}) *source {
	s := &source{wait: wait}
	s.text.Store(text)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		if s.wait != nil {
			<-s.wait
		}
		if s.text.Load() == "" {
			w.WriteHeader(500)
			return
		}
		_, _ = io.WriteString(w, s.text.Load().(string))
	}))
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

func (s *source) provider() Value {
	return Of(P("path", Binary("/~relay@1.0/call")), P("relay-path", Binary(s.url+"/list.txt")), P("relay-method", Binary("GET")))
}

type ticking struct {
	clock.System
	offset atomic.Int64
}

func (c *ticking) Now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

func start(t *testing.T, now clock.Clock, options ...Pair) (*node.Node, string) {
	t.Helper()
	c := node.DefaultConfig()
	c.DataDir, c.Store = "", "memory"
	hook := Of(P("device", Binary(blacklist.Name)))
	options = append(options, P("relay_private", Binary("127.0.0.1")), P("on", Of(
		P("request", NewList(Of(P("device", Binary("name@1.0"))), Of(P("device", Binary("manifest@1.0"))), hook)), P("response", hook))))
	if err := c.Apply(Of(options...)); err != nil {
		t.Fatal(err)
	}
	k, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(ctx, c, node.WithKey(k), node.WithClock(now))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(n.Handler())
	t.Cleanup(func() {
		srv.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n, srv.URL
}

func do(t *testing.T, method, url, host, body string, header ...string) (status int, answer string, h http.Header) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header
}

func put(t *testing.T, n *node.Node, m *Message) id.ID {
	t.Helper()
	name, err := n.Env().Cache.Write(ctx, m, store.Durable)
	if err != nil {
		t.Fatal(err)
	}
	i, err := id.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// CONF-NEW-06: every way in which a request can name listed content.
func TestAttacks(t *testing.T) {
	list := serve(t, "# nothing yet\n", nil)
	now := &ticking{}
	n, base := start(t, now, P("blacklist_providers", NewList(list.provider())), P("local_names", Of(P("named", Binary("x")))))
	bad := put(t, n, Of(P("data", Binary("listed")), P("k", Of(P("deep", Int(1))))))
	good := put(t, n, Of(P("data", Binary("fine"))))
	site := put(t, n, Of(P("content-type", Binary("application/x.arweave-manifest+json")),
		P("data", Binary(fmt.Sprintf(`{"paths":{"bad":{"id":%q},"good":{"id":%q}}}`, bad, good)))))
	if status, _, _ := do(t, "GET", base+"/"+bad.String()+"/data", "", ""); status != 200 {
		t.Fatal("not listed yet, but", status)
	}
	list.text.Store("# policy\n\n" + bad.String() + "\n")
	now.offset.Store(int64(time.Hour))
	_, _, _ = do(t, "GET", base+"/~message@1.0&a=1/a", "", "") // has the list read again
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, ids, _ := do(t, "GET", base+"/~blacklist@1.0/info/ids", "", ""); ids == "1" {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the list is not read again")
		}
	}
	b, escaped := bad.String(), ""
	for _, c := range []byte(b) {
		escaped += fmt.Sprintf("%%%02x", c)
	}
	for name, x := range map[string]struct{ method, path, host, body, header string }{
		"path":         {path: "/" + b},
		"key":          {path: "/" + b + "/data"},
		"device":       {path: "/" + b + "~message@1.0/data"},
		"parameter":    {path: "/" + b + "&x=1/data"},
		"escaped":      {path: "/" + escaped},
		"twice":        {path: "/~message@1.0&a=(" + url.PathEscape(escaped) + ")/a"},
		"sub-path":     {path: "/(" + b + ")/data"},
		"lookup":       {path: "/~lookup@1.0/read&target=" + b},
		"cache":        {path: "/~cache@1.0/read?target=" + b},
		"header":       {path: "/~lookup@1.0/read", header: b},
		"body":         {method: "POST", path: "/~lookup@1.0/read", body: `{"target":"` + b + `"}`},
		"nested":       {method: "POST", path: "/~message@1.0/a", body: `{"a":{"b":{"c":["` + b + `"]}}}`},
		"relay":        {path: "/~relay@1.0/call?relay-path=https://arweave.net/" + b},
		"cron":         {path: "/~cron@1.0/once?cron-path=/" + b},
		"base32":       {path: "/~name@1.0/" + bad.Base32() + "/data"},
		"host":         {path: "/data", host: bad.Base32() + ".example.org"},
		"host root":    {path: "/", host: bad.Base32() + ".example.org"},
		"URL and host": {path: "/" + b, host: "other.example.org"},
	} {
		h := []string{"Accept", "application/json"}
		if x.header != "" {
			h = append(h, "Target", x.header)
		}
		if x.body != "" {
			h = append(h, "Codec-Device", "json@1.0", "Content-Type", "application/json")
		}
		if x.method == "" {
			x.method = "GET"
		}
		status, answer, _ := do(t, x.method, base+x.path, x.host, x.body, h...)
		if status != 451 || !strings.Contains(answer, `"blocked-id":"`+b+`"`) || !strings.Contains(answer, "content-policy") {
			t.Errorf("%s: %d %.200s", name, status, answer)
		}
	}
	for _, p := range []string{"/" + good.String() + "/data", "/" + site.String() + "/good", "/~message@1.0&a=1/a", "/~meta@1.0/info"} {
		if status, answer, _ := do(t, "GET", base+p, "", ""); status != 200 {
			t.Errorf("%s: %d %.100s", p, status, answer)
		}
	}
}

// TestAnswers: what a request does not name is found in the answer, and no
// message can pass for a refusal.
func TestAnswers(t *testing.T) {
	secret := id.Hash([]byte("listed"))
	list := serve(t, secret.String(), nil)
	n, base := start(t, clock.System{}, P("blacklist_providers", NewList(list.provider())))
	for name, m := range map[string]*Message{
		"link":    Of(P("data", Binary("x")), P("see", Binary("/"+secret.String()+"/x"))),
		"feigned": Of(P("status", Int(451)), P("reason", Binary("content-policy")), P("blocked-id", Binary(secret.String())), P("data", Binary("bad"))),
	} {
		i := put(t, n, m)
		status, answer, h := do(t, "GET", base+"/"+i.String(), "", "")
		if status != 451 || h.Get("blocked-id") != secret.String() || strings.Contains(answer, "bad") || h.Get("data") != "" {
			t.Errorf("%s: %d %.100s", name, status, answer)
		}
	}
}

// CONF-NEW-06: before the first reading nothing is served but what the operator
// needs, or everything if he wants it so; a reading that fails changes nothing.
func TestFallback(t *testing.T) {
	wait := make(chan struct{})
	slow := serve(t, "#", wait)
	_, halting := start(t, clock.System{}, P("blacklist_providers", NewList(slow.provider())), P("blacklist_timeout", Int(50)))
	for p, want := range map[string]int{
		"/~message@1.0&a=1/a": 503, "/~meta@1.0/info": 200, "/~meta@1.0/info/address": 503, "/~hyperbuddy@1.0/(~message@1.0&a=1)/a": 503,
		"/~hyperbuddy@1.0/../x": 503, "/~meta@1.0/info&x=1": 503, "/~hyperbuddy@1.0/%2e%2e/x": 503,
	} {
		if status, answer, _ := do(t, "GET", halting+p, "", ""); status != want {
			t.Errorf("%s: %d %.100s", p, status, answer)
		}
	}
	_, going := start(t, clock.System{}, P("blacklist_providers", NewList(slow.provider())), P("blacklist_timeout", Int(50)), P("blacklist_fallback", Binary("continue")))
	if status, answer, _ := do(t, "GET", going+"/~message@1.0&a=1/a", "", ""); status != 200 {
		t.Error(status, answer)
	}
	close(wait)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if status, _, _ := do(t, "GET", halting+"/~message@1.0&a=1/a", "", ""); status == 200 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("still halted")
		}
	}
	broken := serve(t, "", nil)
	_, url := start(t, clock.System{}, P("blacklist_providers", NewList(broken.provider())))
	if status, _, _ := do(t, "GET", url+"/~message@1.0&a=1/a", "", ""); status != 503 {
		t.Error("a list that cannot be read does not halt the node:", status)
	}
}

// TestKept: a list that cannot be read again stays as it was, and it is not
// read for every request.
func TestKept(t *testing.T) {
	bad := id.Hash([]byte("listed"))
	list, now := serve(t, bad.String(), nil), &ticking{}
	_, url := start(t, now, P("blacklist_providers", NewList(list.provider())))
	for i := range 20 {
		if status, _, _ := do(t, "GET", url+"/"+bad.String(), "", ""); status != 451 {
			t.Fatal(i, status)
		}
		if i == 10 {
			list.text.Store("")
			now.offset.Store(int64(time.Hour))
		}
	}
	if n := list.asked.Load(); n > 4 {
		t.Error("the list was asked for", n, "times")
	}
}
