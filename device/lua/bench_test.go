package lua_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	. "github.com/hyperbeam-go/hyperbeam/message"
)

// BenchmarkCall calls a loaded function through the engine.
func BenchmarkCall(b *testing.B) {
	for _, src := range []struct{ name, text string }{
		{"text", "function f(base, req) return 'hi' end"},
		{"base", "function f(base, req) return base end"},
		{"changed-base", "function f(base, req) base.n = (base.n or 0) + 1 return base end"},
		{"changed-state", "n = 0 function f(base, req) n = n + 1 return base end"},
	} {
		b.Run(src.name, func(b *testing.B) {
			e := bench(b)
			base := e.Message(e.Ask(text(src.text), "init"))
			// As processes call programs.
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			env := e.Internal()
			req := Of(P("path", Binary("f")))
			b.ReportAllocs()
			for b.Loop() {
				v, err := env.Resolve(ctx, base, req)
				if err != nil {
					b.Fatal(err)
				}
				if m, ok := v.(*Message); ok {
					base = m
				}
			}
		})
	}
}

// BenchmarkUnloaded calls a program that no state holds, as hooks do.
func BenchmarkUnloaded(b *testing.B) {
	e := bench(b)
	base := text("function f(base, req) return {body = {1, 2, 3}} end")
	ctx := context.Background()
	env := e.Internal()
	req := Of(P("path", Binary("f")))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := env.Resolve(ctx, base, req); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSnapshot snapshots after one transfer in a ledger that is a variable
// of the program.
func BenchmarkSnapshot(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e := bench(b)
			s := e.Message(e.Ask(text(fmt.Sprintf(`
				balance = {}
				for i = 1, %d do balance[string.format("account-%%036d", i)] = 1000 end
				function f(base, req) 
					local to = string.format("account-%%036d", req.n)
					balance[to] = balance[to] + 1
					return base
				end`, n)), "init"))
			s = e.Message(e.Ask(s, "f", P("n", Int(1))))
			e.Message(e.Ask(s, "snapshot"))
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				s = e.Message(e.Ask(s, "f", P("n", Int(i%n+1))))
				e.Message(e.Ask(s, "snapshot"))
			}
		})
	}
}

// BenchmarkLargeBase transfers in a ledger that is part of the message.
func BenchmarkLargeBase(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e := bench(b)
			balance := NewBuilder(n)
			for i := range n {
				balance.Set(fmt.Sprintf("account-%036d", i), Int(1000))
			}
			s := text(`function f(base, req) local k = req.to; base.balance[k] = base.balance[k] + 1 return base end`).Set("balance", balance.Message())
			s = e.Message(e.Ask(s, "init"))
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				s = e.Message(e.Ask(s, "f", P("to", Binary(fmt.Sprintf("account-%036d", i%n)))))
			}
		})
	}
}
