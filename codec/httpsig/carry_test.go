package httpsig_test

import (
	"context"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// TestCarry writes messages that do not fit header fields, reads them again and
// checks that every field is one.
func TestCarry(t *testing.T) {
	for name, m := range map[string]*Message{
		"line breaks":          Of(P("a", Binary("one\r\ntwo: 3")), P("b", Binary("x"))),
		"with a body":          Of(P("a", Binary("one\ntwo")), P("body", Binary("the body"))),
		"with a nested":        Of(P("a", Binary("one\ntwo")), P("n", Of(P("k", Int(1))))),
		"names":                Of(P("a b", Binary("v")), P("p(d)", Int(7)), P("content-length", Binary("12"))),
		"outer spaces":         Of(P("a", Binary(" x ")), P("nul", Binary("\x00"))),
		"with a content type":  Of(P("a", Binary("1\n2")), P("content-type", Binary("text/html")), P("body", Binary("<p>"))),
		"nothing out of order": Of(P("a", Binary("1"))),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, env := context.Background(), commit.Env(NoLoader{})
			tabm, err := structured.Bundle(ctx, env, m)
			if err != nil {
				t.Fatal(err)
			}
			enc, err := httpsig.Codec{}.Encode(ctx, env, tabm, codec.Options{Bundle: true, Inlined: true})
			if err != nil {
				t.Fatal(err)
			}
			carried, err := httpsig.Carry(enc.(*Message))
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range carried.All() {
				if s, _ := v.(Binary); k != "body" && (!httpsig.ValidName(k) || !httpsig.ValidValue(string(s)) || httpsig.Framing(k)) {
					t.Errorf("field %q: %q", k, s)
				}
			}
			back, err := httpsig.Codec{}.Decode(ctx, env, carried, codec.Options{})
			if err != nil {
				t.Fatal(err)
			}
			rich, err := structured.FromTABM(back)
			if err != nil || !Equal(rich, m) {
				t.Fatalf("read back %v (%v)", rich, err)
			}
		})
	}
	for _, m := range []*Message{Of(P(`a"b`, Binary("v"))), Of(P("a\r\nb", Binary("v"))), Of(P("a b", Binary(""))), Of(P("ä", Binary("1")))} {
		if got, err := httpsig.Carry(m); err == nil {
			t.Errorf("%v carried as %v", m.Keys(), got)
		}
	}
}
