package cookie_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// long returns a value with attributes (pairs of key and value) and flags.
func long(value string, attributes []string, flags ...string) *Message {
	m := Of(P("value", Binary(value)))
	if len(attributes) > 0 {
		a := NewBuilder(4)
		for i := 0; i < len(attributes); i += 2 {
			a.Set(attributes[i], Binary(attributes[i+1]))
		}
		m = m.Set("attributes", a.Message())
	}
	if len(flags) > 0 {
		m = m.Set("flags", Strings(flags))
	}
	return m
}

func TestSetCookieLines(t *testing.T) {
	lines := []struct {
		name   string
		line   string
		key    string
		value  Value
		back   string // "" when it is the line
		header string // "" when it is back
	}{
		// CONF-COOKIE-01, CONF-COOKIE-02
		{name: "raw", line: `k1="v1"`, key: "k1", value: Binary("v1")},
		// CONF-COOKIE-03, CONF-COOKIE-04
		{name: "attributes", line: `k1="v1"; k2=v2`, key: "k1", value: long("v1", []string{"k2", "v2"})},
		// CONF-COOKIE-05, CONF-COOKIE-06
		{name: "flags", line: `k1="v1"; k2=v2; f1; f2`, key: "k1", value: long("v1", []string{"k2", "v2"}, "f1", "f2")},
		// CONF-COOKIE-07, CONF-COOKIE-19
		{name: "cart", line: `cart_items=sku123%2Csku456; Path=/cart; Max-Age=86400; SameSite=Lax`, key: "cart_items",
			value: long("sku123,sku456", []string{"Path", "/cart", "Max-Age", "86400", "SameSite", "Lax"}),
			back:  `cart_items="sku123,sku456"; Max-Age=86400; Path=/cart; SameSite=Lax`},
		{name: "affiliate", line: `affiliate=ref_9; Domain=.shop.example; HttpOnly`, key: "affiliate",
			value: long("ref_9", []string{"Domain", ".shop.example"}, "HttpOnly"), back: `affiliate="ref_9"; Domain=.shop.example; HttpOnly`},
		// CONF-COOKIE-08, CONF-COOKIE-20
		{name: "settings", line: `settings="{\"lang\":\"en\"}"; Secure; HttpOnly`, key: "settings",
			value: long(`{\"lang\":\"en\"}`, nil, "HttpOnly", "Secure"), back: `settings="{\"lang\":\"en\"}"; HttpOnly; Secure`,
			header: `settings="{%5C%22lang%5C%22:%5C%22en%5C%22}"; HttpOnly; Secure`},
		{name: "permissions", line: `permissions=read|write; Path=%2Fadmin`, key: "permissions",
			value: long("read|write", []string{"Path", "%2Fadmin"}), back: `permissions="read|write"; Path=%2Fadmin`},
		// CONF-COOKIE-09, CONF-COOKIE-21
		{name: "session", line: `session_id=abc123; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly; Secure`, key: "session_id",
			value: long("abc123", []string{"Expires", "Wed, 21 Oct 2026 07:28:00 GMT"}, "HttpOnly", "Secure"),
			back:  `session_id="abc123"; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly; Secure`},
		// CONF-COOKIE-10, CONF-COOKIE-17
		{name: "anonymous name", line: `=anon; Path=/guest`, key: "", value: long("anon", []string{"Path", "/guest"}), back: `="anon"; Path=/guest`},
		{name: "empty value", line: `user_preference=; Path=/`, key: "user_preference", value: long("", []string{"Path", "/"}), back: `user_preference=""; Path=/`},
		// CONF-COOKIE-11, CONF-COOKIE-18
		{name: "app config", line: `$app_config$=theme@dark!%20mode; Path=/`, key: "$app_config$",
			value: long("theme@dark! mode", []string{"Path", "/"}), back: `$app_config$="theme@dark! mode"; Path=/`},
		// CONF-COOKIE-12, CONF-COOKIE-22
		{name: "debug", line: `debug=level=3:trace; Secure; Secure`, key: "debug", value: long("level=3:trace", nil, "Secure", "Secure"),
			back: `debug="level=3:trace"; Secure; Secure`},
		// CONF-COOKIE-13, CONF-COOKIE-23
		{name: "trailing spaces", line: `form=name  ; Path=/`, key: "form", value: long("name  ", []string{"Path", "/"}), back: `form="name  "; Path=/`},
		{name: "semicolon in quotes", line: `cache="a;b"; Max-Age=1`, key: "cache", value: long("a;b", []string{"Max-Age", "1"}), header: `cache="a%3Bb"; Max-Age=1`},
		// CONF-COOKIE-14, CONF-COOKIE-24
		{name: "UTF-8", line: `reactions=%F0%9F%91%8D; Path = "/r"`, key: "reactions", value: long("👍", []string{"Path", "/r"}),
			back: `reactions="👍"; Path=/r`, header: `reactions="%F0%9F%91%8D"; Path=/r`},
		// CONF-COOKIE-15, CONF-COOKIE-25
		{name: "error log", line: `error_log=timeout%20at%2012%3A00; Max-Age=60`, key: "error_log", value: long("timeout at 12:00", []string{"Max-Age", "60"}),
			back: `error_log="timeout at 12:00"; Max-Age=60`},
		{name: "auth token", line: `auth_token="bearer xyz=="; HttpOnly`, key: "auth_token", value: long("bearer xyz==", nil, "HttpOnly")},
		// CONF-COOKIE-16, CONF-COOKIE-26, CONF-COOKIE-27, CONF-COOKIE-28
		{name: "csrf", line: `csrf="a1b2"; SameSite=Strict`, key: "csrf", value: long("a1b2", []string{"SameSite", "Strict"})},
		{name: "admin", line: `admin=1; Path=/admin; Domain=x.example; Secure`, key: "admin",
			value: long("1", []string{"Path", "/admin", "Domain", "x.example"}, "Secure"), back: `admin="1"; Domain=x.example; Path=/admin; Secure`},
		{name: "search", line: `search=a%26b%3Dc%2Bd; Path=/`, key: "search", value: long("a&b=c+d", []string{"Path", "/"}), back: `search="a&b=c+d"; Path=/`},
		{name: "broken escapes", line: `p=100%; Path=/`, key: "p", value: long("100%", []string{"Path", "/"}), back: `p="100%"; Path=/`},
	}
	for _, c := range lines {
		t.Run(c.name, func(t *testing.T) {
			key, v, ok := cookie.ParseSet(c.line)
			if !ok || key != c.key || !Equal(v, c.value) {
				t.Fatalf("parsed %q %v %v", key, v, ok)
			}
			want := c.back
			if want == "" {
				want = c.line
			}
			jar := Empty().Set(key, v)
			if got := cookie.FormatSet(jar); len(got) != 1 || got[0] != want {
				t.Errorf("formatted %q, want %q", got, want)
			}
			if c.header != "" {
				want = c.header
			}
			if got := cookie.HeaderLines(jar); len(got) != 1 || got[0] != want {
				t.Errorf("header %q, want %q", got, want)
			}
		})
	}
}

