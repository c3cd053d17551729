//go:build cgo

package wasm

import (
	"context"
	"testing"

	wt "github.com/bytecodealliance/wasmtime-go/v44"
)

// module compiles the text of a module.
func module(t testing.TB, e *Engine, text string) *Module {
	t.Helper()
	b, err := wt.Wat2Wasm(text)
	if err != nil {
		t.Fatal(err)
	}
	m, err := e.Compile(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ending runs an export and returns its error.
func ending(in *Instance, name string, args ...Value) error {
	_, err := in.Call(context.Background(), name, args...)
	return err
}
