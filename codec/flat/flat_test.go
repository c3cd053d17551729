package flat

import (
	"context"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

func bin(s string) message.Value { return message.Binary(s) }

func msg(pairs ...string) *message.Message {
	b := message.NewBuilder(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		b.Set(pairs[i], bin(pairs[i+1]))
	}
	return b.Message()
}

func encode(v message.Value) (message.Value, error) {
	return Codec{}.Encode(context.Background(), codec.Env{Load: message.NoLoader{}}, v, codec.Options{})
}

func decode(v message.Value) (message.Value, error) {
	return Codec{}.Decode(context.Background(), codec.Env{}, v, codec.Options{})
}

// CONF-MSG-80
func TestEncode(t *testing.T) {
	in := message.Of(message.P("a", message.Of(message.P("b", msg("/c/", "1", "d//e", "2")))), message.P("x", bin("3")), message.P("empty", message.Empty()),
		message.P("commitments", message.Of(message.P("id", message.Of(message.P("committed", message.Strings([]string{"x"})), message.P("n", message.Int(5)))))))
	want := msg("a/b/c", "1", "a/b/d/e", "2", "x", "3", "commitments/id/ao-types", `n="integer"`, "commitments/id/n", "5",
		"commitments/id/committed/1", "x", "commitments/id/committed/ao-types", `.="list"`)
	got, err := encode(in)
	if err != nil || !message.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, m := range []*message.Message{msg("/", "1"), message.Of(message.P("a", msg("/", "1"))), message.Of(message.P("a", message.Int(1)))} {
		if got, err := encode(m); !fail.Is(err, fail.Invalid) {
			t.Errorf("got %v, %v, want invalid", got, err)
		}
	}
	if got, err := encode(bin("x")); err != nil || got != bin("x") {
		t.Errorf("binary: %v, %v", got, err)
	}
}

// CONF-MSG-80
func TestDecode(t *testing.T) {
	got, err := decode(msg("a/b", "1", "/a//c/", "2", "d", "3").Set("m", msg("x/y", "4")))
	want := message.Of(message.P("a", msg("b", "1", "c", "2")), message.P("d", bin("3")), message.P("m", message.Of(message.P("x", msg("y", "4")))))
	if err != nil || !message.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, m := range []*message.Message{msg("/", "1"), msg("a", "1", "a/b", "2"), message.Of(message.P("a", message.Int(1)))} {
		if got, err := decode(m); !fail.Is(err, fail.Invalid) {
			t.Errorf("got %v, %v, want invalid", got, err)
		}
	}
	if _, err := decode(msg(strings.Repeat("a/", 1000), "1")); !fail.Is(err, fail.Exhausted) {
		t.Errorf("deep path: %v", err)
	}
}

func TestText(t *testing.T) {
	got, err := Parse("port: 8734\nao-types: port=\"integer\"\na/b: x\nlost: a: b\nno separator\n\na/b: y")
	want := message.Of(message.P("port", message.Int(8734)), message.P("a", msg("b", "y")))
	if err != nil || !message.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	text, err := Format(msg("b/c", "2", "a", "1"))
	if err != nil || text != "a: 1\nb/c: 2\n" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := Format(message.Of(message.P("a", message.Empty()))); !fail.Is(err, fail.Invalid) {
		t.Errorf("nested: %v", err)
	}
}

func FuzzText(f *testing.F) {
	f.Add("a/b: 1\na/c: 2\n")
	f.Add("/: x\nao-types: a=\"atom\"\na: true")
	f.Fuzz(func(t *testing.T, text string) {
		tabm, err := decode(Lines(text))
		if err != nil {
			return
		}
		flat, err := encode(tabm)
		if err != nil {
			return
		}
		again, err := decode(flat)
		if err != nil || !message.Equal(again, tabm) {
			t.Fatalf("%q: %v is not %v: %v", text, again, tabm, err)
		}
		if _, err := Format(flat.(*message.Message)); err != nil {
			t.Fatal(err)
		}
	})
}
