package store

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Limits of every store.
const (
	MaxPath  = 1024    // bytes in a path, separators included (LMDB, the reference's default, takes 511)
	MaxDepth = 64      // components in a path
	MaxHops  = 128     // links followed in one read
	MaxValue = 1 << 29 // bytes in a value
	MaxBatch = 1 << 30 // bytes of paths and values in a batch
)

// Join joins components with "/". It does not check them.
func Join(parts ...string) string { return strings.Join(parts, "/") }

// Check reports whether path can name an entry: 1 to [MaxPath] bytes, at most
// [MaxDepth] components, none of them empty. All byte values are permitted;
// "." and ".." are ordinary names.
//
// # Errors
//
// Invalid for an empty path or component, TooLarge over a limit.
func Check(path string) error {
	const op = "store.Check"
	if path == "" {
		return fail.New(fail.Invalid, op, "the path is empty")
	}
	if len(path) > MaxPath {
		return fail.New(fail.TooLarge, op, "the path has %d bytes; the limit is %d", len(path), MaxPath)
	}
	depth, last := 1, -1
	for i := 0; i < len(path); i++ {
		if path[i] != '/' {
			continue
		}
		if i == last+1 {
			return fail.New(fail.Invalid, op, "the path has an empty component").At(path)
		}
		depth, last = depth+1, i
	}
	if last == len(path)-1 {
		return fail.New(fail.Invalid, op, "the path has an empty component").At(path)
	}
	if depth > MaxDepth {
		return fail.New(fail.TooLarge, op, "the path has %d components; the limit is %d", depth, MaxDepth)
	}
	return nil
}

// checkValue reports whether a value is small enough.
func checkValue(path string, value []byte) error {
	if len(value) > MaxValue {
		return fail.New(fail.TooLarge, "store.Put", "the value has %d bytes; the limit is %d", len(value), MaxValue).At(path)
	}
	return nil
}

// missing is the error of a path that leads to nothing that can be read.
func missing(op, path string) error {
	return &fail.Error{Kind: fail.NotFound, Op: op, Path: path, Text: "nothing is stored under this path"}
}
