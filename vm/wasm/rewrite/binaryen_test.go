//go:build cgo

package rewrite_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// wasmOpt returns the path of binaryen's wasm-opt: $HB_WASM_OPT (for example
// node_modules/.bin/wasm-opt after `npm install binaryen`) or one in $PATH.
func wasmOpt(t *testing.T) string {
	t.Helper()
	path := os.Getenv("HB_WASM_OPT")
	if path == "" {
		path = "wasm-opt"
	}
	path, err := exec.LookPath(path)
	if err != nil {
		t.Skip("binaryen's wasm-opt is not installed (npm install binaryen, then set HB_WASM_OPT)")
	}
	if err := exec.Command(path, "--version").Run(); err != nil {
		t.Skipf("wasm-opt does not run: %v", err)
	}
	return path
}

// TestAgainstBinaryen: an independent translation of the same legacy programs
// behaves as ours.
func TestAgainstBinaryen(t *testing.T) {
	opt, dir := wasmOpt(t), t.TempDir()
	e := newEngine(t)
	r := rand.New(rand.NewPCG(3, 4))
	compared := 0
	for range 6 {
		data := make([]byte, 300)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		image, seed := encode(newProgram(data)), r.Uint32()
		in, out := filepath.Join(dir, "in.wasm"), filepath.Join(dir, "out.wasm")
		if err := os.WriteFile(in, image, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := exec.Command(opt, "--enable-exception-handling", "--enable-reference-types", "--enable-multivalue",
			"--emit-exnref", in, "-o", out).Run(); err != nil {
			continue // its translation of some unreachable code fails its own validation
		}
		other, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		trace, escaped := run(t, e, image, seed)
		theirs, theirEscaped := run(t, e, other, seed)
		if !slices.Equal(trace, theirs) || escaped != theirEscaped {
			t.Errorf("ours %v %v\nbinaryen %v %v\n%x", trace, escaped, theirs, theirEscaped, image)
		}
		compared++
	}
	if compared == 0 {
		t.Error("wasm-opt translated none of the programs")
	}
}
