package doctor_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/doctor"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

var ctx = context.Background()

func text(s string) Value { return Binary(s) }

// config returns a configuration with options.
func config(t *testing.T, pairs ...Pair) *node.Config {
	t.Helper()
	c := node.DefaultConfig()
	c.Host, c.DataDir = "127.0.0.1", t.TempDir()
	if err := c.Apply(Of(pairs...)); err != nil {
		t.Fatal(err)
	}
	return &c
}

// want fails unless there is a finding of a level with a text, and something to
// do about it.
func want(t *testing.T, found []doctor.Finding, level doctor.Level, part string) {
	t.Helper()
	for _, f := range found {
		if f.Level == level && strings.Contains(f.Text+" "+f.Do, part) {
			if level >= doctor.Warning && f.Do == "" {
				t.Errorf("%q does not say what to do", f.Text)
			}
			return
		}
	}
	t.Errorf("no %s with %q in %v", level, part, found)
}

// worst fails unless the worst finding has a level.
func worst(t *testing.T, found []doctor.Finding, level doctor.Level) {
	t.Helper()
	if got := (doctor.Report{Findings: found}).Worst(); got != level {
		t.Errorf("the worst is a %s, want %s: %v", got, level, found)
	}
}

func TestNames(t *testing.T) {
	found := doctor.Names(Of(P("Max-Body-Bytes", Int(1)), P("on", Empty()), P("routes", NewList()), P("default_codec", text("x"))), []string{"HB_PORT=1", "HB_KEY=x", "HOME=/"})
	worst(t, found, doctor.Good)
	for name, near := range map[string]string{
		"prot": "port", "force-singed": "force_signed", "relay_private_": "relay_private", "manifest404": "manifest_404", "operater": "operator",
		"store": "", "qqqqqqqq": "Remove it",
	} {
		found := doctor.Names(Of(P(name, Int(1))), nil)
		if near == "" {
			worst(t, found, doctor.Good)
			continue
		}
		want(t, found, doctor.Warning, near)
	}
	want(t, doctor.Names(Empty(), []string{"HB_PROT=1"}), doctor.Warning, "HB_PORT")
}

func FuzzNearest(f *testing.F) {
	f.Add("prot")
	f.Add("")
	candidates := []string{"port", "host", "operator", ""}
	f.Fuzz(func(t *testing.T, name string) {
		if len(name) > 200 {
			return
		}
		near := doctor.Nearest(name, candidates)
		for _, c := range candidates {
			if c != "" && name == c && near != c {
				t.Errorf("%q is near %q, and not itself", name, near)
			}
		}
	})
}

func TestValues(t *testing.T) {
	worst(t, doctor.Values(config(t, P("relay_signed", True), P("relay_hosts", text("a.test,b.test")), P("router_opts", Empty())).Options), doctor.Good)
	for name, v := range map[string]Value{"relay_signed": text("yes"), "blacklist_timeout": text("soon"), "router_opts": text("x"), "relay_allow_commit_request": Int(1)} {
		want(t, doctor.Values(Of(P(name, v))), doctor.Problem, name)
	}
}

func TestRoutes(t *testing.T) {
	worst(t, doctor.Routes(config(t)), doctor.Good)
	for part, r := range map[string]Value{
		"matches nothing": Of(P("template", text("/(?=x)")), P("node", text("http://a"))),
		"has no node":     Of(P("template", text("/x"))),
		"no rule":         Of(P("nodes", NewList(Of(P("weight", Int(1)))))),
		"no strategy":     Of(P("node", text("http://a")), P("strategy", text("Psychic"))),
	} {
		want(t, doctor.Routes(config(t, P("routes", NewList(r)))), doctor.Problem, part)
	}
	want(t, doctor.Routes(config(t, P("routes", text("x")))), doctor.Problem, "cannot be read")
}

func TestHooks(t *testing.T) {
	handler := func(device string) Value { return Of(P("device", text(device))) }
	on := func(name string, v Value) *node.Config { return config(t, P("on", Of(P(name, v)))) }
	worst(t, doctor.Hooks(config(t)), doctor.Good)
	worst(t, doctor.Hooks(on("request", NewList(handler("manifest@1.0"), handler("relay@1.0")))), doctor.Good)
	want(t, doctor.Hooks(on("request", NewList(handler("manifest@1.0"), handler("manifets@1.0")))), doctor.Problem, "manifest@1.0")
	want(t, doctor.Hooks(on("reqest", handler("manifest@1.0"))), doctor.Warning, "Did you mean request?")
	want(t, doctor.Hooks(on("request", handler("name@1.0"))), doctor.Note, "node_host")
}

