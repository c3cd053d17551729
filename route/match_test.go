package route

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/id"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func table(routes ...*Message) Table { return Table{Routes: routes, Trusted: true} }

// CONF-AO-33
func TestTemplates(t *testing.T) { // CONF-ROUTE-19..21, 26
	text := func(s string) Value { return Binary(s) }
	s := New(Options{})
	for _, x := range []struct {
		template Value
		msg      *Message
		want     bool
	}{
		{nil, Of(), true},
		{Of(), Of(P("a", Int(1))), true},
		{Of(P("a", Int(1))), Of(P("a", Binary("1")), P("b", Int(2))), true},
		{Of(P("A", Atom("x"))), Of(P("a", Binary("x"))), true},
		{Of(P("a", Int(1))), Of(P("a", Int(2))), false},
		{Of(P("a", Int(1))), Of(P("b", Int(1))), false},
		{Of(P("n", Of(P("k", Int(1))))), Of(P("n", Of(P("k", Int(1)), P("l", Int(2))))), true},
		{Of(P("n", Of(P("k", Int(1))))), Of(P("n", Binary("k"))), false},
		{Of(P("n", NewList(Int(1)))), Of(P("n", NewList(Int(1), Int(2)))), true},
		{Of(P("path", Binary("/x"))), Of(P("path", Binary("/y")), P("route-path", Binary("/x"))), true},
		{text("/.*/compute"), Of(P("path", Binary("/P/compute"))), true},
		{text("/.*/compute"), Of(P("path", Binary("/P/schedule"))), false},
		{text("a/.*/c"), Of(P("path", Binary("a/b/c"))), true},
		{text("a/.*/c"), Of(P("path", Binary("a/bcd/ignored/c"))), true},
		{text("a/.*/d"), Of(P("path", Binary("a/b/c"))), false},
		{text("a/abc.*/c"), Of(P("path", Binary("a/abcd/c"))), true},
		{text("a/abc.*/c"), Of(P("path", Binary("a/xbcd/c"))), false},
		{text("^/a$"), Of(P("path", Binary("a"))), true},
		{text("*"), Of(P("path", Binary("anything"))), true},
		{text("b"), Of(P("path", Binary("/a/b"))), true}, // searched, not anchored
		{text("b"), Of(P("path", Binary("/ab"))), false}, // "/b" is what is searched
		{text("("), Of(P("path", Binary("("))), false},
		{text(strings.Repeat("a", maxPattern+1)), Of(P("path", Binary(strings.Repeat("a", maxPattern+1)))), false},
		{Float(1), Of(), false},
	} {
		r := Of(P("node", Binary("n")), P("template", x.template))
		if got := s.Match(table(r), x.msg) != nil; got != x.want {
			t.Errorf("%v on %v: %v", x.template, x.msg.Keys(), got)
		}
	}
}

func TestMatchOrder(t *testing.T) {
	s := New(Options{})
	rs := table(
		Of(P("template", Of(P("k", Int(1)))), P("node", Binary("first"))),
		Of(P("template", Of(P("k", Int(2)))), P("node", Binary("second"))),
		Of(P("node", Binary("fallback"))))
	for k, want := range map[int]string{1: "first", 2: "second", 3: "fallback"} {
		if got := s.Match(rs, Of(P("k", Int(k)))); got.Text("node") != want {
			t.Errorf("%d: %s", k, got.Text("node"))
		}
	}
	if got := s.Match(rs, Of(P("k", Int(2)))).Text("reference"); got != "routes/2" {
		t.Error(got)
	}
	for _, m := range []*Message{Of(P("path", Binary("https://x/y"))), Of(P("route-path", Binary("http://x/y")))} {
		if got := s.Match(rs, m); got.Text("reference") != "explicit" {
			t.Error(got)
		}
	}
	if s.Match(table(), Of()) != nil {
		t.Error("an empty table matches")
	}
}

func TestApply(t *testing.T) { // spec 04, 4.4
	var p patterns
	for _, x := range []struct {
		node    *Message
		path    string
		want    string
		spelled bool
	}{
		{Of(P("prefix", Binary("http://h:1"))), "/a?b=c", "http://h:1/a?b=c", true},
		{Of(P("prefix", Binary("http://h:1/base"))), "x", "http://h:1/basex", true},
		{Of(P("prefix", Binary("http://h"))), ".evil.test/x", "http://h.evil.test/x", false},
		{Of(P("prefix", Binary("http://h"))), "@evil.test/x", "http://h@evil.test/x", false},
		{Of(P("prefix", Binary("http://h:80"))), "80/x", "http://h:8080/x", false},
		{Of(P("suffix", Binary("/s"))), "http://evil.test", "http://evil.test/s", false},
		{Of(P("match", Binary("^/arweave")), P("with", Binary("https://arweave.net"))), "/arweave/tx/1", "https://arweave.net/tx/1", true},
		{Of(P("match", Binary("^/arweave")), P("with", Binary("https://arweave.net"))), "/arweave.evil.test/", "https://arweave.net.evil.test/", false},
		{Of(P("match", Binary("/(a+)/")), P("with", Binary(`$1\1-`))), "/aa//a/", "$1aa-$1a-", false},
		{Of(P("uri", Binary("http://ready")), P("prefix", Binary("x"))), "/a", "http://ready", true},
	} {
		got, spelled, err := p.apply(x.node, x.path)
		if err != nil || got != x.want || spelled != x.spelled {
			t.Errorf("%s: %q %v %v", x.path, got, spelled, err)
		}
	}
	for _, bad := range []*Message{Of(), Of(P("match", Binary("(")), P("with", Binary("x")))} {
		if _, _, err := p.apply(bad, "/x"); err == nil {
			t.Error(bad.Keys())
		}
	}
}

