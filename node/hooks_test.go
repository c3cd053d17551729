package node_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// witness notes which hooks were called, in order, and passes on what it got.
type witness struct {
	mu    sync.Mutex
	calls []string
}

func (w *witness) device() *ao.Device {
	note := func(c *ao.Call) (Value, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.calls = append(w.calls, c.Key+c.Base.Text("label"))
		if c.Base.Text("label") == "-refuse" {
			return nil, ao.Refuse(418, "refused by a hook")
		}
		return c.Request().Without("path", "method"), nil
	}
	return &ao.Device{Name: "witness@1.0", Doc: "Notes calls.", Default: note}
}

func (w *witness) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.calls
	w.calls = nil
	return out
}

func handler(label string) Value {
	return Of(P("device", Binary("witness@1.0")), P("label", Binary(label)))
}

// CONF-HOOK-01, CONF-HOOK-02, CONF-HOOK-03, CONF-HOOK-04: the order of
// docs/hooks.md, seen from outside.
func TestHookOrder(t *testing.T) {
	w := &witness{}
	c := config("")
	if err := c.Apply(Of(P("on", Of(
		P("start", handler("")), P("request", NewList(handler("-1"), handler("-2"))), P("step", handler("")), P("response", NewList(handler("-1"), handler("-2"))))))); err != nil {
		t.Fatal(err)
	}
	_, url := start(t, c, node.WithKey(must.Key(t)), node.WithDevices(w.device()))
	if got := w.take(); !slices.Equal(got, []string{"start", "step"}) {
		t.Error("at the start:", got)
	}
	if status, body := get(t, url+"/~message@1.0&a=1/a"); status != 200 || body != "1" {
		t.Fatal(status, body)
	}
	// What a handler resolves is a step too.
	if got := strings.Join(w.take(), " "); got != "request-1 step request-2 step step response-1 step response-2 step" {
		t.Error("a request:", got)
	}
	if status, body := get(t, url+"/"); status != 200 || !strings.Contains(body, "HyperBEAM") {
		t.Error(status, body)
	}
	if got := strings.Join(w.take(), " "); got != "request-1 step request-2 step" {
		t.Error("the page of the node:", got)
	}
}

// TestHookRefuses: the first refusal is the answer, and nothing after it runs.
func TestHookRefuses(t *testing.T) {
	w := &witness{}
	c := config("")
	if err := c.Apply(Of(P("on", Of(P("request", NewList(handler("-1"), handler("-refuse"), handler("-3"))), P("step", handler("")), P("response", handler("")))))); err != nil {
		t.Fatal(err)
	}
	_, url := start(t, c, node.WithKey(must.Key(t)), node.WithDevices(w.device()))
	for _, p := range []string{"/~message@1.0&a=1/a", "/"} {
		status, body := get(t, url+p)
		if got := strings.Join(w.take(), " "); status != 418 || body != "refused by a hook" || got != "request-1 step request-refuse step" {
			t.Error(p, status, body, got)
		}
	}
}

// TestStartRefuses: a start hook that refuses, or whose device is not there,
// keeps the node from starting.
func TestStartRefuses(t *testing.T) {
	for name, h := range map[string]Value{"refuses": handler("-refuse"), "is not there": Of(P("device", Binary("nowhere@1.0")))} {
		c := config("")
		if err := c.Apply(Of(P("on", Of(P("start", h))))); err != nil {
			t.Fatal(err)
		}
		n, err := node.Open(context.Background(), c, node.WithKey(must.Key(t)), node.WithDevices((&witness{}).device()))
		if err == nil {
			_ = n.Close()
			t.Error(name)
		}
	}
}

// SEC-03: a hook whose device is missing fails closed, for every request and
// every answer; and no request can name or leave out hooks.
func TestHooksFailClosed(t *testing.T) {
	for _, position := range []string{"request", "response"} {
		c := config("")
		if err := c.Apply(Of(P("on", Of(P(position, Of(P("device", Binary("p5@1.0")))))))); err != nil {
			t.Fatal(err)
		}
		_, url := start(t, c, node.WithKey(must.Key(t)))
		for _, p := range []string{"/~message@1.0&a=secret/a", "/~message@1.0&on=1&a=secret/a", "/~message@1.0&a=secret/a?on=0"} {
			if status, body := get(t, url+p); status < 400 || strings.Contains(body, "secret") {
				t.Errorf("%s, %s: %d %s", position, p, status, body)
			}
		}
	}
	_, url := start(t, config(""), node.WithKey(must.Key(t)))
	if rep := change(t, url, must.Key(t), P("on", Of(P("request", handler(""))))); rep.Status != 400 {
		t.Error("a stranger sets hooks:", rep.Status, rep.Body)
	}
}
