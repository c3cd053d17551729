package wasm

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/internal/wasmtime"
)

// Trap codes of the engine that are not traps of the program.
const (
	codeInterrupt = 10
	codeFuel      = 11
)

// trapTexts are the reasons as the reference words them (spec 03, 12.1), by
// the engine's code.
var trapTexts = [...]string{
	0: "wasm operand stack overflow",
	1: "out of bounds memory access",
	2: "unaligned atomic",
	3: "undefined element",
	4: "uninitialized element",
	5: "indirect call type mismatch",
	6: "integer overflow",
	7: "integer divide by zero",
	8: "invalid conversion to integer",
	9: "unreachable",
}

// explain turns a failure of a call into the error that is reported. What a
// host function returned passes unchanged, also through nested calls.
func (g *guest) explain(op string, f *wasmtime.Failure) error {
	if err := g.hostErr; err != nil {
		g.hostErr = nil
		return err
	}
	switch {
	case f.Interrupted || f.Code == codeInterrupt:
		return g.watch.reason(op, g.limits)
	case f.Code == codeFuel:
		return fail.New(fail.Exhausted, op, "fuel limit of %d reached", g.limits.Fuel)
	case f.Exception:
		return fail.New(fail.Failed, op, "Exception: uncaught wasm exception")
	case f.Code >= 0 && f.Code < len(trapTexts):
		return fail.New(fail.Failed, op, "Exception: %s", trapTexts[f.Code])
	case strings.Contains(f.Text, "exceeds memory limits"):
		return fail.New(fail.Exhausted, op, "memory limit of %d bytes reached", g.limits.MemoryBytes)
	case strings.Contains(f.Text, "exceeds table limits"):
		return fail.New(fail.Exhausted, op, "table limit of %d elements reached", maxTable)
	}
	text, _, _ := strings.Cut(f.Text, "\n")
	return fail.New(fail.Failed, op, "Exception: %s", text)
}
