package fs_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/fs"
	"github.com/hyperbeam-go/hyperbeam/store/storetest"
)

func open(t testing.TB, dir string, o fs.Options) *fs.Store {
	t.Helper()
	s, err := fs.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// CONF-STORE-11, 14: the cases of package storetest
func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) store.Store { return open(t, t.TempDir(), fs.Options{NoSync: true}) })
}

func TestStoreInMemory(t *testing.T) {
	storetest.Run(t, func(t testing.TB) store.Store { return open(t, "/store", fs.Options{Disk: vfs.NewMem()}) })
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	storetest.Reopen(t, func(t testing.TB) store.Store { return open(t, dir, fs.Options{}) })
}

func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, func(t testing.TB) store.Store { return open(t, b.TempDir(), fs.Options{}) })
}
