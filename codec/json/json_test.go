package json

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// shelf keeps nested values under IDs made of their text.
type shelf map[string]message.Value

func (s shelf) env() codec.Env {
	return codec.Env{Load: s, LinkID: func(_ context.Context, v message.Value) (id.ID, error) {
		text, err := Format(v)
		i := id.Hash([]byte(text))
		s[i.String()] = v
		return i, err
	}}
}

func (s shelf) Load(ctx context.Context, id string) (message.Value, error) {
	if v, ok := s[id]; ok {
		return v, nil
	}
	return message.NoLoader{}.Load(ctx, id)
}

func TestFloat(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", math.Copysign(0, -1): "-0.0", 100: "100.0", 1000: "1.0e3", 1200: "1.2e3", 123456: "123456.0",
		0.001: "0.001", 0.00001: "1.0e-5", 0.00012: "1.2e-4", 9007199254740992: "9.007199254740992e15",
		9007199254740991: "9007199254740991.0", 1e20: "1.0e20", 1e-7: "1.0e-7", -27.375: "-27.375", 0.1: "0.1",
		5e-324: "5.0e-324", math.MaxFloat64: "1.7976931348623157e308", 1.5: "1.5",
	} {
		if got := string(AppendFloat(nil, f)); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
}

func TestFormat(t *testing.T) {
	huge := message.Integer(new(big.Int).Exp(big.NewInt(10), big.NewInt(30), nil))
	for _, c := range []struct {
		in   message.Value
		want string
	}{
		{message.Binary("a\"\\\b\t\n\f\r\x01\x1f/\x7fé"), `"a\"\\\b\t\n\f\r\u0001\u001F/` + "\x7f" + `é"`},
		{message.True, "true"}, {message.Null, "null"}, {message.NotFound, `"not_found"`},
		{huge, "1" + strings.Repeat("0", 30)},
		{message.NewList(), "[]"}, {message.Empty(), "{}"},
		{message.Of(message.P("b", message.NewList(message.Int(1), message.Float(2))), message.P("a", message.False),
			message.P("l", message.Link{ID: "x"})), `{"a":false,"b":[1,2.0],"l+link":"x"}`},
	} {
		if got, err := Format(c.in); err != nil || got != c.want {
			t.Errorf("got %s, %v, want %s", got, err, c.want)
		}
	}
	for _, v := range []message.Value{message.Binary("\xff"), message.Float(math.NaN()), message.Link{ID: "x"}, &message.Resolve{},
		message.NewList(message.Binary("\xed\xa0\x80"))} {
		if got, err := Format(v); !fail.Is(err, fail.Invalid) {
			t.Errorf("%v: got %s, %v, want invalid", v, got, err)
		}
	}
}

func TestTyped(t *testing.T) {
	ctx := context.Background()
	s := shelf{}
	n := message.Of(message.P("x", message.True))
	i, _ := s.env().LinkID(ctx, n)
	com := message.Of(message.P("c", message.Of(message.P("committed", message.Strings([]string{"a", "private"})), message.P("ok", message.True))))
	in := message.Of(message.P("n", n), message.P("l", message.NewList(message.Int(1), message.True)), message.P("big", message.Int(-5)),
		message.P("at", message.Atom("x")), message.P("commitments", com))
	text, err := Encode(ctx, s.env(), in, codec.Options{Bundle: true})
	want := `{"ao-types":"at=\"atom\"","at":"x","big":-5,"commitments":{"c":{"committed":[],"ok":true}},` +
		`"l":{"1":1,"2":"true","ao-types":".=\"list\", 2=\"atom\""},"n":{"ao-types":"x=\"atom\"","x":"true"}}`
	if err != nil || text != want {
		t.Errorf("bundled: %s, %v", text, err)
	}
	back, err := Decode(text)
	if err != nil || !message.Equal(back.(*message.Message).Without("commitments"), in.Without("commitments")) {
		t.Errorf("back: %v, %v", back, err)
	}
	text, err = Encode(ctx, s.env(), message.Of(message.P("n", n), message.P("b", message.Int(1))), codec.Options{})
	if want := `{"b":1,"n+link":"` + i.String() + `"}`; err != nil || text != want {
		t.Errorf("linked: %s, %v", text, err)
	}
	if _, err = Encode(ctx, s.env(), message.Of(message.P("n", message.Link{ID: "gone"})), codec.Options{Bundle: true}); !fail.Is(err, fail.NotFound) {
		t.Errorf("missing link: %v", err)
	}
}

