package field

import (
	"reflect"
	"strings"
	"testing"
)

// dictionaries lists texts with their canonical print in each mode; "!" marks
// a refusal.
var dictionaries = []struct{ in, strict, lenient string }{
	{``, ``, ``},
	{`  `, ``, `!`},
	{`a=1`, `a=1`, `a=1`},
	{` a=1 `, `a=1`, `!`},
	{`a=1 `, `a=1`, `a=1`},
	{"a=1\t,\t b", `a=1, b`, `a=1, b=?1`},
	{`a=1,`, `!`, `!`},
	{`,a=1`, `!`, `!`},
	{`a=1,,b=1`, `!`, `!`},
	{`a=?1;x`, `a;x`, `a=?1;x`},
	{`a;x=1, b=?0`, `a;x=1, b=?0`, `a=?1;x=1, b=?0`},
	{`a=1, b=2, a=3`, `a=3, b=2`, `a=3, b=2`},
	{`a=1;p=1;q=2;p=3`, `a=1;p=3;q=2`, `a=1;p=3;q=2`},
	{`a%2fb="float"`, `!`, `a%2fb="float"`},
	{`%41="x", B="y", 1="z"`, `!`, `%41="x", B="y", 1="z"`},
	{`.="list", 1="integer"`, `!`, `.="list", 1="integer"`},
	{`1="integer", .="list"`, `!`, `!`},
	{`a="list", .b=1`, `!`, `!`},
	{`*a=tok, b=*t/x:y`, `*a=tok, b=*t/x:y`, `*a=tok, b=*t/x:y`},
	{`a=("x";req "y" 1.50);keyid="k"`, `a=("x";req "y" 1.5);keyid="k"`, `a=("x";req "y" 1.5);keyid="k"`},
	{`a=( ), b=( 1  2 )`, `a=(), b=(1 2)`, `a=(), b=(1 2)`},
	{`a=("x""y")`, `!`, `!`},
	{`a=(1`, `!`, `!`},
	{`a=1;  p=2`, `a=1;p=2`, `a=1;p=2`},
	{`a=1;P=2`, `!`, `!`},
	{`a=1 ;p`, `!`, `!`},
	{`a= 1`, `!`, `!`},
	{`a=`, `!`, `!`},
	{`a=-0.5`, `a=-0.5`, `a=0.5`},
	{`a=-1.5, b=-1.000`, `a=-1.5, b=-1.0`, `a=-1.5, b=-1.0`},
	{`a=@1659578233, b=%"f%c3%bc"`, `a=@1659578233, b=%"f%c3%bc"`, `!`},
}

// CONF-MSG-75
func TestDictionary(t *testing.T) {
	for _, c := range dictionaries {
		for mode, want := range map[Mode]string{Strict: c.strict, Lenient: c.lenient} {
			d, err := mode.ParseDictionary(c.in)
			if want == "!" {
				if err == nil {
					t.Errorf("mode %d: %q accepted as %+v", mode, c.in, d)
				}
				continue
			}
			if err != nil {
				t.Errorf("mode %d: %q: %v", mode, c.in, err)
				continue
			}
			got, err := mode.AppendDictionary(nil, d)
			if err != nil || string(got) != want {
				t.Errorf("mode %d: %q printed %q, %v; want %q", mode, c.in, got, err, want)
			}
		}
	}
}

