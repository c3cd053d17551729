package json_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/json"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func TestSerialize(t *testing.T) {
	b := aotest.New(t, json.New())
	base := Of(P("device", Binary("json@1.0")), P("a", Int(5)), P("n", Of(P("x", True))))
	m := b.Message(b.Ask(base, "serialize", P("bundle", True)))
	if got := m.Text("body"); got != `{"a":5,"device":"json@1.0","n":{"ao-types":"x=\"atom\"","x":"true"}}` {
		t.Fatal(got)
	}
	if m.Text("content-type") != "application/json" {
		t.Fatal(m)
	}
	if r := b.Path(base.Set("a", Binary("\xff")), "serialize"); r.Status != ao.Failed {
		t.Fatal("bytes that are not text must be refused", r)
	}
}

func TestDeserialize(t *testing.T) {
	b := aotest.New(t, json.New())
	base := Of(P("device", Binary("json@1.0")), P("body", Binary(`{"x":{"y":[1,null]},"n":1}`)), P("bad", Binary(`{"x"`)), P("bare", Binary("5")))
	m := b.Message(b.Path(base, "deserialize"))
	if m.Text("n") != "1" || m.Text("ao-types") != `n="integer"` {
		t.Fatal(m)
	}
	x, err := b.Cache.Read(t.Context(), m.Text("x+link")+"/y/1")
	if err != nil || x != Value(Int(1)) {
		t.Fatal("what a link names must be stored:", x, err)
	}
	for target, status := range map[string]int{"none": 404, "bad": 400, "bare": 400} {
		r := b.Ask(base, "deserialize", P("target", Binary(target)))
		m, _ := r.Value.(*Message)
		if got, _ := m.Get("status"); got != Value(Int(status)) {
			t.Errorf("%s: %v", target, got)
		}
	}
}
