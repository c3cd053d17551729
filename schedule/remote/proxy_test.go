package remote_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

var noFollow = P("scheduler_follow_redirects", False)

// bundle reads a schedule through a node and checks that it has the slots
// from..to.
func (s *server) bundle(path string, from, to int) *Message {
	s.t.Helper()
	m := s.ok(s.ask(path))
	got := m.Message("assignments")
	if got.Len() != to-from+1 {
		s.t.Fatalf("%s: %d assignments, want %d", path, got.Len(), to-from+1)
	}
	for slot := from; slot <= to; slot++ {
		a := got.Message(strconv.Itoa(slot))
		if n, err := schedule.Slot(a); err != nil || n != int64(slot) {
			s.t.Fatalf("%s: slot %d holds %d (%v)", path, slot, n, err)
		}
	}
	return m
}

// CONF-SCHED-05, CONF-SCHED-09: with redirects not followed, requests about the
// process of another scheduler are answered with its location.
func TestRedirects(t *testing.T) {
	const there = "http://test.computer"
	far := must.Key(t)
	n := fresh(t, noFollow)
	hinted := definition(t, far.Address()+"?hint="+there)
	recorded := definition(t, must.Key(t).Address()+","+far.Address())
	n.knows(far, P("url", Binary(there+"/some/path?x=1")))
	n.knowsProcess(hinted)
	n.knowsProcess(recorded)
	unknown := "?target=" + idOf(t, definition(t, far.Address())) + "?hint=" + there
	for _, path := range []string{
		"/" + idOf(t, hinted) + "/schedule", "/" + idOf(t, hinted) + "/slot",
		"/" + idOf(t, recorded) + "/schedule", "/~scheduler@1.0/slot?target=" + idOf(t, recorded),
		"/~scheduler@1.0/schedule" + unknown, "/~scheduler@1.0/slot" + unknown,
	} {
		r := n.ask(path)
		if r.Status != 307 || r.Message.Text("location") != there || r.Message.Text("variant") != "ao.N.1" ||
			r.Message.Text("body") != "Redirecting to scheduler: "+there {
			t.Errorf("%s: status %d, %s", path, r.Status, explain(r))
		}
	}
	for _, m := range []*Message{hinted, letter(t, must.Key(t), idOf(t, recorded), 1)} {
		if r := n.send(Of(P("path", Binary("/~scheduler@1.0/schedule")), P("body", m))); r.Status != 307 || r.Message.Text("location") != there {
			t.Errorf("POST: status %d, %s", r.Status, explain(r))
		}
	}
}

// Hints are believed only if the operator wants it, and only if they are URLs.
func TestHints(t *testing.T) {
	const there = "?hint=http://test.computer"
	m := definition(t, must.Key(t).Address()+there)
	careful := fresh(t, noFollow, P("scheduler_follow_hints", False))
	careful.knowsProcess(m)
	if r := careful.ask("/" + idOf(t, m) + "/schedule"); r.Status != 404 {
		t.Errorf("status %d, %s", r.Status, explain(r))
	}
	n := fresh(t, noFollow)
	id := idOf(t, definition(t, must.Key(t).Address()))
	if r := n.ask("/~scheduler@1.0/slot?target=" + id + "?hint=ftp://x"); r.Status != 400 {
		t.Errorf("status %d, %s", r.Status, explain(r))
	}
	if r := n.ask("/~scheduler@1.0/slot?target=" + id); r.Status != 404 {
		t.Errorf("status %d, %s", r.Status, explain(r))
	}
	// A hint does not lead away from the node that schedules the process.
	own := definition(t, n.key.Address()+there, P("seed", Int(2)))
	n.spawn(own)
	if status, body := n.get("/~scheduler@1.0/slot/current?target=" + idOf(t, own) + there); status != 200 || body != "0" {
		t.Errorf("status %d, %s", status, body)
	}
}

