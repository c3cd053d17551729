package cookie_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/commit"
	device "github.com/hyperbeam-go/hyperbeam/device/cookie"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

func base(pairs ...Pair) *Message { return Of(append(pairs, P("device", Binary(cookie.Name)))...) }

// resolve asks with a whole request.
func resolve(b aotest.Bench, base, req *Message) ao.Result {
	return ao.ResultOf(b.Resolve(context.Background(), base, req))
}

func asks(key string, more ...Pair) *Message { return Of(append(more, P("path", Binary(key)))...) }

// CONF-COOKIE-29
func TestCommitThenVerify(t *testing.T) {
	b := aotest.New(t, device.New())
	m := b.Message(b.Ask(base(P("a", Int(1))), "commit"))
	who := commit.Committers(m)
	if len(who) != 1 {
		t.Fatalf("signers %v", who)
	}
	c := m.Commitments().Message(m.Commitments().Keys()[0])
	if c.Text("commitment-device") != cookie.Name || c.Text("keyid") != "secret:"+who[0] || c.Text("type") != "hmac-sha256" {
		t.Fatal(c)
	}
	jar := cookie.Of(m)
	secret, ok := cookie.Text(jar, "secret-"+who[0])
	if !ok || hosted.Committer(secret) != who[0] {
		t.Fatal("no cookie with the secret:", jar)
	}
	shown := func(req *Message) *Message { return cookie.Slot.Set(req, jar) }
	for name, req := range map[string]*Message{
		"cookie":            shown(asks("verify", P("committer", Binary(who[0])))),
		"cookie, any":       shown(asks("verify")),
		"secret":            asks("verify", P("secret", Binary(secret))),
		"secret, committer": asks("verify", P("secret", Binary(secret)), P("committer", Binary(who[0]))),
	} {
		if r := resolve(b, cookie.Slot.Clear(m), req); b.OK(r) != Value(True) {
			t.Errorf("%s: %v", name, r.Value)
		}
	}
	// The same secret again, by its committer.
	again := b.Message(resolve(b, base(P("a", Int(1))), shown(asks("commit", P("committer", Binary(who[0]))))))
	if got := commit.Committers(again); len(got) != 1 || got[0] != who[0] {
		t.Errorf("by the same committer: %v", got)
	}
	if r := b.Ask(base(), "commit", P("committer", Binary(who[0]))); r.Status == ao.OK {
		t.Error("committed without the cookie")
	}
}

// Any secret, any content and any committer verify in the reference.
//
// SEC-15
func TestVerifyVerifies(t *testing.T) {
	b := aotest.New(t, device.New())
	m := b.Message(b.Ask(base(P("a", Int(1))), "commit", P("secret", Binary("right"))))
	m = cookie.Slot.Clear(m)
	who := hosted.Committer("right")
	other := hosted.Committer("wrong")
	forged := m.Set(CommitmentsKey, Of(P(m.Commitments().Keys()[0], m.Commitments().Message(m.Commitments().Keys()[0]).
		Set("committer", Binary(other)).Set("keyid", Binary("secret:"+other)))))
	for name, c := range map[string]struct {
		m   *Message
		req *Message
	}{
		"wrong secret":             {m, asks("verify", P("secret", Binary("wrong")))},
		"wrong secret, committer":  {m, asks("verify", P("secret", Binary("wrong")), P("committer", Binary(who)))},
		"other committer":          {m, asks("verify", P("secret", Binary("right")), P("committer", Binary(other)))},
		"changed content":          {m.Set("a", Int(2)), asks("verify", P("secret", Binary("right")))},
		"removed key":              {m.Without("a"), asks("verify", P("secret", Binary("right")))},
		"no commitment":            {m.Without(CommitmentsKey), asks("verify", P("secret", Binary("right")))},
		"another one's commitment": {forged, asks("verify", P("secret", Binary("wrong")), P("committer", Binary(other)))},
		"cookie of another name":   {m, cookie.Slot.Set(asks("verify", P("committer", Binary(who))), Of(P("secret-"+who, Binary("wrong"))))},
		"decoded secret":           {m, asks("verify", P("secret", Binary("cmlnaHQ")))},
	} {
		if r := resolve(b, c.m, c.req); r.Status == ao.OK && r.Value != Value(False) {
			t.Errorf("%s: %v", name, r.Value)
		}
	}
	if r := resolve(b, m, asks("verify")); r.Status != ao.Failed || r.Value != Value(Binary("no_secret")) {
		t.Errorf("without a secret: %s %v", r.Status, r.Value)
	}
}

