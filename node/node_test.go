package node_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

func config(dir string) node.Config {
	c := node.DefaultConfig()
	c.DataDir, c.KeyType = dir, "ed25519"
	return c
}

// start runs a node behind a real HTTP server.
func start(t *testing.T, c node.Config, options ...node.Option) (*node.Node, string) {
	t.Helper()
	n, err := node.Open(context.Background(), c, options...)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(n.Handler())
	t.Cleanup(func() {
		srv.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n, srv.URL
}

// change posts a signed configuration change.
func change(t *testing.T, url string, key *keys.PrivateKey, options ...Pair) *client.Reply {
	t.Helper()
	return postTo(t, url, "/~meta@1.0/info", key, options...)
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// CONF-META-01, 03, 04: options are shown; only the operator changes them, and
// each change is in the history.
// CONF-NEW-18
func TestOperatorChangesOptions(t *testing.T) {
	key := must.Key(t)
	n, url := start(t, config(""), node.WithKey(key))
	if status, body := get(t, url+"/~meta@1.0/info/port"); status != 200 || body != "8734" {
		t.Fatal(status, body)
	}
	for name, who := range map[string]*keys.PrivateKey{"nobody": nil, "a stranger": must.Key(t)} {
		if rep := change(t, url, who, P("x-opt", Binary("bad"))); rep.Status != 400 || rep.Message.Text("body") != "Unauthorized" {
			t.Errorf("%s: %d %s", name, rep.Status, rep.Body)
		}
	}
	if n.Message().Has("x_opt") {
		t.Fatal("a stranger's option was taken over")
	}
	rep := change(t, url, key, P("x-opt", Binary("good")), P("max-body-bytes", Int(2048)))
	if v, _ := rep.Message.Get("history-length"); rep.Status != 200 || v != Value(Int(1)) {
		t.Fatal(rep.Status, rep.Body)
	}
	if n.Message().Text("x_opt") != "good" || n.Config().MaxBodyBytes != 2048 {
		t.Fatal("the change is not in force")
	}
	if status, body := get(t, url+"/~meta@1.0/info/x_opt"); status != 200 || body != "good" {
		t.Fatal(status, body)
	}
	if rep := change(t, url, key, P("port", Binary("many"))); rep.Status != 400 || !strings.Contains(rep.Message.Text("body"), "port") {
		t.Fatalf("a port that is no number: %d %s", rep.Status, rep.Body)
	}
}

// A change whose signature covers the path as well is kept as it was signed, and
// applies again when the node starts.
func TestChangesWithASignedPath(t *testing.T) {
	key, dir := must.Key(t), t.TempDir()
	n, err := node.Open(context.Background(), config(dir), node.WithKey(key))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(n.Handler())
	c := client.New(client.Options{})
	defer c.Close()
	rep, err := c.SignAndDo(context.Background(), srv.URL, Of(P("path", Binary("/~meta@1.0/info")), P("method", Binary("POST")), P("x-opt", Binary("good"))), key, commit.Spec{})
	srv.Close()
	if err != nil || rep.Status != 200 {
		t.Fatal(err, rep)
	}
	history, _ := n.Message().Get("node_history")
	if err := commit.VerifyAll(context.Background(), commit.Env(NoLoader{}), history.(*List).At(0).(*Message)); err != nil {
		t.Error("the history does not hold:", err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	again, _ := start(t, config(dir), node.WithKey(key))
	if again.Message().Text("x_opt") != "good" {
		t.Error("the change is forgotten")
	}
}

// A change that was seen on the wire cannot be played again.
func TestChangesApplyOnce(t *testing.T) {
	key := must.Key(t)
	_, url := start(t, config(""), node.WithKey(key))
	if rep := change(t, url, key, P("a", Binary("1"))); rep.Status != 200 {
		t.Fatal(rep.Status, rep.Body)
	}
	if rep := change(t, url, key, P("a", Binary("2"))); rep.Status != 200 {
		t.Fatal(rep.Status, rep.Body)
	}
	// Ed25519 signatures are deterministic: this is the first request again.
	if rep := change(t, url, key, P("a", Binary("1"))); rep.Status != 409 {
		t.Fatal(rep.Status, rep.Body)
	}
	// And this is it with the signature of a stranger beside the operator's.
	first, err := commit.Commit(context.Background(), commit.Env(NoLoader{}), Of(P("a", Binary("1"))), key, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	if rep := change(t, url, must.Key(t), P("a", Binary("1")), P(CommitmentsKey, first.Commitments())); rep.Status != 409 {
		t.Fatal(rep.Status, rep.Body)
	}
}

// The node signs answers with the operator's key; an answer is not an order.
func TestAnswersAreNotOrders(t *testing.T) {
	key := must.Key(t)
	n, url := start(t, config(""), node.WithKey(key))
	c := client.New(client.Options{})
	defer c.Close()
	rep, err := c.Do(context.Background(), url, Of(P("path", Binary("/~message@1.0&operator=evil/set")), P("method", Binary("GET"))))
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Signers) == 0 {
		t.Fatal("the answer is not signed")
	}
	rep, err = c.Do(context.Background(), url, rep.Message.Set("path", Binary("/~meta@1.0/info")).Set("method", Binary("POST")))
	if err == nil && rep.Status == 200 {
		t.Fatal("an answer of the node changed its configuration:", rep.Body)
	}
	if n.Config().Operator != "" {
		t.Fatal("operator is", n.Config().Operator)
	}
}

// CONF-META-05, 06: before it is initialised a node serves its configuration
// only; once permanent it cannot be changed.
func TestInitialised(t *testing.T) {
	key := must.Key(t)
	c := config("")
	c.Initialized, c.Operator = "false", "unclaimed"
	_, url := start(t, c, node.WithKey(key))
	if status, body := get(t, url+"/~message@1.0&a=1/a"); status != 400 || !strings.Contains(body, "initialized") {
		t.Fatal(status, body)
	}
	if status, _ := get(t, url+"/~meta@1.0/info"); status != 200 {
		t.Fatal(status)
	}
	if rep := change(t, url, nil, P("initialized", Binary("permanent"))); rep.Status != 200 {
		t.Fatal(rep.Status, rep.Body)
	}
	if status, body := get(t, url+"/~message@1.0&a=1/a"); status != 200 || body != "1" {
		t.Fatal(status, body)
	}
	if rep := change(t, url, key, P("port", Int(1))); rep.Status != 400 || !strings.Contains(rep.Message.Text("body"), "permanent") {
		t.Fatal(rep.Status, rep.Body)
	}
}

// CONF-META-07: an unclaimed node belongs to whom it is given to.
func TestClaim(t *testing.T) {
	owner := must.Key(t)
	c := config("")
	c.Operator = "unclaimed"
	_, url := start(t, c, node.WithKey(must.Key(t)))
	if rep := change(t, url, owner, P("operator", Binary(owner.Address()))); rep.Status != 200 {
		t.Fatal(rep.Status, rep.Body)
	}
	if rep := change(t, url, must.Key(t), P("a", Binary("x"))); rep.Status != 400 {
		t.Fatal("a stranger:", rep.Status, rep.Body)
	}
	rep := change(t, url, owner, P("a", Binary("y")))
	if v, _ := rep.Message.Get("history-length"); rep.Status != 200 || v != Value(Int(2)) {
		t.Fatal(rep.Status, rep.Body)
	}
}

// CONF-HTTP-10
func TestChangesSurviveRestart(t *testing.T) {
	dir := t.TempDir()
	n, err := node.Open(context.Background(), config(dir))
	if err != nil {
		t.Fatal(err)
	}
	key, err := keys.ReadFile(filepath.Join(dir, "wallet.json"))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(n.Handler())
	if rep := change(t, srv.URL, key, P("kept", Binary("yes"))); rep.Status != 200 {
		t.Fatal(rep.Status, rep.Body)
	}
	srv.Close()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	again, _ := start(t, config(dir))
	if again.Message().Text("kept") != "yes" || again.Address() != key.Address() {
		t.Fatal("the change or the wallet was lost")
	}
}

// CONF-OPTS-02, 03, CONF-MSG-81
func TestLoadOrder(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config.flat")
	if err := os.WriteFile(file, []byte("port: 1111\nhost: 127.0.0.1\nawait-inprogress: false\nrouter-opts/x: y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HB_PORT", "2222")
	t.Setenv("HB_MODE", "debug")
	c, err := node.Load(file, Of(P("mode", Binary("prod"))))
	if err != nil {
		t.Fatal(err)
	}
	if c.Port != 2222 || c.Host != "127.0.0.1" || c.Mode != "prod" {
		t.Fatalf("port %d, host %q, mode %q", c.Port, c.Host, c.Mode)
	}
	if c.Options.Text("await_inprogress") != "false" || c.Options.Message("router_opts").Text("x") != "y" {
		t.Fatal("options of devices", c.Options.Keys())
	}
	json := filepath.Join(dir, "config.json")
	if err := os.WriteFile(json, []byte(`{"port": 3, "store": [{"name": "x", "ao-types": "name=\"atom\""}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HB_PORT", "")
	os.Unsetenv("HB_PORT")
	if c, err = node.Load(json, Empty()); err != nil || c.Port != 3 {
		t.Fatal(c.Port, err)
	}
	stores, _ := c.Options.Get("store")
	if l, ok := stores.(*List); !ok || l.Len() != 1 || DeepGet(l.At(0).(*Message), []string{"name"}) != Value(Atom("x")) {
		t.Fatal("the list of stores", stores)
	}
	for _, bad := range []string{"port: x\n", "force_signed: perhaps\n", "store_engine: lmdb\n", "max_body_bytes: -1\n"} {
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := node.Load(file, Empty()); err == nil || !strings.Contains(err.Error(), "takes") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := node.Load(filepath.Join(dir, "none.flat"), Empty()); err == nil {
		t.Error("a missing file that was asked for")
	}
}

func TestEverySettingRoundTrips(t *testing.T) {
	c := node.DefaultConfig()
	var again node.Config
	if err := again.Apply(c.Message()); err != nil {
		t.Fatal(err)
	}
	if !Equal(c.Message(), again.Message()) {
		t.Fatal("a configuration differs from what its message says")
	}
	seen := map[string]bool{}
	for _, o := range node.Reference(node.Devices()) {
		if o.Doc == "" || seen[o.Reader+o.Name] {
			t.Errorf("option %s of %q is listed twice or has no documentation", o.Name, o.Reader)
		}
		seen[o.Reader+o.Name] = true
	}
}

func TestStatusPage(t *testing.T) {
	n, url := start(t, config(""), node.WithKey(must.Key(t)))
	if status, body := get(t, url+"/"); status != 200 || !strings.Contains(body, n.Address()) {
		t.Fatal(status, body)
	}
}

func TestChainOfStores(t *testing.T) {
	dir := t.TempDir()
	c := config(dir)
	c.Options = c.Options.Set("store", NewList(
		Of(P("store-module", Atom("memory")), P("access", NewList(Binary("read")))),
		Of(P("store-module", Atom("hb_store_fs")), P("name", Binary("files")))))
	n, _ := start(t, c)
	if _, err := n.Engine().Cache.Write(context.Background(), Of(P("a", Int(1))), 0); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "files")); err != nil || len(entries) == 0 {
		t.Fatal("the second store, the first that may be written, is empty:", err)
	}
	c.Options = Of(P("store", NewList(Of(P("store-module", Binary("lmdb")), P("name", Binary("x"))))))
	if _, err := node.Open(context.Background(), c); err == nil || !strings.Contains(err.Error(), "lmdb") {
		t.Fatal(err)
	}
}
