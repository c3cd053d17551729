package aos

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	codecjson "github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

var ctx = context.Background()

func encode(t testing.TB, m *Message, signature string) string {
	t.Helper()
	v, err := Encode(ctx, commit.Env(NoLoader{}), m, signature)
	if err != nil {
		t.Fatal(err)
	}
	s, err := codecjson.Format(v)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestConfJson02Fields: the fields of a message, and what becomes a tag.
//
// CONF-JSON-02
func TestConfJson02Fields(t *testing.T) {
	signed := func(m *Message) *Message {
		return m.Set(CommitmentsKey, Of(
			P("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Of(
				P("commitment-device", Binary("httpsig@1.0")), P("type", Binary("rsa-pss-sha512")),
				P("committer", Binary("OWNER")), P("committed", Strings([]string{"action"})), P("signature", Binary("SIG"))))))
	}
	for name, c := range map[string]struct {
		m    *Message
		sig  string
		want string
	}{
		"unsigned": {Of(P("data", Binary("D")), P("anchor", Binary("N"))), "",
			`{"Anchor":"N","Data":"D","From":"","Id":"*","Owner":"","Signature":"","Tags":[],"Target":""}`},
		"tags": {Of(P("action", Binary("Eval")), P("from-process", Binary("P")), P("x-y_z", Int(5)), P("owner", Binary("no")), P("id", Binary("no"))), "",
			`{"Anchor":"","Data":"","From":"P","Id":"*","Owner":"","Signature":"","Tags":[{"name":"Action","value":"Eval"},{"name":"Ao-Types","value":"x-y_z=\"integer\""},{"name":"From-Process","value":"P"},{"name":"X-Y_z","value":"5"}],"Target":""}`},
		"signed": {signed(Of(P("action", Binary("Eval")))), "SIG",
			`{"Anchor":"","Data":"","From":"OWNER","Id":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","Owner":"OWNER","Signature":"SIG","Tags":[{"name":"Action","value":"Eval"}],"Target":""}`},
		"long signature": {Of(P("signature", Binary(strings.Repeat("\x00", 512)))), "",
			`{"Anchor":"","Data":"","From":"","Id":"*","Owner":"","Signature":"` + strings.Repeat("A", 683) + `","Tags":[],"Target":""}`},
		"native IDs": {Of(P("target", Binary(strings.Repeat("\x00", 32))), P("from-process", Binary(strings.Repeat("\x00", 32)))), "",
			`{"Anchor":"","Data":"","From":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","Id":"*","Owner":"","Signature":"","Tags":[{"name":"From-Process","value":"*"}],"Target":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`},
		"no UTF-8": {Of(P("data", Binary("a\xffb"))), "",
			`{"Anchor":"","Data":"a` + "\uFFFD" + `b","From":"","Id":"*","Owner":"","Signature":"","Tags":[],"Target":""}`},
	} {
		got := encode(t, c.m, c.sig)
		if !matches(got, c.want) {
			t.Errorf("%s:\n got  %s\n want %s", name, got, c.want)
		}
	}
}

// matches compares JSON texts of which one may have "*" for any text.
func matches(got, want string) bool {
	var a, b any
	if json.Unmarshal([]byte(got), &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		return false
	}
	return alike(a, b)
}

func alike(a, b any) bool {
	switch y := b.(type) {
	case map[string]any:
		x, ok := a.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k := range y {
			if !alike(x[k], y[k]) {
				return false
			}
		}
		return true
	case []any:
		x, ok := a.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range y {
			if !alike(x[i], y[i]) {
				return false
			}
		}
		return true
	}
	return b == "*" || a == b
}

// TestOriginalTags: the tags of a data item keep order and case.
// CONF-JSON-02
func TestOriginalTags(t *testing.T) {
	tag := func(n, v string) *Message { return Of(P("name", Binary(n)), P("value", Binary(v))) }
	m := Of(P("b", Binary("2")), P("a", Binary("1"))).Set(CommitmentsKey, Of(P("C", Of(
		P("commitment-device", Binary("ans104@1.0")),
		P("original-tags", Of(P("1", tag("B", "2")), P("2", tag("a", "1"))))))))
	got := tags(m, m)
	if got.Len() != 2 || !Equal(got.At(0), tag("B", "2")) || !Equal(got.At(1), tag("a", "1")) {
		t.Errorf("got %v", got)
	}
}

