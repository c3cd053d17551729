package pebble

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/store"
)

// FuzzKey checks that keys can be read back and sort as their components do.
func FuzzKey(f *testing.F) {
	f.Add("a/b", "a!b")
	f.Add("a\x00/b", "a\x01/b")
	f.Add("a", "a/\x00")
	f.Add("a\x00", "a/x")
	f.Fuzz(func(t *testing.T, a, b string) {
		if store.Check(a) != nil || store.Check(b) != nil {
			return
		}
		ka, kb := appendKey(nil, a), appendKey(nil, b)
		want := slices.CompareFunc(strings.Split(a, "/"), strings.Split(b, "/"), cmp.Compare[string])
		if got := bytes.Compare(ka, kb); got != want {
			t.Fatalf("%q and %q compare as %d, their keys as %d", a, b, want, got)
		}
		var parts []string
		for rest := ka[1:]; ; {
			name, n := firstComponent(rest)
			parts = append(parts, name)
			if n == len(rest) {
				break
			}
			rest = rest[n+1:]
		}
		if store.Join(parts...) != a {
			t.Fatalf("%q comes back as %q", a, parts)
		}
	})
}
