//go:build cgo

package wasm

import (
	"context"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/vm/wasm/rewrite"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/snapshot"
)

const benchModule = "aos-2-pure-xs.wasm"

func BenchmarkRewrite(b *testing.B) {
	img := image(b, benchModule)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rewrite.Rewrite(img); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	img := image(b, benchModule)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		e := newEngine(b, Options{})
		b.StartTimer()
		if _, err := e.Compile(context.Background(), img); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCachedLoad(b *testing.B) {
	img, dir := image(b, benchModule), b.TempDir()
	if _, err := newEngine(b, Options{CacheDir: dir}).Compile(context.Background(), img); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		e := newEngine(b, Options{CacheDir: dir})
		b.StartTimer()
		if _, err := e.Compile(context.Background(), img); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInstantiate(b *testing.B) {
	m := compile(b, newEngine(b, Options{}), benchModule)
	b.ReportAllocs()
	for b.Loop() {
		in, err := m.Instantiate(context.Background(), aosHost, Limits{})
		if err != nil {
			b.Fatal(err)
		}
		in.Close()
	}
}

func BenchmarkCallFac(b *testing.B) {
	in := instantiate(b, compile(b, newEngine(b, Options{}), "test.wasm"), Stubs(), Limits{Fuel: 1e6})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := in.Call(context.Background(), "fac", F64(10)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCallFacWatched is with a time limit and a context that can end.
func BenchmarkCallFacWatched(b *testing.B) {
	in := instantiate(b, compile(b, newEngine(b, Options{}), "test.wasm"), Stubs(), Limits{Fuel: 1e6, Timeout: 1e9})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := in.Call(ctx, "fac", F64(10)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHostCall(b *testing.B) {
	mul := HostFuncs(func(im Import) HostFunc {
		return func(_ *Caller, args, results []Value) error {
			if len(results) == 1 {
				results[0] = I32(int32(args[0].Int() * args[1].Int()))
			}
			return nil
		}
	})
	in := instantiate(b, compile(b, newEngine(b, Options{}), "pow_calculator.wasm"), mul, Limits{})
	b.ReportAllocs()
	for b.Loop() { // 1000 host calls
		if _, err := in.Call(context.Background(), "pow", I32(1), I32(1000)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAosMessage(b *testing.B) {
	in := instantiate(b, compile(b, newEngine(b, Options{}), benchModule), aosHost, Limits{Fuel: 1e12})
	msg := aosEval("return 1+1")
	handle(b, in, msg)
	b.ReportAllocs()
	for b.Loop() {
		handle(b, in, msg)
	}
}

func BenchmarkInvokeMessage(b *testing.B) {
	in := instantiate(b, compile(b, newEngine(b, Options{}), "test-wasi-aos.wasm"), aosHost, Limits{Fuel: 1e12})
	msg := aosEval("return 1+1")
	handle(b, in, msg)
	for b.Loop() {
		handle(b, in, msg)
	}
}

func BenchmarkSnapshotFull(b *testing.B) {
	in := instantiate(b, compile(b, newEngine(b, Options{}), benchModule), aosHost, Limits{})
	handle(b, in, aosEval("return 1+1"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := in.Snapshot(snapshot.Pages{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSnapshotNext is the snapshot after one message; the message's own
// time is left out.
func BenchmarkSnapshotNext(b *testing.B) {
	in := instantiate(b, compile(b, newEngine(b, Options{}), benchModule), aosHost, Limits{})
	msg := aosEval("return 1+1")
	handle(b, in, msg)
	sink := &countingSink{Pages: snapshot.Pages{}}
	prev, err := in.Snapshot(sink, nil)
	if err != nil {
		b.Fatal(err)
	}
	sink.puts = 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		handle(b, in, msg)
		b.StartTimer()
		if prev, err = in.Snapshot(sink, prev); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(sink.puts)/float64(b.N), "pages/op")
}

func BenchmarkRestore(b *testing.B) {
	m := compile(b, newEngine(b, Options{}), benchModule)
	in := instantiate(b, m, aosHost, Limits{})
	handle(b, in, aosEval("return 1+1"))
	store := snapshot.Pages{}
	s, err := in.Snapshot(store, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r, err := m.Restore(context.Background(), aosHost, Limits{}, s, store)
		if err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}

// BenchmarkSnapshotLarge is a snapshot after 1 MiB of a memory of 1 GiB was
// touched.
func BenchmarkSnapshotLarge(b *testing.B) {
	in := instantiate(b, module(b, newEngine(b, Options{}), `(module (memory 16384)
		(func (export "touch") (param i32) (memory.fill (i32.const 0x1000000) (local.get 0) (i32.const 0x100000))))`), Stubs(), Limits{})
	sink := &countingSink{Pages: snapshot.Pages{}}
	prev, err := in.Snapshot(sink, nil)
	if err != nil {
		b.Fatal(err)
	}
	i := int32(0)
	b.ReportAllocs()
	for b.Loop() {
		i++
		call(b, in, "touch", I32(i))
		if prev, err = in.Snapshot(sink, prev); err != nil {
			b.Fatal(err)
		}
	}
}
