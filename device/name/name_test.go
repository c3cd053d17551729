package name_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/b32name"
	"github.com/hyperbeam-go/hyperbeam/device/localname"
	"github.com/hyperbeam-go/hyperbeam/device/name"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

var base = Of(P("device", Binary(name.Name)))

// resolver is a device that knows names with the contract of the snapshot, of
// newer versions, or fails.
func resolver() *ao.Device {
	return &ao.Device{Name: "resolver@1.0", Keys: []ao.Key{
		{Name: "lookup", Run: func(c *ao.Call) (Value, error) {
			switch c.Base.Text("kind") {
			case "old":
				v, ok := c.Base.Get("knows-" + c.Request().Text("key"))
				if !ok {
					return nil, ao.Missing
				}
				return v, nil
			case "broken":
				return nil, fail.New(fail.Internal, "resolver", "no")
			}
			return nil, ao.Missing
		}},
	}, Default: func(c *ao.Call) (Value, error) {
		if c.Base.Text("kind") == "new" && c.Key == "fresh" {
			return Binary("answer-new"), nil
		}
		return nil, ao.Missing
	}}
}

func bench(t *testing.T, resolvers ...Value) aotest.Bench {
	return aotest.With(t, ao.Services{}, Of(P("name_resolvers", NewList(resolvers...)), P("local_names", Of(P("known", Binary("PATH"))))),
		name.New(nil), localname.New(), b32name.New(), resolver())
}

func old(key, value string) Value {
	return Of(P("device", Binary("resolver@1.0")), P("kind", Binary("old")), P("knows-"+key, Binary(value)))
}

// CONF-NAME-01
func TestNoResolvers(t *testing.T) {
	bench(t).Want(bench(t).Path(base, "hello"), NotFound)
}

// CONF-NAME-02, CONF-NAME-03
func TestResolvers(t *testing.T) {
	broken := Of(P("device", Binary("resolver@1.0")), P("kind", Binary("broken")))
	fresh := Of(P("device", Binary("resolver@1.0")), P("kind", Binary("new")))
	data := Of(P("plain", Binary("answer-plain")), P("id-of-nothing", Binary("x")))
	local := Of(P("device", Binary(localname.Name)))
	b := bench(t, old("one", "answer-1"), broken, old("two", "answer-2"), old("one", "later"), fresh, data, local, Binary("/~message@1.0&texts=1"))
	for key, want := range map[string]Value{
		"one": Binary("answer-1"), "two": Binary("answer-2"), "fresh": Binary("answer-new"), "plain": Binary("answer-plain"), "known": Binary("PATH"),
		"texts": Binary("1"), "nobody": NotFound, "lookup": NotFound,
	} {
		b.Want(b.Ask(base, key, P("load", False)), want)
	}
	for _, key := range []string{"id", "commitments", "keys-of", "committers"} { // those of messages are no names
		only := bench(t, data, local)
		only.Want(only.Ask(base, key, P("load", False)), NotFound)
	}
	b.Want(b.Path(base, "one"), NotFound) // leads nowhere
}

// CONF-NAME-04: the answer is loaded, and the path goes on in it.
func TestLoad(t *testing.T) {
	b := bench(t)
	stored := Of(P("a", Int(1)), P("n", Of(P("deep", Binary("PING")))))
	i, err := b.Cache.Write(t.Context(), stored, store.Durable)
	if err != nil {
		t.Fatal(err)
	}
	config := b.Config().Set("name_resolvers", NewList(old("hello", i)))
	b = aotest.With(t, ao.Services{Cache: b.Cache}, config, name.New(nil), resolver())
	b.Want(b.Path(base, "hello"), stored)
	b.Want(b.Path(base, "hello/n/deep"), Binary("PING"))
	b.Want(b.Ask(base, "hello", P("load", Binary("false"))), Binary(i))
}

// SEC-10: a name goes into the path of a resolver as a name, and not as more of
// the path.
func TestNamesAreNotPaths(t *testing.T) {
	b := bench(t, Binary("/~message@1.0&safe=1&secret=2"))
	b.Want(b.Ask(base, "safe", P("load", False)), Binary("1"))
	for _, key := range []string{"safe&x=1", "a?b", "(~message@1.0&v=3)", "x~message@1.0", "x=1", "safe%2fx", `"safe"`} {
		if r := b.Ask(base, "lookup-by-hand", P("load", False)); r.Value != Value(NotFound) {
			t.Error(r)
		}
		req := Of(P("request", Of(P("host", Binary(key+".example.org")))), P("body", NewList(Of(P("path", Binary("y"))))), P("path", Binary("request")))
		v, err := b.Resolve(t.Context(), base, req)
		m, _ := v.(*Message)
		if body, _ := m.Get("body"); err != nil || body.(*List).Len() != 1 {
			t.Errorf("%s: %v %v", key, body, err)
		}
	}
}

