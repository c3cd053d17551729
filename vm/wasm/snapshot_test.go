//go:build cgo

package wasm

import (
	"bytes"
	"context"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/snapshot"
)

// memory returns all bytes of an instance's memory.
func memory(t testing.TB, in *Instance) []byte {
	t.Helper()
	b, err := in.Read(0, in.Size())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSnapshotEquality: an instance and its copy, restored from a snapshot in
// one piece, answer alike and end up byte-identical, through several rounds.
func TestSnapshotEquality(t *testing.T) {
	m := compile(t, newEngine(t, Options{}), "aos-2-pure-xs.wasm")
	a := instantiate(t, m, aosHost, Limits{Fuel: 1e10})
	handle(t, a, aosEval("Counter = 40; return Counter"))
	store := snapshot.Pages{}
	var prev *snapshot.Snapshot
	for _, code := range []string{"Counter = Counter + 1; return Counter", "T = {}; for i=1,20000 do T[i]=i end; return #T",
		"T = nil; collectgarbage(); return Counter"} {
		s, err := a.Snapshot(store, prev)
		if err != nil {
			t.Fatal(err)
		}
		blob, err := s.Marshal(store)
		if err != nil {
			t.Fatal(err)
		}
		s2, pages, err := snapshot.Unmarshal(blob)
		if err != nil {
			t.Fatal(err)
		}
		b, err := m.Restore(context.Background(), aosHost, Limits{Fuel: 1e10}, s2, pages)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(memory(t, a), memory(t, b)) {
			t.Fatal("restored memory differs")
		}
		_, fromA := handle(t, a, aosEval(code))
		_, fromB := handle(t, b, aosEval(code))
		if fromA != fromB {
			t.Errorf("answers differ:\n%s\n%s", fromA, fromB)
		}
		if !bytes.Equal(memory(t, a), memory(t, b)) {
			t.Error("memories differ after the same message")
		}
		sa, err := a.Snapshot(snapshot.Pages{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		sb, err := b.Snapshot(store, s)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(sa.Encode(), sb.Encode()) {
			t.Error("snapshots differ after the same message")
		}
		b.Close()
		prev = s
	}
}

// countingSink counts what is put.
type countingSink struct {
	snapshot.Pages
	puts int
}

func (c *countingSink) PutPage(hash id.ID, b []byte) error {
	c.puts++
	return c.Pages.PutPage(hash, b)
}

func TestSnapshotsShareUnchangedPages(t *testing.T) {
	m := compile(t, newEngine(t, Options{}), "aos-2-pure-xs.wasm")
	a := instantiate(t, m, aosHost, Limits{})
	handle(t, a, aosEval("return 1"))
	sink := &countingSink{Pages: snapshot.Pages{}}
	s1, err := a.Snapshot(sink, nil)
	if err != nil {
		t.Fatal(err)
	}
	full := sink.puts
	sink.puts = 0
	s2, err := a.Snapshot(sink, s1)
	if err != nil {
		t.Fatal(err)
	}
	if sink.puts != 0 || s2.Root != s1.Root {
		t.Errorf("an unchanged instance put %d pages", sink.puts)
	}
	if err := a.Write(5000000, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Snapshot(sink, s2); err != nil {
		t.Fatal(err)
	}
	if sink.puts != 3 { // the page, its group, the root
		t.Errorf("one changed byte put %d pages, want 3", sink.puts)
	}
	sink.puts = 0
	if _, err := a.Snapshot(sink, s1); err != nil {
		t.Fatal(err)
	}
	if sink.puts < full {
		t.Errorf("relative to an older snapshot only %d pages were put, want at least %d", sink.puts, full)
	}
}

func TestSnapshotOfOtherImageIsRefused(t *testing.T) {
	e := newEngine(t, Options{})
	a := instantiate(t, compile(t, e, "test-calling.wasm"), Stubs(), Limits{})
	store := snapshot.Pages{}
	s, err := a.Snapshot(store, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = compile(t, e, "test.wasm").Restore(context.Background(), Stubs(), Limits{}, s, store)
	if !fail.Is(err, fail.Conflict) {
		t.Errorf("got %v, want a conflict", err)
	}
}

// TestRestoreIsExact: all types of globals, grown memory, data that was zeroed
// after the start, and a start function that writes.
func TestRestoreIsExact(t *testing.T) {
	e := newEngine(t, Options{})
	for name, start := range map[string]string{"without start function": "", "with start function": "(start $start)"} {
		m := module(t, e, `(module (memory 1 10)
			(global $a (mut i32) (i32.const 1)) (global $b (mut i64) (i64.const 2))
			(global $c (mut f32) (f32.const 3)) (global $d (mut f64) (f64.const 4))
			(global $v (mut v128) (v128.const i64x2 5 6)) (global $k i32 (i32.const 9))
			(data (i32.const 100) "segment") (data (i32.const 5000) "segment")
			(func $start (i32.store (i32.const 40000) (i32.const 77))) `+start+`
			(func (export "change")
				(global.set $a (i32.const -1)) (global.set $b (i64.const -2))
				(global.set $c (f32.const -3)) (global.set $d (f64.const -4))
				(global.set $v (v128.const i64x2 -5 -6))
				(memory.fill (i32.const 0) (i32.const 0) (i32.const 65536))
				(drop (memory.grow (i32.const 3)))
				(i32.store (i32.const 200000) (i32.const 7)))
			(func (export "sum") (result f64)
				(f64.add (f64.add (f64.convert_i32_s (global.get $a)) (f64.convert_i64_s (global.get $b)))
				(f64.add (f64.add (f64.promote_f32 (global.get $c)) (global.get $d))
				(f64.convert_i64_s (i64x2.extract_lane 1 (global.get $v)))))))`)
		a := instantiate(t, m, Stubs(), Limits{})
		call(t, a, "change")
		store := snapshot.Pages{}
		s, err := a.Snapshot(store, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := m.Restore(context.Background(), Stubs(), Limits{}, s, store)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if !bytes.Equal(memory(t, a), memory(t, b)) {
			t.Errorf("%s: memory differs", name)
		}
		if got := call(t, b, "sum"); got[0] != F64(-16) {
			t.Errorf("%s: globals give %v", name, got)
		}
		sb, err := b.Snapshot(&countingSink{}, s)
		if err != nil || !bytes.Equal(sb.Encode(), s.Encode()) {
			t.Errorf("%s: the snapshot of the copy differs: %v", name, err)
		}
		if _, err := m.Restore(context.Background(), Stubs(), Limits{MemoryBytes: 2 * PageBytes}, s, store); !fail.Is(err, fail.Exhausted) {
			t.Errorf("%s: restored over the memory limit: %v", name, err)
		}
		bad := *s
		bad.Globals = s.Globals[1:]
		if _, err := m.Restore(context.Background(), Stubs(), Limits{}, &bad, store); !fail.Is(err, fail.Invalid) {
			t.Errorf("%s: restored without a global: %v", name, err)
		}
	}
}

// TestDeadInstanceIsRebuilt: after a limit struck, the process goes on from its
// last snapshot.
func TestDeadInstanceIsRebuilt(t *testing.T) {
	m := compile(t, newEngine(t, Options{}), "aos-2-pure-xs.wasm")
	lim := Limits{Fuel: 2e8}
	a := instantiate(t, m, aosHost, lim)
	handle(t, a, aosEval("Counter = 41"))
	store := snapshot.Pages{}
	s, err := a.Snapshot(store, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := tryHandle(a, aosEval("Counter = 0; while true do end")); !fail.Is(err, fail.Exhausted) {
		t.Fatalf("got %v", err)
	}
	if _, err := a.Snapshot(store, s); !fail.Is(err, fail.Conflict) {
		t.Errorf("a dead instance was saved: %v", err)
	}
	b, err := m.Restore(context.Background(), aosHost, lim, s, store)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, answer := handle(t, b, aosEval("Counter = Counter + 1; return Counter")); data(t, answer) != "42" {
		t.Errorf("got %s", answer)
	}
}

func TestBlockedSnapshot(t *testing.T) {
	m := module(t, newEngine(t, Options{}), `(module (table 1 funcref) (func (table.set 0 (i32.const 0) (ref.null func))))`)
	if err := m.SnapshotBlocker(); !fail.Is(err, fail.Unsupported) {
		t.Errorf("got %v", err)
	}
	in := instantiate(t, m, Stubs(), Limits{})
	if _, err := in.Snapshot(snapshot.Pages{}, nil); !fail.Is(err, fail.Unsupported) {
		t.Errorf("got %v", err)
	}
	if _, err := m.Restore(context.Background(), Stubs(), Limits{}, &snapshot.Snapshot{Image: m.Image()}, snapshot.Pages{}); !fail.Is(err, fail.Unsupported) {
		t.Errorf("got %v", err)
	}
}

// fullSink fails every put.
type fullSink struct{}

func (fullSink) PutPage(id.ID, []byte) error {
	return fail.New(fail.Unavailable, "test", "store is full")
}

// TestFailedSnapshotLosesNothing: a snapshot that could not be stored is
// complete the next time.
func TestFailedSnapshotLosesNothing(t *testing.T) {
	m := compile(t, newEngine(t, Options{}), "test-calling.wasm")
	in := instantiate(t, m, Stubs(), Limits{})
	store := snapshot.Pages{}
	s, err := in.Snapshot(store, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Write(100000, []byte("changed")); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Snapshot(fullSink{}, s); !fail.Is(err, fail.Unavailable) {
		t.Fatalf("got %v", err)
	}
	s, err = in.Snapshot(store, s)
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.Restore(context.Background(), Stubs(), Limits{}, s, store)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if !bytes.Equal(memory(t, in), memory(t, b)) {
		t.Error("memory differs")
	}
}

// TestSparseMemory: memory that nobody touched is not read, except where the
// module put data.
func TestSparseMemory(t *testing.T) {
	m := module(t, newEngine(t, Options{}), `(module (memory 1024)
		(data (i32.const 0x2000ff0) "data over the border of two pages")
		(func (export "write") (i64.store (i32.const 0x3000000) (i64.const -1))))`)
	a := instantiate(t, m, Stubs(), Limits{})
	call(t, a, "write")
	store := snapshot.Pages{}
	s, err := a.Snapshot(store, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.Restore(context.Background(), Stubs(), Limits{}, s, store)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if !bytes.Equal(memory(t, a), memory(t, b)) {
		t.Error("memory differs")
	}
	again, err := b.Snapshot(snapshot.Pages{}, nil)
	if err != nil || again.Root != s.Root {
		t.Errorf("root %s, want %s, %v", again.Root, s.Root, err)
	}
}
