package ao_test

import (
	"context"
	"errors"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/message"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func newEnv(t testing.TB, devices ...*ao.Device) *ao.Env {
	r, err := ao.NewRegistry(append(devices, message.New())...)
	if err != nil {
		t.Fatal(err)
	}
	return ao.New(r, ao.Services{}, ao.Limits{}).Env(Empty())
}

func TestResolveLiteral(t *testing.T) {
	e, ctx := newEnv(t), context.Background()
	m := Of(P("a", Binary("RESULT")), P("c", Of(P("d", Int(5)))))
	for range 2 {
		if v, err := e.ResolvePath(ctx, m, "a"); err != nil || v != Value(Binary("RESULT")) {
			t.Fatal(v, err)
		}
	}
	if v, err := e.ResolvePath(ctx, m, "/c//d/"); err != nil || v != Value(Int(5)) {
		t.Fatal(v, err)
	}
	var o *ao.Outcome
	if _, err := e.ResolvePath(ctx, m, "missing"); !errors.As(err, &o) || o.Value != Value(NotFound) {
		t.Fatal(err)
	}
	v, err := e.Resolve(ctx, m, Of(P("path", Binary("set")), P("c/e", Int(7))))
	if err != nil || DeepGet(v.(*Message), []string{"c", "e"}) != Value(Int(7)) {
		t.Fatal(v, err)
	}
}

func TestHashpath(t *testing.T) {
	e, ctx := newEnv(t), context.Background()
	m := Of(P("base", Of(P("k", Of(P("z", Int(1)))))))
	v, err := e.ResolvePath(ctx, m, "base")
	if err != nil {
		t.Fatal(err)
	}
	root, _ := ao.Hashpath(ctx, m)
	if got := v.(*Message).Hashpath(); got != root+"/base" {
		t.Fatalf("%s, want %s/base", got, root)
	}
	w, err := e.ResolvePath(ctx, m, "base/k")
	if err != nil {
		t.Fatal(err)
	}
	want, _ := ao.CombineHashpath(root+"/base", "k", "")
	if got := w.(*Message).Hashpath(); got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	if err := ao.VerifyHashpath(ctx, []*Message{m, Of(P("path", Binary("base"))), v.(*Message)}); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkLiteral(b *testing.B) {
	e, ctx := newEnv(b), context.Background()
	m := Of(P("a", Binary("1")), P("b", Int(2)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.ResolvePath(ctx, m, "a"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTwoKeys(b *testing.B) {
	e, ctx := newEnv(b), context.Background()
	m := Of(P("c", Of(P("d", Int(2)))))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.ResolvePath(ctx, m, "c/d"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAndResolve(b *testing.B) {
	e, ctx := newEnv(b), context.Background()
	req := Of(P("path", Binary("/~message@1.0&a=1/a")))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.ResolveRequest(ctx, req); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSet(b *testing.B) {
	e, ctx := newEnv(b), context.Background()
	m := Of(P("a", Binary("1")), P("b", Int(2)))
	req := Of(P("path", Binary("set")), P("b", Int(3)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Resolve(ctx, m, req); err != nil {
			b.Fatal(err)
		}
	}
}
