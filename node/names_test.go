package node_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// postTo posts a message, signed when key is not nil, to a path.
func postTo(t *testing.T, url, path string, key *keys.PrivateKey, pairs ...Pair) *client.Reply {
	t.Helper()
	m := Of(pairs...)
	if key != nil {
		var err error
		if m, err = commit.Commit(context.Background(), commit.Env(NoLoader{}), m, key, commit.Spec{}); err != nil {
			t.Fatal(err)
		}
	}
	c := client.New(client.Options{})
	defer c.Close()
	rep, err := c.Do(context.Background(), url, m.Set("path", Binary(path)).Set("method", Binary("POST")))
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// CONF-NAME-05, CONF-NAME-06, CONF-NAME-07, CONF-NAME-08, CONF-NAME-09: the
// operator gives names over HTTP, which stay.
func TestLocalNames(t *testing.T) {
	key, c := must.Key(t), config(t.TempDir())
	if err := c.Apply(Of(P("local_names", Of(P("fixed", Binary("from-options")))))); err != nil {
		t.Fatal(err)
	}
	n, url := start(t, c, node.WithKey(key))
	value := func(name string) (int, string) { return get(t, url+"/~local-name@1.0/lookup?key="+name) }
	if status, _ := value("alice"); status != 404 {
		t.Error(status)
	}
	if status, body := value("fixed"); status != 200 || body != "from-options" {
		t.Error(status, body)
	}
	for name, who := range map[string]*keys.PrivateKey{"nobody": nil, "a stranger": must.Key(t)} {
		rep := postTo(t, url, "/~local-name@1.0/register", who, P("key", Binary("alice")), P("value", Binary("evil")))
		if rep.Status != 403 || rep.Message.Text("message") != "Unauthorized." {
			t.Errorf("%s: %d %s", name, rep.Status, rep.Body)
		}
	}
	if rep := postTo(t, url, "/~local-name@1.0/register", key, P("key", Binary("alice")), P("value", Binary("good"))); rep.Status != 200 || rep.Body != "Registered." {
		t.Fatal(rep.Status, rep.Body)
	}
	if status, body := value("alice"); status != 200 || body != "good" {
		t.Error(status, body)
	}
	if status, body := get(t, url+"/~local-name@1.0/alice"); status != 200 || body != "good" {
		t.Error(status, body)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	_, url = start(t, c, node.WithKey(key))
	if status, body := value("alice"); status != 200 || body != "good" {
		t.Error("lost by a restart:", status, body)
	}
}

// forge returns a request that claims to be the operator's: with a made-up
// signature, a committer beside the public HMAC key, and a device whose check
// says nothing.
func forge(operator, body string) map[string]*http.Request {
	out := map[string]*http.Request{}
	for name, commitment := range map[string]string{
		"a made-up signature":        `{"commitment-device":"httpsig@1.0","type":"rsa-pss-sha512","committer":"` + operator + `","keyid":"publickey:AAAA","signature":"AAAA","committed":["key","value"]}`,
		"a committer of an HMAC":     `{"commitment-device":"httpsig@1.0","type":"hmac-sha256","committer":"` + operator + `","keyid":"constant:ao","signature":"AAAA","committed":["key","value"]}`,
		"a device without checks":    `{"commitment-device":"cookie@1.0","type":"hmac-sha256","committer":"` + operator + `","keyid":"secret:` + operator + `","signature":"AAAA","committed":["key","value"]}`,
		"no signature":               `{"committer":"` + operator + `","committed":["key","value"]}`,
		"a committed list that lies": `{"commitment-device":"httpsig@1.0","committer":"` + operator + `","committed":[]}`,
	} {
		req, err := http.NewRequest("POST", "", strings.NewReader(strings.TrimSuffix(body, "}")+`,"commitments":{"x":`+commitment+`}}`))
		if err != nil {
			panic(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Codec-Device", "json@1.0")
		out[name] = req
	}
	return out
}

// SEC-01, SEC-02: who claims to be the operator is not: no name is given, no
// option changed, no route added.
func TestForgedOrders(t *testing.T) {
	key := must.Key(t)
	n, url := start(t, config(""), node.WithKey(key))
	for path, body := range map[string]string{
		"/~local-name@1.0/register": `{"key":"forged","value":"evil"}`,
		"/~meta@1.0/info":           `{"key":"forged","value":"evil","forged":"1"}`,
		"/~router@1.0/routes":       `{"key":"forged","value":"evil","template":"/x","node":"http://evil.test"}`,
		"/~router@1.0/register":     `{"key":"forged","value":"evil"}`,
		"/~router@1.0/peers":        `{"key":"forged","value":"evil"}`,
	} {
		for name, req := range forge(key.Address(), body) {
			target, err := req.URL.Parse(url + path)
			if err != nil {
				t.Fatal(err)
			}
			req.URL = target
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode < 400 || res.StatusCode >= 500 {
				t.Errorf("%s with %s: %d", path, name, res.StatusCode)
			}
		}
	}
	if status, _ := get(t, url+"/~local-name@1.0/forged"); status != 404 || n.Message().Has("forged") || n.Message().Has("node_history") {
		t.Error("a forged order was carried out")
	}
	if status, body := get(t, url+"/~router@1.0/route?route-path=/x"); status == 200 {
		t.Error("a forged route:", body)
	}
}

// SEC-01: what a URL adds to an order of the operator is no part of it.
func TestKeysAddedToOrders(t *testing.T) {
	key := must.Key(t)
	_, url := start(t, config(""), node.WithKey(key))
	rep := postTo(t, url, "/~local-name@1.0/register?value=evil", key, P("key", Binary("bob")), P("note", Binary("x")))
	if status, body := get(t, url+"/~local-name@1.0/bob"); rep.Status < 400 || status != 404 {
		t.Error("a value that nobody signed was registered:", rep.Status, status, body)
	}
	if rep := postTo(t, url, "/~local-name@1.0/direct_register", nil, P("key", Binary("bob")), P("value", Binary("evil"))); rep.Status != 404 {
		t.Error("names can be given without a check:", rep.Status, rep.Body)
	}
}

// SEC-09: names that are given at the same time are all kept.
func TestNamesAtOnce(t *testing.T) {
	key := must.Key(t)
	_, url := start(t, config(""), node.WithKey(key))
	const n = 16
	done := make(chan int, n)
	for i := range n {
		name := string(rune('a' + i))
		m, err := commit.Commit(context.Background(), commit.Env(NoLoader{}), Of(P("key", Binary(name)), P("value", Binary("v"+name))), key, commit.Spec{})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			c := client.New(client.Options{})
			defer c.Close()
			rep, err := c.Do(context.Background(), url, m.Set("path", Binary("/~local-name@1.0/register")).Set("method", Binary("POST")))
			if err != nil {
				done <- 0
				return
			}
			done <- rep.Status
		}()
	}
	for range n {
		if status := <-done; status != 200 {
			t.Error(status)
		}
	}
	for i := range n {
		if _, body := get(t, url+"/~local-name@1.0/"+string(rune('a'+i))); body != "v"+string(rune('a'+i)) {
			t.Errorf("name %c: %s", 'a'+i, body)
		}
	}
}

// CONF-NAME-10, CONF-NAME-11, CONF-NAME-12, CONF-NAME-13: what is stored is read
// by its ID, also as the JSON of legacy clients.
func TestLookup(t *testing.T) {
	key := must.Key(t)
	n, url := start(t, config(""), node.WithKey(key))
	kept := n.Env().Cache
	raw, err := kept.WriteBinary(context.Background(), Binary("bytes"), store.Durable)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := commit.Commit(context.Background(), commit.Env(NoLoader{}), Of(P("test-key", Binary("test-value")), P("data", Binary("hello"))), key, commit.Spec{Device: "ans104@1.0"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := kept.Write(context.Background(), signed, store.Durable)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, url+"/~lookup@1.0/read?target="+raw); status != 200 || body != "bytes" {
		t.Error(status, body)
	}
	if status, body := get(t, url+"/~lookup@1.0/read/test-key?target="+id); status != 200 || body != "test-value" {
		t.Error(status, body)
	}
	req, err := http.NewRequest("GET", url+"/~lookup@1.0/read?target="+id, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/aos-2")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var page strings.Builder
	if err := res.Write(&page); err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/aos-2") ||
		!strings.Contains(page.String(), `"Data":"hello"`) || !strings.Contains(page.String(), `"test-value"`) {
		t.Error(page.String())
	}
	if status, _ := get(t, url+"/~lookup@1.0/read?target=42jky7O3rzKkMOfHBXgK-304YjulzEYqHc9qyjT3efA"); status != 404 {
		t.Error(status)
	}
}

// CONF-NAME-14: a node learns its address from another, which sees it.
func TestWhois(t *testing.T) {
	_, other := start(t, config(""), node.WithKey(must.Key(t)))
	c := config("")
	c.Port = 12345
	if err := c.Apply(Of(P("host_bootstrap_node", Binary(other)))); err != nil {
		t.Fatal(err)
	}
	_, url := start(t, c, node.WithKey(must.Key(t)))
	if status, body := get(t, url+"/~whois@1.0/node"); status != 200 || body != "127.0.0.1:12345" {
		t.Error(status, body)
	}
	if status, body := get(t, other+"/~whois@1.0/node"); status != 400 || body != "No bootstrap node configured." {
		t.Error(status, body)
	}
}

// SEC-22: nobody can make a node say that it is reached at another address.
func TestWhoisIsNotFooled(t *testing.T) {
	_, url := start(t, config(""), node.WithKey(must.Key(t)))
	req, err := http.NewRequest("GET", url+"/~whois@1.0/echo", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Real-Ip", "203.0.113.9")
	req.Header.Set("Ao-Peer-Port", "80")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var page strings.Builder
	if err := res.Write(&page); err != nil || strings.Contains(page.String(), "203.0.113.9") || !strings.Contains(page.String(), "127.0.0.1:80") {
		t.Error(err, page.String())
	}
}
