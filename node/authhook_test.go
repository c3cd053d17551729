package node_test

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

const whoSigned = "/~message@1.0&a=1/committers"

func basic(credentials string) (name, value string) {
	return "authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(credentials))
}

// A browser gets an identity with its first request and keeps it.
//
// CONF-AUTH-01
func TestCookieIdentity(t *testing.T) {
	_, url := start(t, hosting("", cookieHook()))
	b, other := visit(t, url), visit(t, url)
	first := b.signer(whoSigned)
	if second := b.signer(whoSigned + "?x=1"); second != first {
		t.Fatalf("%s became %s", first, second)
	}
	if n := len(b.cookies()); n != 1 {
		t.Fatalf("%d cookies", n)
	}
	if other.signer(whoSigned) == first {
		t.Fatal("two browsers are one")
	}
	if a := b.ok("/~secret@1.0/generate"); a.text("wallet-address") != first {
		t.Fatal("the hook and the device disagree:", a.body)
	}
}

// The cookie comes also with an answer that is no message, and with an error:
// else the next request would be someone else's.
func TestCookieComesWithEveryAnswer(t *testing.T) {
	_, url := start(t, hosting("", cookieHook()))
	for path, status := range map[string]int{"/~message@1.0&a=1/a": 200, "/~message@1.0&a=1/none": 404, "/~no-such@1.0/x": 404, "/~meta@1.0/info/port": 200} {
		b := visit(t, url)
		a := b.get(path)
		if a.status != status || len(b.cookies()) != 1 {
			t.Errorf("%s: %d, cookies %v", path, a.status, b.cookies())
		}
		for _, v := range b.cookies() {
			if strings.Contains(a.body, v) {
				t.Errorf("%s shows the secret", path)
			}
		}
		page := visit(t, url)
		if page.get(path, "accept", "*/*"); len(page.cookies()) != 1 {
			t.Errorf("%s as a page: cookies %v", path, page.cookies())
		}
	}
}

// The configuration of a node that configures no hook.
//
// CONF-AUTH-02
func TestPasswordIdentity(t *testing.T) {
	_, url := start(t, hosting(""))
	b := visit(t, url)
	a := b.get(whoSigned + "&!")
	if a.status != 401 || a.header.Get("www-authenticate") != "Basic" {
		t.Fatalf("no challenge: %d %v", a.status, a.header)
	}
	name, value := basic("user:password")
	first := b.signer(whoSigned+"&!", name, value)
	if again := visit(t, url).signer(whoSigned+"&!", name, value); again != first {
		t.Fatalf("%s became %s", first, again)
	}
	name, value = basic("user:Password")
	if b.signer(whoSigned+"&!", name, value) == first {
		t.Fatal("another password is the same user")
	}
	if a := b.get(whoSigned+"&!", "authorization", "Bearer x"); a.status != 400 {
		t.Fatalf("another scheme: %d %s", a.status, a.body)
	}
	if n := len(b.cookies()); n > 0 {
		t.Fatalf("%d cookies for a user with a password", n)
	}
}

// CONF-AUTH-04
func TestOnlyWithAuthorization(t *testing.T) {
	_, url := start(t, hosting("", P("on", Of(P("request", Of(
		P("device", Binary("auth-hook@1.0")), P("path", Binary("request")),
		P("when", Of(P("keys", Strings([]string{"authorization"})))),
		P("secret-provider", Of(P("device", Binary("http-auth@1.0")), P("access-control", Of(P("device", Binary("http-auth@1.0"))))))))))))
	b := visit(t, url)
	if who := b.ok(whoSigned).list(); len(who) != 0 {
		t.Fatal("signed without a password by", who)
	}
	name, value := basic("a:b")
	b.signer(whoSigned, name, value)
}

// recorder keeps what reaches a node.
type recorder struct {
	mu   sync.Mutex
	seen []*Message
	who  []string
}

func (r *recorder) device() *ao.Device {
	return &ao.Device{Name: "record@1.0", Doc: "Records.", Keys: []ao.Key{{Name: "take", Doc: "Takes.", Run: func(c *ao.Call) (Value, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.seen = append(r.seen, c.Request(), c.Base)
		r.who = append(r.who, c.Signers(c.Ctx, c.Request())...)
		return Binary("taken"), nil
	}}}}
}

