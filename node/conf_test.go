package node_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/nodetest"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// The items of spec 02, 25.3 that need a whole node.

// post sends a message to a node, signed by somebody or not.
func post(t *testing.T, n nodetest.Server, m *Message, signed bool, spec commit.Spec) Value {
	t.Helper()
	c := client.New(client.Options{Codecs: []codec.Codec{ans104.Codec{}}})
	defer c.Close()
	m = m.Set("method", Binary("POST"))
	var rep *client.Reply
	var err error
	if signed {
		rep, err = c.SignAndDo(t.Context(), n.URL, m, must.Key(t), spec)
	} else {
		rep, err = c.Do(t.Context(), n.URL, m)
	}
	if err != nil || rep.Status != 200 {
		t.Fatalf("%v: %+v", err, rep)
	}
	v, _ := rep.Message.Get("body")
	return v
}

func TestRequests(t *testing.T) {
	n := nodetest.Open(t, nil)
	flat := Of(P("path", Binary("/key1")), P("key1", Binary("Value1")))
	deep := Of(P("path", Binary("/key1/key2/key3")), P("key1", Of(P("key2", Of(P("key3", Binary("Value2")))))))
	for name, c := range map[string]struct {
		m      *Message
		signed bool
		want   string
	}{
		"unsigned": {flat, false, "Value1"}, // CONF-HTTP-01
		"signed":   {flat, true, "Value1"},  // CONF-HTTP-02
		"nested":   {deep, true, "Value2"},  // CONF-HTTP-03
	} {
		if got := post(t, n, c.m, c.signed, commit.Spec{}); got != Value(Binary(c.want)) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// CONF-HTTP-04: a factorial by a program that comes with the request.
func TestProgramsInRequests(t *testing.T) {
	n := nodetest.Open(t, nil)
	m := Of(P("device", Binary("wasm-64@1.0")), P("function", Binary("fac")), P("parameters", NewList(Float(3))),
		P("body", Binary(sharedtest.File(t, "testdata/test-64.wasm"))), P("path", Binary("/init/compute/results/output/1")))
	item := m.Set("codec-device", Binary(ans104.Name)).Set("require-codec", Binary(ans104.Name)).Set("accept-bundle", True)
	for name, c := range map[string]struct {
		m      *Message
		signed bool
		spec   commit.Spec
	}{
		"unsigned": {m, false, commit.Spec{}}, "signed": {m, true, commit.Spec{}}, "as an item": {item, true, commit.Spec{Device: ans104.Name, Bundle: true}},
	} {
		if got := post(t, n, c.m, c.signed, c.spec); got != Value(Float(6)) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// CONF-HTTP-06, CONF-MSG-64: a large signed message with much in it is taken, kept and read.
func TestLargeRequests(t *testing.T) {
	n := nodetest.Open(t, []Pair{P("store_all_signed", True)})
	b := NewBuilder(100)
	for i := range 100 {
		b.Set(fmt.Sprintf("option-%d", i), Of(P("name", Binary(strings.Repeat("x", 100))), P("values", NewList(Int(i), Float(0.5), NewList(Atom("a"), Binary("b"))))))
	}
	m := Of(P("path", Binary("/node-message/short_trace_len")), P("node-message", b.Message().Set("short_trace_len", Int(5))))
	for _, spec := range []commit.Spec{{}, {Bundle: true}} {
		if got := post(t, n, m, true, spec); got != Value(Int(5)) {
			t.Errorf("bundle %v: %v", spec.Bundle, got)
		}
	}
}

// CONF-MSG-31: the node message, which has values of every type, is signed and
// verified.
func TestNodeMessageIsSigned(t *testing.T) {
	var more []Pair
	for i := range 10 {
		more = append(more, P(fmt.Sprint("extra_", i), NewList(Int(i), Float(0.5), Atom("x"), Of(P("k", True)))))
	}
	n := nodetest.Open(t, more)
	m := Of(P("path", Binary("/config/port")), P("config", n.Message()))
	if n.Message().Len() <= 32 {
		t.Fatal(n.Message().Len())
	}
	for _, spec := range []commit.Spec{{}, {Bundle: true}} {
		if got := post(t, n, m, true, spec); got != Value(Int(8734)) {
			t.Errorf("bundle %v: %v", spec.Bundle, got)
		}
	}
}

// starter is a device that answers the hooks of a node.
func starter() *ao.Device {
	return &ao.Device{Name: "starter@test", Doc: "Hooks.", Keys: []ao.Key{
		{Name: "start", Run: func(c *ao.Call) (Value, error) {
			return c.Request().Set("body", c.Request().Message("body").Set("from-the-hook", Binary("yes"))), nil
		}},
		{Name: "request", Run: func(c *ao.Call) (Value, error) {
			return c.Request().Set("body", NewList(Of(P("a", Binary("rewritten"))), Of(P("path", Binary("a"))))), nil
		}},
	}}
}

// CONF-HTTP-08: the hook "start" may change the options.
func TestStartHook(t *testing.T) {
	c := config("")
	c.Options = Of(P("on", Of(P("start", Of(P("device", Binary("starter@test")))))))
	n, url := start(t, c, node.WithDevices(starter()))
	if got := n.Message().Text("from_the_hook"); got != "yes" {
		t.Fatal(n.Message().Keys())
	}
	if status, body := get(t, url+"/~meta@1.0/info/from_the_hook"); status != 200 || body != "yes" {
		t.Fatal(status, body)
	}
}

// CONF-META-10: a request hook may rewrite what is asked.
func TestRequestHookRewrites(t *testing.T) {
	n := nodetest.Open(t, []Pair{P("on", Of(P("request", Of(P("device", Binary("starter@test"))))))}, starter())
	if got := n.Get("/~message@1.0&a=1/a"); got != "rewritten" {
		t.Fatal(got)
	}
}

// CONF-HTTP-09: the history grows by each change, and what was set before stays.
func TestHistory(t *testing.T) {
	key := must.Key(t)
	n, url := start(t, config(""), node.WithKey(key))
	for i := 1; i <= 3; i++ {
		rep := change(t, url, key, P(fmt.Sprint("option-", i), Int(i)))
		if v, _ := rep.Message.Get("history-length"); rep.Status != 200 || v != Value(Int(i)) {
			t.Fatal(i, rep.Status, rep.Body)
		}
	}
	for i := 1; i <= 3; i++ {
		if v, _ := n.Message().Get(fmt.Sprint("option_", i)); v != Value(Int(i)) {
			t.Errorf("option %d is %v", i, v)
		}
	}
}

// CONF-META-02: private options never appear.
func TestPrivateOptions(t *testing.T) {
	c := config("")
	c.Options = Of(P("public_option", Binary("shown")), P("nested", Of(P("a", Binary("1")))))
	n, url := start(t, c)
	for key := range n.Message().All() {
		if strings.HasPrefix(strings.ToLower(key), "priv") {
			t.Errorf("the node message has %q", key)
		}
	}
	for _, key := range []string{"priv_wallet", "priv", "private", "priv_key"} {
		if status, body := get(t, url+"/~meta@1.0/info/"+key); status != http.StatusNotFound {
			t.Errorf("%s: %d %.100s", key, status, body)
		}
	}
	if status, body := get(t, url+"/~meta@1.0/info/public_option"); status != 200 || body != "shown" {
		t.Error(status, body)
	}
}

// CONF-META-11
func TestBuild(t *testing.T) {
	_, url := start(t, config(""))
	if status, body := get(t, url+"/~meta@1.0/build/node"); status != 200 || body != "HyperBEAM" {
		t.Error(status, body)
	}
	if status, body := get(t, url+"/~meta@1.0/build/version"); status != 200 || body == "" {
		t.Error(status, body)
	}
}

// CONF-HTTP-15
func TestOnlyIfCached(t *testing.T) {
	n := nodetest.Open(t, nil)
	id := n.ID(Of(P("a", Binary("1"))))
	if _, err := n.Engine().Cache.Write(context.Background(), Of(P("a", Binary("1"))), 0); err != nil {
		t.Fatal(err)
	}
	if got := n.Get("/" + id + "/a"); got != "1" {
		t.Fatal(got)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.URL+"/"+id+"/keys", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("cache-control", "only-if-cached")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusGatewayTimeout || resp.Header.Get("cache-status") != "miss" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	if status, _ := n.Status("/" + strings.Repeat("A", 43) + "/keys"); status != http.StatusNotFound {
		t.Error(status)
	}
}
