package push_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// A letter follows redirects to the scheduler, but not for ever.
func TestRedirect(t *testing.T) {
	one, two := fresh(t), fresh(t)
	b := two.spawn(sink)
	var asked atomic.Int64
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("location", two.url+r.URL.RequestURI())
		w.WriteHeader(http.StatusTemporaryRedirect)
	}))
	t.Cleanup(gate.Close)
	loop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("location", "http://"+r.Host+"/again")
		w.WriteHeader(http.StatusTemporaryRedirect)
	}))
	t.Cleanup(loop.Close)
	a := one.spawn(sender)
	// The newest slot is asked for first, which the gate answers with a redirect.
	m := one.say(a, send(P("target", Binary(b+"?hint="+gate.URL))))
	if two.slot(b) != 1 || asked.Load() == 0 {
		t.Fatalf("slot %d: %s", two.slot(b), show(m))
	}
	m = one.say(a, send(P("target", Binary(b+"?hint="+loop.URL))))
	if one.at(m, "1/response") == nil {
		t.Fatal(show(m))
	}
}

// itemsOnly is a network with schedulers that take ANS-104 items only.
type itemsOnly struct{ ao.Transport }

func (x itemsOnly) Send(ctx context.Context, node string, req *Message) (Value, error) {
	body := req.Message("body")
	for _, c := range body.Commitments().All() {
		if m, ok := c.(*Message); ok && m.Text(commit.FieldDevice) != "ans104@1.0" {
			return nil, &ao.Outcome{Status: ao.Failed, Value: Of(P("status", Int(422)), P("body", Binary("Message must be signed with ANS-104.")))}
		}
	}
	return x.Transport.Send(ctx, node, req)
}

// A letter that is refused because of its codec is signed again as an item.
// CONF-PUSH-06: with a scheduler that takes items only
func TestItemsOnly(t *testing.T) {
	two := fresh(t)
	one := start(t, mem.New(mem.Options{}), settings{transport: func(real ao.Transport) ao.Transport { return itemsOnly{real} }})
	b := two.spawn(sender)
	a := one.spawn(sender)
	one.meet(two, b)
	m := one.say(a, send(P("target", Binary(b))))
	if got := one.at(m, "1/slot"); !Equal(got, Int(1)) {
		t.Fatal(show(m))
	}
	two.want("/"+b+"/now/last", Binary("Sent"))
}
