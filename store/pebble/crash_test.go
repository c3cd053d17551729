package pebble_test

import (
	"testing"

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
