package router_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/router"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/nodetest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/route"
)

var (
	ctx  = context.Background()
	base = Of(P("device", Binary(router.Name)))
)

func text(s string) Value { return Binary(s) }

func bench(t *testing.T, devices []*ao.Device, config ...Pair) aotest.Bench {
	s := route.New(route.Options{})
	t.Cleanup(func() { _ = s.Close() })
	return aotest.With(t, ao.Services{}, Of(config...), append(devices, router.New(s))...)
}

func prefix(p string) Value { return Of(P("prefix", text(p))) }

func TestRoute(t *testing.T) {
	b := bench(t, nil, P("routes", NewList(
		Of(P("template", text("/text")), P("node", text("http://t"))),
		Of(P("template", text("/map")), P("node", prefix("http://m"))),
		Of(P("template", text("/all")), P("nodes", NewList(prefix("http://a"), prefix("http://b")))),
		Of(P("template", text("/one")), P("strategy", text("By-Base")), P("nodes", NewList(prefix("http://a"), text("http://b")))),
		Of(P("template", text("/two")), P("strategy", text("Random")), P("choose", Int(2)), P("nodes", NewList(prefix("http://a"), prefix("http://b"), prefix("http://c")))),
		Of(P("template", text("/zero")), P("strategy", text("Random")), P("choose", text("x")), P("nodes", NewList(prefix("http://a")))),
		Of(P("template", text("/bad")), P("strategy", text("Psychic")), P("nodes", NewList(prefix("http://a")))),
		Of(P("template", text("/none"))))))
	get := func(p string) ao.Result { return b.Ask(base, "route", P("route-path", text(p))) }
	b.Want(get("/text"), text("http://t"))
	b.Want(get("https://other/x"), text("https://other/x")) // CONF-ROUTE-21
	b.Want(b.Path(b.OK(get("/map/x")), "uri"), text("http://m/map/x"))
	b.Want(b.Path(b.OK(get("/all")), "nodes/2/uri"), text("http://b/all"))
	b.Want(b.Path(b.OK(get("/all")), "reference"), text("routes/3"))
	b.OK(get("/one"))
	two := b.Message(get("/two"))
	if n, _ := two.Get("nodes"); n.(*List).Len() != 2 || n.(*List).At(0).(*Message).Text("uri") == n.(*List).At(1).(*Message).Text("uri") {
		t.Error("several chosen nodes are not several")
	}
	for p, want := range map[string]string{"/nowhere": "no_matches", "/zero": "no_matches", "/bad": "no strategy", "/none": "has no node"} {
		r := get(p)
		if m, ok := r.Value.(*Message); !ok || r.Status != ao.Failed || !strings.Contains(m.Text("body"), want) {
			t.Error(p, r)
		}
	}
}

func TestMatch(t *testing.T) { // CONF-ROUTE-19, 20
	b := bench(t, nil)
	routes := P("routes", NewList(Of(P("template", Of(P("k", Int(1)))), P("node", text("one"))), Of(P("template", text("/.*/compute")), P("node", text("two")))))
	on := Of(P("device", Binary(router.Name)), routes)
	b.Want(b.Path(b.OK(b.Ask(on, "match", P("k", text("1")), P("route-path", text("/x")))), "node"), text("one"))
	b.Want(b.Path(b.OK(b.Ask(on, "match", P("route-path", text("/P/compute")))), "reference"), text("routes/2"))
	r := b.Ask(on, "match", P("route-path", text("/P/schedule")))
	if m, _ := r.Value.(*Message); r.Status != ao.Failed || m.Text("body") != "no_matching_route" {
		t.Error(r)
	}
}

func TestProviders(t *testing.T) { // CONF-ROUTE-01, 02
	inline := Of(P("path", text("/table/routes")), P("table", Of(P("routes", NewList(Of(P("node", text("testnode"))))))))
	b := bench(t, nil, P("router_opts", Of(P("provider", inline))))
	b.Want(b.URL("/~router@1.0/routes/1/node"), text("testnode"))
	broken := bench(t, nil, P("router_opts", Of(P("provider", Of(P("path", text("/nothing")))))))
	if r := broken.URL("/~router@1.0/routes"); r.Status == ao.OK {
		t.Error(r)
	}
	calls := 0
	source := &ao.Device{Name: "source@1.0", Keys: []ao.Key{{Name: "routes", Run: func(*ao.Call) (Value, error) {
		calls++
		return NewList(Of(P("node", Int(calls)))), nil
	}}}}
	b = bench(t, []*ao.Device{source}, P("router_opts", Of(P("provider", Of(P("path", text("/~source@1.0/routes")))))))
	for want := 1; want <= 3; want++ { // asked anew for each request
		b.Want(b.URL("/~router@1.0/routes/1/node"), Int(want))
	}
}

func start(t *testing.T, dir string, k *keys.PrivateKey, options ...Pair) (*node.Node, string) {
	t.Helper()
	c := node.DefaultConfig()
	c.DataDir, c.KeyType = dir, "ed25519"
	if dir == "" {
		c.Store = "memory"
	}
	if err := c.Apply(Of(options...)); err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(ctx, c, node.WithKey(k))
	if err != nil {
		t.Fatal(err)
	}
	return n, nodetest.Listen(t, n)
}

