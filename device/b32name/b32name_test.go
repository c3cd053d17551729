package b32name_test

import (
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/b32name"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

const (
	human = "42jky7O3rzKkMOfHBXgK-304YjulzEYqHc9qyjT3efA"
	label = "4nuojs5tw6xtfjbq47dqk6ak7n6tqyr3uxgemkq5z5vmunhxphya"
)

// CONF-NEW-01
func TestVector(t *testing.T) {
	b := aotest.New(t, b32name.New())
	base := Of(P("device", Binary(b32name.Name)))
	b.Want(b.Path(base, label), Binary(human))
	b.Want(b.Path(base, strings.ToUpper(label)), Binary(human))
	b.Want(b.Ask(base, "lookup", P("key", Binary(label))), Binary(human))
	b.Want(b.Ask(base, "encode", P("key", Binary(human))), Binary(label))
	for _, bad := range []string{"x", label[1:], label + "a", strings.Repeat("1", 52), label[:51] + "b"} {
		if r := b.Path(base, bad); r.Status != ao.Failed || r.Value != Value(NotFound) {
			t.Errorf("%s: %v", bad, r)
		}
	}
	for _, bad := range []string{"", "x", label} {
		if r := b.Ask(base, "encode", P("key", Binary(bad))); r.Status != ao.Failed {
			t.Errorf("%s: %v", bad, r)
		}
	}
}