// items lists item texts with their value; the zero Bare marks a refusal.
var items = []struct {
	in              string
	strict, lenient Bare
}{
	{`5`, Integer(5), Integer(5)},
	{`-0`, Integer(0), Integer(0)},
	{`007`, Integer(7), Integer(7)},
	{`999999999999999`, Integer(999999999999999), Integer(999999999999999)},
	{`1000000000000000`, Bare{}, Bare{}},
	{`999999999999.999`, Decimal(999999999999999), Decimal(999999999999999)},
	{`1000000000000.1`, Bare{}, Bare{}},
	{`1.`, Bare{}, Bare{}},
	{`1.0000`, Bare{}, Bare{}},
	{`.5`, Bare{}, Bare{}},
	{`-`, Bare{}, Bare{}},
	{`--1`, Bare{}, Bare{}},
	{`1e5`, Bare{}, Bare{}},
	{`"a\"b\\c"`, String(`a"b\c`), String(`a"b\c`)},
	{`"a\n"`, Bare{}, Bare{}},
	{"\"\x7f\"", Bare{}, Bare{}},
	{`"ü"`, Bare{}, Bare{}},
	{`"a`, Bare{}, Bare{}},
	{`"a\`, Bare{}, Bare{}},
	{`tok:en/1`, Token("tok:en/1"), Token("tok:en/1")},
	{`:aGVsbG8=:`, Bytes([]byte("hello")), Bytes([]byte("hello"))},
	{`:aGVsbG8:`, Bytes([]byte("hello")), Bare{}},
	{`::`, Bytes(nil), Bytes(nil)},
	{":aGVs\nbG8=:", Bare{}, Bare{}},
	{`:aGVsbG8=`, Bare{}, Bare{}},
	{`:-_-_:`, Bare{}, Bare{}},
	{`?1`, Boolean(true), Boolean(true)},
	{`?0`, Boolean(false), Boolean(false)},
	{`?2`, Bare{}, Bare{}},
	{`?`, Bare{}, Bare{}},
	{`@-5`, Date(-5), Bare{}},
	{`@1.5`, Bare{}, Bare{}},
	{`@`, Bare{}, Bare{}},
	{`%"a%0ab"`, Display("a\nb"), Bare{}},
	{`%"a%0Ab"`, Bare{}, Bare{}},
	{`%"%ff"`, Bare{}, Bare{}},
	{`%"%f`, Bare{}, Bare{}},
	{`1 2`, Bare{}, Bare{}},
	{``, Bare{}, Bare{}},
	{`(1)`, Bare{}, Bare{}},
}

// CONF-MSG-75
func TestItem(t *testing.T) {
	for _, c := range items {
		for mode, want := range map[Mode]Bare{Strict: c.strict, Lenient: c.lenient} {
			it, err := mode.ParseItem(c.in)
			if (err != nil) != (want == Bare{}) || it.Value != want {
				t.Errorf("mode %d: %q = %+v, %v; want %+v", mode, c.in, it.Value, err, want)
			}
		}
	}
}

// CONF-MSG-75
func TestPrintRefuses(t *testing.T) {
	for _, c := range []struct {
		v               Bare
		strict, lenient string
	}{
		{Integer(numberLimit), "!", "1000000000000000"},
		{Integer(-numberLimit), "!", "-1000000000000000"},
		{String("a\nb\xff\"\\"), "!", "\"a\nb\xff\\\"\\\\\""},
		{Token("a b"), "!", "a b"},
		{Token(""), "!", ""},
		{Display("\xff"), "!", "!"},
		{Date(1), "@1", "!"},
		{Bare{}, "!", "!"},
	} {
		for mode, want := range map[Mode]string{Strict: c.strict, Lenient: c.lenient} {
			got, err := mode.AppendItem(nil, Item{Value: c.v})
			if (err != nil) != (want == "!") || (err == nil && string(got) != want) {
				t.Errorf("mode %d: %+v printed %q, %v; want %q", mode, c.v, got, err, want)
			}
		}
	}
	if _, err := Strict.AppendDictionary(nil, Dictionary{{Key: "A", Member: One(Integer(1))}}); err == nil {
		t.Error("strict mode printed a key with a capital")
	}
	if _, err := Strict.AppendItem(nil, Item{Integer(1), Params{{"x y", Integer(1)}}}); err == nil {
		t.Error("strict mode printed a parameter key with a space")
	}
}

func TestManyKeys(t *testing.T) {
	var b strings.Builder
	for round := range 2 {
		for i := range 300 {
			if b.Len() > 0 {
				b.WriteString(", ")
			}
			b.WriteString("k")
			b.WriteString(strings.Repeat("x", i))
			b.WriteString([]string{"=1", "=2"}[round])
		}
	}
	for _, mode := range []Mode{Strict, Lenient} {
		d, err := mode.ParseDictionary(b.String())
		if err != nil || len(d) != 300 {
			t.Fatalf("%d keys, %v", len(d), err)
		}
		for i := range d {
			if len(d[i].Key) != i+1 || d[i].Value.Int() != 2 {
				t.Fatalf("entry %d is %+v", i, d[i])
			}
		}
	}
	it, err := Strict.ParseItem("1" + strings.Repeat(";a;b;c", 1) + manyParams(100) + manyParams(100))
	if err != nil || len(it.Params) != 103 {
		t.Fatalf("%d parameters, %v", len(it.Params), err)
	}
}

func manyParams(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(";p")
		b.WriteString(strings.Repeat("y", i))
	}
	return b.String()
}

