package structured

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// nestedID is what every nested value is linked under here.
var nestedID = id.ID{1, 2, 3}

// store is an environment whose loader has one message, under nestedID.
func store(v message.Value) codec.Env {
	return codec.Env{Load: one{v}, LinkID: func(context.Context, message.Value) (id.ID, error) { return nestedID, nil }}
}

type one struct{ v message.Value }

// Load returns the one message.
func (o one) Load(ctx context.Context, i string) (message.Value, error) {
	if i == nestedID.String() && o.v != nil {
		return o.v, nil
	}
	return message.NoLoader{}.Load(ctx, i)
}

func text(s string) message.Value { return message.Binary(s) }

// TestExamples are EX-03, EX-04 and EX-24 of spec 01, and the empty values of
// 4.5.
// CONF-MSG-120
func TestExamples(t *testing.T) {
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	inner := message.Of(message.P("b", text("1")))
	link := message.Binary(nestedID.String())
	for name, c := range map[string]struct {
		rich   message.Value
		tabm   message.Value
		bundle message.Value // when it differs
		back   message.Value // when it differs from rich
	}{
		"types": {
			rich: message.Of(message.P("atom", message.Atom("foo")), message.P("bool", message.True), message.P("f", message.Float(1.5)),
				message.P("int", message.Int(42)), message.P("neg", message.Int(-7))),
			tabm: message.Of(message.P("ao-types", text(`atom="atom", bool="atom", f="float", int="integer", neg="integer"`)),
				message.P("atom", text("foo")), message.P("bool", text("true")), message.P("f", text("1.50000000000000000000e+00")),
				message.P("int", text("42")), message.P("neg", text("-7"))),
		},
		"list": {
			rich: message.NewList(message.Int(1), text("a")),
			tabm: message.Of(message.P("1", text("1")), message.P("2", text("a")), message.P("ao-types", text(`.="list", 1="integer"`))),
		},
		"huge integer": {
			rich: message.Of(message.P("n", message.Integer(huge))),
			tabm: message.Of(message.P("n", text(huge.String())), message.P("ao-types", text(`n="integer"`))),
		},
		"nested": {
			rich:   message.Of(message.P("a", text("1")), message.P("n", inner)),
			tabm:   message.Of(message.P("a", text("1")), message.P("n+link", link)),
			bundle: message.Of(message.P("a", text("1")), message.P("n", inner)),
			back:   message.Of(message.P("a", text("1")), message.P("n", message.Link{ID: string(link)})),
		},
		"link": {
			rich:   message.Of(message.P("n", message.Link{ID: nestedID.String()})),
			tabm:   message.Of(message.P("n+link", link)),
			bundle: message.Of(message.P("n", inner)),
		},
		"list in a bundle": {
			rich:   message.Of(message.P("l", message.NewList(message.True))),
			tabm:   message.Of(message.P("l+link", link)),
			bundle: message.Of(message.P("l", message.Of(message.P("1", text("true")), message.P("ao-types", text(`.="list", 1="atom"`))))),
			back:   message.Of(message.P("l", message.Link{ID: nestedID.String()})),
		},
		"explicit types": {
			rich: message.Of(message.P("a", text("5")), message.P("n", message.Int(1)), message.P("ao-types", text(`a="integer"`))),
			tabm: message.Of(message.P("a", text("5")), message.P("n", text("1")), message.P("ao-types", text(`a="integer"`))),
			back: message.Of(message.P("a", message.Int(5)), message.P("n", text("1"))),
		},
		"odd keys": {
			rich: message.Of(message.P("Num Key", message.Int(1))),
			tabm: message.Of(message.P("Num Key", text("1")), message.P("ao-types", text(`%4eum%20%4bey="integer"`))),
		},
		"dropped": {
			rich: message.Of(message.P("a", text("1")), message.P("content-digest", text("x")), message.P("unsigned_id", text("y"))),
			tabm: message.Of(message.P("a", text("1"))),
			back: message.Of(message.P("a", text("1"))),
		},
		"empty":        {rich: message.Empty(), tabm: message.Empty()},
		"empty list":   {rich: message.NewList(), tabm: message.Of(message.P("ao-types", text(`.="list"`)))},
		"empty binary": {rich: message.Of(message.P("e", text(""))), tabm: message.Of(message.P("e", text("")))},
		"binary":       {rich: text("x"), tabm: text("x")},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ToTABM(t.Context(), store(inner), c.rich)
			if err != nil || !message.Equal(got, c.tabm) {
				t.Fatalf("%v, %v", got, err)
			}
			want := c.back
			if want == nil {
				want = c.rich
			}
			if back, err := FromTABM(got); err != nil || !message.Equal(back, want) {
				t.Fatalf("back: %v, %v", back, err)
			}
			if c.bundle == nil {
				c.bundle = c.tabm
			}
			bundled, err := Bundle(t.Context(), store(inner), c.rich)
			if err != nil || !message.Equal(bundled, c.bundle) {
				t.Fatalf("bundle: %v, %v", bundled, err)
			}
			again, err := Inline(t.Context(), store(inner), got)
			if name != "nested" && name != "list in a bundle" && name != "explicit types" && (err != nil || !message.Equal(again, c.bundle)) {
				t.Fatalf("inlined: %v, %v", again, err)
			}
		})
	}
}

