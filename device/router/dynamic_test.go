package router_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/route"
)

func lua(source string) Value {
	return Of(P("content-type", text("application/lua")), P("body", text(source)))
}

// CONF-ROUTE-02: a program in Lua is the source of routes.
func TestLuaProvider(t *testing.T) {
	provider := Of(P("path", text("/provide")), P("device", text("lua@5.3a")), P("node", text("lua-node")),
		P("module", lua(`function provide(base, req, opts) return {{node = base.node}} end`)))
	_, url := start(t, "", must.Key(t), P("router_opts", Of(P("provider", provider))))
	if got := get(t, url, "/~router@1.0/routes/1/node"); got != "lua-node" {
		t.Error(got)
	}
	if got := get(t, url, "/~router@1.0/route?route-path=/anything"); got != "lua-node" {
		t.Error(got)
	}
}

func get(t *testing.T, url, p string) string {
	t.Helper()
	res, err := http.Get(url + p)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// process is the definition of a node process that runs a program.
func process(source string, more ...Pair) *Message {
	return Of(append(more, P("device", text("process@1.0")), P("type", text("Process")), P("execution-device", text("lua@5.3a")),
		P("scheduler-device", text("scheduler@1.0")), P("module", lua(source)))...)
}

// CONF-ROUTE-03: the state of a node process is the source of routes.
func TestProcessProvider(t *testing.T) {
	program := `function compute(base) base["known-routes"] = {{template = "test1", nodes = {{prefix = "http://one"}}},
		{template = "test2", strategy = "Random", choose = 1, nodes = {{prefix = "http://two"}, {prefix = "http://three"}}}} return base end`
	_, url := start(t, "", must.Key(t), P("node_processes", Of(P("router", process(program)))),
		P("router_opts", Of(P("provider", Of(P("path", text("/router~node-process@1.0/now/known-routes")))))))
	seen := map[string]bool{}
	for range 40 {
		seen[get(t, url, "/~router@1.0/route/uri?route-path=test2")] = true
	}
	if len(seen) != 2 || !seen["http://twotest2"] || !seen["http://threetest2"] {
		t.Error(seen)
	}
}

// front starts a node whose routes come from the dynamic router.
func front(t *testing.T, k *keys.PrivateKey, more ...Pair) string {
	t.Helper()
	_, url := start(t, "", k, P("node_processes", Of(P("router", process(route.DynamicRouter, more...)))),
		P("relay_private", text("127.0.0.1")),
		P("http_monitor", Of(P("path", text("/router~node-process@1.0/schedule")), P("method", text("POST")))),
		P("router_opts", Of(P("provider", Of(P("path", text("/router~node-process@1.0/now/routes")))),
			P("registrar", Of(P("path", text("/router~node-process@1.0")))), P("registrar-path", text("schedule")))))
	return url
}

var everybody = P("is-admissible", Of(P("path", text("default")), P("default", text("true"))))

// offer is a registration.
func offer(prefix string, more ...Pair) []Pair {
	return []Pair{P("subject", text("self")), P("action", text("register")),
		P("route", Of(append(more, P("prefix", text(prefix)), P("template", text("/c")))...))}
}

// routesOf returns the nodes of the first route.
func routesOf(t *testing.T, url string) []*Message {
	t.Helper()
	c := client.New(client.Options{})
	defer c.Close()
	rep, err := c.Do(ctx, url, Of(P("path", text("/~router@1.0/routes")), P("accept-bundle", text("true"))))
	if err != nil || rep.Status != 200 {
		t.Fatal(err, rep)
	}
	first := rep.Message.Message("1")
	v, _ := first.Get("nodes")
	if m, ok := v.(*Message); ok {
		l, err := m.List()
		if err != nil {
			t.Fatal(err)
		}
		v = l
	}
	l, ok := v.(*List)
	if !ok {
		return nil
	}
	var out []*Message
	for _, n := range l.All() {
		out = append(out, n.(*Message))
	}
	return out
}

// CONF-ROUTE-04, CONF-ROUTE-05: nodes register themselves at a dynamic router,
// and requests go to more than one of them.
func TestDynamicRouter(t *testing.T) {
	url := front(t, must.Key(t), everybody)
	for i := range 5 {
		worker := must.Key(t)
		_, at := start(t, "", worker, P("router_opts", Of(P("offered", NewList(Of(P("template", text("/c")),
			P("prefix", text(fmt.Sprintf("http://worker-%d", i))), P("price", Int(i)), P("registration-peer", text(url))))))))
		if rep := post(t, at, "/~router@1.0/register", worker, P("x", Int(1))); rep.Status != 200 || rep.Body != "Routes registered." {
			t.Fatal(rep.Status, rep.Body)
		}
	}
	if n := len(routesOf(t, url)); n != 5 {
		t.Fatal(n, "nodes are registered")
	}
	seen := map[string]bool{}
	for range 50 {
		seen[get(t, url, "/~router@1.0/route/uri?route-path=/c")] = true
	}
	if len(seen) < 2 {
		t.Error(seen)
	}
}

// CONF-ROUTE-06: whoever is not admissible is not registered; the judge sees the
// whole registration.
func TestAdmission(t *testing.T) {
	judge := Of(P("device", text("lua@5.3a")), P("path", text("verify")), P("module", lua(`function verify(base, req)
		if req.report == "good" then return "true" end return "false" end`)))
	trusted := must.Key(t)
	url := front(t, must.Key(t), P("is-admissible", judge), P("trusted-peer", text(trusted.Address())))
	for i, x := range []struct {
		k      *keys.PrivateKey
		report string
		want   int
	}{
		{must.Key(t), "bad", 0}, {must.Key(t), "good", 1}, {trusted, "bad", 2}, {nil, "good", 2},
	} {
		post(t, url, "/~router@1.0/routes", x.k, append(offer(fmt.Sprintf("http://%d", i)), P("report", text(x.report)))...)
		if got := len(routesOf(t, url)); got != x.want {
			t.Errorf("registration %d: %d nodes, want %d", i, got, x.want)
		}
	}
}

// SEC-12: registrations need a judge and a signature, nobody can take over what
// another has registered, or fill the table, and reports of strangers count for
// nothing.
func TestAttacksOnTheRouter(t *testing.T) {
	mallory, worker := must.Key(t), must.Key(t)
	closed := front(t, must.Key(t))
	post(t, closed, "/~router@1.0/routes", mallory, offer("http://evil")...)
	if n := len(routesOf(t, closed)); n != 0 {
		t.Error("without a judge anybody registers")
	}
	url := front(t, must.Key(t), everybody, P("templates", Strings([]string{"/c"})), P("max-nodes", Int(3)))
	post(t, url, "/~router@1.0/routes", worker, offer("http://worker", P("price", Int(5)))...)
	post(t, url, "/~router@1.0/routes", mallory, offer("http://worker", P("price", Int(1_000_000)))...)
	post(t, url, "/~router@1.0/routes", mallory, offer("http://evil")...)
	post(t, url, "/~router@1.0/routes", mallory, offer("http://evil", P("price", Int(1)))...)
	post(t, url, "/~router@1.0/routes", mallory, P("subject", text("self")), P("action", text("register")),
		P("route", Of(P("prefix", text("http://evil")), P("template", text("/.*")))))
	nodes := routesOf(t, url)
	if len(nodes) != 2 || nodes[0].Text("prefix") != "http://worker" {
		t.Fatal(nodes)
	}
	if v, _ := nodes[0].Get("price"); v != Value(Int(5)) && v != Value(Float(5)) {
		t.Error("the price of another's node was changed to", v)
	}
	for i := range 4 {
		post(t, url, "/~router@1.0/routes", must.Key(t), offer(fmt.Sprintf("http://sybil-%d", i))...)
	}
	if n := len(routesOf(t, url)); n != 3 {
		t.Error(n, "nodes in a table of 3")
	}
	// Mallory reports that the worker is slow and he is fast.
	before, _ := nodes[0].Get("performance")
	for _, ref := range []string{"routes/1/nodes/1", "routes/1/nodes/2"} {
		post(t, url, "/router~node-process@1.0/schedule", mallory, P("action", text("duration")), P("reference", text(ref)), P("duration", Int(1)))
	}
	post(t, url, "/router~node-process@1.0/schedule", mallory, P("action", text("recalculate")))
	if after, _ := routesOf(t, url)[0].Get("performance"); !Equal(before, after) {
		t.Error("a stranger's report counts:", before, after)
	}
	if got := get(t, url, "/~router@1.0/route?route-path=/other"); strings.Contains(got, "evil") {
		t.Error("a template that is not listed was registered")
	}
}

// CONF-ROUTE-07: reports of the node itself move weights to the faster worker.
func TestPerformance(t *testing.T) {
	serve := func(wait time.Duration) string {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(wait)
			_, _ = io.WriteString(w, "done")
		}))
		t.Cleanup(srv.Close)
		return srv.URL
	}
	operator := must.Key(t)
	url := front(t, operator, everybody, P("performance-period", Int(2)), P("initial-performance", Int(60)), P("sampling-rate", Float(0.1)),
		P("pricing-weight", Int(0)), P("score-preference", Int(4)))
	fast, slow := serve(0), serve(120*time.Millisecond)
	for _, u := range []string{fast, slow} {
		post(t, url, "/~router@1.0/routes", must.Key(t), offer(u)...)
	}
	for range 16 {
		if rep := post(t, url, "/~relay@1.0/call", nil, P("relay-path", text("/c")), P("relay-method", text("GET"))); rep.Status != 200 || rep.Body != "done" {
			t.Fatal(rep.Status, rep.Body)
		}
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		post(t, url, "/router~node-process@1.0/schedule", operator, P("action", text("recalculate")))
		nodes := routesOf(t, url)
		first, _ := nodes[0].Get("weight")
		last, _ := nodes[1].Get("weight")
		a, _ := first.(Float)
		b, _ := last.(Float)
		if a > 0.5 && b < 0.5 {
			return
		}
		if time.Now().After(end) {
			t.Fatal("weights are", first, last)
		}
	}
}
