package relay_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/nodetest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

var ctx = context.Background()

// loopback opens the addresses of tests, which is never a default.
var loopback = P("relay_private", Strings([]string{"127.0.0.0/8"}))

// start runs a node with the given options behind a real listener.
func start(t *testing.T, k *keys.PrivateKey, options ...Pair) string {
	t.Helper()
	c := node.DefaultConfig()
	c.DataDir, c.Store, c.KeyType = "", "memory", "ed25519"
	if err := c.Apply(Of(options...)); err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(ctx, c, node.WithKey(k))
	if err != nil {
		t.Fatal(err)
	}
	return nodetest.Listen(t, n)
}

// peer is a plain HTTP server that notes what it got.
type peer struct {
	url    string
	hits   atomic.Int64
	last   atomic.Pointer[http.Request]
	body   atomic.Value
	status int
}

func listen(t *testing.T, status int) *peer {
	p := &peer{status: status}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		p.body.Store(string(b))
		p.last.Store(r.Clone(context.Background()))
		w.Header().Set("Set-Cookie", "stolen=1")
		w.Header().Set("X-Answer", "yes")
		w.WriteHeader(p.status)
		_, _ = io.WriteString(w, "answer")
		p.hits.Add(1)
	}))
	t.Cleanup(srv.Close)
	p.url = srv.URL
	return p
}

