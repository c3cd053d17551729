package node_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// browser is who has cookies and no wallet.
type browser struct {
	t    *testing.T
	http *http.Client
	node string
}

// answer is what a browser gets.
type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any // of the body, when it was asked for
}

func (a answer) text(key string) string {
	s, _ := a.json[key].(string)
	return s
}

// list returns the texts under "1", "2", ...
func (a answer) list() []string {
	var out []string
	for i := range len(a.json) {
		if s := a.text(Int(i + 1).String()); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func visit(t *testing.T, url string) browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return browser{t, &http.Client{Jar: jar}, url}
}

// get asks for a path; header fields are given as pairs of name and value.
func (b browser) get(path string, header ...string) answer {
	b.t.Helper()
	return b.do("GET", path, "", header...)
}

func (b browser) do(method, path, body string, header ...string) answer {
	b.t.Helper()
	req, err := http.NewRequest(method, b.node+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("accept", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(text)}
	_ = json.Unmarshal(text, &a.json)
	return a
}

// ok is get for an answer that must be 200.
func (b browser) ok(path string, header ...string) answer {
	b.t.Helper()
	a := b.get(path, header...)
	if a.status != 200 {
		b.t.Fatalf("%s: %d %.300s", path, a.status, a.body)
	}
	return a
}

// signer returns the only address that has signed what a path leads to.
func (b browser) signer(path string, header ...string) string {
	b.t.Helper()
	who := b.ok(path, header...).list()
	if len(who) != 1 {
		b.t.Fatalf("%s is signed by %v", path, who)
	}
	return who[0]
}

// cookies returns the cookies that the browser has for a node, by name.
func (b browser) cookies() map[string]string {
	u, err := url.Parse(b.node)
	if err != nil {
		b.t.Fatal(err)
	}
	out := map[string]string{}
	for _, c := range b.http.Jar.Cookies(u) {
		out[c.Name] = c.Value
	}
	return out
}

// committer returns that of the only secret of the browser.
func (b browser) committer() string {
	b.t.Helper()
	out := ""
	for name := range b.cookies() {
		if c, ok := strings.CutPrefix(name, "secret-"); ok {
			if out != "" {
				b.t.Fatal("two secrets")
			}
			out = c
		}
	}
	return out
}

// hosting returns the configuration of a node that makes wallets fast and has
// more options.
func hosting(dir string, options ...Pair) node.Config {
	c := config(dir)
	c.Options = c.Options.Set("hosted_key_type", Binary("ed25519"))
	for _, p := range options {
		c.Options = c.Options.Set(p.Key, p.Value)
	}
	return c
}

// cookieHook signs every request for who has a cookie, and gives it to who has
// none.
func cookieHook() Pair {
	return P("on", Of(P("request", Of(
		P("device", Binary("auth-hook@1.0")), P("path", Binary("request")), P("secret-provider", Of(P("device", Binary("cookie@1.0"))))))))
}

// order sends a signed request.
func order(t *testing.T, url string, key *keys.PrivateKey, m *Message) *client.Reply {
	t.Helper()
	return send(t, url, mustSign(t, m, key))
}

func send(t *testing.T, url string, m *Message) *client.Reply {
	t.Helper()
	c := client.New(client.Options{})
	defer c.Close()
	rep, err := c.Do(context.Background(), url, m)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// serveTLS puts a node behind TLS, and returns a browser that trusts it.
func serveTLS(t *testing.T, n *node.Node) browser {
	t.Helper()
	srv := httptest.NewTLSServer(n.Handler())
	t.Cleanup(srv.Close)
	b := visit(t, srv.URL)
	b.http.Transport = srv.Client().Transport
	return b
}

func mustSign(t *testing.T, m *Message, key *keys.PrivateKey) *Message {
	t.Helper()
	signed, err := commit.Commit(context.Background(), commit.Env(NoLoader{}), m, key, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}