// Messages are given to the scheduler, and its schedule is read through the
// node that was asked.
func TestProxies(t *testing.T) {
	a := fresh(t)
	b := fresh(t)
	b.meet(a)
	m := definition(t, a.key.Address())
	id := b.spawn(m) // the process is kept by b, which computes it
	user := must.Key(t)
	for i := 1; i <= 5; i++ {
		got := b.post(id, letter(t, user, id, i))
		if got.Message("body").Text("inner") != "test-message" || must.Have[int64](t)(schedule.Slot(got)) != int64(i) {
			t.Fatal(got)
		}
		who := commit.VerifiedSigners(ctx, b.Env().Codec(), got.OnlyCommitted())
		if len(who) == 0 || who[0] != a.key.Address() && who[len(who)-1] != a.key.Address() {
			t.Fatalf("the assignment is signed by %v", who)
		}
	}
	for _, n := range []*server{a, b} {
		n.want("/~scheduler@1.0/slot/current?target="+id, "5")
		n.want("/"+id+"/slot/current", "5")
		n.want("/"+id+"/now/results/assignment-slot", "5")
		n.bundle("/"+id+"/schedule", 0, 5)
		n.bundle("/"+id+"/schedule?from=2&to=3", 2, 3)
		n.bundle("/~scheduler@1.0/schedule?target="+id+"&from=&from=4", 4, 5) // CONF-SCHED-28
		n.bundle("/~scheduler@1.0/schedule?target="+id+"&from=6", 6, 5)
		var page struct {
			Edges []struct{ Cursor int } `json:"edges"`
		}
		_, body := n.get("/~scheduler@1.0/schedule?target=" + id + "&from=1&to=4&accept=application/aos-2")
		if err := json.Unmarshal([]byte(body), &page); err != nil || len(page.Edges) != 4 || page.Edges[3].Cursor != 4 {
			t.Fatalf("%v: %s", err, body)
		}
	}
	if r := b.send(Of(P("path", Binary("/~scheduler@1.0/schedule")), P("body", Of(P("target", Binary(id)), P("n", Int(1)))))); r.Status != 400 {
		t.Fatalf("an unsigned message was passed on: status %d", r.Status)
	}
	if status, body := b.get("/~scheduler@1.0/status/processes"); status == 200 && strings.Contains(body, id) {
		t.Fatal("the status lists a process of another scheduler")
	}
}

// A part of a schedule that does not follow what is stored is passed on without
// being kept, and the window is that of one page.
func TestPages(t *testing.T) {
	a, b := fresh(t), fresh(t)
	b.meet(a)
	m := definition(t, a.key.Address())
	id := a.spawn(m)
	p := schedule.Process{ID: b.knowsProcess(m), Definition: m}
	user := must.Key(t)
	for i := range 250 {
		a.post(id, letter(t, user, id, i))
	}
	newest := func() int64 {
		return must.Have[int64](t)(newestOf(b, p))
	}
	b.bundle("/"+id+"/schedule?from=100&to=110", 100, 110)
	if newest() != -1 {
		t.Fatal("a part in the middle was kept")
	}
	b.bundle("/"+id+"/schedule?from=0&to=10", 0, 10)
	if n := newest(); n < 10 {
		t.Fatalf("the newest stored slot is %d", n)
	}
	if got := b.bundle("/"+id+"/schedule?from=5", 5, 250); got.Text("continues") == "true" {
		t.Fatal("there is more")
	}
	if n := newest(); n != 250 {
		t.Fatalf("the newest stored slot is %d", n)
	}
	if got := b.ok(b.ask("/" + id + "/schedule?from=0&to=2000")); got.Message("assignments").Len() != 251 {
		t.Fatal(got.Message("assignments").Len())
	} else if v, _ := got.Get("continues"); !IsTrue(v) {
		t.Fatal("the window is not cut")
	}
}

func newestOf(s *server, p schedule.Process) (int64, error) {
	// What is stored is what a node without network still knows.
	o := schedule.New(schedule.Options{Store: s.store, Cache: s.Engine().Cache})
	defer o.Close()
	return o.Newest(ctx, p)
}

