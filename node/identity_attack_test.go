package node_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// The holes of the reference: public key IDs with any secret, or any password,
// export other people's keys.
//
// SEC-15
func TestStrangersCannotUseWallets(t *testing.T) {
	_, at := start(t, hosting(t.TempDir()))
	for _, persist := range []string{"in-memory", "non-volatile"} {
		victim := visit(t, at)
		id := victim.ok("/~secret@1.0/generate?persist=" + persist).text("body")
		victimKey := private(t, second(exported(t, victim)))
		committer := strings.TrimPrefix(id, "secret:")
		_, password := basic("any:password")
		for name, header := range map[string][]string{
			"nothing":             nil,
			"any secret":          {"cookie", "secret-" + committer + "=x"},
			"a bare secret":       {"cookie", "secret-" + committer + `="` + committer + `"`},
			"several":             {"cookie", "secret-" + committer + "=x; secret-y=z; wallet-" + committer + "={}"},
			"any password":        {"authorization", password},
			"a secret in a field": {"secret", committer},
			"a claim":             {"committer", committer},
		} {
			for _, path := range []string{
				"/~secret@1.0/export?keyids=" + id, "/~secret@1.0/export?keyids=all", "/~secret@1.0/export?keyids=" + committer,
				"/~secret@1.0/commit?keyids=" + id + "&text=x", "/~secret@1.0/list?keyids=" + id, "/~secret@1.0/export?keyids=" + id + "&committer=" + committer,
				"/~secret@1.0/export?keyids=" + id + "&access-control=(~message@1.0)", "/~secret@1.0/export?keyids=" + id + "&secret=x",
				"/~secret@1.0/export?keyids=" + id + "&required-controllers=0&controllers=false",
			} {
				a := visit(t, at).get(path, header...)
				if strings.Contains(a.body, victimKey) || strings.Contains(a.body, "signature-of-"+committer) {
					t.Errorf("%s, %s, %s: the key of somebody else", persist, name, path)
				}
				if strings.Contains(path, "/list") && len(a.list()) == 0 {
					continue
				}
				if a.status < 400 {
					t.Errorf("%s, %s, %s: %d %.200s", persist, name, path, a.status, a.body)
				}
			}
		}
	}
}

func second[A, B any](_ A, b B) B { return b }

// Rules that would leave a wallet open are refused.
//
// SEC-15
func TestOpenRulesAreRefused(t *testing.T) {
	_, at := start(t, hosting(""))
	for path, status := range map[string]int{
		"/~secret@1.0/generate?required-controllers=0":                                               400,
		"/~secret@1.0/generate?required-controllers=-1":                                              400,
		"/~secret@1.0/generate?required-controllers=x":                                               400,
		"/~secret@1.0/generate?required-controllers=2&controllers=a":                                 400,
		"/~secret@1.0/generate?controllers=" + strings.Repeat("a", 65):                               400,
		"/~secret@1.0&access-control=(~message@1.0)/generate":                                        403,
		"/~secret@1.0&access-control=(~message@1.0&device=meta@1.0)/generate":                        403,
		"/~secret@1.0&access-control=\"/~message@1.0&device=json@1.0/set&device=json@1.0\"/generate": 403,
	} {
		if a := visit(t, at).get(path); a.status != status {
			t.Errorf("%s: %d %.200s", path, a.status, a.body)
		}
	}
}

