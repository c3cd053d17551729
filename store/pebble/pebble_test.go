package pebble_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
	"github.com/hyperbeam-go/hyperbeam/store/storetest"
)

func open(t testing.TB, dir string, o pebble.Options) *pebble.Store {
	t.Helper()
	s, err := pebble.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) store.Store { return open(t, t.TempDir(), pebble.Options{}) })
}

func TestSyncAlwaysInMemory(t *testing.T) {
	storetest.Run(t, func(t testing.TB) store.Store {
		return open(t, "db", pebble.Options{Sync: pebble.SyncAlways, Disk: vfs.NewMem()})
	})
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	storetest.Reopen(t, func(t testing.TB) store.Store { return open(t, dir, pebble.Options{Sync: pebble.SyncNever}) })
}

func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, func(t testing.TB) store.Store { return open(t, b.TempDir(), pebble.Options{}) })
}

func BenchmarkBehindFront(b *testing.B) {
	storetest.Bench(b, func(t testing.TB) store.Store {
		return mem.Front(open(t, b.TempDir(), pebble.Options{}), 64<<20)
	})
}
