package process_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/nodetest"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// aosNode is a whole node with an aos process.
func aosNode(t *testing.T, options ...Pair) (nodetest.Server, string) {
	t.Helper()
	n := nodetest.Open(t, options)
	image := Of(P("content-type", Binary("application/wasm")), P("body", Binary(sharedtest.File(t, "testdata/aos-2-pure-xs.wasm"))))
	must.Have[string](t)(n.Engine().Cache.Write(ctx, image, store.Lazy))
	id := n.Spawn(P("execution-device", Binary("stack@1.0")), P("image", Binary(n.ID(image))), P("passes", Int(2)), P("output-prefix", Binary("wasm")),
		P("patch-from", Binary("/results/outbox")), P("authority", Binary(n.Address())),
		P("stack-keys", Strings([]string{"init", "compute", "snapshot", "normalize"})),
		P("device-stack", Strings([]string{"wasi@1.0", "json-iface@1.0", "wasm-64@1.0", "patch@1.0", "multipass@1.0"})))
	return n, id
}

func eval(n nodetest.Server, id, code string) {
	n.Send(id, P("data-protocol", Binary("ao")), P("type", Binary("Message")), P("action", Binary("Eval")), P("data", Binary(code)))
}

// CONF-PROC-09, CONF-PROC-11: what a program puts into its outbox can be read
// key by key, as the program spelt them, and its patches are in the state.
func TestPROC09and11Outbox(t *testing.T) {
	n, id := aosNode(t)
	eval(n, id, `table.insert(ao.outbox.Messages, { Target = ao.id, Action = "State", Data = { Deep = 4, Bool = true } })`)
	if got := n.Path("/" + id + "~process@1.0/compute&slot=1/results/outbox/1/Data/Deep"); got != Value(Int(4)) {
		t.Errorf("Deep is %v", got)
	}
	eval(n, id, `table.insert(ao.outbox.Messages, { method = "PATCH", x = "banana" })`)
	if got := n.Get("/" + id + "~process@1.0/compute&slot=2/x"); got != "banana" {
		t.Errorf("x is %q", got)
	}
}

// CONF-PROC-10: over HTTP, where the node answers signed requests only.
func TestPROC10OverHTTP(t *testing.T) {
	n, id := aosNode(t, P("force_signed_requests", True))
	eval(n, id, `table.insert(ao.outbox.Messages, { Target = ao.id, Action = "State", Data = { ["content-type"] = "text/html", ["body"] = "<h1>Hello, world!</h1>" }})`)
	at := "/" + id + "/compute/results/outbox/1/Data"
	c := client.New(client.Options{})
	defer c.Close()
	req := Of(P("path", Binary(at)), P("method", Binary("GET")), P("slot", Int(1)))
	rep, err := c.SignAndDo(ctx, n.URL, req, must.Key(t), commit.Spec{})
	if err != nil || rep.Status != 200 || rep.Body != "<h1>Hello, world!</h1>" || rep.Header.Get("content-type") != "text/html" {
		t.Errorf("%v %+v", err, rep)
	}
	if rep, err := c.Do(ctx, n.URL, req); err != nil || rep.Status != 401 {
		t.Errorf("unsigned: %v %+v", err, rep)
	}
}