// A process that nothing is known of but a hint is read where it leads.
func TestHintedProcess(t *testing.T) {
	a, b := fresh(t), fresh(t)
	id := a.spawn(definition(t, a.key.Address()))
	a.fill(id, 3)
	b.want("/~scheduler@1.0/slot/current?target="+id+"?hint="+a.url, "3")
	b.bundle("/~scheduler@1.0/schedule?target="+id+"?hint="+a.url, 0, 3)
	b.bundle("/~scheduler@1.0/schedule?target="+id+"?hint="+a.url+"&from=2", 2, 3)
	got := b.post(id, sign(t, must.Key(t), Of(P("type", Binary("Message")), P("target", Binary(id+"?hint="+a.url)), P("n", Int(1)))))
	if must.Have[int64](t)(schedule.Slot(got)) != 4 {
		t.Fatal(got)
	}
	stranger := idOf(t, definition(t, a.key.Address(), P("seed", Int(2))))
	if r := b.ask("/~scheduler@1.0/schedule?target=" + stranger + "?hint=" + a.url); r.Status < 400 {
		t.Fatal(r.Status)
	}
}

// Of several schedulers, those that cannot be located or reached are passed
// over for reading; messages go to the first that is located.
func TestSeveralSchedulers(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	gone, nowhere := must.Key(t), must.Key(t)
	a, b := fresh(t), fresh(t)
	m := definition(t, nowhere.Address()+", "+gone.Address()+", "+a.key.Address())
	id := a.spawn(m)
	a.fill(id, 2)
	b.knowsProcess(m)
	b.meet(a)
	b.want("/"+id+"/slot/current", "2")
	b.knows(gone, P("url", Binary(down.URL)))
	b.want("/"+id+"~process@1.0/now/results/assignment-slot", "2")
	if r := b.send(Of(P("path", Binary("/~scheduler@1.0/schedule")), P("body", letter(t, must.Key(t), id, 1)))); r.Status < 500 {
		t.Fatalf("status %d: a message went to a scheduler that is not the first", r.Status)
	}
}

// 307 is followed, but not for ever.
func TestFollowsRedirects(t *testing.T) {
	a, b := fresh(t), fresh(t)
	var to string
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("location", to+r.URL.RequestURI())
		w.WriteHeader(http.StatusTemporaryRedirect)
	}))
	t.Cleanup(gate.Close)
	to = a.url
	b.knows(a.key, P("url", Binary(gate.URL)))
	m := definition(t, a.key.Address())
	id := b.spawn(m)
	a.fill(id, 2)
	b.want("/"+id+"/now/results/assignment-slot", "2")
	to = "" // itself
	a.fill(id, 1)
	if r := b.ask("/" + id + "/now"); r.Status != 502 || !strings.Contains(explain(r), "redirected more than") {
		t.Fatalf("status %d: %s", r.Status, explain(r))
	}
	b.want("/"+id+"~process@1.0/compute&slot=2/results/assignment-slot", "2")
}

// A node that follows no redirects still computes, and without a scheduler in
// reach what it has stored.
func TestSchedulerDown(t *testing.T) {
	a, b := fresh(t), fresh(t, noFollow)
	b.meet(a)
	m := definition(t, a.key.Address())
	id := a.spawn(m)
	a.fill(id, 2)
	b.knowsProcess(m)
	b.want("/"+id+"/now/results/assignment-slot", "2")
	if _, err := b.Resolve(ctx, Of(P("path", Binary("/"+id+"/compute&slot=3")))); err == nil {
		t.Fatal("a slot that is not scheduled was computed")
	}
	b.knows(a.key, P("url", Binary("http://127.0.0.1:1")), P("nonce", Int(1)))
	b.want("/"+id+"/compute&slot=1/results/assignment-slot", "1")
	if r := b.ask("/" + id + "/now"); r.Status < 500 {
		t.Fatalf("status %d: %s", r.Status, explain(r))
	}
}
