package pebble_test

import (
	"context"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
	"github.com/hyperbeam-go/hyperbeam/store/storetest"
)

func TestKill(t *testing.T) {
	storetest.Kill(t, func(t testing.TB, dir string) store.Store { return open(t, dir, pebble.Options{}) })
}

func TestPowerLoss(t *testing.T) {
	for _, p := range []pebble.SyncPolicy{pebble.SyncNever, pebble.SyncInterval, pebble.SyncAlways} {
		storetest.PowerLoss(t, func(t testing.TB, disk vfs.FS) store.Store {
			return open(t, "store", pebble.Options{Disk: disk, Sync: p, MemTableBytes: 64 << 10})
		})
	}
}

// TestInterval: what nobody asked to be durable reaches the disk by itself.
func TestInterval(t *testing.T) {
	ctx := context.Background()
	disk := vfs.NewCrashableMem()
	s := open(t, "store", pebble.Options{Disk: disk, Interval: time.Millisecond})
	must(t, s.Put(ctx, "a", []byte("v")))
	for range 2000 {
		clone := open(t, "store", pebble.Options{Disk: disk.CrashClone(vfs.CrashCloneCfg{})})
		_, err := clone.Get(ctx, "a")
		must(t, clone.Close())
		if err == nil {
			must(t, s.Close())
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("a write has not reached the disk after 10 s")
}