func TestAnnotationsInLists(t *testing.T) {
	v, err := Decode(`{"store":[{"ao-types":"store-module=\"atom\"","store-module":"hb_store_fs"}],"l":[{"m+link":"id"}]}`)
	want := message.Of(message.P("store", message.NewList(message.Of(message.P("store-module", message.Atom("hb_store_fs"))))),
		message.P("l", message.NewList(message.Of(message.P("m", message.Link{ID: "id"})))))
	if err != nil || !message.Equal(v, want) {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]message.Value{
		` {"a":1,"b":2,"a":3} `:            message.Of(message.P("a", message.Int(1)), message.P("b", message.Int(2))),
		`{"z":1,"priv":2,"a":[true,null]}`: message.Of(message.P("a", message.NewList(message.True, message.Null)), message.P("z", message.Int(1))),
		`1e2`:                              message.Float(100), `-0`: message.Int(0), `-2.5E-1`: message.Float(-0.25),
		`9223372036854775807`: message.Int(math.MaxInt64), `123456789012345678`: message.Int(123456789012345678),
		`"\u00e9\ud83d\ude00\/\n"`: message.Binary("é😀/\n"), "[ ]": message.NewList(), "{ }": message.Empty(),
		`"é"`: message.Binary("é"),
	} {
		if got, err := Parse(text); err != nil || !message.Equal(got, want) {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	if v, err := Parse("10000000000000000000"); err != nil || fmt.Sprint(v) != "10000000000000000000" {
		t.Errorf("big: %v, %v", v, err)
	}
	for _, text := range []string{"", "{", "[", `{"a"}`, `{"a":}`, `{a:1}`, `[1,]`, `[,1]`, `{"a":1,}`, "01", "1.", ".5", "1e", "+1", "--1", "tru", "nul", `"`,
		`"\x"`, `"\u12"`, `"\ud800"`, `"\ud800\u0041"`, "\"\x01\"", "\"\xff\"", "\"\\n\xff\"", "1 2", "{}x", "1e400", "NaN", "\"\\"} {
		if v, err := Parse(text); !fail.Is(err, fail.Invalid) {
			t.Errorf("%q: got %v, %v, want invalid", text, v, err)
		}
	}
	if _, err := Parse(strings.Repeat("[", 1e6)); !fail.Is(err, fail.Exhausted) {
		t.Errorf("deep: %v", err)
	}
	if _, err := Parse(strings.Repeat("9", MaxDigits+1)); !fail.Is(err, fail.TooLarge) {
		t.Errorf("long number: %v", err)
	}
}

// random returns a value that JSON can carry.
func random(r *rand.Rand, depth int) message.Value {
	switch k := r.IntN(8); {
	case k == 0 && depth > 0:
		l := make([]message.Value, r.IntN(4))
		for i := range l {
			l[i] = random(r, depth-1)
		}
		return message.NewList(l...)
	case k <= 2 && depth > 0:
		return randomMessage(r, depth)
	case k == 3:
		return message.Int(r.Int64() >> r.IntN(60))
	case k == 4:
		return message.Float(math.Ldexp(r.Float64()-0.5, r.IntN(200)-100))
	case k == 5:
		return []message.Value{message.True, message.False, message.Null, message.Atom("ok")}[r.IntN(4)]
	case k == 6:
		return message.Integer(new(big.Int).Lsh(big.NewInt(r.Int64()), 70))
	}
	return message.Binary(strings.Repeat(string(rune(r.IntN(0x500)+1)), r.IntN(5)))
}

func randomMessage(r *rand.Rand, depth int) *message.Message {
	b := message.Builder{}
	n := r.IntN(6)
	if r.IntN(10) == 0 {
		n = 40
	}
	for range n {
		b.Set(fmt.Sprintf("k%d", r.IntN(1000)), random(r, depth-1))
	}
	return b.Message()
}

func TestRoundTrip(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(3000) {
		s := shelf{}
		in := randomMessage(rand.New(rand.NewPCG(seed, 1)), 3)
		for _, bundle := range []bool{false, true} {
			text, err := Encode(ctx, s.env(), in, codec.Options{Bundle: bundle})
			if err != nil {
				t.Fatal(err)
			}
			tabm, err := Codec{}.Decode(ctx, s.env(), message.Binary(text), codec.Options{})
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			rich, err := structured.FromTABM(tabm)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Codec{}.Encode(ctx, s.env(), tabm, codec.Options{Bundle: bundle})
			if err != nil || string(again.(message.Binary)) != text {
				t.Fatalf("seed %d: %v\n%s\n%s", seed, err, text, again)
			}
			if rich, err = message.LoadAll(ctx, s, rich); err != nil || !message.Equal(rich, in) {
				t.Fatalf("seed %d, bundle %v: %s\n%v", seed, bundle, text, err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,"x",null,{"b":true}],"c":"\ud83d\ude00"}`, `1e5`, `-12345678901234567890`, `{"a":1,"a":2}`,
		`{"1":"a","ao-types":".=\"list\""}`, `{"a+link":"x"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Parse(text)
		if err != nil {
			return
		}
		out, err := Format(v)
		if err != nil {
			t.Fatalf("%s parses but does not print: %v", text, err)
		}
		again, err := Parse(out)
		if err != nil || !message.Equal(again, v) {
			t.Fatalf("%s printed as %s: %v", text, out, err)
		}
		_, _ = Codec{}.Decode(context.Background(), shelf{}.env(), message.Binary(text), codec.Options{})
	})
}

// bundle is a process-like message with 20 nested messages.
func bundle() *message.Message {
	b := message.Builder{}
	for i := range 20 {
		b.Set(fmt.Sprintf("message-%d", i), message.Of(message.P("action", message.Binary("Transfer")), message.P("quantity", message.Int(int64(1000*i))),
			message.P("recipient", message.Binary("GmViWQ7xnRBF0GxAVXQtOCiOnm3NcczeXO6A8dWndOs")), message.P("ratio", message.Float(0.25)),
			message.P("data", message.Binary("some text that is sent along"))))
	}
	return b.Message()
}

func BenchmarkEncodeBundle(b *testing.B) {
	in, s := bundle(), shelf{}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(context.Background(), s.env(), in, codec.Options{Bundle: true}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseBundle(b *testing.B) {
	text, _ := Format(bundle())
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
