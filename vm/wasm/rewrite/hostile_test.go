//go:build cgo

package rewrite_test

import (
	"bytes"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/rewrite"
)

// body makes a module with one function () -> () of the given instructions.
func body(code []byte) []byte {
	b := []byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00")
	f := append([]byte{0}, code...)
	return section(b, 10, append(uleb([]byte{1}, len(f)), f...))
}

// TestHostileShapes: the work of the rewriter stays proportional to the size of
// the module, whatever its shape; the test would not end otherwise.
func TestHostileShapes(t *testing.T) {
	const n = 40_000
	repeat := func(s string, n int) []byte { return bytes.Repeat([]byte(s), n) }
	end := []byte{0x0b}
	for name, code := range map[string][]byte{
		"tries below many blocks":   bytes.Join([][]byte{repeat("\x02\x40", n), repeat("\x06\x40\x0b", 20*n), repeat("\x0b", n), end}, nil),
		"nested delegates":          bytes.Join([][]byte{repeat("\x06\x40", n), repeat("\x18\x00", n), end}, nil),
		"delegates below catching":  bytes.Join([][]byte{repeat("\x06\x40", n), repeat("\x06\x40\x18\x05", 20*n), repeat("\x19\x0b", n), end}, nil),
		"rethrows of every handler": bytes.Join([][]byte{repeat("\x06\x40\x19", 400), repeat("\x09\x00", 400), repeat("\x0b", 400), end}, nil),
	} {
		if _, err := rewrite.Rewrite(body(code)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, code := range map[string][]byte{
		"too many blocks":  bytes.Join([][]byte{repeat("\x02\x40", 60_000), repeat("\x0b", 60_000), end}, nil),
		"no end":           repeat("\x02\x40", 100),
		"catch alone":      {0x19, 0x0b},
		"second catch_all": append([]byte{0x06, 0x40, 0x19, 0x19, 0x0b}, 0x0b),
		"rethrow alone":    {0x09, 0x00, 0x0b},
		"delegate alone":   {0x18, 0x00, 0x0b},
		"delegate beyond":  {0x06, 0x40, 0x18, 0x05, 0x0b},
		"branch beyond":    append([]byte{0x06, 0x40, 0x0c, 0x09, 0x0b}, 0x0b),
		"no such tag":      append([]byte{0x06, 0x40, 0x07, 0x09, 0x0b}, 0x0b),
		"no such type":     append([]byte{0x06, 0x09, 0x19, 0x0b}, 0x0b),
	} {
		if _, err := rewrite.Rewrite(body(code)); !fail.Is(err, fail.Invalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