// TestRecordedMessages: messages that the reference has listed for legacynet
// are encoded to the byte.
func TestRecordedMessages(t *testing.T) {
	var file struct {
		Cases []struct {
			Name  string
			Steps []struct {
				Name     string
				Response struct{ Body struct{ Bin string } }
			}
		}
	}
	if err := json.Unmarshal(sharedtest.File(t, "vectors/process.json"), &file); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, c := range file.Cases {
		for _, s := range c.Steps {
			if s.Name != "schedule-aos2" {
				continue
			}
			v, err := codecjson.Parse(s.Response.Body.Bin)
			if err != nil {
				t.Fatal(err)
			}
			edges, _ := v.(*Message).Get("edges")
			for _, e := range edges.(*List).All() {
				want := DeepGet(e.(*Message), []string{"node", "message"}).(*Message)
				back := fromTags(want)
				got, err := Encode(ctx, commit.Env(NoLoader{}), back, "")
				if err != nil {
					t.Fatal(err)
				}
				for _, field := range []string{"Tags", "Data", "Target"} {
					a, _ := got.Get(field)
					b, _ := want.Get(field)
					if !Equal(a, b) {
						t.Errorf("%s, %s: got %v, want %v", c.Name, field, a, b)
					}
				}
				seen++
			}
		}
	}
	if seen < 8 {
		t.Errorf("only %d messages found", seen)
	}
}

// fromTags returns a message of texts with the given tags.
func fromTags(m *Message) *Message {
	b := NewBuilder(8)
	v, _ := m.Get("Tags")
	for _, tag := range v.(*List).All() {
		b.Set(strings.ToLower(tag.(*Message).Text("name")), Binary(tag.(*Message).Text("value")))
	}
	b.Set("data", Binary(m.Text("Data")))
	b.Set("target", Binary(m.Text("Target")))
	return b.Message()
}

var from = Sender{Process: "PROCESS", Image: Binary("IMAGE")}

// TestConfJson02Responses: the cases of spec 03, 9.6.
//
// CONF-JSON-02
func TestConfJson02Responses(t *testing.T) {
	empty := Result{Binary(""), Empty(), NewList()}
	for name, c := range map[string]struct {
		response string
		want     Result
	}{
		"output":          {`{"Output":{"data":"2"},"Messages":[]}`, Result{Binary("2"), Empty(), NewList()}},
		"output is typed": {`{"Output":{"data":{"a":1}}}`, Result{Of(P("a", Int(1))), Empty(), NewList()}},
		"data outside":    {`{"Data":"3","Output":{}}`, Result{Binary("3"), Empty(), NewList()}},
		"nothing":         {`{}`, empty},
		"error":           {`{"Error":"bad","Messages":[{"Target":"T"}]}`, Result{Binary("bad"), Empty(), NewList()}},
		"error number":    {`{"Error":-1e-06}`, Result{Float(-1e-06), Empty(), NewList()}},
		"output is text":  {`{"Output":"text","Messages":[{"Target":"T"}]}`, empty},
		"patches":         {`{"patches":[{"a":1}],"Patches":[2]}`, Result{Binary(""), Empty(), NewList(Of(P("a", Int(1))))}},
		"empty table":     {`{"Messages":{}}`, empty},
		"messages": {`{"Messages":[{"Target":"T","Anchor":"N","anchor":"x","from-process":"x","tags":1,"Tags":[{"name":"Action","value":"A"},{"name":"Count","value":1},{"name":"Target","value":"U"}]},{"a":1}]}`,
			Result{Binary(""), Of(
				P("1", Of(P("Target", Binary("U")), P("Anchor", Binary("N")), P("Action", Binary("A")), P("Count", Int(1)),
					P("Tags", NewList(
						Of(P("name", Binary("Action")), P("value", Binary("A"))),
						Of(P("name", Binary("Count")), P("value", Int(1))),
						Of(P("name", Binary("Target")), P("value", Binary("U"))))),
					P("from-process", Binary("PROCESS")), P("from-image", Binary("IMAGE")))),
				P("2", Of(P("a", Int(1)), P("from-process", Binary("PROCESS")), P("from-image", Binary("IMAGE"))))), NewList()}},
	} {
		got, err := Parse(`{"ok":true,"response":`+c.response+`}`, from)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !Equal(got.Data, c.want.Data) || !Equal(got.Outbox, c.want.Outbox) || !Equal(got.Patches, c.want.Patches) {
			t.Errorf("%s: got %v %v %v", name, got.Data, got.Outbox.Keys(), got.Patches)
		}
	}
}

