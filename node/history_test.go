package node_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// read gets a message from a node, with everything nested in it.
func read(t *testing.T, url, path string) *client.Reply {
	t.Helper()
	c := client.New(client.Options{})
	defer c.Close()
	rep, err := c.Do(context.Background(), url, Of(P("path", Binary(path)), P("accept-bundle", Binary("true"))))
	if err != nil || rep.Status != 200 {
		t.Fatal(path, err, rep)
	}
	return rep
}

// TestHistoryOverHTTP: everybody can read who has changed what, in order and
// with the operator's signature, also after a restart.
func TestHistoryOverHTTP(t *testing.T) {
	key, dir := must.Key(t), t.TempDir()
	n, url := start(t, config(dir), node.WithKey(key))
	for i := range 3 {
		if rep := change(t, url, key, P("note", Int(i))); rep.Status != 200 {
			t.Fatal(rep.Status, rep.Body)
		}
	}
	look := func(url string) {
		for i := range 3 {
			rep := read(t, url, "/~meta@1.0/info/node_history/"+strconv.Itoa(i+1))
			if v, _ := rep.Message.Get("note"); v != Value(Int(i)) {
				t.Error(i, rep.Message.Keys())
			}
			if !slices.Contains(rep.Signers, key.Address()) {
				t.Error("change", i, "is signed by", rep.Signers)
			}
		}
		if status, _ := get(t, url+"/~meta@1.0/info/node_history/4"); status != 404 {
			t.Error("a change that nobody made:", status)
		}
	}
	look(url)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	_, url = start(t, config(dir), node.WithKey(key))
	look(url)
}

// SEC-09: changes that come at the same time are all in force and all in the
// history.
func TestChangesAtOnce(t *testing.T) {
	key := must.Key(t)
	n, url := start(t, config(""), node.WithKey(key))
	var all sync.WaitGroup
	const count = 12
	for i := range count {
		m, err := commit.Commit(context.Background(), commit.Env(NoLoader{}), Of(P("opt-"+strconv.Itoa(i), Int(i))), key, commit.Spec{})
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			c := client.New(client.Options{})
			defer c.Close()
			rep, err := c.Do(context.Background(), url, m.Set("path", Binary("/~meta@1.0/info")).Set("method", Binary("POST")))
			if err != nil || rep.Status != 200 {
				t.Error(err, rep)
			}
		})
	}
	all.Wait()
	for i := range count {
		if v, _ := n.Message().Get("opt_" + strconv.Itoa(i)); v != Value(Int(i)) {
			t.Error("lost:", i)
		}
	}
	if l, _ := n.Message().Get("node_history"); l.(*List).Len() != count {
		t.Error(l.(*List).Len(), "entries in the history")
	}
}

// SEC-20: what is private in a configuration is not shown, to anybody.
func TestPrivateOptionsAreNotShown(t *testing.T) {
	key := must.Key(t)
	c := config("")
	if err := c.Apply(Of(P("public", Of(P("seen", Int(1)))))); err != nil {
		t.Fatal(err)
	}
	c.KeyFile = "/secret/wallet.json"
	_, url := start(t, c, node.WithKey(key))
	for _, p := range []string{"priv_wallet", "priv", "private", "key_file", "priv_key_location", "public/priv"} {
		if status, body := get(t, url+"/~meta@1.0/info/"+p); status != 404 {
			t.Error(p, status, body)
		}
	}
	for k, v := range read(t, url, "/~meta@1.0/info").Message.All() {
		if s, _ := Text(v); IsPrivate(k) || s == "/secret/wallet.json" {
			t.Error("shown:", k)
		}
	}
}