func post(t *testing.T, url, path string, k *keys.PrivateKey, pairs ...Pair) *client.Reply {
	t.Helper()
	c := client.New(client.Options{})
	defer c.Close()
	m := Of(pairs...)
	if k != nil {
		var err error
		if m, err = commit.Commit(ctx, commit.Env(NoLoader{}), m, k, commit.Spec{}); err != nil {
			t.Fatal(err)
		}
	}
	rep, err := c.Do(ctx, url, m.Set("path", text(path)).Set("method", text("POST")))
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// CONF-ROUTE-22..24: routes are added by their owners, in order of priority,
// and stay. Others cannot add any (SEC-12), nor change a signed one.
// SEC-12
func TestAdd(t *testing.T) {
	dir, owner := t.TempDir(), must.Key(t)
	table := P("routes", NewList(
		Of(P("template", text("/a")), P("node", text("a")), P("priority", Int(10))),
		Of(P("template", text("/b")), P("node", text("b")), P("priority", Int(20)))))
	n, url := start(t, dir, owner, table)
	added := []Pair{P("template", text("/new")), P("node", text("new")), P("priority", Int(15))}
	if rep := post(t, url, "/~router@1.0/routes", must.Key(t), added...); rep.Status != 403 || rep.Message.Text("body") != "not_authorized" {
		t.Error(rep.Status, rep.Body)
	}
	if rep := post(t, url, "/~router@1.0/routes", nil, added...); rep.Status != 403 {
		t.Error(rep.Status, rep.Body)
	}
	if rep := post(t, url, "/~router@1.0/routes?node=evil", owner, added[0], added[2]); rep.Status != 403 {
		t.Error("a node that nobody signed was added:", rep.Status, rep.Body)
	}
	if rep := post(t, url, "/~router@1.0/routes", owner, added...); rep.Status != 200 || rep.Body != "Route added." {
		t.Fatal(rep.Status, rep.Body)
	}
	get := func(url, p string) string {
		c := client.New(client.Options{})
		defer c.Close()
		rep, err := c.Do(ctx, url, Of(P("path", text(p))))
		if err != nil {
			t.Fatal(err)
		}
		return rep.Body
	}
	if got := get(url, "/~router@1.0/routes/2/node"); got != "new" {
		t.Error(got)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	_, url = start(t, dir, owner, table)
	if got := get(url, "/~router@1.0/routes/2/node"); got != "new" {
		t.Error("lost by a restart:", got)
	}
	_, fresh := start(t, "", owner, table, P("route_owners", Strings([]string{owner.Address()})))
	if rep := post(t, fresh, "/~router@1.0/routes", owner, added...); rep.Status != 200 {
		t.Error(rep.Status, rep.Body)
	}
}

func TestReplay(t *testing.T) {
	owner := must.Key(t)
	_, url := start(t, "", owner, P("routes", NewList()))
	m, err := commit.Commit(ctx, commit.Env(NoLoader{}), Of(P("template", text("/x")), P("node", text("x"))), owner, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := commit.Commit(ctx, commit.Env(NoLoader{}), m, must.Key(t), commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	c := client.New(client.Options{})
	defer c.Close()
	for i, x := range []struct {
		m    *Message
		want int
	}{{m, 200}, {m, 409}, {again, 409}} { // a stranger's signature makes no new order
		rep, err := c.Do(ctx, url, x.m.Set("path", text("/~router@1.0/routes")).Set("method", text("POST")))
		if err != nil || rep.Status != x.want {
			t.Error(i, rep, err)
		}
	}
}

// CONF-ROUTE-05: a node registers the routes that it offers with a peer, whose
// registrar decides.
func TestRegister(t *testing.T) {
	worker := must.Key(t)
	_, front := start(t, "", must.Key(t), P("router_opts", Of(P("registrar", Of(P("path", text("/~message@1.0&taken=1")))), P("registrar-path", text("taken")))))
	_, url := start(t, "", worker, P("router_opts", Of(P("offered", NewList(
		Of(P("template", text("/x")), P("prefix", text("http://worker")), P("registration-peer", text(front))))))))
	if rep := post(t, url, "/~router@1.0/register", nil); rep.Status != 403 {
		t.Error("a stranger has the node send signed requests:", rep.Status)
	}
	if rep := post(t, url, "/~router@1.0/register", worker, P("x", Int(1))); rep.Status != 200 || rep.Body != "Routes registered." {
		t.Error(rep.Status, rep.Body)
	}
	_, closed := start(t, "", must.Key(t))
	_, url = start(t, "", worker, P("router_opts", Of(P("offered", NewList(Of(P("template", text("/x")), P("registration-peer", text(closed))))))))
	if rep := post(t, url, "/~router@1.0/register", worker, P("x", Int(1))); rep.Status != 502 {
		t.Error(rep.Status, rep.Body)
	}
}

// TestPeers: health is shown to the operator only.
func TestPeers(t *testing.T) {
	operator := must.Key(t)
	_, peer := start(t, "", must.Key(t))
	_, url := start(t, "", operator, P("routes", NewList(Of(P("template", text("/~meta.*")), P("node", prefix(peer))))))
	if rep := post(t, url, "/~relay@1.0/call", nil, P("relay-path", text("/~meta@1.0/info")), P("relay-method", text("GET"))); rep.Status != 200 {
		t.Fatal(rep.Status, rep.Body)
	}
	if rep := post(t, url, "/~router@1.0/peers", nil); rep.Status != 403 {
		t.Error(rep.Status, rep.Body)
	}
	if rep := post(t, url, "/~router@1.0/peers", operator, P("x", Int(1))); rep.Status != 200 || !strings.Contains(rep.Body, "127.0.0.1") {
		t.Error(rep.Status, rep.Body)
	}
}
