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
	a := instantiate(t, compile(t, e, "test-calling.wasm"), NoHost, Limits{})
	store := snapshot.Pages{}
	s, err := a.Snapshot(store, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = compile(t, e, "test.wasm").Restore(context.Background(), NoHost, Limits{}, s, store)
	if !fail.Is(err, fail.Conflict) {
		t.Errorf("got %v, want a conflict", err)
	}
}