// SEC-15
func TestGenerateShowsNoKey(t *testing.T) {
	for _, form := range []string{"sealed", "jwk"} {
		_, at := start(t, hosting(t.TempDir(), P("hosted_client_form", Binary(form))))
		for _, persist := range []string{"client", "in-memory", "non-volatile"} {
			b := visit(t, at)
			first := b.ok("/~secret@1.0/generate?persist=" + persist)
			again := b.ok("/~secret@1.0/generate", "accept-bundle", "true")
			var secret string
			if persist == "client" {
				secret = clientKey(t, b, first.text("wallet-address"), form)
			} else {
				secret = private(t, second(exported(t, b)))
			}
			for _, a := range []answer{first, again} {
				if strings.Contains(a.body, secret) || strings.Contains(a.body, `"d"`) {
					t.Errorf("%s, %s: the key is in the body", form, persist)
				}
				inCookie := strings.Contains(strings.Join(a.header.Values("set-cookie"), "\n"), secret)
				if inCookie && form == "sealed" {
					t.Errorf("%s, %s: the key is in the cookie", form, persist)
				}
			}
		}
	}
}

// clientKey returns the secret of the wallet that is in a cookie.
func clientKey(t *testing.T, b browser, address, form string) string {
	t.Helper()
	// The owner may ask for it.
	_, key := exported(t, b)
	if key.Address() != address {
		t.Fatalf("exported %s, not %s", key.Address(), address)
	}
	text, err := url.PathUnescape(b.cookies()["wallet-"+address])
	if err != nil || text == "" {
		t.Fatal("no wallet in the cookies")
	}
	if own, err := keys.ParseJWK([]byte(strings.ReplaceAll(text, `\"`, `"`))); (err == nil) != (form == "jwk") || err == nil && own.Address() != address {
		t.Fatalf("%s: %v", form, err)
	}
	return private(t, key)
}

// What a controller has signed is an order for what it says, and for nothing
// else.
//
// SEC-01, SEC-15
func TestOrdersAreNotBent(t *testing.T) {
	admin := must.Key(t)
	_, at := start(t, hosting("", P("wallet_admin", Binary(admin.Address()))))
	visit(t, at).ok("/~secret@1.0/generate")
	sign := func(m *Message) *Message { return order(t, at, admin, m).Message }
	if got := wallets(sign(Of(P("path", Binary("/~secret@1.0/export")), P("keyids", Binary("all")), P("method", Binary("GET"))))); len(got) != 1 {
		t.Fatal("the admin cannot export")
	}
	for name, m := range map[string]*Message{
		"a message without a path":   Of(P("keyids", Binary("all"))),
		"an order of another kind":   Of(P("path", Binary("/~secret@1.0/list")), P("keyids", Binary("all"))),
		"a message to somebody else": Of(P("text", Binary("hello"))),
	} {
		signed := mustSign(t, m, admin)
		for _, path := range []string{"/~secret@1.0/export", "/~secret@1.0/export?keyids=all", "/~secret@1.0&keyids=all/export&keyids=all"} {
			rep := send(t, at, signed.Set("path", Binary(path)).Set("method", Binary("GET")))
			if got := wallets(rep.Message); len(got) > 0 || strings.Contains(rep.Body, `"d"`) {
				t.Errorf("%s at %s exports %v", name, path, got)
			}
		}
	}
	// An answer of the node is signed by the node, who is an admin by default.
	_, other := start(t, hosting(""))
	visit(t, other).ok("/~secret@1.0/generate")
	said := send(t, other, Of(P("path", Binary("/~message@1.0&keyids=all&path-x=1/set&keyids=all&method=GET"))))
	rep := send(t, other, said.Message.Set("path", Binary("/~secret@1.0/export")))
	if got := wallets(rep.Message); len(got) > 0 {
		t.Errorf("an answer of the node exports %v", got)
	}
}