func TestCookieLine(t *testing.T) {
	for line, want := range map[string]*Message{
		`a=1; b="2"`:              Of(P("a", Binary("1")), P("b", Binary("2"))),
		`a="x;y";b=(p;q); c=%41`:  Of(P("a", Binary("x;y")), P("b", Binary("(p;q)")), P("c", Binary("A"))),
		`a="\"q\""; b=1=2`:        Of(P("a", Binary(`\"q\"`)), P("b", Binary("1=2"))),
		`a`:                       Empty(),
		`=1; a=`:                  Of(P("", Binary("1")), P("a", Binary(""))),
		`a="open; b=2`:            Of(P("a", Binary("open")), P("b", Binary("2"))), // nothing is swallowed
		`a=(open; b=2`:            Of(P("a", Binary("(open")), P("b", Binary("2"))),
		`priv=1; private-x=2; b=`: Of(P("b", Binary(""))),
	} {
		if got := cookie.Parse(line); !Equal(got, want) {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
	}
	jar := Of(P("b", Binary("2")), P("a", long("1", []string{"Path", "/"}, "Secure")))
	if got := cookie.Format(jar); got != `a="1"; b="2"` {
		t.Error(got)
	}
}

func TestSourcesAndOrder(t *testing.T) {
	m := cookie.Slot.Set(Of(
		P("cookie", Strings([]string{"a=1; b=1; c=1", "d=1"})),
		P("set-cookie", Strings([]string{"b=2; Path=/", "c=2"})),
		P("k", Int(1))), Of(P("c", Binary("3"))))
	jar, rest := cookie.Extract(m)
	want := Of(P("a", Binary("1")), P("b", long("2", []string{"Path", "/"})), P("c", Binary("3")), P("d", Binary("1")))
	if !Equal(jar, want) || !Equal(rest, Of(P("k", Int(1)))) || cookie.Of(rest).Len() > 0 {
		t.Fatal(jar, rest)
	}
}

// A value or attribute cannot become another cookie, attribute or header.
//
// SEC-13
func TestNothingEscapesFromALine(t *testing.T) {
	for _, evil := range []string{"a\r\nset-cookie: x=1", `a"; Domain=evil`, "a; HttpOnly", "a\x00b", `a\`} {
		for name, jar := range map[string]*Message{
			"value":     Of(P("k", Binary(evil))),
			"attribute": Of(P("k", long("v", []string{"Path", evil}))),
			"flag":      Of(P("k", long("v", nil, evil))),
			"name":      Empty().Set(evil, Binary("v")),
		} {
			for _, line := range append(cookie.FormatSet(jar), cookie.HeaderLines(jar)...) {
				key, v, ok := cookie.ParseSet(line)
				full := cookie.Full(v)
				if strings.ContainsAny(line, "\r\n\x00") || !ok || (name == "value" && (key != "k" || full.Message("attributes").Len() > 0)) {
					t.Errorf("%s %q: %q", name, evil, line)
				}
				if l, _ := full.Get("flags"); name != "flag" && len(cookie.Lines(l)) > 0 {
					t.Errorf("%s %q: flags in %q", name, evil, line)
				}
			}
		}
	}
}

// SEC-13
func TestForeign(t *testing.T) {
	for _, c := range []struct {
		site, origin string
		want         bool
	}{
		{"same-origin", "", false}, {"none", "", false}, {"cross-site", "", true}, {"same-site", "", true}, {"odd", "", true},
		{"same-origin", "https://other", false},
		{"", "", false}, {"", "http://node:1", false}, {"", "http://NODE:1", false}, {"", "http://node:2", true}, {"", "null", true},
	} {
		if got := cookie.Foreign(c.site, c.origin, "node:1"); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// What is sent comes back.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{"v", `"`, `\`, `\"`, "%41", "a;b", "(", "é", "\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, line := range cookie.HeaderLines(Of(P("k", long(value, []string{"Path", "/"})), P("l", Binary(value)))) {
			key, v, ok := cookie.ParseSet(line)
			if got, _ := cookie.Text(Empty().Set(key, v), key); !ok || got != value {
				t.Fatalf("%q became %q in %q", value, got, line)
			}
			first, _, _ := strings.Cut(line, "; Path")
			if got, _ := cookie.Text(cookie.Parse("x=1; "+first+"; y=2"), key); got != value {
				t.Fatalf("%q came back as %q", value, got)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, line := range []string{`k1="v1"; k2=v2; f1; f2`, `=anon; Path=/guest`, `a="x;y";b=(p;q); c=%41`, `s="{\"l\":1}"; Secure`, `a="open; b=2`, `p=100%`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		jar := cookie.Parse(line)
		if name, v, ok := cookie.ParseSet(line); ok {
			jar = jar.Set(name, v)
		}
		for _, out := range append(cookie.FormatSet(jar), cookie.HeaderLines(jar)...) {
			if _, _, ok := cookie.ParseSet(out); !ok {
				t.Fatalf("%q is written as %q, which is no cookie", line, out)
			}
		}
		if !slices.IsSorted(jar.Keys()) {
			t.Fatal("not by name")
		}
	})
}