// TestRefusals: answers of another form are errors with a sentence (spec 03,
// 9.9, better).
func TestRefusals(t *testing.T) {
	for text, c := range map[string]struct {
		kind     fail.Kind
		sentence string
	}{
		``:                                      {fail.Invalid, BadJSON},
		`{"ok"`:                                 {fail.Invalid, BadJSON},
		`[1]`:                                   {fail.Invalid, "The answer is not a JSON object."},
		`{"ok":false,"response":"why"}`:         {fail.Failed, `The evaluation failed: "why"`},
		`{"response":{}}`:                       {fail.Failed, "The evaluation failed: {}"},
		`{"ok":true}`:                           {fail.Invalid, "The answer has no response."},
		`{"ok":true,"response":{"Messages":1}}`: {fail.Invalid, "The messages of the answer are not a list."},
		`{"ok":true,"response":{"Messages":[1]}}`:                      {fail.Invalid, "Message 1 of the answer is not an object."},
		`{"ok":true,"response":{"Messages":[{"Tags":["x"]}]}}`:         {fail.Invalid, "Message 1 of the answer: tag 1 is not an object with a name"},
		`{"ok":true,"response":{"Messages":[{"Tags":[{"name":""}]}]}}`: {fail.Invalid, "Message 1 of the answer: tag 1 is not an object with a name"},
	} {
		_, err := Parse(text, from)
		if !fail.Is(err, c.kind) || fail.Sentence(err) != c.sentence {
			t.Errorf("%s: %v, want %q", text, err, c.sentence)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"ok":true,"response":{"Output":{"data":"2"},"Messages":[{"Target":"T","Tags":[{"name":"a","value":1}]}]}}`)
	f.Add(`{"ok":true,"response":{"Error":"x"}}`)
	f.Add(`{"ok":false}`)
	f.Fuzz(func(t *testing.T, text string) {
		res, err := Parse(text, from)
		if err != nil {
			return
		}
		if res.Data == nil || res.Outbox == nil || res.Patches == nil {
			t.Errorf("incomplete result of %q", text)
		}
		for _, v := range res.Outbox.All() {
			if v.(*Message).Text("from-process") != "PROCESS" {
				t.Errorf("a message of %q has no sender", text)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	m := Of(P("action", Binary("Eval")), P("data", Binary("return 1+1")), P("target", Binary(strings.Repeat("T", 43))), P("type", Binary("Message")))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(ctx, commit.Env(NoLoader{}), m.Set("n", Binary("1")), strings.Repeat("S", 683)); err != nil {
			b.Fatal(err)
		}
	}
}

func TestDocument(t *testing.T) {
	env := commit.Env(NoLoader{})
	d, err := Document(ctx, env, Of(P("action", Binary("Eval")), P("data", Binary("1"))))
	if err != nil || d.Text("content-type") != ContentType || !strings.Contains(d.Text("body"), `"Tags":[{"name":"Action","value":"Eval"}]`) {
		t.Fatal(d.Text("body"), err)
	}
	if _, err := Document(ctx, env, Binary("text")); !fail.Is(err, fail.Unsupported) {
		t.Fatal(err)
	}
}

// A program cannot sign: commitments in its answer are claims.
func TestAnswersCarryNoCommitments(t *testing.T) {
	r, err := Parse(`{"ok":true,"response":{"Output":{"data":{"commitments":{"x":{"committer":"victim"}},"a":1}},
		"Messages":[{"commitments":{"x":{"committer":"victim"}},"Data":"d","deep":[{"commitments":{}}],"Tags":[]}]}}`, Sender{Process: "p"})
	if err != nil {
		t.Fatal(err)
	}
	var check func(v Value)
	check = func(v Value) {
		switch x := v.(type) {
		case *Message:
			for k, e := range x.All() {
				if k == CommitmentsKey {
					t.Error("commitments survive")
				}
				check(e)
			}
		case *List:
			for _, e := range x.All() {
				check(e)
			}
		}
	}
	check(r.Outbox)
	check(r.Data)
	if r.Outbox.Len() != 1 {
		t.Error("the message is lost")
	}
}