// hooked runs the hook on a request for a host and returns the sequence.
func hooked(t *testing.T, b aotest.Bench, host string, seq ...Value) ([]Value, ao.Result) {
	t.Helper()
	req := Of(P("request", Of(P("host", Binary(host)))), P("body", NewList(seq...)), P("path", Binary("request")))
	r := ao.ResultOf(b.Resolve(t.Context(), base, req))
	m, _ := r.Value.(*Message)
	body, _ := m.Get("body")
	l, ok := body.(*List)
	if !ok {
		return nil, r
	}
	var out []Value
	for _, v := range l.All() {
		out = append(out, v)
	}
	return out, r
}

// CONF-NEW-02, CONF-NEW-03, CONF-NEW-04
func TestHook(t *testing.T) {
	i := id.Hash([]byte("content"))
	human := Binary(i.String())
	x := Of(P("path", Binary("x")))
	cast := &As{Device: Binary("meta@1.0"), Message: Empty()}
	b := bench(t, Of(P("device", Binary(b32name.Name))), Of(P("site", human), P("path", Binary("/~message@1.0&a=1/a")), P("whole", Of(P("k", Int(1))))))
	for _, c := range []struct {
		host string
		in   []Value
		want []Value
	}{
		{i.Base32() + ".example.org", []Value{Empty(), x}, []Value{human, x}},
		{i.Base32() + ".localhost:8734", nil, []Value{human}},
		{i.Base32() + ".example.org", []Value{human, x}, []Value{human, x}},               // once
		{i.Base32() + ".example.org", []Value{Binary(i[:]), x}, []Value{Binary(i[:]), x}}, // in either form
		{i.Base32() + ".example.org", []Value{cast, x}, []Value{human, cast, x}},
		{"site.example.org", []Value{x}, []Value{human, x}},
		{"SITE.example.org.", []Value{x}, []Value{human, x}},
		{"whole.example.org", []Value{x}, []Value{Of(P("k", Int(1))), x}},
		{"nobody.example.org", []Value{x}, []Value{x}},
		{"127.0.0.1:8734", []Value{x}, []Value{x}}, {"[::1]:8734", []Value{x}, []Value{x}}, {"::1", []Value{x}, []Value{x}}, {"10.0.0.1", nil, []Value{}},
		{"localhost:8734", nil, []Value{}}, {"", []Value{x}, []Value{x}}, {".", []Value{x}, []Value{x}}, {".org", []Value{x}, []Value{x}},
	} {
		got, r := hooked(t, b, c.host, c.in...)
		if r.Status != ao.OK || len(got) != len(c.want) {
			t.Errorf("%s: %v %v", c.host, got, r)
			continue
		}
		for k := range got {
			if got[k] != c.want[k] && !Equal(got[k], c.want[k]) {
				t.Errorf("%s: %v, want %v", c.host, got, c.want)
			}
		}
	}
	got, _ := hooked(t, b, "path.example.org", x)
	if len(got) != 3 {
		t.Errorf("a name that is a path: %v", got)
	}
	_, r := hooked(t, b, "nobody.example.org")
	if m, _ := r.Value.(*Message); r.Status != ao.Failed || m.Text("body") != "Not Found" {
		t.Error(r)
	}
	b = aotest.With(t, ao.Services{}, b.Config().Set("node_host", Binary("Node.Example.org")), name.New(nil), b32name.New())
	for host, n := range map[string]int{"site.node.example.org": 2, "site.example.org": 1, "node.example.org": 1, "a.site.node.example.org": 1, "site.node.example.org.evil.test": 1} {
		if got, _ := hooked(t, b, host, x); len(got) != n {
			t.Errorf("%s: %v", host, got)
		}
	}
}

// TestHostOfSignedRequests: a message that does not say its host is for the one
// that the server has noted, and what it says wins.
func TestHostOfSignedRequests(t *testing.T) {
	slot := NewSlot[string]("host")
	i := id.Hash([]byte("content"))
	b := aotest.With(t, ao.Services{}, Empty(), name.New(slot), b32name.New())
	for _, x := range []struct {
		req  *Message
		want int
	}{
		{slot.Set(Empty(), i.Base32()+".example.org"), 2},
		{slot.Set(Of(P("host", Binary("localhost"))), i.Base32()+".example.org"), 1},
		{Empty(), 1},
	} {
		v, err := b.Resolve(t.Context(), base, Of(P("request", x.req), P("body", NewList(Of(P("path", Binary("x"))))), P("path", Binary("request"))))
		m, _ := v.(*Message)
		if body, _ := m.Get("body"); err != nil || body.(*List).Len() != x.want {
			t.Error(x.req.Keys(), body, err)
		}
	}
}
