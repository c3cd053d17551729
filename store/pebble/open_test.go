package pebble_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	raw "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
)

func refuses(t *testing.T, name, dir string, o pebble.Options, kind fail.Kind, says string) {
	t.Helper()
	s, err := pebble.Open(dir, o)
	if err == nil {
		_ = s.Close()
	}
	if !fail.Is(err, kind) || !strings.Contains(fail.Sentence(err), says) {
		t.Errorf("%s: %v, want %s and %q", name, err, kind, says)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "thesis.tex")
	must(t, os.WriteFile(file, nil, 0o644))
	refuses(t, "other files", dir, pebble.Options{}, fail.Invalid, "choose an empty folder")
	refuses(t, "a file", file, pebble.Options{}, fail.Invalid, "this is a file")
	refuses(t, "nothing to read", filepath.Join(dir, "new"), pebble.Options{ReadOnly: true}, fail.NotFound, "no store")

	used := filepath.Join(dir, "used")
	s := open(t, used, pebble.Options{})
	refuses(t, "locked", used, pebble.Options{}, fail.Unavailable, "another process")
	must(t, s.Close())

	other := filepath.Join(dir, "other")
	db, err := raw.Open(other, &raw.Options{Logger: silent{}})
	must(t, err)
	must(t, db.Set([]byte("k"), []byte("v"), raw.Sync))
	must(t, db.Close())
	refuses(t, "another database", other, pebble.Options{}, fail.Invalid, "another program")
}

func TestDamage(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := open(t, dir, pebble.Options{})
	must(t, s.Put(ctx, "a", []byte("v")))
	must(t, s.Close())
	manifests, err := filepath.Glob(filepath.Join(dir, "MANIFEST-*"))
	must(t, err)
	for _, m := range manifests {
		must(t, os.Remove(m))
	}
	refuses(t, "manifest lost", dir, pebble.Options{}, fail.Internal, "restore the folder")
	for _, m := range manifests {
		must(t, os.WriteFile(m, []byte("this is not a manifest"), 0o644))
	}
	refuses(t, "manifest damaged", dir, pebble.Options{}, fail.Internal, "restore the folder")
}

// fullDisk has almost no room left.
type fullDisk struct{ vfs.FS }

func (fullDisk) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: 1 << 20, TotalBytes: 1 << 40}, nil
}

func TestDiskNearlyFull(t *testing.T) {
	s := open(t, "store", pebble.Options{Disk: fullDisk{vfs.NewMem()}})
	if err := s.Put(context.Background(), "a", nil); !fail.Is(err, fail.Unavailable) {
		t.Errorf("writing to a full disk: %v", err)
	}
	must(t, s.Close())
}

func TestReadOnlyAndCheckpoint(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "db"), pebble.Options{})
	must(t, s.Put(ctx, "a/b", []byte("v")))
	must(t, s.Checkpoint(filepath.Join(dir, "copy")))
	must(t, s.Put(ctx, "a/c", []byte("later")))
	must(t, s.Close())
	c := open(t, filepath.Join(dir, "copy"), pebble.Options{ReadOnly: true})
	if v, err := c.Get(ctx, "a/b"); err != nil || string(v) != "v" {
		t.Errorf("the copy has %q, %v", v, err)
	}
	if names, err := c.List(ctx, "a", store.Page{}); err != nil || len(names) != 1 {
		t.Errorf("the copy lists %q, %v", names, err)
	}
	if err := c.Put(ctx, "x", nil); !fail.Is(err, fail.NotAllowed) {
		t.Errorf("writing to a read-only store: %v", err)
	}
	must(t, c.Sync(ctx))
	must(t, c.Close())
}

func TestNoGoroutinesLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 3 {
		s := open(t, t.TempDir(), pebble.Options{})
		must(t, s.Put(context.Background(), "a", nil))
		must(t, s.Close())
	}
	// The database ends some goroutines after Close has returned.
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	buf := make([]byte, 1<<16)
	t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
}

type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(string, ...any) {}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
