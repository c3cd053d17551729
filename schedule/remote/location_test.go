package remote_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/itemjson"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// registers returns the options of a node that publishes its location when it
// starts (spec 03, 4.5.3).
func registers(url string, more ...Pair) []Pair {
	return append([]Pair{P("on", Of(P("start", Of(
		P("device", Binary("scheduler@1.0")), P("path", Binary("location")), P("method", Binary("POST")), P("target", Binary("self")),
		P("require-codec", Binary("ans104@1.0")), P("url", Binary(url)),
		P("hook", Of(P("result", Binary("ignore")), P("commit-request", True)))))))}, more...)
}

// located returns the record that a node shows for an address, nil for none.
func (s *server) located(address string) *Message {
	s.t.Helper()
	r := s.ask("/~scheduler@1.0/location?address=" + address)
	if r.Status == 404 {
		return nil
	}
	return s.ok(r).Message("body")
}

// CONF-SCHED-03: a node registers its location when it starts, with the nonce 0,
// and with the next one after a restart. Peers are told.
func TestRegistersAtStart(t *testing.T) {
	peer := fresh(t)
	key, kept := must.Key(t), mem.New(mem.Options{})
	notify := P("scheduler_location_notify_peers", NewList(Binary(peer.url), Binary("http://127.0.0.1:1")))
	for nonce, url := range []string{"https://hyperbeam-test-ignore.com", "https://moved.example"} {
		a := start(t, settings{key: key, store: kept, options: registers(url, notify)})
		for _, r := range []*Message{a.located(key.Address()), a.ok(a.ask("/~scheduler@1.0/location")).Message("body")} {
			if n, _ := r.Get("nonce"); r.Text("url") != url || !Equal(n, Int(nonce)) {
				t.Fatalf("the record is %v", r)
			}
			for _, c := range r.Commitments().All() {
				if c.(*Message).Text("commitment-device") != "ans104@1.0" {
					t.Fatalf("the record is signed as %v", c)
				}
			}
		}
		eventually(t, "telling the peer", func() bool { return peer.located(key.Address()).Text("url") == url })
		if got := commit.VerifiedSigners(ctx, peer.Env().Codec(), peer.located(key.Address())); len(got) != 1 || got[0] != key.Address() {
			t.Fatal(got)
		}
	}
	// A node that has lost its store goes on where its peers know it to be.
	start(t, settings{key: key, options: registers("https://third.example", notify)})
	eventually(t, "catching up", func() bool {
		n, _ := peer.located(key.Address()).Get("nonce")
		return Equal(n, Int(2))
	})
}

// CONF-SCHED-08: the wallet of the node orders a location record over HTTP.
func TestPostsLocation(t *testing.T) {
	a := fresh(t)
	order := func(key *keys.PrivateKey, more ...Pair) (int, *Message) {
		m := sign(t, key, Of(append([]Pair{P("url", Binary("https://hyperbeam-test-ignore.com")), P("require-codec", Binary("ans104@1.0"))}, more...)...))
		r := a.send(m.Set("path", Binary("/~scheduler@1.0/location")))
		return r.Status, r.Message
	}
	status, m := order(a.key, P("nonce", Int(1)))
	if n, _ := m.Get("nonce"); status != 200 || m.Text("url") != "https://hyperbeam-test-ignore.com" || !Equal(n, Int(1)) {
		t.Fatal(status, m)
	}
	if got := a.located(a.key.Address()); got.Text("url") != m.Text("url") || got.Text("codec-device") != "ans104@1.0" {
		t.Fatal(got)
	}
	status, m = order(a.key, P("nonce", Int(1))) // sent again
	if n, _ := m.Get("existing-nonce"); status != 400 || m.Text("body") != "Known nonce higher than requested nonce." || !Equal(n, Int(1)) {
		t.Fatal(status, m)
	}
	for name, more := range map[string][]Pair{
		"without a nonce over the network": {}, "URL is none": {P("nonce", Int(2)), P("url", Binary("x"))},
	} {
		if status, m := order(a.key, more...); status != 400 {
			t.Errorf("%s: %d %v", name, status, m)
		}
	}
	if status, m := order(must.Key(t), P("nonce", Int(5))); status != 400 || m.Text("body") != "Failed to store new scheduler location." {
		t.Fatal(status, m)
	}
	if a.located(must.Key(t).Address()) != nil {
		t.Fatal("a location of nobody")
	}
	// What a URL adds to a signed order is not ordered.
	signed := sign(t, a.key, Of(P("nonce", Int(3)), P("time-to-live", Int(1000))))
	a.send(signed.Set("path", Binary("/~scheduler@1.0/location")).Set("url", Binary("http://evil")))
	a.send(signed.Set("path", Binary("/~scheduler@1.0/location&url=http://evil")))
	if r := a.send(Of(P("path", Binary("/~scheduler@1.0&target=self&url=http://evil/location")))); r.Status == 200 {
		t.Fatal(explain(r))
	}
	if got := a.located(a.key.Address()); got.Text("url") == "http://evil" {
		t.Fatal(got)
	}
}

// CONF-SCHED-06 with a gateway on this machine: a scheduler that only the
// gateway knows.
func TestGatewayRedirect(t *testing.T) {
	key := must.Have[*keys.PrivateKey](t)(keys.ReadFile(sharedtest.Dir(t, "testdata/key-1.json")))
	far := fresh(t)
	record := itemjson.Of(item(t, key, "", "", "Type", "Scheduler-Location", "Url", far.url, "Time-To-Live", "60000"))
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Variables struct{ Tags []struct{ Name string } }
		}
		edges := []any{}
		if json.NewDecoder(r.Body).Decode(&q) == nil && q.Variables.Tags[0].Name == "Type" {
			edges = append(edges, map[string]any{"node": map[string]any{"id": record.ID, "owner": record.Owner,
				"signature": record.Signature, "tags": record.Tags, "data": map[string]string{"size": "0"}}})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"transactions": map[string]any{"edges": edges}}})
	}))
	t.Cleanup(gateway.Close)
	n := fresh(t, noFollow, P("gateway", Binary(gateway.URL)))
	id := n.knowsProcess(definition(t, key.Address()))
	r := n.ask("/" + id + "/schedule")
	if r.Status != 307 || r.Message.Text("location") != far.url {
		t.Fatalf("status %d: %s", r.Status, explain(r))
	}
	gateway.Close() // the record is kept
	if r := n.ask("/" + id + "/slot"); r.Status != 307 {
		t.Fatalf("status %d: %s", r.Status, explain(r))
	}
}
