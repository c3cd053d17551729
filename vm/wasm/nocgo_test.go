//go:build !cgo

package wasm

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

func TestWithoutCgo(t *testing.T) {
	if _, err := New(Options{}); !fail.Is(err, fail.Unsupported) {
		t.Errorf("got %v, want unsupported", err)
	}
}
