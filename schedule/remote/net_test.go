package remote_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/conformance/testdevice"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

var ctx = context.Background()

func sign(t testing.TB, key *keys.PrivateKey, m *Message) *Message {
	t.Helper()
	return must.Have[*Message](t)(commit.Commit(ctx, commit.Env(NoLoader{}), m, key, commit.Spec{}))
}

func signItem(t testing.TB, key *keys.PrivateKey, m *Message) *Message {
	t.Helper()
	return must.Have[*Message](t)(commit.Commit(ctx, commit.Env(NoLoader{}), m, key, commit.Spec{Device: ans104.Name}))
}

func idOf(t testing.TB, m *Message) string {
	t.Helper()
	i, err := commit.SignedID(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	return i.String()
}

// server is a node as people run it, in memory and behind HTTP.
type server struct {
	t testing.TB
	*node.Node
	key   *keys.PrivateKey
	store store.Store
	url   string
}

// settings are what tests change of a node.
type settings struct {
	key     *keys.PrivateKey
	store   store.Store
	devices []*ao.Device
	options []Pair
	gate    func(http.Handler) http.Handler
}

func start(t testing.TB, set settings) *server {
	t.Helper()
	if set.key == nil {
		set.key = must.Key(t)
	}
	if set.store == nil {
		set.store = mem.New(mem.Options{})
	}
	c := node.DefaultConfig()
	c.DataDir = ""
	if err := c.Apply(Of(append([]Pair{P("relay_private", NewList(Binary("127.0.0.1"))), P("gateway", Binary(""))}, set.options...)...)); err != nil {
		t.Fatal(err)
	}
	n := must.Have[*node.Node](t)(node.Open(ctx, c, node.WithKey(set.key), node.WithStore(set.store),
		node.WithDevices(append(set.devices, testdevice.New())...)))
	handler := n.Handler()
	if set.gate != nil {
		handler = set.gate(handler)
	}
	h := httptest.NewServer(handler)
	t.Cleanup(func() {
		h.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return &server{t, n, set.key, set.store, h.URL}
}

func fresh(t testing.TB, options ...Pair) *server { return start(t, settings{options: options}) }

// meet tells a node where other nodes are.
func (s *server) meet(others ...*server) {
	s.t.Helper()
	for _, o := range others {
		s.knows(o.key, P("url", Binary(o.url)))
	}
}

// knows tells a node a location record.
func (s *server) knows(key *keys.PrivateKey, more ...Pair) {
	s.t.Helper()
	record := sign(s.t, key, Of(append([]Pair{P("type", Binary("scheduler-location")), P("time-to-live", Int(3_600_000))}, more...)...))
	s.ok(s.send(record.Set("path", Binary("/~scheduler@1.0/location"))))
}

// send posts a message to a node over HTTP.
func (s *server) send(m *Message) *client.Reply {
	s.t.Helper()
	c := client.New(client.Options{Codecs: []codec.Codec{ans104.Codec{}}, Load: s.Engine().Cache})
	defer c.Close()
	return must.Have[*client.Reply](s.t)(c.Do(ctx, s.url, m.Set("method", Binary("POST"))))
}

// ask reads a path over HTTP.
func (s *server) ask(path string) *client.Reply {
	s.t.Helper()
	c := client.New(client.Options{Codecs: []codec.Codec{ans104.Codec{}}, Load: s.Engine().Cache})
	defer c.Close()
	return must.Have[*client.Reply](s.t)(c.Do(ctx, s.url, Of(P("path", Binary(path)), P("method", Binary("GET")))))
}

func (s *server) ok(r *client.Reply) *Message {
	s.t.Helper()
	if r.Status != 200 {
		s.t.Fatalf("status %d: %s", r.Status, explain(r))
	}
	return r.Message
}

// explain returns what an answer says is wrong.
func explain(r *client.Reply) string {
	var out []string
	for k, v := range r.Message.Without(CommitmentsKey).All() {
		if text, ok := Text(v); ok {
			out = append(out, k+": "+text)
		}
	}
	return strings.Join(out, "; ")
}

// get returns the body of a path, read as people do.
func (s *server) get(path string) (int, string) {
	s.t.Helper()
	resp, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b := must.Have[[]byte](s.t)(io.ReadAll(resp.Body))
	return resp.StatusCode, string(b)
}

// want reads a path over HTTP and compares its body.
func (s *server) want(path, want string) {
	s.t.Helper()
	if status, body := s.get(path); status != 200 || body != want {
		s.t.Fatalf("%s: status %d, %q, want %q", path, status, body, want)
	}
}

// definition returns a process of the test device that some keys schedule.
func definition(t testing.TB, schedulers string, more ...Pair) *Message {
	t.Helper()
	return sign(t, must.Key(t), Of(append([]Pair{
		P("device", Binary("process@1.0")), P("type", Binary("Process")), P("scheduler", Binary(schedulers)),
		P("execution-device", Binary("test-device@1.0"))}, more...)...))
}

// spawn schedules a process through a node and returns its ID.
func (s *server) spawn(m *Message) string {
	s.t.Helper()
	a := s.ok(s.send(Of(P("path", Binary("/~scheduler@1.0/schedule")), P("body", m))))
	if slot := must.Have[int64](s.t)(schedule.Slot(a)); slot != 0 || a.Text("process") != idOf(s.t, m) {
		s.t.Fatalf("slot %d: %s", slot, a.Text("process"))
	}
	return a.Text("process")
}

// letter returns a message for a process.
func letter(t testing.TB, key *keys.PrivateKey, id string, n int) *Message {
	return sign(t, key, Of(P("type", Binary("Message")), P("target", Binary(id)), P("inner", Binary("test-message")), P("n", Int(n))))
}

// post schedules a message through a node and returns its assignment.
func (s *server) post(id string, m *Message) *Message {
	s.t.Helper()
	return s.ok(s.send(Of(P("path", Binary("/~scheduler@1.0/schedule")), P("body", m))))
}

// fill schedules messages on the scheduler itself.
func (s *server) fill(id string, n int) {
	s.t.Helper()
	user := must.Key(s.t)
	for i := range n {
		s.post(id, letter(s.t, user, id, i))
	}
}

// knowsProcess gives a node the definition of a process.
func (s *server) knowsProcess(m *Message) string {
	s.t.Helper()
	must.Have[string](s.t)(s.Engine().Cache.Write(ctx, m, store.Lazy))
	return idOf(s.t, m)
}

// eventually waits for something that happens in the background.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for range 3000 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal(what + " did not happen")
}