func TestBase(t *testing.T) {
	i := id.Hash([]byte("x"))
	for path, want := range map[string]id.ID{
		"/" + i.String() + "/now":            i,
		i.String() + "~process@1.0/now":      i,
		"/" + i.String() + "&a=1/x":          i,
		"/" + string(i[:]) + "/slot":         i,
		"/~meta@1.0/info":                    id.Hash([]byte("~meta@1.0")),
		"/short/x":                           id.Hash([]byte("short")),
		"":                                   id.Hash(nil),
		"/" + strings.Repeat("!", 43) + "/x": id.Hash([]byte(strings.Repeat("!", 43))),
	} {
		if strings.ContainsRune(string(i[:]), '/') && strings.HasPrefix(path, "/"+string(i[:])) {
			continue
		}
		if got := Base(Of(P("path", Binary(path)))); got != want {
			t.Errorf("%q: %s", path, got)
		}
	}
}

func TestPublic(t *testing.T) { // SEC-10
	for a, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "2606:4700:4700::1111": true, "64:ff9b::808:808": true, "172.15.0.1": true, "172.32.0.1": true,
		"127.0.0.1": false, "127.9.9.9": false, "0.0.0.0": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "198.18.0.1": false, "224.0.0.1": false, "255.255.255.255": false,
		"240.0.0.1": false, "192.0.0.1": false, "::1": false, "::": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd12::1": false,
		"ff02::1": false, "::ffff:127.0.0.1": false, "::ffff:8.8.8.8": true, "64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false,
		"2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false, "fec0::1": false, "::7f00:1": false,
	} {
		if got := Public(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: %v", a, got)
		}
	}
}

func TestGuardExceptions(t *testing.T) {
	var m *Message
	g := Guard(func() *Message { return m })
	for _, x := range []struct {
		opened Value
		to     string
		want   bool
	}{
		{nil, "127.0.0.1:80", false},
		{nil, "8.8.8.8:80", true},
		{Strings([]string{"127.0.0.0/8"}), "127.0.0.1:80", true},
		{Strings([]string{"127.0.0.0/8"}), "[::ffff:127.0.0.1]:80", true},
		{Strings([]string{"127.0.0.1:6363"}), "127.0.0.1:6363", true},
		{Strings([]string{"127.0.0.1:6363"}), "127.0.0.1:6364", false},
		{Binary("10.0.0.1, ::1"), "[::1]:1", true},
		{Binary("10.0.0.1, ::1"), "10.0.0.2:1", false},
		{Binary("nonsense"), "10.0.0.2:1", false},
		{Int(1), "10.0.0.2:1", false},
		{nil, "not an address", false},
	} {
		m = Of(P("relay_private", x.opened))
		if got := g("tcp", x.to, nil) == nil; got != x.want {
			t.Errorf("%v %s: %v", x.opened, x.to, got)
		}
	}
}

func TestHosts(t *testing.T) {
	for _, x := range []struct {
		entry, host, port string
		want              bool
	}{
		{"a.test", "a.test", "80", true}, {"a.test", "b.a.test", "80", false}, {"*.a.test", "b.a.test", "80", true},
		{"*.a.test", "a.test", "80", false}, {"*.a.test", "eviла.test", "80", false}, {"a.test:443", "a.test", "80", false}, {"a.test:80", "a.test", "80", true},
	} {
		if got := hostMatches(x.entry, x.host, x.port); got != x.want {
			t.Errorf("%+v", x)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("/a/.*", "/a/b", "http://h", "^/(a)", `\1`)
	f.Add("^(", "http://x", "", ".*", "$1")
	s := New(Options{})
	f.Fuzz(func(t *testing.T, template, p, prefix, match, with string) {
		msg := Of(P("path", Binary(p)))
		s.Match(table(Of(P("template", Binary(template)), P("node", Binary("n")))), msg)
		for _, n := range []*Message{Of(P("prefix", Binary(prefix))), Of(P("match", Binary(match)), P("with", Binary(with)))} {
			uri, spelled, err := s.patterns.apply(n, p)
			own := prefix
			if n.Has("with") {
				own = with
			}
			if err == nil && spelled && authority(uri) != authority(own) {
				t.Fatalf("%q leads to %q", own, uri)
			}
		}
		Base(msg)
	})
}