// SEC-01, SEC-10, SEC-20, SEC-22: what opens a node is named.
func TestExposure(t *testing.T) {
	closed := P("relay_hosts", text("arweave.net"))
	worst(t, doctor.Exposure(config(t, closed)), doctor.Good)
	for part, x := range map[string]struct {
		level doctor.Level
		pairs []Pair
	}{
		"claimed":            {doctor.Problem, []Pair{closed, P("operator", text("unclaimed"))}},
		"all interfaces":     {doctor.Warning, []Pair{closed, P("host", text(""))}},
		"all interfaces of":  {doctor.Warning, []Pair{closed, P("host", text("0.0.0.0"))}},
		"not signed":         {doctor.Warning, []Pair{closed, P("force_signed", False)}},
		"internal faults":    {doctor.Warning, []Pair{closed, P("mode", text("debug"))}},
		"x-real-ip":          {doctor.Warning, []Pair{closed, P("trust_proxy", True), P("host", text("10.0.0.1"))}},
		"open relay":         {doctor.Warning, nil},
		"every address":      {doctor.Problem, []Pair{closed, P("relay_private", text("0.0.0.0/0"))}},
		"opens 10.0.0.0/8":   {doctor.Warning, []Pair{closed, P("relay_private", text("10.0.0.0/8"))}},
		"opens 169.254":      {doctor.Warning, []Pair{closed, P("relay_private", text("169.254.169.254"))}},
		"is no address":      {doctor.Problem, []Pair{closed, P("relay_private", text("localhost"))}},
		"until it is initia": {doctor.Note, []Pair{closed, P("initialized", text("false"))}},
		"relay_allow_commit": {doctor.Note, []Pair{closed, P("relay_allow_commit_request", True)}},
	} {
		want(t, doctor.Exposure(config(t, x.pairs...)), x.level, part)
	}
	for _, ok := range [][]Pair{{P("relay_signed", True)}, {P("on", Of(P("request", Of(P("device", text("p4@1.0"))))))}, {closed, P("relay_private", text("127.0.0.1:6363"))}, {closed, P("trust_proxy", True)}} {
		worst(t, doctor.Exposure(config(t, ok...)), doctor.Good)
	}
}

