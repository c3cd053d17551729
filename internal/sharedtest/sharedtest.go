// Package sharedtest finds the project's shared material (test vectors, WASM
// modules, keys) for tests. It lies beside the repository, not in it, so tests
// that need it skip where it is absent.
package sharedtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Dir returns the absolute path of sub below the shared folder, which is
// ../shared seen from the repository root, or $HB_SHARED. It skips the test
// with a clear message when the folder does not exist.
func Dir(t testing.TB, sub string) string {
	t.Helper()
	root := os.Getenv("HB_SHARED")
	if root == "" {
		wd, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for dir := wd; ; dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				root = filepath.Join(filepath.Dir(dir), "shared")
				break
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	p := filepath.Join(root, sub)
	if _, err := os.Stat(p); err != nil {
		t.Skipf("shared material %q not found (set HB_SHARED to its folder): %v", p, err)
	}
	return p
}

// File returns the content of a file below the shared folder and skips the
// test when it is absent.
func File(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(Dir(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Mirror returns the content of a file of the reference's repository
// (permaweb/HyperBEAM), from a mirror of it in .mirror beside the shared folder
// or one folder above, and skips the test when there is none.
func Mirror(t testing.TB, path string) []byte {
	t.Helper()
	shared, err := filepath.EvalSymlinks(Dir(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Dir(Dir(t, "")), filepath.Dir(shared)} {
		repo := filepath.Join(dir, ".mirror", "permaweb+HyperBEAM", "repo")
		if _, err := os.Stat(repo); err != nil {
			continue
		}
		for _, branch := range []string{"edge", "beta", "HEAD"} {
			if out, err := exec.Command("git", "--git-dir="+repo, "show", branch+":"+path).Output(); err == nil {
				return out
			}
		}
	}
	t.Skipf("no mirror of permaweb/HyperBEAM with %s beside the shared folder", path)
	return nil
}
