package lua

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

func small(d Dialect) *VM {
	vm, err := New(Options{Dialect: d, Limits: Limits{Fuel: 8_000_000, Memory: 16 << 20, Depth: 10_000}})
	if err != nil {
		panic(err)
	}
	return vm
}

func TestLimits(t *testing.T) {
	cases := []struct{ name, src, limit string }{
		{"endless loop", "while true do end", "fuel"},
		{"endless loop in pcall", "while true do pcall(function() while true do end end) end", "fuel"},
		{"endless recursion by tail calls", "local function f() return f() end f()", "fuel"},
		{"memory bomb", "local t = {} while true do t[#t+1] = {} end", "memory"},
		{"string bomb", "local s = 'x' while true do s = s .. s end", "memory"},
		{"one huge string", "return ('x'):rep(100 * 1024 * 1024)", "memory"},
		{"huge repetition", "return ('x'):rep(1 << 60)", "memory"},
		{"table of strings", "local t = {} for i = 1, 1e9 do t[i] = tostring(i) .. 'padding to make it longer than it would be' end", "memory"},
		{"pattern bomb", "return string.find(('a'):rep(60), ('a*'):rep(30) .. 'b')", "fuel"},
		{"pattern bomb with captures", "return string.match(('a'):rep(60) , ('(a-)'):rep(25) .. 'b')", "fuel"},
		{"gsub bomb", "local s = ('a'):rep(1000) for i = 1, 100 do s = s:gsub('a', 'aaaaaaaaaa') end", ""},
		{"concat bomb", "local t = {} for i = 1, 1000 do t[i] = ('x'):rep(10000) end while true do local s = table.concat(t) t[1] = s end", ""},
		{"sort with an endless order", "local t = {} for i = 1, 1000 do t[i] = i end table.sort(t, function(a, b) while true do end end)", "fuel"},
		{"deep recursion", "local function f() return 1 + f() end f()", "depth"},
		{"many closures", "local t = {} while true do local x = #t t[#t+1] = function() return x end end", "memory"},
		{"deep metatables", "local t = {} for i = 1, 1e7 do t = setmetatable({}, {__index = t}) end return t.x", "memory"},
	}
	for _, c := range cases {
		for _, d := range []Dialect{Luerl, Standard} {
			t.Run(c.name+"/"+d.String(), func(t *testing.T) {
				vm := small(d)
				f, err := vm.Load(c.src, "=limit")
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				_, err = vm.Call(ctx, f)
				var e *Error
				if !errors.As(err, &e) || !fail.Is(err, fail.Exhausted) || c.limit != "" && e.Limit != c.limit {
					t.Fatalf("error %v, want limit %q", err, c.limit)
				}
				if d := time.Since(start); d > 20*time.Second {
					t.Errorf("took %v", d)
				}
				if _, err := vm.Call(ctx, vm.Global("tostring"), Int(1)); err != nil {
					t.Errorf("the machine does not go on: %v", err)
				}
			})
		}
	}
}

func TestLuerlIntegerBombs(t *testing.T) {
	for _, src := range []string{"return 1 << (1 << 50)", "local x = 3 while true do x = x * x end", "local x = 1 << 1000000 while true do local s = tostring(x) end"} {
		vm := small(Luerl)
		f, _ := vm.Load(src, "=bomb")
		if _, err := vm.Call(ctx, f); !fail.Is(err, fail.Exhausted) {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func TestFuelIsExact(t *testing.T) {
	src := "local s = 0 for i = 1, 1000 do s = s + i end return s"
	vm := machine(t, Standard)
	run(t, vm, src)
	used := vm.FuelUsed()
	for _, extra := range []int64{0, -1} {
		vm, _ := New(Options{Dialect: Standard, Limits: Limits{Fuel: used + extra}})
		f, _ := vm.Load(src, "=test")
		vm.fuel, vm.slice = 0, 0
		_, err := vm.Call(ctx, f)
		if (err == nil) != (extra == 0) {
			t.Errorf("with %d of %d units: %v", used+extra, used, err)
		}
	}
}

func TestCancellation(t *testing.T) {
	vm := machine(t, Luerl)
	f, _ := vm.Load("while true do end", "=loop")
	c, stop := context.WithTimeout(ctx, 20*time.Millisecond)
	defer stop()
	_, err := vm.Call(c, f)
	var e *Error
	if !errors.As(err, &e) || e.Limit != "cancelled" {
		t.Error(err)
	}
}

// TestMemoryIsReused allocates far more than the limit, but keeps little.
func TestMemoryIsReused(t *testing.T) {
	for _, d := range []Dialect{Luerl, Standard} {
		vm := small(d)
		run(t, vm, "local keep = {} for i = 1, 300000 do keep[i % 100 + 1] = {i, tostring(i) .. 'some text that takes memory'} end")
	}
}

func TestPositions(t *testing.T) {
	vm := machine(t, Luerl)
	f, err := vm.Load("\nlocal function inner()\n  local x = nil\n  return x.y\nend\nfunction outer()\n  return inner() + 1\nend", "@file.lua")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vm.Call(ctx, f); err != nil {
		t.Fatal(err)
	}
	_, err = vm.Call(ctx, vm.Global("outer"))
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if s, _ := e.Value.AsString(); s != "invalid index in nil: 'y'" {
		t.Errorf("text %q", s)
	}
	if e.Chunk != "file.lua" || e.Line != 4 || len(e.Trace) != 2 || e.Trace[1].Function != "outer" || e.Trace[1].Line != 7 {
		t.Errorf("position %s:%d, trace %v", e.Chunk, e.Line, e.Trace)
	}
	if _, err := vm.Load("x = = 1", "@bad.lua"); !fail.Is(err, fail.Invalid) || !strings.Contains(err.Error(), "syntax error before: '='") {
		t.Errorf("compile error: %v", err)
	}
}