func TestFormatFloat(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.00000000000000000000e+00", math.Copysign(0, -1): "-0.00000000000000000000e+00", 1e100: "1.00000000000000001590e+100",
		-2.5e-7: "-2.49999999999999988687e-07", 5e-324: "4.94065645841246544177e-324",
	} {
		if got := FormatFloat(f); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	deep := message.Empty()
	for range message.MaxDepth + 1 {
		deep = message.Of(message.P("n", deep))
	}
	for name, c := range map[string]struct {
		tabm *message.Message
		kind fail.Kind
	}{
		"types are no text":       {message.Of(message.P("ao-types", message.Empty())), fail.Invalid},
		"types are no dictionary": {message.Of(message.P("ao-types", text("a=;"))), fail.Invalid},
		"type is a number":        {message.Of(message.P("ao-types", text("a=1"))), fail.Invalid},
		"not an integer":          {message.Of(message.P("ao-types", text(`a="integer"`)), message.P("a", text("x"))), fail.Invalid},
		"unknown type":            {message.Of(message.P("ao-types", text(`a="colour"`)), message.P("a", text("x"))), fail.Unsupported},
		"list with a gap":         {message.Of(message.P("ao-types", text(`.="list"`)), message.P("1", text("x")), message.P("3", text("x"))), fail.Invalid},
		"too deep":                {deep, fail.Exhausted},
	} {
		if v, err := FromTABM(c.tabm); !fail.Is(err, c.kind) {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	if v, err := Bundle(t.Context(), store(nil), deep); !fail.Is(err, fail.Exhausted) {
		t.Errorf("bundle of a deep message: %v, %v", v, err)
	}
	lost := message.Of(message.P("n", message.Link{ID: id.ID{9}.String()}))
	if v, err := Bundle(t.Context(), store(nil), lost); !fail.Is(err, fail.NotFound) {
		t.Errorf("bundle with a lost link: %v, %v", v, err)
	}
}

// TestNothingToDecode checks that a message without annotations is returned as
// it is, at any depth.
func TestNothingToDecode(t *testing.T) {
	m := message.Of(message.P("a", text("1")), message.P("n", message.Of(message.P("b", text("2")))))
	if v, err := FromTABM(m); err != nil || v != message.Value(m) {
		t.Fatal(v, err)
	}
}

// anyValue returns a random rich value.
func anyValue(rng *rand.Rand, depth int) message.Value {
	switch n := rng.IntN(8); {
	case n < 2 && depth > 0:
		b := message.NewBuilder(4)
		for range rng.IntN(5) {
			b.Set(fmt.Sprintf("%c-%d", 'A'+rng.IntN(40), rng.IntN(9)), anyValue(rng, depth-1))
		}
		return b.Message()
	case n == 2 && depth > 0:
		items := make([]message.Value, rng.IntN(4))
		for i := range items {
			items[i] = anyValue(rng, depth-1)
		}
		return message.NewList(items...)
	case n == 3:
		return message.Int(rng.Int64())
	case n == 4:
		return message.Float(rng.NormFloat64() * math.Pow(10, float64(rng.IntN(40)-20)))
	case n == 5:
		return message.Atom([]string{"true", "false", "null", "a-b", "x.y"}[rng.IntN(5)])
	}
	return message.Binary(strings.Repeat(string(rune(rng.IntN(0x3000))), rng.IntN(5)))
}

func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		v := anyValue(rng, 4)
		switch v.(type) {
		case *message.Message, *message.List:
		default:
			continue
		}
		tabm, err := Bundle(t.Context(), store(nil), v)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := FromTABM(tabm); err != nil || !message.Equal(back, v) {
			t.Fatalf("%v came back as %v, %v", v, back, err)
		}
	}
}

// FuzzDecode reads arbitrary annotations over arbitrary texts. The quick reader
// of annotations must agree with the dictionary parser, and what is stable must
// be so.
func FuzzDecode(f *testing.F) {
	f.Add(`a="integer", b="atom"`, "5", "true")
	f.Add(`.="list"`, "x", "y")
	f.Add(`a=integer, %41="float";x=1`, "1.5", "")
	f.Add(`a="list", b="map"`, `"x", (1 2), "(ao-type-integer) 5"`, `k=1, l="y"`)
	f.Add(`a="Integer", a="float"`, "1.5", "")
	f.Fuzz(func(t *testing.T, types, a, b string) {
		slow, err := Types(types)
		quick, ok := scanAnnotations(types, nil)
		if ok {
			if err != nil || len(slow) != len(quick) {
				t.Fatalf("read %v quickly, %v otherwise, %v", quick, slow, err)
			}
			for _, q := range quick {
				if slow[q.key] != q.typ {
					t.Fatalf("%s is %s quickly, %s otherwise", q.key, q.typ, slow[q.key])
				}
			}
		}
		m := message.Of(message.P("ao-types", text(types)), message.P("a", text(a)), message.P("b", text(b)), message.P("1", text(a)))
		v, err := FromTABM(m)
		if err != nil {
			return
		}
		back, err := ToTABM(t.Context(), store(nil), v)
		if err != nil {
			t.Fatal(err)
		}
		if Stable(m) && !message.Equal(back, m) {
			t.Fatalf("%v is not stable: %v", types, back)
		}
	})
}
