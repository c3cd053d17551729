package fs

import (
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/store"
)

func TestEncode(t *testing.T) {
	for path, want := range map[string]string{
		"data/SQ-HOytwJ_x":       "data/SQ-HOytwJ_x",
		"id/key+link":            "id/key+link",
		"id/a.b":                 "id/a.b",
		"../..":                  "%2E./%2E.",
		".":                      "%2E",
		"a b/%2F=@":              "a%20b/%252F%3D%40",
		"\x00\\:":                "%00%5C%3A",
		strings.Repeat("x", 450): strings.Repeat("x", 200) + "%/" + strings.Repeat("x", 200) + "%/" + strings.Repeat("x", 50),
	} {
		if got := encode(path); got != want {
			t.Errorf("encode(%q) = %q, want %q", path, got, want)
		}
	}
}

// FuzzNames checks that any path can be told from its file name, and that the
// name is harmless.
func FuzzNames(f *testing.F) {
	for _, p := range []string{"a/b", "..", "../../etc/passwd", "a=/b@", "%", strings.Repeat("é", 300), ".group", "a." + strings.Repeat(".", 300)} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if store.Check(path) != nil {
			return
		}
		var back strings.Builder
		parts := strings.Split(encode(path), "/")
		for i, part := range parts {
			long := strings.HasSuffix(part, longMark)
			name, ok := decode(strings.TrimSuffix(part, longMark))
			if !ok || len(part) > 220 || part[0] == '.' {
				t.Fatalf("encode(%q) has the part %q", path, part)
			}
			back.WriteString(name)
			if !long && i < len(parts)-1 {
				back.WriteByte('/')
			}
		}
		if back.String() != path {
			t.Fatalf("%q comes back as %q", path, back.String())
		}
	})
}

func FuzzJournal(f *testing.F) {
	good, err := encodeJournal([]store.Write{
		{Path: "a\xff/b", Entry: store.Entry{Kind: store.Value, Data: []byte("v")}},
		{Path: "l", Entry: store.Entry{Kind: store.Link, Target: "a"}, Old: store.Group},
		{Path: "gone", Old: store.Link},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("\n[]"))
	f.Add([]byte("4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945\n[]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		writes, err := decodeJournal(text)
		if err != nil {
			return
		}
		again, err := encodeJournal(writes)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeJournal(again); err != nil {
			t.Fatalf("%q is read, but its own form %q is not: %v", text, again, err)
		}
	})
}
