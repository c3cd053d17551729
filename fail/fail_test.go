package fail

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestSentences(t *testing.T) {
	inner := New(NotFound, "cache.Load", "message %s is missing", "X")
	outer := New(Invalid, "codec.Encode", "key %q: %w", "a", inner).At("a/b")
	if outer.Text != `key "a": message X is missing` {
		t.Error(outer.Text)
	}
	if got := outer.Error(); got != `codec.Encode a/b: key "a": message X is missing` {
		t.Error(got)
	}
	if !errors.Is(outer, inner) || KindOf(outer) != Invalid || !Is(errors.Unwrap(outer), NotFound) {
		t.Error("the cause is lost")
	}
	plain := New(Unavailable, "store.Open", "cannot read: %w", io.ErrUnexpectedEOF)
	if !errors.Is(plain, io.ErrUnexpectedEOF) || plain.Text != "cannot read: unexpected EOF" {
		t.Error(plain)
	}
	if New(Invalid, "x", "got %v", io.EOF).Err != nil {
		t.Error("a printed cause must not be wrapped")
	}
	if got := Sentence(fmt.Errorf("host detail: %w", io.EOF)); got != "internal error" {
		t.Error(got)
	}
	if err := Wrap(Internal, "op", inner); KindOf(err) != NotFound || Sentence(err) != inner.Text {
		t.Error(err)
	}
	if Wrap(Invalid, "op", nil) != nil {
		t.Error("wrapping nothing")
	}
}

func TestKinds(t *testing.T) {
	for k := Internal; k <= Failed; k++ {
		if k.String() == "" || k.HTTPStatus() < 400 {
			t.Error(k)
		}
	}
	if Kind(200).String() != "internal" || Kind(200).HTTPStatus() != 500 {
		t.Error("unknown kind")
	}
}
