package multipass_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/multipass"
	"github.com/hyperbeam-go/hyperbeam/device/stack"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// CONF-MULTI-01
func TestPasses(t *testing.T) {
	b := aotest.New(t, multipass.New())
	base := Of(P("device", Binary(multipass.Name)), P("passes", Int(2)))
	if r := b.Path(base, "compute"); r.Status != "pass" {
		t.Fatal(r)
	}
	b.Want(b.Path(base.Set("pass", Binary("2")), "compute"), base.Set("pass", Binary("2")))
	b.Want(b.Path(base.Without("passes"), "anything"), base.Without("passes"))
	if r := b.Path(base.Set("pass", Binary("x")), "compute"); r.Status != ao.Failed {
		t.Fatal(r)
	}
}

func TestStackRunsTwice(t *testing.T) {
	count := &ao.Device{Name: "count@1.0", Doc: "Counts.", Keys: []ao.Key{{Name: "compute", Run: func(c *ao.Call) (Value, error) {
		v, _ := c.Base.Get("n")
		n, _ := AsInt(v)
		return c.Base.Set("n", Int(n+1)), nil
	}}}}
	b := aotest.New(t, multipass.New(), stack.New(), count)
	m := b.Message(b.Path(Of(P("device", Binary(stack.Name)), P("passes", Int(2)),
		P("device-stack", Strings([]string{"count@1.0", multipass.Name}))), "compute"))
	if v, _ := m.Get("n"); v != Value(Int(2)) || m.Has("pass") {
		t.Fatal(v, m.Keys())
	}
}