// The signed request reaches the node that a route leads to, and the password
// does not.
//
// CONF-AUTH-03
func TestHookBeforeRouter(t *testing.T) {
	var r recorder
	_, far := start(t, hosting(""), node.WithDevices(r.device()))
	hook := config("").Options.Message("on").Message("request")
	_, url := start(t, hosting("",
		P("on", Of(P("request", NewList(hook, Of(P("device", Binary("router@1.0")), P("path", Binary("preprocess"))))))),
		P("routes", NewList(Of(P("template", Binary("/~record@1.0/.*")), P("node", Of(P("prefix", Binary(far)))))))))
	name, value := basic("user:password")
	b := visit(t, url)
	who := b.signer(whoSigned+"&!", name, value)
	if a := b.get("/~record@1.0/take?k=1&!", name, value); a.status != 200 || a.text("body") != "taken" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if !slices.Contains(r.who, who) {
		t.Fatalf("the far node saw %v, not %s", r.who, who)
	}
	for _, m := range r.seen {
		if m.Has("authorization") || m.Has("cookie") || strings.Contains(m.Text("authorization"), value) {
			t.Fatal("the password was sent on:", m)
		}
	}
}

// What is marked in a path is signed by itself, and taken by a process as a
// message of its sender.
func TestMarkedMessageIsScheduled(t *testing.T) {
	key := must.Key(t)
	_, url := start(t, hosting(""), node.WithKey(key))
	definition, err := commit.Commit(context.Background(), commit.Env(NoLoader{}), Of(
		P("device", Binary("process@1.0")), P("type", Binary("Process")), P("scheduler", Binary(key.Address())),
		P("scheduler-location", Binary(key.Address())), P("execution-device", Binary("stack@1.0"))), key, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	spawned := send(t, url, definition.Set("path", Binary("/~scheduler@1.0/schedule")).Set("method", Binary("POST")))
	if spawned.Status != 200 && spawned.Status != 201 {
		t.Fatal(spawned.Status, spawned.Body)
	}
	id := spawned.Message.Text("process")
	name, value := basic("user:password")
	b := visit(t, url)
	who := b.signer(whoSigned+"&!", name, value)
	a := b.do("POST", "/"+id+"~process@1.0/schedule&action=Hello&target="+id+"&!", "", name, value)
	if a.status != 200 && a.status != 201 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := b.do("POST", "/"+id+"~process@1.0/schedule&action=Hello&target="+id, ""); a.status < 400 {
		t.Fatalf("an unsigned message was scheduled: %s", a.body)
	}
	found := send(t, url, Of(P("path", Binary("/"+id+"~process@1.0/schedule")), P("method", Binary("GET"))))
	assignments := found.Message.Message("assignments")
	for k := range assignments.All() {
		if m := assignments.Message(k).Message("body"); m.Text("action") == "Hello" {
			if got := commit.Committers(m); len(got) != 1 || got[0] != who {
				t.Fatalf("scheduled as %v, not %s", got, who)
			}
			if err := commit.VerifyAll(context.Background(), commit.Env(NoLoader{}), m); err != nil {
				t.Fatal(err)
			}
			if m.Has("authorization") || m.Has("!") || m.Has("secret") {
				t.Fatal("the message has what is not signed:", m.Keys())
			}
			return
		}
	}
	t.Fatalf("not scheduled: %s", found.Body)
}

// A page of another site cannot act in the name of who looks at it, whatever it
// writes into query or body.
//
// SEC-13
func TestForeignPages(t *testing.T) {
	_, url := start(t, hosting("", cookieHook()))
	b := visit(t, url)
	b.signer(whoSigned)
	foreign := []string{"sec-fetch-site", "cross-site"}
	if a := b.get(whoSigned+"&!", foreign...); a.status != 403 {
		t.Errorf("marked: %d %s", a.status, a.body)
	}
	if who := b.ok(whoSigned, foreign...).list(); len(who) > 0 {
		t.Errorf("signed by %v", who)
	}
	for _, path := range []string{
		whoSigned + "&!&sec-fetch-site=same-origin", whoSigned + "&!?sec-fetch-site=same-origin&origin=" + url,
		"/~secret@1.0/generate?sec-fetch-site=none", "/~secret@1.0/export", "/~secret@1.0/import", "/~cookie@1.0/generate",
		"/~cookie@1.0/commit?secret=known",
	} {
		if a := b.get(path, foreign...); a.status != 403 {
			t.Errorf("%s: %d %.200s", path, a.status, a.body)
		}
	}
	if a := b.get("/~secret@1.0/commit?text=pay", foreign...); a.status < 400 {
		t.Errorf("commit: %d %.200s", a.status, a.body)
	}
	if a := b.do("POST", whoSigned+"&!?codec-device=json@1.0", `{"sec-fetch-site":"same-origin","origin":"`+url+`"}`,
		"origin", "https://evil.example", "content-type", "text/plain"); a.status != 403 {
		t.Errorf("body: %d %.200s", a.status, a.body)
	}
	stranger := visit(t, url)
	stranger.get(whoSigned, foreign...)
	if n := len(stranger.cookies()); n > 0 {
		t.Errorf("a foreign page gave its visitor %d cookies", n)
	}
}

// A link cannot give a browser an identity that its author knows.
//
// SEC-13
func TestNoFixation(t *testing.T) {
	_, url := start(t, hosting(""))
	b := visit(t, url)
	for _, path := range []string{
		"/~cookie@1.0/store?secret-kElT-lV99oloJEskH2wiq8mZw9ahO94TUHB2GP6fgKs=x",
		"/~message@1.0&a=1/set&set-cookie=secret-x=y", "/~cookie@1.0&set-cookie=secret-x=y/from",
	} {
		b.get(path)
		for name := range b.cookies() {
			if strings.HasPrefix(name, "secret-") {
				t.Errorf("%s sets %s", path, name)
			}
		}
	}
}

// SEC-13
func TestGuardedCookies(t *testing.T) {
	trusting := hosting("", cookieHook())
	trusting.TrustProxy = true
	behind, proxied := start(t, trusting)
	_, plain := start(t, hosting("", cookieHook()))
	_, bare := start(t, hosting("", cookieHook(), P("cookie_form", Binary("bare"))))
	secure := serveTLS(t, behind)
	for _, c := range []struct {
		name   string
		b      browser
		header []string
		want   []string
		not    []string
	}{
		{"plain", visit(t, plain), nil, []string{"HttpOnly", "SameSite=Lax", "Path=/"}, []string{"Secure"}},
		{"lying header", visit(t, plain), []string{"x-forwarded-proto", "https"}, []string{"HttpOnly"}, []string{"Secure"}},
		{"trusted proxy", visit(t, proxied), []string{"x-forwarded-proto", "https"}, []string{"HttpOnly", "Secure"}, nil},
		{"TLS", secure, nil, []string{"HttpOnly", "Secure", "SameSite=Lax"}, nil},
		{"bare", visit(t, bare), nil, nil, []string{"HttpOnly", "SameSite", "Path", "Secure"}},
	} {
		a := c.b.ok(whoSigned, c.header...)
		lines := a.header.Values("set-cookie")
		if len(lines) != 1 || a.header.Get("cache-control") != "no-store" {
			t.Fatalf("%s: %q", c.name, lines)
		}
		parts := strings.Split(lines[0], "; ")
		for _, w := range c.want {
			if !slices.Contains(parts, w) {
				t.Errorf("%s: no %s in %q", c.name, w, lines[0])
			}
		}
		for _, w := range c.not {
			if strings.Contains(lines[0], w) {
				t.Errorf("%s: %s in %q", c.name, w, lines[0])
			}
		}
	}
	if first := secure.signer(whoSigned); first != secure.signer(whoSigned) {
		t.Error("the identity over TLS does not last")
	}
}

// CONF-COOKIE-30
func TestCookiesOverHTTP(t *testing.T) {
	_, url := start(t, hosting(""))
	b := visit(t, url)
	b.ok("/~cookie@1.0/store?k1=v1&k2=v%3B2")
	// Their path is that of the request.
	if a := b.ok("/~cookie@1.0/extract"); a.text("k1") != "v1" || a.text("k2") != "v;2" || len(a.json) > 4 {
		t.Fatal(a.body)
	}
	if a := b.ok("/~cookie@1.0/get-cookie?key=k1", "accept", "*/*"); a.body != "v1" {
		t.Fatal(a.body)
	}
	if a := b.get("/~cookie@1.0/get-cookie?key=none"); a.status != 404 {
		t.Fatal(a.status, a.body)
	}
}

// Pages of this node get no secret from any device.
//
// SEC-13
func TestScriptsGetNoSecrets(t *testing.T) {
	_, url := start(t, hosting("", cookieHook()))
	_, open := start(t, hosting("", cookieHook(), P("cookie_show_secrets", True)))
	for node, shows := range map[string]bool{url: false, open: true} {
		b := visit(t, node)
		b.ok(whoSigned)
		secret := b.cookies()["secret-"+b.committer()]
		if secret == "" {
			t.Fatal("no secret")
		}
		shown := false
		for _, path := range []string{
			"/~cookie@1.0/extract", "/~cookie@1.0/get-cookie?key=secret-" + b.committer(), "/~cookie@1.0/generate", "/~cookie@1.0/to&format=cookie/cookie",
			"/~cookie@1.0/to&format=set-cookie/set-cookie/1", "/~cookie@1.0/generate/secret/1", "/~cookie@1.0/commit", "/~cookie@1.0/finalize", "/~message@1.0/cookie",
			"/~secret@1.0/generate", "/~secret@1.0/list", "/~message@1.0/priv", "/~cookie@1.0/extract&!/keys",
		} {
			for _, accept := range []string{"application/json", "*/*"} {
				shown = shown || strings.Contains(b.get(path, "accept", accept).body, secret)
			}
			if shown && !shows {
				t.Errorf("%s shows the secret", path)
			}
		}
		if shows && !shown {
			t.Error("the option does nothing")
		}
	}
}