func newKey(t *testing.T, file string) *keys.PrivateKey {
	t.Helper()
	k, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	if file != "" {
		if err := k.CreateFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

func TestKeys(t *testing.T) {
	c := config(t)
	want(t, doctor.Keys(c, ""), doctor.Note, "does not exist yet")
	wallet := filepath.Join(c.DataDir, "wallet.json")
	newKey(t, wallet)
	worst(t, doctor.Keys(c, ""), doctor.Good)
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604} {
		if err := os.Chmod(wallet, mode); err != nil {
			t.Fatal(err)
		}
		want(t, doctor.Keys(c, ""), doctor.Problem, "chmod 600 "+wallet)
	}
	if err := os.Chmod(wallet, 0o600); err != nil {
		t.Fatal(err)
	}
	newKey(t, filepath.Join(c.DataDir, "relay-wallet.json"))
	worst(t, doctor.Keys(c, ""), doctor.Good)
	if err := os.WriteFile(wallet, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, doctor.Keys(c, ""), doctor.Problem, "cannot be read")
	file := filepath.Join(c.DataDir, "config.json")
	if err := os.WriteFile(file, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	c = config(t, P("cookie_secret", text("x")))
	want(t, doctor.Keys(c, file), doctor.Warning, "configuration file")
}

// TestPublishedKeys: wallets whose keys are in test material are not the node's.
func TestPublishedKeys(t *testing.T) {
	for _, name := range []string{"testdata/ref-wallet.json", "testdata/key-1.json", "testdata/key-2.json", "testdata/admissible-report-wallet.json"} {
		c := config(t)
		c.KeyFile = filepath.Join(t.TempDir(), "wallet.json")
		if err := os.WriteFile(c.KeyFile, []byte(sharedtest.File(t, name)), 0o600); err != nil {
			t.Fatal(err)
		}
		want(t, doctor.Keys(c, ""), doctor.Problem, "everybody has the key")
		k, err := keys.ReadFile(c.KeyFile)
		if err != nil {
			t.Fatal(err)
		}
		want(t, doctor.Keys(config(t, P("operator", text(k.Address()))), ""), doctor.Problem, "operator")
	}
}

func TestDisk(t *testing.T) {
	want(t, doctor.Disk(""), doctor.Warning, "keeps nothing")
	dir := filepath.Join(t.TempDir(), "data")
	found := doctor.Disk(dir)
	want(t, found, doctor.Note, "does not exist yet")
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error("the check made the folder")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	found = doctor.Disk(dir)
	for _, f := range found {
		if strings.Contains(f.Text, "cannot be written") || strings.Contains(f.Text, "others on") {
			t.Error(f)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Error("the check left something behind:", left, err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	want(t, doctor.Disk(dir), doctor.Warning, "chmod 700")
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, doctor.Disk(file), doctor.Problem, "is no folder")
	if os.Getuid() != 0 {
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		want(t, doctor.Disk(dir), doctor.Problem, "cannot be written")
	}
}

// start runs a node behind a real listener.
func start(t *testing.T, k *keys.PrivateKey, pairs ...Pair) (*node.Node, *httptest.Server) {
	t.Helper()
	c := node.DefaultConfig()
	c.DataDir, c.Store = "", "memory"
	if err := c.Apply(Of(pairs...)); err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(ctx, c, node.WithKey(k))
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
	return n, srv
}

func TestPorts(t *testing.T) {
	c := config(t)
	k := newKey(t, filepath.Join(c.DataDir, "wallet.json"))
	_, mine := start(t, k)
	_, other := start(t, newKey(t, ""))
	page := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(page.Close)
	port := func(s *httptest.Server) int {
		n, _ := AsInt(Binary(s.URL[strings.LastIndex(s.URL, ":")+1:]))
		return int(n)
	}
	free := httptest.NewServer(nil)
	free.Close()
	for part, x := range map[string]struct {
		port  int
		level doctor.Level
	}{
		"is free":              {port(free), doctor.Good},
		"this node is running": {port(mine), doctor.Good},
		"another node":         {port(other), doctor.Problem},
		"cannot listen":        {port(page), doctor.Problem},
		"another port":         {0, doctor.Note},
	} {
		c.Port = x.port
		want(t, doctor.Ports(ctx, c, http.DefaultClient), x.level, part)
	}
}

func TestPeers(t *testing.T) {
	_, srv := start(t, newKey(t, ""))
	gone := httptest.NewServer(nil)
	gone.Close()
	c := config(t, P("host_bootstrap_node", text(srv.URL)), P("routes", NewList(
		Of(P("template", text("/a")), P("node", text(gone.URL+"/x"))),
		Of(P("template", text("/b")), P("nodes", NewList(Of(P("prefix", text(srv.URL+"/y"))), Of(P("match", text("a")), P("with", text("http://with.test/"))), Of(P("suffix", text("x")))))))))
	peers := doctor.PeersOf(c, []string{"named.test"})
	var urls []string
	for _, p := range peers {
		urls = append(urls, p.URL)
	}
	if strings.Join(urls, " ") != "https://named.test "+srv.URL+" "+gone.URL+" http://with.test" {
		t.Error(urls)
	}
	found := doctor.Peers(ctx, peers[1:3], doctor.Options{Config: *c})
	want(t, found, doctor.Good, srv.URL+" answers")
	want(t, found, doctor.Good, "HyperBEAM 0.9")
	want(t, found, doctor.Problem, gone.URL+" (a route for /a) does not answer")
	want(t, found, doctor.Good, "the clock agrees")
	// What only the default routes name need not be there.
	found = doctor.Peers(ctx, []doctor.Peer{{URL: gone.URL, Used: "a default route"}}, doctor.Options{Config: *c})
	worst(t, found, doctor.Note)
	want(t, found, doctor.Note, "no peer has told the time")
}

func TestClock(t *testing.T) {
	_, srv := start(t, newKey(t, ""))
	for off, level := range map[time.Duration]doctor.Level{0: doctor.Good, 2 * time.Second: doctor.Good, -20 * time.Second: doctor.Warning, time.Hour: doctor.Problem} {
		o := doctor.Options{Config: *config(t), Now: func() time.Time { return time.Now().Add(off) }}
		want(t, doctor.Peers(ctx, []doctor.Peer{{URL: srv.URL, Own: true}}, o), level, "the clock")
	}
}

func TestLocal(t *testing.T) {
	c := config(t, P("relay_hosts", text("x.test")), P("routes", NewList()))
	newKey(t, filepath.Join(c.DataDir, "wallet.json"))
	if err := os.Chmod(c.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	c.Port = 0
	r := doctor.Local(ctx, doctor.Options{Config: *c, Offline: true})
	for _, f := range r.Findings {
		if f.Level >= doctor.Warning && f.Check != "disk" { // the disk of the test is what it is
			t.Error(f)
		}
	}
	printed, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back doctor.Report
	if err := json.Unmarshal(printed, &back); err != nil || len(back.Findings) != len(r.Findings) || back.Worst() != r.Worst() {
		t.Error(err, back)
	}
}

// SEC-10, SEC-20: running nodes are examined by what they tell everybody.
func TestRemote(t *testing.T) {
	_, good := start(t, newKey(t, ""), P("relay_hosts", text("x.test")), P("routes", NewList()), P("host", text("127.0.0.1")))
	r := doctor.Remote(ctx, doctor.Options{}, good.URL)
	worst(t, r.Findings, doctor.Note)
	want(t, r.Findings, doctor.Good, "does not relay to private addresses")
	_, bad := start(t, newKey(t, ""), P("operator", text("unclaimed")), P("force_signed", False), P("relay_private", text("127.0.0.1")), P("mode", text("debug")),
		P("notes", text(`{"kty":"RSA","d":"AQAB"}`)))
	r = doctor.Remote(ctx, doctor.Options{Offline: true}, bad.URL)
	want(t, r.Findings, doctor.Problem, "claimed")
	want(t, r.Findings, doctor.Warning, "its signature")
	want(t, r.Findings, doctor.Problem, "private addresses for strangers")
	want(t, r.Findings, doctor.Warning, "mode to prod")
	want(t, r.Findings, doctor.Problem, "private key under notes")
	page := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(page.Close)
	want(t, doctor.Remote(ctx, doctor.Options{}, page.URL).Findings, doctor.Problem, "does not say what it is")
	gone := httptest.NewServer(nil)
	gone.Close()
	want(t, doctor.Remote(ctx, doctor.Options{}, gone.URL).Findings, doctor.Problem, "no answer")
}
