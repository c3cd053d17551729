package fs_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/fs"
)

func TestReplaceOnDisk(t *testing.T) {
	d, dir := fs.OS(), t.TempDir()
	name, temp := filepath.Join(dir, "f"), filepath.Join(dir, "t")
	for _, text := range []string{"long content", "short", ""} {
		if err := fs.Replace(d, temp, name, []byte(text), true); err != nil {
			t.Fatal(err)
		}
		got, err := fs.ReadFile(d, name)
		if err != nil || string(got) != text {
			t.Fatalf("%q, %v; want %q", got, err, text)
		}
	}
	if err := fs.SyncDir(d, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := fs.ReadFile(d, temp); !fs.Missing(err) {
		t.Errorf("the temporary file is left: %v", err)
	}
}

// TestReplaceIsAllOrNothing cuts Replace short at every change.
func TestReplaceIsAllOrNothing(t *testing.T) {
	before, after := []byte("before"), []byte("after")
	for n := 0; ; n++ {
		d := vfs.NewCrashableMem()
		if err := errors.Join(fs.Replace(d, "/t", "/f", before, true), fs.SyncDir(d, "/")); err != nil {
			t.Fatal(err)
		}
		f := fs.FailAfter(d, n, syscall.ENOSPC)
		err := errors.Join(fs.Replace(f, "/t", "/f", after, true), fs.SyncDir(f, "/"))
		got, rerr := fs.ReadFile(d.CrashClone(vfs.CrashCloneCfg{}), "/f")
		if rerr != nil {
			t.Fatal(rerr)
		}
		if !f.Failed() {
			if err != nil || !bytes.Equal(got, after) {
				t.Fatalf("undisturbed: %q, %v", got, err)
			}
			return
		}
		if !fs.Full(err) || !bytes.Equal(got, before) {
			t.Fatalf("after %d changes: %q, %v", n, got, err)
		}
	}
}

func TestExplain(t *testing.T) {
	for errno, kind := range map[syscall.Errno]fail.Kind{
		syscall.EAGAIN:       fail.Unavailable,
		syscall.ENOSPC:       fail.Unavailable,
		syscall.EDQUOT:       fail.Unavailable,
		syscall.EMFILE:       fail.Unavailable,
		syscall.EACCES:       fail.Forbidden,
		syscall.EROFS:        fail.Forbidden,
		syscall.ENAMETOOLONG: fail.TooLarge,
		syscall.ENOTDIR:      fail.Invalid,
		syscall.EIO:          fail.Internal,
	} {
		if err := fs.Explain("op", "path", errno); err.Kind != kind || !errors.Is(err, errno) {
			t.Errorf("%v: %v of kind %s", errno, err, err.Kind)
		}
	}
}
