package fs_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hyperbeam-go/hyperbeam/fail"
	disks "github.com/hyperbeam-go/hyperbeam/internal/fs"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/fs"
)

func TestOpenErrors(t *testing.T) {
	check := func(name, dir string, o fs.Options, kind fail.Kind, says string) {
		t.Helper()
		s, err := fs.Open(dir, o)
		if err == nil {
			_ = s.Close()
		}
		if !fail.Is(err, kind) || !strings.Contains(fail.Sentence(err), says) {
			t.Errorf("%s: %v, want %s and %q", name, err, kind, says)
		}
	}
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign")
	write(t, filepath.Join(foreign, "thesis.tex"), "x")
	check("other files", foreign, fs.Options{}, fail.Invalid, "choose an empty folder")
	check("a file", filepath.Join(foreign, "thesis.tex"), fs.Options{}, fail.Invalid, "this is a file")

	used := filepath.Join(dir, "used")
	s := open(t, used, fs.Options{})
	check("locked", used, fs.Options{}, fail.Unavailable, "another process")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(used, ".journal"), "nonsense")
	check("damaged", used, fs.Options{}, fail.Internal, "restore the folder from a backup")
	write(t, filepath.Join(used, ".format"), "hyperbeam-files 99\n")
	check("newer", used, fs.Options{}, fail.Unsupported, "use the version that wrote it")
	check("full", "/store", fs.Options{Disk: disks.FailAfter(vfs.NewMem(), 0, syscall.ENOSPC)}, fail.Unavailable, "free some space")
	check("forbidden", "/store", fs.Options{Disk: disks.FailAfter(vfs.NewMem(), 0, syscall.EACCES)}, fail.Forbidden, "permissions")
}

// TestReadable pins the layout, which people look into with ordinary tools.
func TestReadable(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := open(t, dir, fs.Options{})
	for _, err := range []error{
		s.Put(ctx, "data/x", []byte("bytes")),
		s.Link(ctx, "id/key+link", "data/x"),
		s.MakeGroup(ctx, "id/empty"),
		s.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"data/x=": "bytes", "id/key+link@": "data/x", "id/empty/.group": ""} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
}

// TestEmptyFolders: folders without an entry, as a crash may leave them, are
// no groups.
func TestEmptyFolders(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := open(t, dir, fs.Options{})
	defer s.Close()
	if err := os.MkdirAll(filepath.Join(dir, "id/a/b"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"id", "id/a", "id/a/b"} {
		if typ, err := s.Type(ctx, p); err != nil || typ != store.Absent {
			t.Errorf("%s is %s, %v", p, typ, err)
		}
	}
	if names, err := s.List(ctx, "", store.Page{}); err != nil || len(names) != 0 {
		t.Errorf("listed are %q, %v", names, err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
