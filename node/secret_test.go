package node_test

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// signedBy returns who has signed the message that a path answers with.
func signedBy(t *testing.T, b browser, path string) []string {
	t.Helper()
	a := b.ok(path)
	var out []string
	commitments, _ := a.json["commitments"].(map[string]any)
	for _, c := range commitments {
		if who, ok := c.(map[string]any)["committer"].(string); ok {
			out = append(out, who)
		}
	}
	return out
}

// private returns the secret part of a JWK.
func private(t *testing.T, k *keys.PrivateKey) string {
	t.Helper()
	var j struct{ D string }
	if err := json.Unmarshal(k.JWK(), &j); err != nil || j.D == "" {
		t.Fatal(err)
	}
	return j.D
}

// exported returns the only wallet that a browser can export.
func exported(t *testing.T, b browser) (record map[string]any, key *keys.PrivateKey) {
	t.Helper()
	record, _ = b.ok("/~secret@1.0/export").json["1"].(map[string]any)
	text, _ := record["wallet"].(string)
	key, err := keys.ParseJWK([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return record, key
}

// Generating twice is one wallet, which signs what it is asked to.
//
// CONF-SECRET-01, CONF-SECRET-02, CONF-SECRET-03, CONF-SECRET-06
func TestGenerateThenCommit(t *testing.T) {
	_, at := start(t, hosting(t.TempDir()))
	for _, persist := range []string{"client", "in-memory", "non-volatile"} {
		b := visit(t, at)
		a := b.ok("/~secret@1.0/generate?persist=" + persist)
		who := a.text("wallet-address")
		if who == "" || a.text("body") != "secret:"+b.committer() || a.text("persist") != persist {
			t.Fatalf("%s: %s", persist, a.body)
		}
		if got := b.ok("/~secret@1.0/generate").text("wallet-address"); got != who {
			t.Errorf("%s: generated again: %s, not %s", persist, got, who)
		}
		if got := signedBy(t, b, "/~secret@1.0/commit?text=hello"); !slices.Equal(got, []string{who}) {
			t.Errorf("%s: signed by %v, not %s", persist, got, who)
		}
		if a := visit(t, at).get("/~secret@1.0/commit?text=hello"); a.status != 404 || !strings.Contains(a.body, "No wallets found to sign with.") {
			t.Errorf("%s: a stranger: %d %s", persist, a.status, a.body)
		}
		if _, isClient := b.cookies()["wallet-"+who]; isClient != (persist == "client") {
			t.Errorf("%s: cookies %v", persist, b.cookies())
		}
	}
	if a := visit(t, at).get("/~secret@1.0/generate?persist=stone"); a.status != 400 {
		t.Errorf("unknown persist: %d %s", a.status, a.body)
	}
}

// What is signed verifies elsewhere.
func TestSignedMessageHolds(t *testing.T) {
	_, at := start(t, hosting(""))
	b := visit(t, at)
	b.ok("/~secret@1.0/generate")
	if a := b.ok("/~secret@1.0/commit&text=hello&n+integer=5/verify&committers=all"); a.json["body"] != "true" && a.json["body"] != true {
		t.Fatal(a.body)
	}
}

// CONF-SECRET-04
func TestImport(t *testing.T) {
	_, at := start(t, hosting(""))
	key := must.Key(t)
	for name, text := range map[string]string{"plain": string(key.JWK()), "escaped": strings.ReplaceAll(string(must.Key(t).JWK()), `"`, `\"`)} {
		b := visit(t, at)
		a := b.do("POST", "/~secret@1.0/import", "", "key", text, "accept-bundle", "true")
		if a.status != 200 || len(a.header.Values("set-cookie")) != 1 {
			t.Fatalf("%s: %d %s", name, a.status, a.body)
		}
		list, _ := a.json["imported"].([]any)
		if len(list) != 1 || list[0] != a.text("body") {
			t.Fatalf("%s: %s", name, a.body)
		}
		if got := signedBy(t, b, "/~secret@1.0/commit?text=x"); !slices.Equal(got, []string{a.text("body")}) {
			t.Errorf("%s: signed by %v", name, got)
		}
		if name == "plain" && a.text("body") != key.Address() {
			t.Errorf("imported %s, not %s", a.text("body"), key.Address())
		}
	}
	for _, bad := range []string{"", "{}", `{"kty":"RSA"}`, "not a key"} {
		if a := visit(t, at).get("/~secret@1.0/import?key=" + url.QueryEscape(bad)); a.status != 400 {
			t.Errorf("%q: %d %s", bad, a.status, a.body)
		}
	}
}

// CONF-SECRET-05
func TestList(t *testing.T) {
	admin := must.Key(t)
	_, at := start(t, hosting(t.TempDir(), P("wallet_admin", Binary(admin.Address()))))
	var want []string
	for _, persist := range []string{"in-memory", "non-volatile"} {
		b := visit(t, at)
		id := b.ok("/~secret@1.0/generate?persist=" + persist).text("body")
		if got := b.ok("/~secret@1.0/list").list(); !slices.Equal(got, []string{id}) {
			t.Errorf("%s: own list %v", persist, got)
		}
		want = append(want, id)
	}
	slices.Sort(want)
	rep := order(t, at, admin, Of(P("path", Binary("/~secret@1.0/list")), P("method", Binary("GET"))))
	if got := []string{rep.Message.Text("1"), rep.Message.Text("2")}; !slices.Equal(got, want) {
		t.Errorf("the admin sees %v, not %v", got, want)
	}
	if got := visit(t, at).ok("/~secret@1.0/list").list(); len(got) > 0 {
		t.Errorf("a stranger sees %v", got)
	}
	_, open := start(t, hosting("", P("secret_list_public", True)))
	visit(t, open).ok("/~secret@1.0/generate")
	if got := visit(t, open).ok("/~secret@1.0/list").list(); len(got) != 1 {
		t.Errorf("with secret_list_public: %v", got)
	}
}

// CONF-SECRET-07, CONF-SECRET-08
func TestExportByOwner(t *testing.T) {
	_, at := start(t, hosting(t.TempDir()))
	for _, persist := range []string{"in-memory", "non-volatile"} {
		b := visit(t, at)
		who := b.ok("/~secret@1.0/generate?controllers=false&persist=" + persist).text("wallet-address")
		record, key := exported(t, b)
		access, _ := record["access-control"].(map[string]any)
		if key.Address() != who || record["address"] != who || record["persist"] != persist || access["device"] != "cookie@1.0" || record["controllers"] == nil {
			t.Errorf("%s: %v", persist, record)
		}
		if a := b.get("/~secret@1.0/export"); a.header.Get("cache-control") != "no-store" {
			t.Errorf("%s: the answer may be kept: %v", persist, a.header)
		}
	}
}

// wallets returns the addresses of the records in an answer.
func wallets(m *Message) []string {
	var out []string
	for _, v := range m.All() {
		if r, ok := v.(*Message); ok && r.Has("wallet") {
			out = append(out, r.Text("address"))
		}
	}
	slices.Sort(out)
	return out
}

// CONF-SECRET-09, CONF-SECRET-10
func TestExportByAdmin(t *testing.T) {
	admin := must.Key(t)
	_, at := start(t, hosting(t.TempDir(), P("wallet_admin", Binary(admin.Address()))))
	var ids, addresses []string
	for range 3 {
		a := visit(t, at).ok("/~secret@1.0/generate?persist=non-volatile")
		ids, addresses = append(ids, a.text("body")), append(addresses, a.text("wallet-address"))
	}
	visit(t, at).ok("/~secret@1.0/generate?controllers=false")
	export := func(key *keys.PrivateKey, names Value) []string {
		return wallets(order(t, at, key, Of(P("path", Binary("/~secret@1.0/export")), P("method", Binary("GET")), P("keyids", names))).Message)
	}
	two := []string{addresses[0], addresses[2]}
	slices.Sort(two)
	if got := export(admin, Strings([]string{ids[0], ids[2]})); !slices.Equal(got, two) {
		t.Errorf("two: %v, not %v", got, two)
	}
	if got := export(admin, Binary(ids[1])); !slices.Equal(got, addresses[1:2]) {
		t.Errorf("one: %v", got)
	}
	slices.Sort(addresses)
	if got := export(admin, Binary("all")); !slices.Equal(got, addresses) {
		t.Errorf("all but the one without controllers: %v, not %v", got, addresses)
	}
	for _, names := range []Value{Binary("all"), Binary(ids[0]), Strings(ids)} {
		if got := export(must.Key(t), names); len(got) > 0 {
			t.Errorf("a stranger exports %v", got)
		}
	}
}

// CONF-SECRET-11, CONF-SECRET-12
func TestSync(t *testing.T) {
	for _, persist := range []string{"in-memory", "non-volatile"} {
		operator := must.Key(t)
		_, far := start(t, hosting("", P("wallet_admin", Binary(operator.Address()))))
		b := visit(t, far)
		who := b.ok("/~secret@1.0/generate?persist=" + persist).text("wallet-address")

		_, near := start(t, hosting(""), node.WithKey(operator))
		rep := order(t, near, operator, Of(P("path", Binary("/~secret@1.0/sync")), P("method", Binary("POST")), P("node", Binary(far))))
		if rep.Status != 200 || rep.Message.Text("body") != "secret:"+b.committer() {
			t.Fatalf("%s: %d %s", persist, rep.Status, rep.Body)
		}
		moved := visit(t, near)
		at, err := url.Parse(near)
		if err != nil {
			t.Fatal(err)
		}
		from, err := url.Parse(far)
		if err != nil {
			t.Fatal(err)
		}
		moved.http.Jar.SetCookies(at, b.http.Jar.Cookies(from))
		if got := signedBy(t, moved, "/~secret@1.0/commit?text=x"); !slices.Equal(got, []string{who}) {
			t.Errorf("%s: on the other node signed by %v, not %s", persist, got, who)
		}
		again := order(t, near, operator, Of(P("path", Binary("/~secret@1.0/sync")), P("method", Binary("POST")), P("node", Binary(far)), P("x", Int(1))))
		if again.Status != 200 || again.Message.Text("body") != "" {
			t.Errorf("%s: taken twice: %d %s", persist, again.Status, again.Body)
		}
		for name, k := range map[string]*keys.PrivateKey{"a stranger": must.Key(t)} {
			if rep := order(t, near, k, Of(P("path", Binary("/~secret@1.0/sync")), P("method", Binary("POST")), P("node", Binary(far)))); rep.Status != 403 {
				t.Errorf("%s has the node sync: %d %s", name, rep.Status, rep.Body)
			}
		}
		if rep := order(t, near, operator, Of(P("path", Binary("/~secret@1.0/sync")), P("method", Binary("POST")))); rep.Status != 400 || rep.Message.Text("body") != "Node not specified." {
			t.Errorf("no node: %d %s", rep.Status, rep.Body)
		}
	}
}

// A non-volatile wallet outlives the node, one in memory does not, and a browser
// whose wallet is gone keeps its cookie.
func TestRestart(t *testing.T) {
	kept, key := mem.New(mem.Options{}), must.Key(t)
	run := func(c node.Config) (*node.Node, string) { return start(t, c, node.WithStore(kept), node.WithKey(key)) }
	_, at := run(hosting(""))
	stored, volatile := visit(t, at), visit(t, at)
	a := stored.ok("/~secret@1.0/generate?persist=non-volatile").text("wallet-address")
	v := volatile.ok("/~secret@1.0/generate").text("wallet-address")
	_, again := run(hosting(""))
	move := func(b browser) browser {
		from, _ := url.Parse(b.node)
		to, _ := url.Parse(again)
		out := visit(t, again)
		out.http.Jar.SetCookies(to, b.http.Jar.Cookies(from))
		return out
	}
	if got := move(stored).ok("/~secret@1.0/generate").text("wallet-address"); got != a {
		t.Errorf("the stored wallet is %s, not %s", got, a)
	}
	b := move(volatile)
	if got := b.ok("/~secret@1.0/generate").text("wallet-address"); got == v || b.committer() != volatile.committer() {
		t.Errorf("the volatile wallet is %s; secret %s, not %s", got, b.committer(), volatile.committer())
	}
	// Another wallet of the node does not open what this one has sealed.
	_, other := start(t, hosting(""), node.WithStore(kept))
	to, _ := url.Parse(other)
	from, _ := url.Parse(at)
	c := visit(t, other)
	c.http.Jar.SetCookies(to, stored.http.Jar.Cookies(from))
	if got := c.get("/~secret@1.0/export"); got.status != 503 {
		t.Errorf("another node's wallet: %d %s", got.status, got.body)
	}
}

// RSA is what peers accept, and the default.
func TestRSAWallet(t *testing.T) {
	if testing.Short() {
		t.Skip("making an RSA key takes seconds")
	}
	_, at := start(t, config(""))
	b := visit(t, at)
	who := b.ok("/~secret@1.0/generate?persist=client").text("wallet-address")
	for name, v := range b.cookies() {
		if len(name)+len(v) > 4000 {
			t.Errorf("a browser does not take the cookie %s of %d bytes", name, len(v))
		}
	}
	if got := signedBy(t, b, "/~secret@1.0/commit?text=x"); !slices.Equal(got, []string{who}) {
		t.Errorf("signed by %v", got)
	}
	rep := send(t, at, Of(P("path", Binary("/~message@1.0&a=1/a"))))
	if err := commit.VerifyAll(context.Background(), commit.Env(NoLoader{}), rep.Message); err != nil {
		t.Error(err)
	}
}