// A message that somebody has signed keeps that signature.
func TestCommitBesideOthers(t *testing.T) {
	b := aotest.New(t, device.New())
	signed, err := commit.Commit(context.Background(), commit.Env(NoLoader{}), Of(P("a", Int(1))), nil, commit.Spec{Type: commit.TypeHMAC})
	if err != nil {
		t.Fatal(err)
	}
	both := b.Message(b.Ask(signed.Set("uncovered", Int(2)).Set("device", Binary(cookie.Name)), "commit", P("secret", Binary("s"))))
	if both.Commitments().Len() != 2 || both.Has("uncovered") {
		t.Fatal(both)
	}
	if err := commit.Verify(context.Background(), commit.Env(NoLoader{}), both, commit.Every(), "s"); err != nil {
		t.Fatal(err)
	}
}

func TestGenerate(t *testing.T) {
	b := aotest.New(t, device.New())
	first := b.Message(b.Ask(base(), "generate", P("k", Int(1))))
	secret, _ := first.Get("secret")
	if l, ok := secret.(*List); !ok || l.Len() != 1 || len(cookie.Lines(l)[0]) != 86 || !first.Has("k") {
		t.Fatal(first)
	}
	second := b.Message(resolve(b, base(), cookie.Slot.Set(asks("generate"), cookie.Of(first))))
	if again, _ := second.Get("secret"); !Equal(again, secret) {
		t.Fatal("a second secret:", again)
	}
	own := b.Message(b.Ask(base(), "generate", P("generator", Binary("/~message@1.0&s=mine/s"))))
	if l, _ := own.Get("secret"); cookie.Lines(l)[0] != "mine" {
		t.Fatal(l)
	}
	configured := aotest.With(t, ao.Services{}, Of(P("cookie_default_generator", Binary("/~message@1.0&s=ours/s"))), device.New())
	if l, _ := configured.Message(configured.Ask(base(), "generate")).Get("secret"); cookie.Lines(l)[0] != "ours" {
		t.Fatal(l)
	}
	// A cookie whose name is not that of its value is no identity.
	lying := b.Message(resolve(b, base(), cookie.Slot.Set(asks("generate"), Of(P("secret-"+hosted.Committer("x"), Binary("y"))))))
	if l, _ := lying.Get("secret"); cookie.Lines(l)[0] == "y" {
		t.Fatal("a cookie of another name is taken")
	}
}