func TestAccess(t *testing.T) {
	d := Dictionary{}.Set("a", One(Integer(1))).Set("b", InnerList([]Item{{Value: String("x")}}, nil)).Set("a", One(Boolean(true)))
	if m, ok := d.Get("a"); !ok || !m.Value.Bool() || m.IsInner() {
		t.Error("a")
	}
	if m, ok := d.Get("b"); !ok || !m.IsInner() || m.Inner[0].Value.Text() != "x" {
		t.Error("b")
	}
	if _, ok := d.Get("c"); ok {
		t.Error("c")
	}
	ps := Params{}.Set("p", Decimal(1500)).Set("p", Decimal(2500))
	if v, ok := ps.Get("p"); !ok || v.Float() != 2.5 || len(ps) != 1 {
		t.Error("p")
	}
}

// CONF-PATH-12, CONF-MSG-74
func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"abc/d?e&f-_.9": "abc/d?e&f-_.9",
		"aB+ %":         "a%42%2b%20%25",
		"\xff":          "%ff",
		"oK5A0WV":       "o%4b5%410%57%56",
	} {
		got := Escape(in)
		back, err := Unescape(got)
		if got != want || err != nil || back != in {
			t.Errorf("Escape(%q) = %q, back %q, %v; want %q", in, got, back, err, want)
		}
	}
	for in, want := range map[string]string{"%": "%", "a%4": "a%4", "%4B%4b": "KK"} {
		if got, err := Unescape(in); err != nil || got != want {
			t.Errorf("Unescape(%q) = %q, %v", in, got, err)
		}
	}
	if _, err := Unescape("%zz"); err == nil {
		t.Error("%zz accepted")
	}
	if got := EscapeQuotes(`a"b\c`); got != `a\"b\c` {
		t.Error(got)
	}
	if got := UnescapeQuotes(`"a\"b\c"`); got != `a"b\c` {
		t.Error(got)
	}
}

func FuzzDictionary(f *testing.F) {
	for _, c := range dictionaries {
		f.Add(c.in, true)
		f.Add(c.in, false)
	}
	f.Fuzz(func(t *testing.T, s string, strict bool) {
		mode := Lenient
		if strict {
			mode = Strict
		}
		d, err := mode.ParseDictionary(s)
		if err != nil {
			return
		}
		text, err := mode.AppendDictionary(nil, d)
		if err != nil {
			t.Fatalf("%q parsed but not printed: %v", s, err)
		}
		again, err := mode.ParseDictionary(string(text))
		if err != nil || !reflect.DeepEqual(d, again) {
			t.Fatalf("%q printed %q, read again %+v, %v; want %+v", s, text, again, err, d)
		}
	})
}

func FuzzEscape(f *testing.F) {
	f.Add("aB%")
	f.Fuzz(func(t *testing.T, s string) {
		back, err := Unescape(Escape(s))
		if err != nil || back != s {
			t.Fatalf("%q came back as %q, %v", s, back, err)
		}
	})
}

const signatureInput = `comm-8vb8az9rztqmnroivn=("action" "ao-types" "content-digest" "quantity");alg="rsa-pss-sha512";keyid="publickey:nUts7i+rb2Jb/Ypc5NcOeeFCl4iWahNVG63o4sudriu43t5auni44xAlMbLfh34zmHJtxIwixFPiv=", ` +
	`comm-zcfffv=("action" "ao-types" "content-digest" "quantity");alg="hmac-sha256";keyid="constant:ao"`

func BenchmarkParseSignatureInput(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(signatureInput)))
	for b.Loop() {
		if _, err := Lenient.ParseDictionary(signatureInput); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendSignatureInput(b *testing.B) {
	d, err := Lenient.ParseDictionary(signatureInput)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	buf := make([]byte, 0, 1024)
	for b.Loop() {
		if _, err := Lenient.AppendDictionary(buf, d); err != nil {
			b.Fatal(err)
		}
	}
}
