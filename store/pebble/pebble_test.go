package pebble_test

import (
	"bytes"
	"context"
	"fmt"
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

// CONF-STORE-11, 14: the cases of package storetest
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

// TestLargeBatch writes batches larger than the memory for writes, which take
// another way through the database.
func TestLargeBatch(t *testing.T) {
	ctx := context.Background()
	disk := vfs.NewCrashableMem()
	s := open(t, "store", pebble.Options{Disk: disk, MemTableBytes: 256 << 10})
	for n := range 5 {
		b := store.NewBatch()
		for k := range 4 {
			b.Put(fmt.Sprintf("%d/%d", n, k), bytes.Repeat([]byte{byte(n), byte(k)}, 500_000))
		}
		must(t, s.Apply(ctx, b, store.Durable))
	}
	again := open(t, "store", pebble.Options{Disk: disk.CrashClone(vfs.CrashCloneCfg{})})
	for n := range 5 {
		for k := range 4 {
			v, err := again.Get(ctx, fmt.Sprintf("%d/%d", n, k))
			if err != nil || !bytes.Equal(v, bytes.Repeat([]byte{byte(n), byte(k)}, 500_000)) {
				t.Fatalf("value %d/%d has %d bytes, %v", n, k, len(v), err)
			}
		}
	}
	must(t, again.Close())
	must(t, s.Close())
}

func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, func(t testing.TB) store.Store { return open(t, b.TempDir(), pebble.Options{}) })
}

func BenchmarkBehindFront(b *testing.B) {
	storetest.Bench(b, func(t testing.TB) store.Store {
		return mem.Front(open(t, b.TempDir(), pebble.Options{}), 64<<20)
	})
}