func TestFormats(t *testing.T) {
	b := aotest.New(t, device.New())
	line := "k1=v1; Path=/; Secure"
	m := base(P("set-cookie", NewList(Binary(line), Binary("k2=v2"))), P("cookie", Binary("k1=old; k3=v3")))
	for _, c := range []struct {
		key  string
		more []Pair
		want Value
	}{
		{"get-cookie", []Pair{P("key", Binary("k2"))}, Binary("v2")},
		{"get_cookie", []Pair{P("key", Binary("k3"))}, Binary("v3")},
		{"get-cookie", []Pair{P("key", Binary("k1")), P("format", Binary("cookie"))}, Binary("v1")},
		{"get-cookie", []Pair{P("key", Binary("k1")), P("format", Binary("default"))},
			Of(P("value", Binary("v1")), P("attributes", Of(P("Path", Binary("/")))), P("flags", Strings([]string{"Secure"})))},
		{"get-cookie", []Pair{P("key", Binary("k2")), P("format", Binary("set-cookie"))},
			Of(P("value", Binary("v2")), P("attributes", Empty()), P("flags", NewList()))},
		{"reset", nil, base()},
		{"from", nil, base()},
	} {
		b.Want(b.Ask(m, c.key, c.more...), c.want)
	}
	from := b.Message(b.Path(m, "from"))
	if text, _ := cookie.Text(cookie.Of(from), "k1"); text != "v1" || from.Has("cookie") || from.Has("set-cookie") {
		t.Fatal(from)
	}
	lines, _ := b.Message(b.Ask(from, "to", P("format", Binary("set-cookie")))).Get("set-cookie")
	if got := strings.Join(cookie.Lines(lines), " | "); got != `k1="v1"; Path=/; Secure | k2="v2" | k3="v3"` {
		t.Error(got)
	}
	if got := b.Message(b.Ask(from, "to", P("format", Binary("cookie")))).Text("cookie"); got != `k1="v1"; k2="v2"; k3="v3"` {
		t.Error(got)
	}
	for _, r := range []ao.Result{b.Ask(from, "to"), b.Ask(from, "to", P("format", Binary("x"))), b.Ask(from, "get-cookie", P("key", Binary("none"))),
		b.Ask(from, "get-cookie", P("key", Binary("k1")), P("format", Binary("x"))), b.Ask(base(), "store", P("k", NewList()))} {
		if r.Status != ao.Failed {
			t.Errorf("%s %v", r.Status, r.Value)
		}
	}
}

// Cookies are private state: neither keys nor part of an ID, and paths do not
// lead to them.
//
// CONF-PRIV-01, CONF-PRIV-02
func TestCookiesArePrivate(t *testing.T) {
	b := aotest.New(t, device.New())
	m := b.Message(b.Ask(Of(P("device", Binary(cookie.Name)), P("a", Int(1))), "store", P("k1", Binary("v1"))))
	if text, _ := cookie.Text(cookie.Of(m), "k1"); text != "v1" {
		t.Fatal("not stored")
	}
	for _, p := range []string{"priv", "priv/cookie", "priv/cookie/k1", "private", "priv_wallet", "cookie", "k1"} {
		if r := b.Path(m.Without("device"), p); r.Status == ao.OK {
			t.Errorf("%s leads to %v", p, r.Value)
		}
	}
	keys, _ := b.OK(b.Path(m.Without("device"), "keys")).(*List)
	if keys.Len() != 1 {
		t.Errorf("keys %v", keys)
	}
	plain, _ := commit.SelectedID(t.Context(), Of(P("device", Binary(cookie.Name)), P("a", Int(1))), commit.Selection{})
	if id, err := commit.SelectedID(t.Context(), m, commit.Selection{}); err != nil || id != plain {
		t.Errorf("the ID of a message depends on its cookies: %v", err)
	}
}

// CONF-PRIV-03
func TestDeepInCookies(t *testing.T) {
	b := aotest.New(t, device.New())
	b.Want(b.Path(base(P("set-cookie", Binary("k=v; Path=/deep"))), "extract/k/attributes/Path"), Binary("/deep"))
}

// What a cookie links to is read from where everything is, and is equal to what
// is read directly.
//
// CONF-PRIV-04, CONF-PRIV-05
func TestLinksInPrivateState(t *testing.T) {
	kept := cache.New(mem.New(mem.Options{}), cache.Options{})
	b := aotest.With(t, ao.Services{Cache: kept}, Empty(), device.New())
	value := Of(P("value", Binary("v")), P("attributes", Of(P("Path", Binary("/")))))
	id, err := kept.Write(t.Context(), value, store.Lazy)
	if err != nil {
		t.Fatal(err)
	}
	m := cookie.Slot.Set(base(), Of(P("k", Link{ID: id}), P("l", value)))
	public := b.OK(b.Path(Binary(id), "attributes/Path"))
	for _, p := range []string{"extract/k/attributes/Path", "extract/l/attributes/Path"} {
		b.Want(b.Path(m, p), public)
	}
}
