package lua_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func TestLimits(t *testing.T) {
	for _, c := range []struct{ name, src, limit, body string }{
		{"endless loop", "function f() local n = 0 while true do n = n + 1 end end", "lua_fuel", "instructions"},
		{"loop that catches", "function f() while true do pcall(error, 1) end end", "lua_fuel", "instructions"},
		{"memory bomb", "function f() local t = {} while true do t[#t + 1] = {} end end", "lua_memory_bytes", "memory"},
		{"growing text", "function f() local s = 'x' while true do s = s .. s end end", "lua_memory_bytes", "memory"},
		{"large text", "function f() return string.rep('x', 100000000) end", "lua_memory_bytes", "memory"},
		{"large answer", "function f() return string.rep('x', 3000000) end", "", "lua_output_bytes"},
		{"large base", "function f(base) base.x = string.rep('x', 3000000) return base end", "", "lua_output_bytes"},
		{"pattern bomb", "function f() return (('a'):rep(30) .. 'b'):match('" + strings.Repeat("a-", 30) + strings.Repeat("a*", 30) + "c') end", "lua_fuel", "instructions"},
		{"large result", "function f() local t = {x = string.rep('x', 1000)} for i = 1, 40 do t = {a = t, b = t} end return t end", "", "larger than"},
		{"through the engine", `function f(base) return ao.resolve(base, {path = "f"}) end`, "", "lua_nesting"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := withOptions(t, P("lua_fuel", Int(20_000_000)), P("lua_memory_bytes", Int(16<<20)), P("lua_output_bytes", Int(1<<20)))
			s := b.Message(b.Ask(text(c.src), "init"))
			begin := time.Now()
			r := b.Ask(s, "f")
			if d := time.Since(begin); d > 20*time.Second {
				t.Errorf("took %v", d)
			}
			m, ok := r.Value.(*Message)
			if r.Status != ao.Failed || !ok || !strings.Contains(m.Text("body"), c.body) || m.Text("limit") != c.limit {
				t.Fatalf("%s %v: %q, limit %q", r.Status, r.Err, m.Text("body"), m.Text("limit"))
			}
			if c.name == "endless loop" && m.Text("position") != "test:1" {
				t.Errorf("position %q", m.Text("position"))
			}
		})
	}
}

func TestDeepRecursion(t *testing.T) {
	b := bench(t)
	src := "function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end"
	b.Want(b.Ask(text(src), "f", P("parameters", NewList(Int(100_000)))), Int(100_000))
	r := b.Ask(text(src), "f", P("parameters", NewList(Int(100_000_000))))
	m, ok := r.Value.(*Message)
	if !ok || !strings.Contains(m.Text("body"), "overflow") || m.Text("limit") != "depth" {
		t.Fatal(r)
	}
}

func TestTime(t *testing.T) {
	b := withOptions(t, P("lua_fuel", Int(1<<50)), P("lua_timeout", Int(50)))
	r := b.Ask(text("function f() while true do end end"), "f")
	if !fail.Is(r.Err, fail.Timeout) || !strings.Contains(r.Err.Error(), "lua_timeout") {
		t.Fatal(r)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	b = withOptions(t, P("lua_fuel", Int(1<<50)))
	if _, err := b.ResolvePath(ctx, text("function f() while true do end end"), "f"); !fail.Is(err, fail.Timeout) {
		t.Fatal(err)
	}
}

// TestFuelIsShared: programs that ask for each other spend from one account.
func TestFuelIsShared(t *testing.T) {
	b := withOptions(t, P("lua_fuel", Int(3_000_000)))
	src := `
		function work(base) for i = 1, 1000000 do end return "done" end
		function f(base, req)
			local n = 0
			while true do
				local status = ao.resolve(base, {path = "work"})
				if status ~= "ok" then return "error", n end
				n = n + 1
				if n > 100 then return "more fuel than there is" end
			end
		end`
	r := b.Ask(text(src), "f")
	m, ok := r.Value.(*Message)
	if r.Status != ao.Failed || ok && m.Text("limit") != "lua_fuel" {
		t.Fatal(r.Status, r.Value)
	}
}

func TestClockAndChance(t *testing.T) {
	src := text("function now() return os.time() end function chance() return math.random(1000000) end")
	process := Of(P("type", Binary("Process")), P("n", Int(1)))
	b := bench(t)
	v := b.OK(b.Ask(src, "now", P("timestamp", Int(1700000000123))))
	if v != Value(Float(1700000000.123)) {
		t.Fatalf("time is %v", v)
	}
	first := b.OK(b.Ask(src.Set("process", process), "chance"))
	b.Want(bench(t).Ask(src.Set("process", process), "chance"), first)
	other := b.OK(b.Ask(src.Set("process", process.Set("n", Int(2))), "chance"))
	if Equal(first, other) {
		t.Fatal("two processes have the same chance")
	}
}

// TestOldDataMayBeLarge: only what a call adds counts as output.
func TestOldDataMayBeLarge(t *testing.T) {
	b := withOptions(t, P("lua_output_bytes", Int(1000)))
	s := text("function f(base) base.n = 1 base.t.x = 1 return base end").
		Set("blob", Binary(strings.Repeat("x", 100_000))).Set("t", Of(P("blob", Binary(strings.Repeat("y", 100_000)))))
	b.Message(b.Ask(s, "f"))
}
