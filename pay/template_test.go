package pay

import (
	"strings"
	"testing"

	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

func words(t testing.TB, p string) Words {
	t.Helper()
	seq, err := path.Parse(Of(P("path", Binary(p))))
	if err != nil {
		t.Fatal(err)
	}
	return WordsOf(seq)
}

// SEC-03
func TestTemplates(t *testing.T) {
	var known Templates
	for _, c := range []struct{ template, yes, no string }{
		{"/~meta@1.0/*", "/~meta@1.0 /~meta@1.0/info /~meta@1.0/info/a/b //~meta@1.0//info /~meta@1.0&x=1/info?y=2", "/x~meta@1.0 /~meta@1.0/a/~b@1.0/c /~meta@1.0/a/b~c@1.0 /~meta@1x0/info /a/~meta@1.0/info /~meta@1.00/info /a?x=/~meta@1.0/"},
		{"/~meta@1.0/*/*", "/~meta@1.0/info /~meta@1.0/info/operator", "/~scheduler@1.0 /~meta@1.0/(a/b)"},
		{"/*~node-process@1.0/*", "/ledger~node-process@1.0/now/balance/x /ledger~node-process@1.0 /~node-process@1.0/a", "/x/ledger~node-process@1.0 /a~b@1.0/x~node-process@1.0 /ledger~node-process@1.0/x~lua@5.3a/f"},
		{"/c", "/c /c?x=1 /c&a=1", "/c/d /d/c /cc /c~message@1.0"},
		{"~p4@1.0/balance", "/~p4@1.0/balance", "/~p4@1.0/balance/x"},
		{"/result/.*", "/result /result/a/b", "/results /a/result/b"},
		{"/a*z/b", "/az/b /amoz/b", "/a/z/b /a~mz/b /az/c"},
		{"^/(a|b)/[0-9]+", "/a/1 /b/22", "/a/1/c /a /c/1 /x/a/1"},
		{"^/(", "", "/a /("},
		{"/*", "/a /a/b", "/~a@1.0/b"},
		{"", "", "/a /~a@1.0"},
		{strings.Repeat("/a", 600), "", strings.Repeat("/a", 600)},
	} {
		for _, p := range strings.Fields(c.yes) {
			if w := words(t, p); !known.Match(Binary(c.template), Empty(), w) {
				t.Errorf("%s does not match %s (%s)", c.template, p, w)
			}
		}
		for _, p := range strings.Fields(c.no) {
			if w := words(t, p); known.Match(Binary(c.template), Empty(), w) {
				t.Errorf("%s matches %s (%s)", c.template, p, w)
			}
		}
	}
}

func TestMessageTemplates(t *testing.T) {
	var known Templates
	req := Of(P("path", Binary("/a/b")), P("method", Binary("GET")), P("n", Int(1)))
	for _, c := range []struct {
		template *Message
		want     bool
	}{
		{Of(P("n", Binary("1"))), true}, {Of(P("n", Int(2))), false}, {Of(P("path", Binary("/a/*")), P("n", Int(1))), true},
		{Of(P("path", Binary("/b"))), false}, {Of(P("m", Int(1))), false}, {Empty(), false},
	} {
		if got := known.Match(c.template, req, words(t, "/a/b")); got != c.want {
			t.Errorf("%v: %v", c.template, got)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("/~meta@1.0/*", "/~meta@1.0/info?x=1")
	f.Add("^/(a|b)", "/a/(b/c)&d=~e@1.0")
	f.Fuzz(func(t *testing.T, template, p string) {
		seq, err := path.Parse(Of(P("path", Binary(p))))
		if err != nil {
			return
		}
		var known Templates
		w := WordsOf(seq)
		prefix, _ := expression(template)
		if known.Match(Binary(template), Empty(), w) && (w.open || !strings.HasPrefix(w.String(), prefix)) {
			t.Fatal(template, p, w)
		}
	})
}

func TestAmounts(t *testing.T) {
	huge, _ := Amount(Binary(strings.Repeat("9", 100)))
	for _, c := range []struct {
		v    Value
		want string
	}{
		{Int(0), "0"}, {Int(5), "5"}, {Int(-1), ""}, {Float(7), "7"}, {Float(7.5), ""}, {Float(-1), ""}, {Float(1e300), ""}, {Binary("007"), "7"},
		{Binary("1e3"), ""}, {Binary("0x10"), ""}, {Binary("+5"), ""}, {Binary("-5"), ""}, {Binary(" 5"), ""}, {Binary(""), ""}, {Binary("5.0"), ""},
		{Atom("5"), ""}, {True, ""}, {NewList(Int(5)), ""}, {Of(P("a", Int(5))), ""}, {nil, ""}, {Integer(huge), strings.Repeat("9", 100)},
		{Binary(strings.Repeat("1", MaxDigits+1)), ""},
	} {
		n, ok := Amount(c.v)
		if ok != (c.want != "") || ok && n.String() != c.want {
			t.Errorf("%v: %v %v, want %q", c.v, n, ok, c.want)
		}
	}
}