// Who overhears or is sent the order of another node cannot use it.
//
// SEC-15
func TestSyncOrderIsOfNoUseToOthers(t *testing.T) {
	operator := must.Key(t)
	_, victim := start(t, hosting("", P("wallet_admin", Binary(operator.Address()))))
	visit(t, victim).ok("/~secret@1.0/generate")
	var r recorder
	_, evil := start(t, hosting("", P("on", Of(P("request", Of(P("device", Binary("record@1.0")), P("path", Binary("take"))))))), node.WithDevices(r.device()))
	_, near := start(t, hosting(""), node.WithKey(operator))
	order(t, near, operator, Of(P("path", Binary("/~secret@1.0/sync")), P("method", Binary("POST")), P("node", Binary(evil))))
	replayed := 0
	for _, m := range r.seen {
		req := m.Message("request")
		if req.Text("keyids") != "all" {
			continue
		}
		replayed++
		rep := send(t, victim, req.OnlyCommitted())
		if got := wallets(rep.Message); len(got) > 0 || rep.Message.Text("sealed") == "" {
			t.Errorf("the replayed order: %d %.200s", rep.Status, rep.Body)
		}
		rep = send(t, victim, req.OnlyCommitted().Without("recipient"))
		if got := wallets(rep.Message); len(got) > 0 {
			t.Errorf("the replayed order without its recipient exports %v", got)
		}
	}
	if replayed == 0 {
		t.Fatal("the order never arrived")
	}
}

// dump returns all that is in a store.
func dump(t *testing.T, s store.Store) string {
	t.Helper()
	var b strings.Builder
	var walk func(path string)
	walk = func(path string) {
		names, err := s.List(t.Context(), path, store.Page{})
		if err != nil {
			names = nil
		}
		for _, n := range names {
			p := n
			if path != "" {
				p = store.Join(path, n)
			}
			b.WriteString(p + "\n")
			if v, err := s.Get(t.Context(), p); err == nil {
				b.Write(v)
			}
			walk(p)
		}
	}
	walk("")
	return b.String()
}

// No secret and no key is in the store in clear, whatever cache control says and
// however it got here.
//
// SEC-15
func TestNothingInClearAtRest(t *testing.T) {
	for _, control := range []string{"cache", "always"} {
		kept := mem.New(mem.Options{})
		c := hosting("", cookieHook())
		if err := c.Apply(Of(P("cache_control", Binary(control)))); err != nil {
			t.Fatal(err)
		}
		_, at := start(t, c, node.WithStore(kept))
		b := visit(t, at)
		b.ok("/~secret@1.0/generate", "persist", "non-volatile", "cache-control", "store")
		committer := b.committer()
		secret := b.cookies()["secret-"+committer]
		_, key := exported(t, b)
		for _, accept := range []string{"application/json", "*/*"} {
			for _, path := range []string{"/~secret@1.0/export", "/~secret@1.0/export/1", "/~secret@1.0/export/1/wallet", "/~cookie@1.0/generate", "/~cookie@1.0/commit", "/~cookie@1.0/extract", "/~secret@1.0/commit?text=x"} {
				b.get(path, "accept", accept, "cache-control", "store")
			}
		}
		imported := must.Key(t)
		signed := mustSign(t, Of(P("path", Binary("/~secret@1.0/import")), P("key", Binary(imported.JWK()))), must.Key(t))
		if rep := send(t, at, signed.Set("method", Binary("POST"))); rep.Status != 200 {
			t.Fatal(rep.Status, rep.Body)
		}
		name, password := basic("user:correct horse battery")
		b.get("/~http-auth@1.0/generate", name, password, "cache-control", "store")
		all := dump(t, kept)
		if !strings.Contains(all, "~secret@1.0/wallets/"+committer) {
			t.Fatal("the wallet is not in the store")
		}
		for what, text := range map[string]string{"key": private(t, key), "imported key": private(t, imported), "secret": secret, "password": "correct horse", "header": password} {
			if text == "" || strings.Contains(all, text) {
				t.Errorf("%s: the %s is in the store in clear", control, what)
			}
		}
	}
}

