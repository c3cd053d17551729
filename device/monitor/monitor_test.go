package monitor_test

import (
	"errors"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/monitor"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func TestMonitors(t *testing.T) {
	var heard []Value
	ear := &ao.Device{Name: "ear@1.0", Keys: []ao.Key{
		{Name: "monitor", Run: func(c *ao.Call) (Value, error) {
			v, err := c.Arg("state")
			n, _ := v.(*Message).Get("n")
			heard = append(heard, n)
			return Binary("ok"), err
		}},
		{Name: "once", Run: func(c *ao.Call) (Value, error) { return Atom("done"), nil }},
		{Name: "broken", Run: func(c *ao.Call) (Value, error) { return nil, errors.New("no") }},
	}}
	b := aotest.New(t, monitor.New(), ear)
	one := func(p string) Value { return Of(P("device", Binary("ear@1.0")), P("path", Binary(p))) }
	state := Of(P("device", Binary(monitor.Name)), P("n", Int(1)), P("passes", Int(2)), P("pass", Int(1)),
		P("monitors", NewList(Of(P("device", Binary("ear@1.0"))), one("once"), one("broken"), Binary("no message"))))
	b.Want(b.Path(state, "compute"), state)
	if heard != nil {
		t.Error("told before the last pass")
	}
	state = state.Set("pass", Int(2))
	after := b.Message(b.Path(state, "compute"))
	if len(heard) != 1 || heard[0] != Value(Int(1)) {
		t.Error(heard)
	}
	if v, _ := after.Get("monitors"); v.(*List).Len() != 3 {
		t.Error("the monitor that is done stays, or another went")
	}
	b.Want(b.Path(after, "compute"), after)
	b.Want(b.Path(state.Without("monitors"), "compute"), state.Without("monitors"))
	b.Want(b.Path(state, "init"), state)
}
