//go:build cgo

package wasm_test

import (
	"context"
	"fmt"
	"log"
	"time"

	wt "github.com/bytecodealliance/wasmtime-go/v44"

	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/snapshot"
)

// A process that counts is run, saved, and continued in another instance.
func Example() {
	image, err := wt.Wat2Wasm(`(module
		(import "env" "log" (func $log (param i32)))
		(global $n (mut i32) (i32.const 0))
		(func (export "add") (param i32) (result i32)
			(global.set $n (i32.add (global.get $n) (local.get 0)))
			(call $log (global.get $n))
			(global.get $n)))`)
	if err != nil {
		log.Fatal(err)
	}
	engine, err := wasm.New(wasm.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	ctx := context.Background()
	module, err := engine.Compile(ctx, image)
	if err != nil {
		log.Fatal(err)
	}
	host := wasm.HostFuncs(func(im wasm.Import) wasm.HostFunc {
		return func(_ *wasm.Caller, args, _ []wasm.Value) error {
			fmt.Println(im.Module, im.Name, im.Type, args)
			return nil
		}
	})
	limits := wasm.Limits{Fuel: 1e6, MemoryBytes: 64 << 20, Timeout: time.Second}

	first, err := module.Instantiate(ctx, host, limits)
	if err != nil {
		log.Fatal(err)
	}
	defer first.Close()
	if _, err := first.Call(ctx, "add", wasm.I64(40)); err != nil {
		log.Fatal(err)
	}
	store := snapshot.Pages{} // a real node keeps pages in its store
	saved, err := first.Snapshot(store, nil)
	if err != nil {
		log.Fatal(err)
	}
	second, err := module.Restore(ctx, host, limits, saved, store)
	if err != nil {
		log.Fatal(err)
	}
	defer second.Close()
	results, err := second.Call(ctx, "add", wasm.I64(2))
	fmt.Println(results, err)
	_, err = second.Call(ctx, "subtract")
	fmt.Println(err)
	// Output:
	// env log (i) [40]
	// env log (i) [42]
	// [42] <nil>
	// wasm.Call: Function not found: subtract
}
