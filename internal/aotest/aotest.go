// Package aotest gives tests of devices an engine to run them in.
package aotest

import (
	"context"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/message"
	value "github.com/hyperbeam-go/hyperbeam/message"
)

// Bench is an environment with some devices and message@1.0, over a cache in
// memory.
type Bench struct {
	t testing.TB
	*ao.Env
}

// New returns an environment of the given devices, whose node message is
// empty.
func New(t testing.TB, devices ...*ao.Device) Bench {
	return With(t, ao.Services{}, value.Empty(), devices...)
}

// With is [New] with the services and the node message of a node.
func With(t testing.TB, s ao.Services, config *value.Message, devices ...*ao.Device) Bench {
	t.Helper()
	r, err := ao.NewRegistry(append(devices, message.New())...)
	if err != nil {
		t.Fatal(err)
	}
	return Bench{t, ao.New(r, s, ao.Limits{}).Env(config)}
}

// Path resolves a path on a base and returns what came of it.
func (b Bench) Path(base value.Value, p string) ao.Result {
	return ao.ResultOf(b.ResolvePath(context.Background(), base, p))
}

// Ask resolves the key on a base, with more keys in the request.
func (b Bench) Ask(base value.Value, key string, more ...value.Pair) ao.Result {
	req := value.Of(append(more, value.P("path", value.Binary(key)))...)
	return ao.ResultOf(b.Resolve(context.Background(), base, req))
}

// URL resolves a sentence of the path language.
func (b Bench) URL(text string) ao.Result {
	return ao.ResultOf(b.ResolveRequest(context.Background(), value.Of(value.P("path", value.Binary(text)))))
}

// OK fails the test unless the result has the status ok, and returns its value.
func (b Bench) OK(r ao.Result) value.Value {
	b.t.Helper()
	if r.Status != ao.OK {
		text, _ := value.Text(r.Value)
		if m, ok := r.Value.(*value.Message); ok {
			text = m.Text("body")
		}
		b.t.Fatalf("status %s: %s (%v)", r.Status, text, r.Err)
	}
	return r.Value
}

// Message is [Bench.OK] for a result that must be a message.
func (b Bench) Message(r ao.Result) *value.Message {
	b.t.Helper()
	m, ok := b.OK(r).(*value.Message)
	if !ok {
		b.t.Fatalf("the result is no message but %v", r.Value)
	}
	return m
}

// Want fails the test unless a result is ok and equal to a value.
func (b Bench) Want(r ao.Result, want value.Value) {
	b.t.Helper()
	if got := b.OK(r); !value.Equal(got, want) {
		b.t.Fatalf("got %v, want %v", got, want)
	}
}
