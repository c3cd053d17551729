package store_test

import (
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

func TestCheck(t *testing.T) {
	deep := strings.Repeat("a/", store.MaxDepth-1) + "a"
	for _, c := range []struct {
		path string
		kind fail.Kind
		ok   bool
	}{
		{path: "a", ok: true},
		{path: "a/b", ok: true},
		{path: "..", ok: true},
		{path: "\x00/\xff", ok: true},
		{path: deep, ok: true},
		{path: strings.Repeat("a", store.MaxPath), ok: true},
		{path: "", kind: fail.Invalid},
		{path: "/", kind: fail.Invalid},
		{path: "/a", kind: fail.Invalid},
		{path: "a/", kind: fail.Invalid},
		{path: "a//b", kind: fail.Invalid},
		{path: deep + "/a", kind: fail.TooLarge},
		{path: strings.Repeat("a", store.MaxPath+1), kind: fail.TooLarge},
	} {
		err := store.Check(c.path)
		if c.ok != (err == nil) || err != nil && !fail.Is(err, c.kind) {
			t.Errorf("Check(%.20q) = %v", c.path, err)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, p := range []string{"a", "a/b", "", "/", "a//b", "a/"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, path string) {
		parts := strings.Split(path, "/")
		valid := len(path) <= store.MaxPath && len(parts) <= store.MaxDepth
		for _, p := range parts {
			valid = valid && p != ""
		}
		if (store.Check(path) == nil) != valid {
			t.Errorf("Check(%q) = %v, want valid = %v", path, store.Check(path), valid)
		}
	})
}
