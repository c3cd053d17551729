package lua

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

func TestHostFunctions(t *testing.T) {
	for _, d := range []Dialect{Luerl, Standard} {
		vm := machine(t, d)
		vm.SetGlobal("twice", vm.Register("test.twice", func(c *Call) error {
			for range 2 { // Lua -> Go -> Lua
				res, err := c.Call(c.Arg(0), c.Args()[1:]...)
				if err != nil {
					return err
				}
				c.Push(res...)
			}
			return nil
		}))
		vm.SetGlobal("refuse", vm.Register("test.refuse", func(c *Call) error { return c.Raise(c.Arg(0)) }))
		vm.SetGlobal("broken", vm.Register("test.broken", func(c *Call) error { return fail.New(fail.NotFound, "test", "nothing there") }))
		res := run(t, vm, `
local n = 0
local a, b = twice(function(x) n = n + x return n end, 5)
local c, d = twice(function() return (twice(function() n = n + 1 return n end)) end)
local ok, e = pcall(refuse, "why not")
local ok2, e2 = pcall(twice, function() error("inner", 0) end)
local ok3, e3 = pcall(broken)
return a, b, c, d, ok, e, ok2, e2, ok3, e3`)
		var parts []string
		for _, v := range res {
			parts = append(parts, vm.ToText(v))
		}
		want := "5 10 11 13 false why not false inner false test: nothing there"
		if got := strings.Join(parts, " "); got != want {
			t.Errorf("%v:\n got %s\nwant %s", d, got, want)
		}
	}
}

func TestCallErrorsAreClassified(t *testing.T) {
	vm := machine(t, Luerl)
	f, _ := vm.Load("error({code = 5})", "=x")
	_, err := vm.Call(ctx, f)
	var e *Error
	if !fail.Is(err, fail.Failed) || !errors.As(err, &e) || e.Reason != "error_call" || len(e.Args) != 1 {
		t.Fatalf("%v", err)
	}
	if n := vm.GetField(e.Args[0].table(), "code"); !rawEqual(n, Int(5)) {
		t.Error("the error table is lost")
	}
}

func TestEachVisitsInDialectOrder(t *testing.T) {
	for d, want := range map[Dialect]string{
		Luerl:    "1 2 3 10 -5 0 2.5 true a b z ",
		Standard: "1 2 3 z b a 10 -5 true 2.5 0 ",
	} {
		vm := machine(t, d)
		table := run(t, vm, "return {1, 2, 3, z = 1, b = 1, a = 1, [10] = 1, [-5] = 1, [true] = 1, [2.5] = 1, [0] = 1}")[0].table()
		got := ""
		vm.Each(table, func(k, v Value) bool {
			got += vm.ToText(k) + " "
			return true
		})
		if got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

// TestStandardScript compares a script that touches all of the library with
// lua5.3.
func TestStandardScript(t *testing.T) {
	exe, err := exec.LookPath("lua5.3")
	if err != nil {
		t.Skip("lua5.3 is not installed (apt-get install lua5.3)")
	}
	file := filepath.Join("testdata", "standard.lua")
	want, _ := exec.Command(exe, file).CombinedOutput()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	vm, _ := New(Options{Dialect: Standard, Print: func(s string) { got.WriteString(s) }})
	vm.SetGlobal("arg", vm.NewTable(0, 0).Value())
	f, err := vm.Load(string(src), "@"+file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vm.Call(ctx, f); err != nil {
		fmt.Fprintln(&got, err)
	}
	w, g := strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			t.Errorf("line %d\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	if len(w) != len(g) {
		t.Errorf("%d lines, want %d", len(g), len(w))
	}
}

// FuzzSource compiles and runs any text under small limits; nothing may panic.
func FuzzSource(f *testing.F) {
	for s := range int64(20) {
		f.Add(randomProgram(s))
	}
	for _, p := range programs {
		f.Add(p.source)
	}
	f.Add(standardProgram + standardRest)
	f.Fuzz(func(t *testing.T, src string) {
		for _, d := range []Dialect{Luerl, Standard} {
			vm, err := New(Options{Dialect: d, Limits: Limits{Fuel: 50_000, Memory: 4 << 20, Depth: 200}})
			if err != nil {
				t.Fatal(err)
			}
			p, err := vm.Load(src, "=fuzz")
			if err != nil {
				continue
			}
			_, _ = vm.Call(ctx, p)
			data, err := vm.Save()
			if err != nil {
				t.Fatal(err)
			}
			if len(data) < 1<<18 {
				back, err := Restore(Options{Limits: Limits{Fuel: 50_000, Memory: 4 << 20, Depth: 200}}, data)
				if err != nil {
					t.Fatalf("cannot restore: %v", err)
				}
				sameState(t, vm, back)
			}
		}
	})
}
