package manifest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/device/manifest"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
)

func idOf(s string) string { return id.Hash([]byte(s)).String() }

func TestParse(t *testing.T) {
	m, err := manifest.Parse(fmt.Sprintf(`{"manifest":"arweave/paths","version":"0.2.0","index":{"path":"/a/b.html"},"fallback":{"id":%q},
		"paths":{"a/b.html":{"id":%q},"a":{"c.html":{"id":%q},"d":{"e":{"id":%q}}},"both":{"id":%q,"below":{"id":%q}},"/odd//slashes/":{"id":%q},"empty":{}, "text":"x"}}`,
		idOf("f"), idOf("b"), idOf("c"), idOf("e"), idOf("both"), idOf("below"), idOf("odd")))
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]struct {
		file   string
		folder bool
	}{
		"a/b.html": {idOf("b"), false}, "/a/c.html": {idOf("c"), false}, "a/d/e": {idOf("e"), false}, "a": {"", true}, "a/d": {"", true},
		"both": {idOf("both"), true}, "both/below": {idOf("below"), false}, "odd/slashes": {idOf("odd"), false}, "": {"", true},
		"empty": {"", false}, "text": {"", false}, "nowhere": {"", false}, "a/b.html/c": {"", false}, "A/b.html": {"", false},
	} {
		file, ok, folder := m.File(p)
		if file != want.file || ok != (want.file != "") || folder != want.folder {
			t.Errorf("%q: %q %v %v", p, file, ok, folder)
		}
	}
	if file, ok := m.Index(); !ok || file != idOf("b") || m.Fallback() != idOf("f") {
		t.Error(file, ok, m.Fallback())
	}
	byID, err := manifest.Parse(fmt.Sprintf(`{"index":{"id":%q}}`, idOf("i")))
	if err != nil {
		t.Fatal(err)
	}
	if file, ok := byID.Index(); !ok || file != idOf("i") {
		t.Error(file, ok)
	}
	for name, text := range map[string]string{"none": `{}`, "lost": `{"index":{"path":"nowhere"}}`, "empty": `{"index":{}}`} {
		m, err := manifest.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := m.Index(); ok || m.Fallback() != "" {
			t.Error(name)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 400) + "{}" + strings.Repeat("}", 400)
	for text, kind := range map[string]fail.Kind{
		"":                                fail.Invalid,
		"[]":                              fail.Invalid,
		`"x"`:                             fail.Invalid,
		`{"paths":{"a":{"id":"short"}}}`:  fail.Invalid,
		`{"fallback":{"id":"../../etc"}}`: fail.Invalid,
		`{"index":{"id":"x"}}`:            fail.Invalid,
		strings.Repeat(" ", 33<<20):       fail.TooLarge,
		`{"paths":` + deep + `}`:          fail.TooLarge,
	} {
		if _, err := manifest.Parse(text); err == nil || fail.KindOf(err) != kind && kind == fail.Invalid {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"index":{"path":"a"},"paths":{"a":{"id":"42jky7O3rzKkMOfHBXgK-304YjulzEYqHc9qyjT3efA"},"b/c":{}}}`, "a")
	f.Add(`{"paths":{"a":{"b":{"id":1}}}}`, "a/b")
	f.Add(`{"paths":[]}`, "/")
	f.Fuzz(func(t *testing.T, text, p string) {
		m, err := manifest.Parse(text)
		if err != nil {
			return
		}
		if file, ok, _ := m.File(p); ok {
			if _, err := id.Parse(file); err != nil {
				t.Error(err)
			}
		}
		m.Index()
	})
}
