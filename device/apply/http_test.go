package apply_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/internal/nodetest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// The items of spec 03, 16.3 on a whole node.
func TestOnANode(t *testing.T) {
	n := nodetest.Open(t, nil)
	apply := func(pairs ...Pair) *Message { return Of(append(pairs, P("device", Binary("apply@1.0")))...) }
	want := func(name string, r ao.Result, want string) {
		t.Helper()
		if text, _ := Text(r.Value); r.Status != ao.OK || text != want {
			t.Errorf("%s: %s %v %v", name, r.Status, r.Value, r.Err)
		}
	}
	// CONF-APPLY-01
	want("a path in the body", ao.ResultOf(n.Env().Resolve(t.Context(), apply(), Of(P("body", Binary("/~meta@1.0/build/node")), P("path", Binary("body"))))), "HyperBEAM")
	// CONF-APPLY-02
	want("a pair", ao.ResultOf(n.Env().Resolve(t.Context(), apply(P("data-container", Of(P("relevant", Binary("DATA")))), P("base", Binary("data-container"))),
		Of(P("data-path", Binary("relevant")), P("request", Binary("data-path")), P("path", Binary("pair"))))), "DATA")
	if got := n.Get("/~meta@1.0/build/node~apply@1.0&node=TEST&base=request:&request=base:"); got != "TEST" {
		t.Errorf("reversed: %q", got)
	}
	// CONF-APPLY-03
	want("a prefix in the path", ao.ResultOf(n.Env().ResolveRequest(t.Context(), Of(P("path", Binary("/~meta@1.0/info/request:example-resolver~apply@1.0")),
		P("example-resolver", Of(P("path", Binary("test-key")), P("test-key", Binary("DATA"))))))), "DATA")
	want("signed, here", ao.ResultOf(n.Env().ResolveRequest(t.Context(), n.Sign(apply(P("user-request", Of(P("path", Binary("/test-key")), P("test-key", Binary("DATA"))))), nil).Set("path", Binary("/user-request")))), "DATA")
	signed := n.Sign(apply(P("user-request", Of(P("path", Binary("/test-key")), P("test-key", Binary("DATA"))))), nil)
	v, err := n.Engine().Transport.Send(t.Context(), n.URL, signed.Set("path", Binary("/user-request")).Set("method", Binary("GET")))
	if text, _ := Text(v); err != nil || text != "DATA" {
		t.Errorf("over HTTP: %v %v", v, err)
	}
}
