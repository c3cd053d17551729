package computeunit

import (
	"context"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/fail"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

func tagList(pairs ...string) *List {
	var out []Value
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, Of(P("name", Binary(pairs[i])), P("value", Binary(pairs[i+1]))))
	}
	return NewList(out...)
}

// The text of a scheduled message has the fields in the order of compute units,
// and no tags that hide fields (spec 03, 10.6).
func TestScheduled(t *testing.T) {
	c := cache.New(mem.New(mem.Options{}), cache.Options{})
	a := Of(P("slot", Int(3)), P("epoch", Binary("0")), P("timestamp", Int(1700000000000)), P("block-height", Int(7)), P("hash-chain", Binary("H")), P("type", Binary("assignment")),
		P("body", Of(P("data", Binary("d")), P("action", Binary("A")), P("from", Binary("liar")), P("from-process", Binary("P")))))
	got, err := Scheduled(context.Background(), c, "PROCESS", a)
	if err != nil {
		t.Fatal(err)
	}
	i := strings.Index(got, `"Signature"`)
	if want := `"Signature":"","Data":"d","Owner":"","Target":"PROCESS","Anchor":"","From":"P","Forwarded-By":"","Tags":[{"name":"Action","value":"A"},{"name":"From-Process","value":"P"}],"Epoch":0,"Nonce":3,"Timestamp":1700000000000,"Block-Height":7,"Hash-Chain":"H","Cron":false}`; got[max(i, 0):] != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, err := Scheduled(context.Background(), c, "P", Of(P("slot", Int(1)))); !fail.Is(err, fail.Invalid) {
		t.Errorf("an assignment of nothing: %v", err)
	}
}

// A message that is tried has defaults, and the time of the newest message (spec
// 03, 10.5).
func TestDry(t *testing.T) {
	last := Of(P("timestamp", Int(9)), P("block-height", Int(8)))
	for _, c := range []struct {
		m    *Message
		want string
	}{
		{Empty(), `{"Timestamp":9,"Block-Height":8,"Cron":false,"Target":"P","Id":"1234","Owner":"1234","Data":"1234","Tags":[],"Anchor":"0","From":"1234","Read-Only":true}`},
		{Of(P("Owner", Binary("O")), P("From", Binary("liar")), P("Timestamp", Int(5)), P("Read-Only", False), P("Extra", Int(1)), P("Tags", tagList("From-Process", "Q", "A", "1"))),
			`{"Timestamp":5,"Block-Height":8,"Cron":false,"Target":"P","Id":"1234","Owner":"O","Data":"1234","Tags":[{"name":"From-Process","value":"Q"},{"name":"A","value":"1"}],"Anchor":"0","Extra":1,"From":"Q","Read-Only":true}`},
	} {
		if got, err := Dry("P", c.m, last); err != nil || got != c.want {
			t.Errorf("got  %s %v\nwant %s", got, err, c.want)
		}
	}
	for _, bad := range []Value{Binary("x"), NewList(Int(1)), NewList(Of(P("name", Binary("a"))))} {
		if got, err := Dry("P", Of(P("Tags", bad)), nil); !fail.Is(err, fail.Invalid) {
			t.Errorf("%v: %s, %v", bad, got, err)
		}
	}
}

// Results of any form are noted, and what is not of the right form is an error.
func TestResults(t *testing.T) {
	for _, c := range []struct {
		answer  string
		data    string
		entries int
		problem bool
	}{
		{`{"ok":true,"response":{"Output":{"data":"x"},"Messages":[{"Target":"T"}]}}`, "x", 1, false},
		{`{"ok":true,"response":{"Output":"text"}}`, "", 0, false},
		{`{"ok":true,"response":{"Error":"why"}}`, "why", 0, false},
		{`{"ok":false,"response":"thrown"}`, "thrown", 0, false},
		{`{"ok":true}`, "The module answered without a response.", 0, false},
		{`no JSON`, "The module did not answer with JSON.", 0, false},
		{`{"ok":true,"response":{"Messages":[1]}}`, "", 0, true},
	} {
		raw := result(respond(c.answer))
		got, err := Results(context.Background(), Empty(), raw)
		if c.problem {
			if !fail.Is(err, fail.Invalid) {
				t.Errorf("%s: %v", c.answer, err)
			}
			continue
		}
		if err != nil || got.Text("data") != c.data || got.Message("outbox").Len() != c.entries {
			t.Errorf("%s: %v, %v", c.answer, got, err)
		}
		if body := got.Message("json").Text("body"); !strings.Contains(body, `"GasUsed":0`) {
			t.Errorf("%s: text %s", c.answer, body)
		}
	}
}

// Memory stays what it was when a result has an error, as JavaScript sees it.
func TestKeepsMemory(t *testing.T) {
	for answer, want := range map[string]bool{
		`{"Error":"x"}`: true, `{"Error":""}`: false, `{"Error":false}`: false, `{"Error":{}}`: true, `{"Output":"fine"}`: false,
		`{"Output":"oh: not enough memory for buffer allocation"}`:                        true,
		`{"Output":{"data":{"output":"oh: not enough memory for buffer allocation"}}}`:    true,
		`{"Output":{"data":{"output":"not enough memory for buffer allocation, twice"}}}`: false,
	} {
		if got := keepsMemory(respond(`{"ok":true,"response":` + answer + `}`)); got != want {
			t.Errorf("%s: %v", answer, got)
		}
	}
}
