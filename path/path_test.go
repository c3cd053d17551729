package path_test

import (
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

const msgID = "0123456789012345678901234567890123456789012"

// step is a message of a sequence: its path and other keys.
func step(p string, pairs ...Pair) *Message {
	return Of(append(pairs, P("path", Binary(p)))...)
}

func resolve(steps ...Value) *Resolve { return &Resolve{Steps: steps} }

func as(device string, m *Message) *As { return &As{Device: Binary(device), Message: m} }

// examples are the rows of spec 02, 6.10.
var examples = []struct {
	path string
	want []Value
}{
	{"/", nil},
	{"/?a=b", nil},
	{"a", []Value{Empty(), step("a")}},
	{"/a//b/", []Value{Empty(), step("a"), step("b")}},
	{"/a&k=v/b", []Value{Empty(), step("a", P("k", Binary("v"))), step("b")}},
	{"/a&k/b", []Value{Empty(), step("a", P("k", True)), step("b")}},
	{"/a&!/b", []Value{Empty(), step("a", P("!", True)), step("b")}},
	{"/a=4/b", []Value{Empty(), step("a", P("a", Binary("4"))), step("b")}},
	{"/a+integer=4/b", []Value{Empty(), step("a", P("a", Int(4))), step("b")}},
	{"/a=b=c", []Value{Empty(), step("a", P("a", Binary("b=c")))}},
	{"/a==b", []Value{Empty(), step("a", P("a", Binary("=b")))}},
	{"/a=", []Value{Empty(), step("a", P("a", Binary("")))}},
	{"/a&&b", []Value{Empty(), step("a", P("b", True))}},
	{"/a~dev@1.0&x=1", []Value{as("dev@1.0", step("a", P("x", Binary("1"))))}},
	{"/~dev@1.0/a", []Value{as("dev@1.0", Empty()), step("a")}},
	{"/~dev@1.0&x=1&y+integer=2/a", []Value{as("dev@1.0", Of(P("x", Binary("1")), P("y", Int(2)))), step("a")}},
	{"/a~d~e", []Value{as("d~e", step("a"))}},
	{"/a~d+x", []Value{as("d+x", step("a"))}},
	{"/a&k=v~d", []Value{Empty(), step("a", P("k", Binary("v~d")))}},
	{"/a=1~d", []Value{Empty(), step("a", P("a", Binary("1~d")))}},
	{"/a~(b/c)", []Value{&As{Device: resolve(Empty(), step("b"), step("c")), Message: step("a")}}},
	{"/" + msgID + "/a?x=1", []Value{Binary(msgID), step("a", P("x", Binary("1")))}},
	{"/" + msgID + "~process@1.0/now?x=1", []Value{as("process@1.0", step(msgID)), step("now", P("x", Binary("1")))}},
	{"/(a/b)/c", []Value{resolve(Empty(), step("a"), step("b")), step("c")}},
	{"/x/(a/b)/c", []Value{Empty(), step("x"), resolve(Empty(), step("a"), step("b")), step("c")}},
	{"/a&k=(b/c)/d", []Value{Empty(), step("a", P("k", resolve(Empty(), step("b"), step("c")))), step("d")}},
	{"/a?k+resolve=/b/c", []Value{Of(P("k", resolve(Empty(), step("b"), step("c")))), step("a", P("k", resolve(Empty(), step("b"), step("c"))))}},
	{"/a/b?2.k=v&k=w", []Value{Of(P("k", Binary("w"))), step("a", P("k", Binary("w"))), step("b", P("k", Binary("v")))}},
	{"/a/b?0.k=v", []Value{Of(P("k", Binary("v"))), step("a"), step("b")}},
	{`/a&k="v/1"/b`, []Value{Empty(), step("a", P("k", Binary("v/1"))), step("b")}},
	{`/a&k="a&b=c"&z=1`, []Value{Empty(), step("a", P("k", Binary("a&b=c")), P("z", Binary("1")))}},
	{"/a(b)c/d", []Value{Empty(), step("a(b)c"), step("d")}},
	{"/a)b/c", []Value{Empty(), step("a)b"), step("c")}},
	{`/a"b/c"d/e`, []Value{Empty(), step(`a"b/c"d`), step("e")}},
	{"/&k=v", []Value{Empty(), step("", P("k", Binary("v")))}},
	{"/~profile@1.0/eval=%22~meta@1.0/info%22", []Value{as("profile@1.0", Empty()), step("eval", P("eval", Binary("~meta@1.0/info")))}},
}

// TestExamples is CONF-PATH-11.
// CONF-PATH-11
func TestExamples(t *testing.T) {
	for _, e := range examples {
		got, err := path.ParseText(e.path)
		if err != nil || !Equal(NewList(got...), NewList(e.want...)) {
			t.Errorf("%s: %v %v", e.path, got, err)
		}
	}
}

// TestConformance are the cases of spec 02, 25.2 by their numbers.
// CONF-PATH-01..09
func TestConformance(t *testing.T) {
	key := P("test-key", Binary("v"))
	request := func(p string, pairs ...Pair) *Message { return step(p, pairs...) }
	sub := resolve(Empty(), step("x"), step("y"), step("z"))
	for _, c := range []struct {
		name string
		req  *Message
		want []Value
	}{
		{"CONF-PATH-01 key on base and step", request("/a", P("a", Binary("b"))), []Value{Of(P("a", Binary("b"))), step("a", P("a", Binary("b")))}},
		{"CONF-PATH-01 ID as base", request("/"+msgID+"/a", key), []Value{Binary(msgID), step("a", key)}},
		{"CONF-PATH-02 key on all", request("/a/b/c", key), []Value{Of(key), step("a", key), step("b", key), step("c", key)}},
		{"CONF-PATH-03 scoped", request("/a/b/c", P("2.test-key", Binary("v"))), []Value{Empty(), step("a"), step("b", key), step("c")}},
		{"CONF-PATH-04 scoped and typed", request("/a/b/c", P("2.test-key+integer", Binary("123"))), []Value{Empty(), step("a"), step("b", P("test-key", Int(123))), step("c")}},
		{"CONF-PATH-05 scoped sub-path", request("/a/b/c", P("2.test-key+resolve", Binary("/x/y/z"))), []Value{Empty(), step("a"), step("b", P("test-key", sub)), step("c")}},
		{"CONF-PATH-06 sub-path as segment", request("/a/(x/y/z)/z", key), []Value{Of(key), step("a", key), sub, step("z", key)}},
		{"CONF-PATH-07 inline key", request("/a/b&test-key=v/c"), []Value{Empty(), step("a"), step("b", key), step("c")}},
		{"CONF-PATH-07 inline keys", request("/a/b&test-key=v&k=w/c"), []Value{Empty(), step("a"), step("b", key, P("k", Binary("w"))), step("c")}},
		{"CONF-PATH-07 quoted", request(`/a/b&test-key="v/x"/c`), []Value{Empty(), step("a"), step("b", P("test-key", Binary("v/x"))), step("c")}},
		{"CONF-PATH-07 encoded quotes", request("/a/b&test-key=%22v/x%22/c"), []Value{Empty(), step("a"), step("b", P("test-key", Binary("v/x"))), step("c")}},
		{"CONF-PATH-07 shorthand", request("/a/b=4/c"), []Value{Empty(), step("a"), step("b", P("b", Binary("4"))), step("c")}},
		{"CONF-PATH-07 typed shorthand", request("/a/b+integer=4/c"), []Value{Empty(), step("a"), step("b", P("b", Int(4))), step("c")}},
		{"CONF-PATH-08 inline sub-path", request("/a/b&test=1&b=(/x/y/z)/c"), []Value{Empty(), step("a"), step("b", P("test", Binary("1")), P("b", sub)), step("c")}},
		{"CONF-PATH-09 split", request("/a/b&c=(/x/y/z)/f"), []Value{Empty(), step("a"), step("b", P("c", sub)), step("f")}},
	} {
		got, err := path.Parse(c.req)
		if err != nil || !Equal(NewList(got...), NewList(c.want...)) {
			t.Errorf("%s: %v %v", c.name, got, err)
		}
	}
}

// TestFormatIsTheInverse is CONF-PATH-10.
// CONF-PATH-10
func TestFormatIsTheInverse(t *testing.T) {
	for name, seq := range map[string][]Value{
		"simple":              {Empty(), step("a")},
		"several steps":       {Empty(), step("a"), step("b"), step("c")},
		"ID and method":       {Binary(msgID), step("a", P("method", Binary("GET")))},
		"scoped":              {Empty(), step("a"), step("b", P("k", Binary("v")))},
		"typed":               {Empty(), step("a"), step("b", P("k", Int(123)))},
		"sub-path in a key":   {Empty(), step("a", P("k", resolve(Empty(), step("x"), step("y"))))},
		"sub-path in path":    {Empty(), step("a"), resolve(Empty(), step("x"), step("y")), step("b")},
		"keys of several":     {Of(P("k", Binary("v"))), step("a", P("k", Binary("v")))},
		"device":              {as("dev@1.0", Of(P("x", Binary("1")))), step("a")},
		"several inline keys": {Empty(), step("a", P("x", Binary("1")), P("y", Binary("2"))), step("b", P("z", Int(-5)))},
	} {
		req, err := path.Format(seq)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		back, err := path.Parse(req)
		for i, v := range back { // a method reaches every message that has keys
			if m, ok := v.(*Message); ok && name == "ID and method" && i == 0 {
				back[i] = m.Without("method")
			}
		}
		if err != nil || !Equal(NewList(back...), NewList(seq...)) {
			t.Errorf("%s: %v, back %v %v", name, req, back, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	for p, kind := range map[string]fail.Kind{
		"/%zz":                                 fail.Invalid,
		"/a%20b":                               fail.Invalid,
		"/a?=x":                                fail.Invalid,
		"/a?x.y=1":                             fail.Invalid,
		"/a?-1.y=1":                            fail.Invalid,
		"/a&k+integer=x":                       fail.Invalid,
		"/a&k+moon=x":                          fail.Invalid,
		"/a?k%2Binteger":                       fail.Invalid,
		"/" + strings.Repeat("x", 513):         fail.TooLarge,
		strings.Repeat("/a", 1025):             fail.TooLarge,
		strings.Repeat("/aaaaaaa", 9000):       fail.TooLarge,
		"/" + nest("a", path.MaxNesting+1):     fail.TooLarge,
		"/a&k=" + nest("a", path.MaxNesting+1): fail.TooLarge,
	} {
		if v, err := path.ParseText(p); !fail.Is(err, kind) {
			t.Errorf("%.60s: %v %v, want %s", p, v, err, kind)
		}
	}
}

// nest returns sub-paths in sub-paths. No level has the length of an ID.
func nest(s string, n int) string { return strings.Repeat("(a/", n) + s + strings.Repeat(")", n) }

// TestCommitmentsGoWithWhatTheyCover: what a URL changes of a signed request
// does not pass for signed.
func TestCommitmentsGoWithWhatTheyCover(t *testing.T) {
	signed := step("/a/b", P("k", Binary("v")),
		P(CommitmentsKey, Of(P("x", Of(P("committed", Strings([]string{"k", "path"})))))))
	seq, err := path.Parse(signed)
	if err != nil || !seq[1].(*Message).Has(CommitmentsKey) {
		t.Fatal(seq, err)
	}
	for _, p := range []string{"/a&k=other", "/a?k=other", "/a?1.k=other"} {
		seq, err := path.Parse(signed.Set("path", Binary(p)))
		if err != nil || seq[1].(*Message).Has(CommitmentsKey) {
			t.Errorf("%s keeps the commitments: %v", p, err)
		}
	}
}

// FuzzParse checks that parsing never fails otherwise than with an error, and
// that what Format makes of a sequence gives the same sequence again when the
// text has a form.
func FuzzParse(f *testing.F) {
	for _, e := range examples {
		f.Add(e.path)
	}
	f.Add(`/a&k="unterminated`)
	f.Add("/((((a))))?b=(")
	f.Add("/~(~(a))&x+list=\"1\",2/b?0.x+map=a=1")
	f.Fuzz(func(t *testing.T, p string) {
		seq, err := path.ParseText(p)
		if err != nil {
			if k := fail.KindOf(err); k != fail.Invalid && k != fail.TooLarge {
				t.Fatalf("%q: %v", p, err)
			}
			return
		}
		again, err := path.ParseText(p)
		if err != nil || !Equal(NewList(seq...), NewList(again...)) {
			t.Fatalf("%q: parsed twice, not the same: %v", p, err)
		}
		if _, err := path.Format(seq); err != nil && !fail.Is(err, fail.Invalid) {
			t.Fatalf("%q: %v", p, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	req := step("/~a@1.0&x=1/b/c&y+integer=2?z=3")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := path.Parse(req); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseWithHeaders(b *testing.B) {
	req := step("/~process@1.0/now/results&x=1", P("accept", Binary("*/*")), P("host", Binary("localhost:8734")),
		P("user-agent", Binary("curl/8")), P("method", Binary("GET")), P("accept-bundle", Binary("true")))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := path.Parse(req); err != nil {
			b.Fatal(err)
		}
	}
}