// A stranger cannot fill the node with wallets.
//
// SEC-21
func TestLimits(t *testing.T) {
	now := &clock.Manual{}
	now.Set(time.Unix(1_700_000_000, 0))
	open := func(options ...Pair) string {
		_, at := start(t, hosting("", options...), node.WithClock(now))
		return at
	}
	count := func(at, query string) (made int, last answer) {
		for range 8 {
			if last = visit(t, at).get("/~secret@1.0/generate" + query); last.status == 200 {
				made++
			}
		}
		return made, last
	}
	for name, c := range map[string]struct {
		option Pair
		query  string
	}{
		"in memory": {P("hosted_limit_memory", Int(3)), ""},
		"stored":    {P("hosted_limit_stored", Int(3)), "?persist=non-volatile"},
		"a minute":  {P("hosted_per_minute", Int(3)), ""},
		"imported":  {P("hosted_per_minute", Int(3)), "?persist=client"},
	} {
		at := open(c.option)
		if made, last := count(at, c.query); made != 3 || last.status != 429 {
			t.Errorf("%s: %d wallets, then %d %s", name, made, last.status, last.body)
		}
		now.Set(now.Now().Add(2 * time.Hour))
		if made, _ := count(at, c.query); (made > 0) != (name != "stored") {
			t.Errorf("%s: %d wallets two hours later", name, made)
		}
	}
}

// The cookies of a visitor are not sent to other nodes, and those of other nodes
// do not reach a visitor.
//
// SEC-13
func TestCookiesStayBetweenBrowserAndNode(t *testing.T) {
	var got []string
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("cookie")+r.Header.Get("authorization"))
		w.Header().Add("set-cookie", "secret-kElT-lV99oloJEskH2wiq8mZw9ahO94TUHB2GP6fgKs=known; Path=/")
		_, _ = w.Write([]byte("hello"))
	}))
	defer evil.Close()
	_, at := start(t, hosting("", cookieHook(),
		P("routes", NewList(Of(P("template", Binary("/far/.*")), P("node", Of(P("prefix", Binary(evil.URL)))))))))
	b := visit(t, at)
	b.ok(whoSigned)
	for _, path := range []string{"/~relay@1.0/call?relay-path=/far/x&method=GET", "/~relay@1.0/call&relay-path=\"/far/y\"&relay-method=GET"} {
		b.get(path)
	}
	if len(got) == 0 {
		t.Fatal("nothing was relayed")
	}
	for _, c := range got {
		if c != "" {
			t.Errorf("another node saw the cookie %.60q", c)
		}
	}
	if n := len(b.cookies()); n != 1 {
		t.Errorf("%d cookies", n)
	}
}

// A link with a thousand marks does not cost a thousand signatures, and a huge
// access control is not kept.
//
// SEC-21
func TestCostsOfOneRequest(t *testing.T) {
	_, at := start(t, hosting("", cookieHook()))
	b := visit(t, at)
	b.ok(whoSigned)
	if a := b.get("/~message@1.0" + strings.Repeat("/set&a=1&!", 17)); a.status != 413 {
		t.Errorf("many marks: %d %.200s", a.status, a.body)
	}
	big := `{"access-control":{"device":"cookie@1.0","x":"` + strings.Repeat("x", 10_000) + `"}}`
	if a := b.do("POST", "/~secret@1.0/import?codec-device=json@1.0&key="+url.QueryEscape(string(must.Key(t).JWK())), big, "content-type", "application/json"); a.status != 413 {
		t.Errorf("big access control: %d %.200s", a.status, a.body)
	}
}

// When no more wallets are made, a visitor without one is served unsigned, and
// who asks for a signature is told to wait.
func TestServedWithoutIdentity(t *testing.T) {
	_, at := start(t, hosting("", cookieHook(), P("hosted_per_minute", Int(1))))
	b := visit(t, at)
	first := b.signer(whoSigned)
	late := visit(t, at)
	if who := late.ok(whoSigned).list(); len(who) > 0 || len(late.cookies()) > 0 {
		t.Errorf("signed by %v, cookies %v", who, late.cookies())
	}
	if a := late.get(whoSigned + "&!"); a.status != 429 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if again := b.signer(whoSigned); again != first {
		t.Errorf("who was first is %s, not %s", again, first)
	}
}
