package apply_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/apply"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func base(pairs ...Pair) *Message { return Of(append(pairs, P("device", Binary(apply.Name)))...) }

func TestEval(t *testing.T) {
	b := aotest.New(t, apply.New())
	b.Want(b.Path(base(P("body", Binary("/~message@1.0&v=7/v"))), "body"), Binary("7"))
	b.Want(b.Path(base(P("p", Binary("q")), P("q", Binary("found"))), "p"), Binary("found"))
	b.Want(b.Ask(base(P("q", Binary("in base"))), "p", P("p", Binary("q"))), Binary("in base"))
	b.Want(b.Path(base(P("p", Of(P("path", Binary("/k")), P("k", Binary("a request"))))), "p"), Binary("a request"))
	b.Want(b.Path(base(P("p", NewList(Of(P("k", Binary("a sequence"))), Of(P("path", Binary("k")))))), "p"), Binary("a sequence"))
	b.Want(b.Ask(base(P("in", Of(P("q", Binary("in source"))))), "p", P("p", Binary("q")), P("source", Binary("base:in"))), Binary("in source"))
}

func TestPair(t *testing.T) {
	b := aotest.New(t, apply.New())
	data := Of(P("relevant", Binary("DATA")))
	b.Want(b.Ask(base(P("base", Binary("request:data")), P("request", Binary("rb")), P("rb", Binary("relevant"))), "pair", P("data", data)), Binary("DATA"))
	b.Want(b.Ask(base(P("k", Binary("OTHER"))), "k", P("base", Binary("req:data")), P("request", Binary("base:")), P("data", data.Set("k", Binary("TEST")))), Binary("TEST"))
}

func TestRefusals(t *testing.T) {
	b := aotest.New(t, apply.New())
	for name, c := range map[string]struct {
		r    ao.Result
		want string
	}{
		"nothing under the key": {b.Path(base(), "x"), "Path `x` to execute not found."},
		"no source":             {b.Ask(base(P("p", Binary("q"))), "p", P("source", Binary("base:none"))), "Source path `base:none` to apply not found."},
		"no base":               {b.Path(base(), "pair"), "Path `base` to apply not found."},
		"base leads nowhere":    {b.Ask(base(), "pair", P("base", Binary("req:none")), P("request", Binary("x"))), "Path `req:none` to apply not found."},
		"unknown holder":        {b.Ask(base(), "pair", P("base", Binary("moon:x")), P("request", Binary("x"))), "Path `moon:x` is invalid."},
	} {
		text, ok := Text(c.r.Value)
		if m, isMsg := c.r.Value.(*Message); !ok && isMsg {
			text = m.Text("body")
		}
		if c.r.Status != ao.Failed || text != c.want {
			t.Errorf("%s: %s %q, want %q", name, c.r.Status, text, c.want)
		}
	}
}