func do(t *testing.T, url string, req *Message) *client.Reply {
	t.Helper()
	c := client.New(client.Options{})
	defer c.Close()
	rep, err := c.Do(ctx, url, req)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func sign(t *testing.T, k *keys.PrivateKey, m *Message) *Message {
	m, err := commit.Commit(ctx, commit.Env(NoLoader{}), m, k, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func text(s string) Value { return Binary(s) }

func TestCall(t *testing.T) { // CONF-RELAY-01
	p := listen(t, 200)
	url := start(t, must.Key(t), loopback)
	rep := do(t, url, Of(P("path", text("/~relay@1.0/call")), P("relay-path", text(p.url+"/some/x?q=1"))))
	if rep.Status != 200 || rep.Message.Text("body") != "answer" || rep.Message.Text("x-answer") != "yes" || rep.Header.Get("Set-Cookie") != "" {
		t.Fatal(rep.Status, rep.Header, rep.Body)
	}
	if r := p.last.Load(); r.Method != "GET" || r.RequestURI != "/some/x?q=1" || r.Host != strings.TrimPrefix(p.url, "http://") {
		t.Error(r.Method, r.RequestURI, r.Host)
	}
	// What belongs to the connection of the client stays with this node.
	h, err := http.NewRequest("POST", url+"/~relay@1.0/call?relay-method=PUT&relay-path="+p.url+"/y", strings.NewReader("data"))
	if err != nil {
		t.Fatal(err)
	}
	h.Header.Set("Authorization", "Basic c2VjcmV0")
	h.Header.Set("Cookie", "mine=1")
	h.Header.Set("X-Mine", "1")
	res, err := http.DefaultClient.Do(h)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	r := p.last.Load()
	if res.StatusCode != 200 || r.Method != "PUT" || p.body.Load() != "data" || r.Header.Get("X-Mine") != "1" {
		t.Error(res.StatusCode, r.Method, p.body.Load(), r.Header)
	}
	for _, k := range []string{"Authorization", "Cookie", "Relay-Path", "Relay-Method"} {
		if r.Header.Get(k) != "" {
			t.Errorf("%s: %s was sent on", k, r.Header.Get(k))
		}
	}
}

func TestStatusesPass(t *testing.T) {
	for _, status := range []int{201, 302, 404, 418, 500, 503} {
		p := listen(t, status)
		url := start(t, must.Key(t), loopback)
		rep := do(t, url, Of(P("path", text("/~relay@1.0/call")), P("relay-path", text(p.url+"/x"))))
		if rep.Status != status || rep.Message.Text("body") != "answer" && status != 404 && status != 500 {
			t.Error(status, rep.Status, rep.Body)
		}
	}
}

func TestCast(t *testing.T) {
	p := listen(t, 200)
	url := start(t, must.Key(t), loopback)
	if rep := do(t, url, Of(P("path", text("/~relay@1.0/cast")), P("relay-path", text(p.url+"/x")))); rep.Body != "OK" {
		t.Fatal(rep.Body)
	}
	for end := time.Now().Add(10 * time.Second); p.hits.Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the cast was never sent")
		}
	}
}

// TestPrivateAddresses attacks an inner service through a node in every way in
// which a request can name it (SEC-10).
// SEC-10
func TestPrivateAddresses(t *testing.T) {
	inner := listen(t, 200)
	port := inner.url[strings.LastIndex(inner.url, ":"):]
	url := start(t, must.Key(t))
	get := func(pairs ...Pair) *client.Reply {
		return do(t, url, Of(append(pairs, P("path", text("/~relay@1.0/call")))...))
	}
	for name, rep := range map[string]*client.Reply{
		"address":     get(P("relay-path", text(inner.url+"/x"))),
		"name":        get(P("relay-path", text("http://localhost"+port+"/x"))), // resolved while connecting
		"mapped":      get(P("relay-path", text("http://[::ffff:127.0.0.1]"+port+"/x"))),
		"short":       get(P("relay-path", text("http://127.1"+port+"/x"))),
		"zero":        get(P("relay-path", text("http://0.0.0.0"+port+"/x"))),
		"peer":        get(P("relay-path", text("/x")), P("peer", text(inner.url))),
		"route-path":  do(t, url, Of(P("path", text("/~relay@1.0/call")), P("relay-path", text("/x")), P("route-path", text(inner.url+"/x")))),
		"nodes":       get(P("relay-path", text("/x")), P("multirequest-nodes", Strings([]string{inner.url}))),
		"credentials": get(P("relay-path", text("http://user@127.0.0.1"+port+"/x"))),
		"metadata":    get(P("relay-path", text("http://169.254.169.254/latest/meta-data"))),
		"cron":        do(t, url, Of(P("path", text("/~cron@1.0/once")), P("cron-path", text(`/~relay@1.0&relay-path="`+inner.url+`/x"/call`)))),
	} {
		if name != "cron" && rep.Status < 400 {
			t.Errorf("%s: status %d: %s", name, rep.Status, rep.Body)
		}
	}
	time.Sleep(100 * time.Millisecond)
	if n := inner.hits.Load(); n != 0 {
		t.Errorf("the inner service was reached %d times", n)
	}
	// The operator's own routes lead wherever they lead, and nowhere else.
	url = start(t, must.Key(t), P("routes", NewList(
		Of(P("template", text("/inner/.*")), P("node", Of(P("prefix", text(inner.url))))),
		Of(P("template", text("/any")), P("node", Of(P("prefix", text("http://127.0.0.1:1"))))))))
	if rep := get(P("relay-path", text("/inner/x"))); rep.Status != 200 || inner.hits.Load() != 1 {
		t.Error(rep.Status, rep.Body)
	}
	if rep := get(P("relay-path", text("/other"))); rep.Status != 404 {
		t.Error(rep.Status, rep.Body)
	}
	if rep := get(P("relay-path", text("@"+strings.TrimPrefix(inner.url, "http://")+"/any"))); rep.Status < 400 || inner.hits.Load() != 1 {
		t.Error("a path left the host of its route", rep.Status)
	}
}

// TestRebinding connects to a name through a resolver that lies: the check is
// of the address that is connected to, not of the name.
func TestRebinding(t *testing.T) {
	inner := listen(t, 200)
	ips, err := net.LookupIP("localhost")
	if err != nil || len(ips) == 0 {
		t.Skip("localhost does not resolve here")
	}
	url := start(t, must.Key(t), P("relay_hosts", Strings([]string{"localhost"})))
	port := inner.url[strings.LastIndex(inner.url, ":"):]
	rep := do(t, url, Of(P("path", text("/~relay@1.0/call")), P("relay-path", text("http://localhost"+port+"/x"))))
	if rep.Status != 403 || inner.hits.Load() != 0 {
		t.Error("a listed name led to a private address:", rep.Status, rep.Body)
	}
}

func TestAllowList(t *testing.T) {
	p := listen(t, 200)
	url := start(t, must.Key(t), loopback, P("relay_hosts", Strings([]string{"127.0.0.1"})))
	if rep := do(t, url, Of(P("path", text("/~relay@1.0/call")), P("relay-path", text(p.url)))); rep.Status != 200 {
		t.Error(rep.Status, rep.Body)
	}
	if rep := do(t, url, Of(P("path", text("/~relay@1.0/call")), P("relay-path", text(strings.Replace(p.url, "127.0.0.1", "localhost", 1))))); rep.Status != 403 {
		t.Error(rep.Status, rep.Body)
	}
}

func TestSignedOnly(t *testing.T) {
	p := listen(t, 200)
	url := start(t, must.Key(t), loopback, P("relay_signed", True))
	req := Of(P("path", text("/~relay@1.0/call")), P("relay-path", text(p.url+"/x")))
	if rep := do(t, url, req); rep.Status != 401 || p.hits.Load() != 0 {
		t.Error(rep.Status, rep.Body)
	}
	if rep := do(t, url, sign(t, must.Key(t), req)); rep.Status != 200 {
		t.Error(rep.Status, rep.Body)
	}
}

// TestNodeDoesNotSign asks a node to sign a request with its wallet, which
// would be an order of its operator (SEC-11).
// SEC-11
func TestNodeDoesNotSign(t *testing.T) {
	p := listen(t, 200)
	for _, allowed := range []Value{True, Atom("false")} {
		url := start(t, must.Key(t), loopback, P("relay_allow_commit_request", allowed))
		for _, k := range []string{"commit-request", "relay-commit-request"} {
			rep := do(t, url, Of(P("path", text("/~relay@1.0/call")), P("relay-path", text(p.url+"/x")), P(k, True)))
			if rep.Status != 403 || p.hits.Load() != 0 {
				t.Error(k, rep.Status, rep.Body)
			}
			rep = do(t, url, Of(P("path", text("/~relay@1.0&"+k+"=true/call")), P("relay-path", text(p.url+"/x"))))
			if rep.Status != 403 || p.hits.Load() != 0 {
				t.Error(k, rep.Status, rep.Body)
			}
		}
	}
}

func nearest(url string, k *keys.PrivateKey) Value {
	return Of(P("prefix", text(url)), P("wallet", text(k.Address())))
}

// CONF-RELAY-02, CONF-ROUTE-25: the answer is that of the nearest peer, signed
// by it.
func TestNearestPeer(t *testing.T) {
	one, two := must.Key(t), must.Key(t)
	a, b := start(t, one), start(t, two)
	nodes := NewList(nearest(a, one), nearest(b, two))
	url := start(t, must.Key(t), P("routes", NewList(Of(P("template", text("/.*")), P("strategy", text("Nearest")), P("nodes", nodes)))))
	rep := do(t, url, Of(P("path", text("/~relay@1.0/call")), P("relay-path", text("/~meta@1.0/info"))))
	address := rep.Message.Text("address")
	if rep.Status != 200 || address != one.Address() && address != two.Address() {
		t.Fatal(rep.Status, rep.Body)
	}
	signed := false
	for _, s := range rep.Signers {
		signed = signed || s == address
	}
	if !signed {
		t.Error("the answer does not have the signature of the peer, but of", rep.Signers)
	}
	hooked := start(t, must.Key(t), P("routes", NewList(Of(P("template", text("/.*")), P("strategy", text("Nearest")), P("nodes", nodes)))),
		P("on", Of(P("request", Of(P("device", text("relay@1.0")))))))
	rep = do(t, hooked, Of(P("path", text("/~meta@1.0/info"))))
	if address := rep.Message.Text("address"); rep.Status != 200 || address != one.Address() && address != two.Address() {
		t.Error(rep.Status, rep.Body)
	}
}

// CONF-RELAY-03: a hook of the operator has unsigned requests signed, by a key
// that is not the wallet of the node.
func TestPreprocess(t *testing.T) {
	worker, front := must.Key(t), must.Key(t)
	strict := start(t, worker, P("force_signed_requests", True))
	routes := P("routes", NewList(Of(P("template", text("/c.*")), P("node", text(strict))), Of(P("template", text("/~meta@1.0/info/.*")), P("node", text(strict)))))
	hook := P("on", Of(P("request", Of(P("device", text("router@1.0")), P("path", text("preprocess")), P("commit-request", True)))))
	url := start(t, front, routes, hook, P("relay_allow_commit_request", True))
	rep := do(t, url, Of(P("path", text("/~meta@1.0/info/address"))))
	if rep.Status != 200 || !strings.Contains(rep.Body, worker.Address()) {
		t.Error(rep.Status, rep.Body, rep.Message.Keys())
	}
	rep = do(t, url, Of(P("path", text("/c")), P("c+integer", text("5"))))
	if rep.Status != 200 || rep.Body != "5" {
		t.Error(rep.Status, rep.Body)
	}
	if rep := do(t, url, Of(P("path", text("/~message@1.0&k=7/k")))); rep.Body != "7" {
		t.Error("without a route it is not run here:", rep.Status, rep.Body)
	}
	refusing := start(t, front, routes, hook, P("router_preprocess_default", text("error")))
	if rep := do(t, refusing, Of(P("path", text("/~message@1.0&k=7/k")))); rep.Status != 404 {
		t.Error(rep.Status, rep.Body)
	}
}
