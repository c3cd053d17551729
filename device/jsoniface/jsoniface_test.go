package jsoniface_test

import (
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/device/jsoniface"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// base is the state of a process whose program is no machine, such as one in
// Lua: texts go in and out.
func base(more ...Pair) *Message {
	return Of(
		P("device", Binary(jsoniface.Name)),
		P("output-prefix", Binary("out")),
		P("process", Of(P("image", Binary("IMAGE")), P("name", Binary("N"))))).Merge(Of(more...))
}

func with(results *Message) *Message { return base(P("pass", Int(2)), P("results", results)) }

func answered(text string) *Message {
	return with(Of(P("out", Of(P("type", Atom("ok")), P("output", Binary(text))))))
}

func TestInit(t *testing.T) {
	b := aotest.New(t, jsoniface.New())
	if m := b.Message(b.Path(base(), "init")); m.Text("function") != "handle" {
		t.Errorf("got %v", m.Keys())
	}
}

// TestPrepare: the parameters are the message and the process.
func TestPrepare(t *testing.T) {
	b := aotest.New(t, jsoniface.New())
	for height, want := range map[Value]Value{Int(5): Int(5), nil: Binary("not_found")} {
		m := b.Message(b.Ask(base(P("pass", Int(1))), "compute",
			P("block-height", height), P("body", Of(P("action", Binary("Eval")), P("data", Binary("return 1"))))))
		params, _ := m.Get("parameters")
		if params == nil || params.(*List).Len() != 2 || m.Text("function") != "handle" {
			t.Fatalf("parameters %v", params)
		}
		msg, err := json.Parse(string(params.(*List).At(0).(Binary)))
		if err != nil {
			t.Fatal(err)
		}
		got := msg.(*Message)
		if got.Text("Module") != "IMAGE" || got.Text("Data") != "return 1" || got.Len() != 10 {
			t.Errorf("message %v", params.(*List).At(0))
		}
		if h, _ := got.Get("Block-Height"); h != want {
			t.Errorf("height %v, want %v", h, want)
		}
		env, err := json.Parse(string(params.(*List).At(1).(Binary)))
		if err != nil {
			t.Fatal(err)
		}
		if tags := DeepGet(env.(*Message), []string{"Process", "Tags", "2", "value"}); tags != Value(Binary("N")) {
			t.Errorf("environment %v", params.(*List).At(1))
		}
	}
	if r := b.Ask(base(P("pass", Int(1))), "compute"); r.Status == ao.OK {
		t.Error("a request without body was accepted")
	}
}

// TestResults: the answer of the program becomes results.
func TestResults(t *testing.T) {
	b := aotest.New(t, jsoniface.New())
	const text = `{"ok":true,"response":{"Output":{"data":"2"},"Messages":[{"Target":"T","Tags":[{"name":"A","value":"B"}]}],"patches":[{"x":1}]}}`
	m := b.Message(b.Ask(answered(text), "compute"))
	results := m.Message("results")
	for path, want := range map[string]Value{
		"data": Binary("2"), "out/type": Atom("ok"), "out/output": Binary(text),
		"outbox/1/Target": Binary("T"), "outbox/1/A": Binary("B"), "outbox/1/from-image": Binary("IMAGE"), "patches/1/x": Int(1),
	} {
		if got := DeepGet(results, Parts(path)); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if from, _ := Text(DeepGet(results, Parts("outbox/1/from-process"))); len(from) != 43 {
		t.Errorf("from-process %q", from)
	}
	for _, pass := range []Value{Int(3), Int(0), nil} {
		in := base(P("pass", pass), P("results", Empty()))
		if got := b.Message(b.Ask(in, "compute")); !Equal(got, in) {
			t.Errorf("pass %v changes the state", pass)
		}
	}
}

// TestFailures: what goes wrong is an answer with the status error, a sentence
// and no outbox.
func TestFailures(t *testing.T) {
	b := aotest.New(t, jsoniface.New())
	for name, c := range map[string]struct {
		base   *Message
		reason string
		body   string
	}{
		"error": {with(Of(P("outbox", Empty()), P("out", Of(P("type", Atom("error")), P("output", Binary("Exception: unreachable")))))),
			"WASM execution error.", "WASM execution error. Exception: unreachable"},
		"no JSON":  {answered("{"), "JSON error parsing result output.", "JSON error parsing result output. {"},
		"no text":  {with(Of(P("out", Of(P("type", Atom("ok")), P("output", Int(1)))))), "JSON error parsing result output.", ""},
		"not ok":   {answered(`{"ok":false,"response":"why"}`), `The evaluation failed: "why"`, ""},
		"bad tags": {answered(`{"ok":true,"response":{"Messages":[{"Tags":[1]}]}}`), "Message 1 of the answer: tag 1 is not an object with a name", ""},
	} {
		r := b.Ask(c.base, "compute")
		m, _ := r.Value.(*Message)
		if r.Status != ao.Failed || m.Message("results").Text("body") != c.reason {
			t.Errorf("%s: %s %v", name, r.Status, m.Message("results"))
		}
		if c.body != "" && m.Text("body") != c.body || !strings.HasPrefix(m.Text("body"), c.reason) || m.Message("results").Has("outbox") {
			t.Errorf("%s: body %q", name, m.Text("body"))
		}
	}
}
