//go:build cgo

package wasm

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
)

func TestInvalidModulesAreRefused(t *testing.T) {
	e := newEngine(t, Options{MaxImage: 1 << 20})
	for name, c := range map[string]struct {
		image []byte
		kind  fail.Kind
	}{
		"empty":     {nil, fail.Invalid},
		"ill-typed": {[]byte("\x00asm\x01\x00\x00\x00\x01\x05\x01\x60\x00\x01\x7f\x03\x02\x01\x00\x0a\x04\x01\x02\x00\x0b"), fail.Invalid},
		"too large": {make([]byte, 2<<20), fail.TooLarge},
	} {
		if _, err := e.Compile(context.Background(), c.image); !fail.Is(err, c.kind) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestModulesAreSharedAndForgotten(t *testing.T) {
	e := newEngine(t, Options{Modules: 2})
	a := compile(t, e, "test.wasm")
	if compile(t, e, "test-64.wasm") != a {
		t.Error("the same bytes were compiled twice")
	}
	if m, ok := e.Lookup(a.Image()); !ok || m != a {
		t.Error("the module is not found by its ID")
	}
	if sig, ok := a.Function("fac"); !ok || sig.String() != "(F)F" {
		t.Errorf("fac has the type %s", sig)
	}
	compile(t, e, "test-print.wasm")
	compile(t, e, "test-calling.wasm")
	if _, ok := e.Lookup(a.Image()); ok {
		t.Error("the least recent module is still found")
	}
	if b := compile(t, e, "test.wasm"); b == a {
		t.Error("the least recent module was kept over the limit")
	}
	if got := call(t, instantiate(t, a, Stubs(), Limits{}), "fac", F64(5)); got[0] != F64(120) {
		t.Errorf("a forgotten module gives %v", got)
	}
}

func TestConcurrentCompilationsAreOne(t *testing.T) {
	e := newEngine(t, Options{})
	img := image(t, "test-calling.wasm")
	modules := make([]*Module, 8)
	var wg sync.WaitGroup
	for i := range modules {
		wg.Go(func() { modules[i], _ = e.Compile(context.Background(), img) })
	}
	wg.Wait()
	for _, m := range modules {
		if m == nil || m != modules[0] {
			t.Fatal("callers got different modules")
		}
	}
}

// TestCompileCache: a compiled module is loaded again, and a damaged or foreign
// file is never run but compiled anew.
func TestCompileCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "code")
	check := func() {
		t.Helper()
		in := instantiate(t, compile(t, newEngine(t, Options{CacheDir: dir}), "test.wasm"), Stubs(), Limits{})
		if got := call(t, in, "fac", F64(5)); got[0] != F64(120) {
			t.Errorf("fac(5) = %v", got)
		}
	}
	check()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	good, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(files[0]); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode of the file: %v, %v", st.Mode(), err)
	}
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("mode of the folder: %v, %v", st.Mode(), err)
	}
	check()
	flipped := append([]byte(nil), good...)
	flipped[len(flipped)/2] ^= 1
	for name, bad := range map[string][]byte{"empty": nil, "short": good[:40], "cut": good[:len(good)-1], "flipped": flipped,
		"other magic": append([]byte("XXXXX\n"), good[6:]...)} {
		if err := os.WriteFile(files[0], bad, 0o600); err != nil {
			t.Fatal(err)
		}
		check()
		if now, err := os.ReadFile(files[0]); err != nil || len(now) != len(good) {
			t.Errorf("%s: the file was not replaced: %d bytes, %v", name, len(now), err)
		}
	}
}

func TestCacheSecret(t *testing.T) {
	dir := t.TempDir()
	compile(t, newEngine(t, Options{CacheDir: dir, CacheSecret: []byte("a")}), "test.wasm")
	for secret, want := range map[string]bool{"a": true, "b": false, "": false} {
		c, err := openCompileCache(dir, []byte(secret), 0)
		if err != nil {
			t.Fatal(err)
		}
		img := compile(t, newEngine(t, Options{}), "test.wasm").Image()
		if _, ok := c.get(img); ok != want {
			t.Errorf("secret %q: found %v, want %v", secret, ok, want)
		}
	}
}

func TestSharedCacheFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{CacheDir: dir}); !fail.Is(err, fail.Forbidden) {
		t.Errorf("got %v", err)
	}
}

func TestClosedEngineRefuses(t *testing.T) {
	e := newEngine(t, Options{})
	m := compile(t, e, "test.wasm")
	e.Close()
	if _, err := e.Compile(context.Background(), image(t, "test-print.wasm")); !fail.Is(err, fail.Unavailable) {
		t.Errorf("got %v", err)
	}
	if got := call(t, instantiate(t, m, Stubs(), Limits{}), "fac", F64(5)); got[0] != F64(120) {
		t.Errorf("a module of a closed engine gives %v", got)
	}
}

// TestCacheIsPruned: the longest unused files go when all together are too
// large, and so do files that a crashed writer left.
func TestCacheIsPruned(t *testing.T) {
	dir := t.TempDir()
	c, err := openCompileCache(dir, nil, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, cacheTemp+"left")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * staleTemp)
	if err := os.Chtimes(left, old, old); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if err := c.put(id.ID{byte(i)}, artefact{"", make([]byte, 3000)}); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(time.Duration(i-10) * time.Minute)
		if err := os.Chtimes(filepath.Join(dir, c.name(id.ID{byte(i)})), when, when); err != nil {
			t.Fatal(err)
		}
		if _, ok := c.get(id.ID{0}); !ok { // used all the time
			t.Fatalf("%d: the first is gone", i)
		}
	}
	for i, want := range []bool{true, false, false, true, true} {
		if _, ok := c.get(id.ID{byte(i)}); ok != want {
			t.Errorf("file %d: found %v, want %v", i, ok, want)
		}
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("the unfinished file is still there")
	}
}
