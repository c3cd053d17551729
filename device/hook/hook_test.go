package hook_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/hook"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func TestFind(t *testing.T) {
	h := Of(P("device", Binary("message@1.0")), P("path", Binary("x")))
	b := aotest.With(t, ao.Services{}, Of(P("on", Of(P("start", h), P("request", NewList(h, h))))), hook.New())
	base := Of(P("device", Binary(hook.Name)))
	b.Want(b.Ask(base, "find", P("body", Binary("start"))), NewList(h))
	b.Want(b.Ask(base, "find", P("target", Binary("name")), P("name", Binary("request"))), NewList(h, h))
	b.Want(b.Ask(base, "find", P("body", Binary("other"))), NewList())
	if r := b.Path(base, "find"); r.Status != ao.Failed {
		t.Fatal(r)
	}
}
