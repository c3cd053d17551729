package id_test

import (
	"strings"
	"testing"
	"testing/quick"

	"github.com/hyperbeam-go/hyperbeam/id"
)

// TestBase32Inverse: every ID has one name, and a name one ID.
func TestBase32Inverse(t *testing.T) {
	if err := quick.Check(func(i id.ID) bool {
		back, ok := id.ParseBase32(i.Base32())
		return ok && back == i
	}, nil); err != nil {
		t.Error(err)
	}
}

func FuzzParseBase32(f *testing.F) {
	f.Add("4nuojs5tw6xtfjbq47dqk6ak7n6tqyr3uxgemkq5z5vmunhxphya")
	f.Add(strings.Repeat("a", 52))
	f.Fuzz(func(t *testing.T, name string) {
		if i, ok := id.ParseBase32(name); ok && i.Base32() != strings.ToLower(name) {
			t.Errorf("%q is the name of %s, which is called %s", name, i, i.Base32())
		}
	})
}
