package route_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/route"
)

var ctx = context.Background()

type exchanger struct{ *client.Client }

func (e exchanger) Exchange(ctx context.Context, node string, req *Message) (route.Reply, error) {
	r, err := e.Do(ctx, node, req)
	if err != nil {
		return route.Reply{}, err
	}
	return route.Reply{Status: r.Status, Message: r.Message}, nil
}

// peers are HTTP servers on the loopback interface.
type peers struct {
	t    *testing.T
	hits atomic.Int64
	cut  atomic.Int64 // requests whose client went away
}

func (p *peers) serve(status int, body string, wait time.Duration) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.hits.Add(1)
		select {
		case <-time.After(wait):
		case <-r.Context().Done():
			p.cut.Add(1)
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	p.t.Cleanup(srv.Close)
	return srv.URL
}

// gone returns the URL of a server that is not there any longer.
func gone() string {
	srv := httptest.NewServer(nil)
	srv.Close()
	return srv.URL
}

func service(t *testing.T) *route.Service {
	c := client.New(client.Options{})
	s := route.New(route.Options{Peers: exchanger{c}, Strangers: exchanger{c}})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		c.Close()
	})
	return s
}

// judge has a device that admits answers with the body "good".
func judge() *ao.Device {
	return &ao.Device{Name: "judge@1.0", Keys: []ao.Key{
		{Name: "is-admissible", Run: func(c *ao.Call) (Value, error) { return Bool(c.Request().Text("body") == "good"), nil }},
		{Name: "broken", Run: func(c *ao.Call) (Value, error) { return nil, errors.New("no") }},
	}}
}

func env(t *testing.T, nodes []string, keys ...Pair) *ao.Env {
	list := make([]Value, len(nodes))
	for i, n := range nodes {
		list[i] = Of(P("prefix", Binary(n)))
	}
	r := Of(append(keys, P("template", Binary("/x")), P("nodes", NewList(list...)))...)
	return aotest.With(t, ao.Services{}, Of(P("routes", NewList(r)), P("http_request_send_timeout", Int(4000))), judge()).Env
}

var request = Of(P("path", Binary("/x")), P("method", Binary("GET")))

func bodies(rs []route.Reply) (out []string) {
	for _, r := range rs {
		out = append(out, r.Message.Text("body"))
	}
	return out
}

// TestFailOver: whatever goes wrong with a node, the next one is asked, one
// after the other and all at once.
func TestFailOver(t *testing.T) {
	for _, parallel := range []Value{Atom("false"), True, Int(2)} {
		p := &peers{t: t}
		nodes := []string{gone(), p.serve(500, "bad", 0), p.serve(404, "bad", 0), p.serve(201, "bad", 0), p.serve(200, "slow", time.Minute), p.serve(200, "good", 0)}
		got, err := service(t).Send(ctx, env(t, nodes, P("parallel", parallel)), request)
		if err != nil || len(got) != 1 || got[0].Message.Text("body") != "good" {
			t.Error(parallel, bodies(got), err)
		}
	}
}

func TestNoneViable(t *testing.T) {
	for _, parallel := range []Value{Atom("false"), True} {
		p := &peers{t: t}
		began := time.Now()
		_, err := service(t).Send(ctx, env(t, []string{gone(), p.serve(500, "bad", 0)}, P("parallel", parallel)), request)
		var o *ao.Outcome
		if !errors.As(err, &o) || o.Value.(*Message).Text("body") != "no_viable_responses" {
			t.Fatal(err)
		}
		if l, _ := o.Value.(*Message).Get("details"); l.(*List).Len() != 2 {
			t.Error(l)
		}
		if time.Since(began) > 3*time.Second {
			t.Error("waited for answers that could not come")
		}
	}
}

// TestDeadline: too few answers end with the deadline, and what there is
// counts.
func TestDeadline(t *testing.T) {
	for _, parallel := range []Value{Atom("false"), True} {
		p := &peers{t: t}
		e := env(t, []string{p.serve(200, "slow", time.Minute), p.serve(200, "good", 0)}, P("parallel", parallel), P("responses", Int(2)))
		e = e.WithConfig(e.Config().Set("http_request_send_timeout", Int(400)))
		began := time.Now()
		got, err := service(t).Send(ctx, e, request)
		if err != nil || len(got) != 1 || time.Since(began) > 5*time.Second {
			t.Error(parallel, bodies(got), err, time.Since(began))
		}
	}
}

func TestResponses(t *testing.T) {
	p := &peers{t: t}
	nodes := []string{p.serve(200, "a", 0), p.serve(500, "b", 0), p.serve(200, "c", 0), p.serve(200, "d", 0)}
	s := service(t)
	got, err := s.Send(ctx, env(t, nodes, P("responses", Int(2))), request)
	if b := bodies(got); err != nil || len(b) != 2 || b[0] != "a" || b[1] != "c" || p.hits.Load() != 3 {
		t.Error(b, err, p.hits.Load())
	}
	got, err = s.Send(ctx, env(t, nodes, P("responses", Int(9)), P("parallel", True)), request)
	if err != nil || len(got) != 3 {
		t.Error(bodies(got), err)
	}
	// The request wins over the route.
	got, err = s.Send(ctx, env(t, nodes, P("responses", Int(2))), request.Set("multirequest-responses", Binary("1")))
	if err != nil || len(got) != 1 {
		t.Error(bodies(got), err)
	}
	got, err = s.Send(ctx, env(t, nodes), request.Set("multirequest-nodes", Strings(nodes[2:3])))
	if b := bodies(got); err != nil || len(b) != 1 || b[0] != "c" {
		t.Error(b, err)
	}
}

// TestStopAfter: with enough answers the rest is cancelled, or not.
func TestStopAfter(t *testing.T) {
	for _, stop := range []bool{true, false} {
		p := &peers{t: t}
		nodes := []string{p.serve(200, "good", 100*time.Millisecond), p.serve(200, "slow", 700*time.Millisecond)}
		got, err := service(t).Send(ctx, env(t, nodes, P("parallel", True), P("stop-after", Bool(stop))), request)
		if b := bodies(got); err != nil || len(b) != 1 || b[0] != "good" {
			t.Fatal(b, err)
		}
		time.Sleep(time.Second)
		if cut := p.cut.Load(); (cut == 1) != stop {
			t.Error(stop, cut)
		}
	}
}

func TestAdmissible(t *testing.T) {
	p := &peers{t: t}
	nodes := []string{p.serve(200, "bad", 0), p.serve(202, "good", 0), p.serve(404, "good", 0)}
	s := service(t)
	by := P("admissible", Of(P("device", Binary("judge@1.0"))))
	for _, x := range []struct {
		pairs []Pair
		want  int // status, 0 for none
	}{
		{[]Pair{by}, 202},
		{[]Pair{by, P("admissible-status", Int(200))}, 0},
		{[]Pair{by, P("admissible-status", Binary("500, 404"))}, 404},
		{[]Pair{by, P("admissible-status", NewList(Int(404), Int(202)))}, 202},
		{[]Pair{P("admissible-status", Binary("All"))}, 200},
		{[]Pair{P("admissible", Of(P("device", Binary("judge@1.0")), P("path", Binary("broken"))))}, 0},
	} {
		got, err := s.Send(ctx, env(t, nodes, x.pairs...), request)
		if x.want == 0 && err == nil || x.want != 0 && (len(got) != 1 || got[0].Status != x.want) {
			t.Error(x.pairs, got, err)
		}
	}
}

// TestHealth: a node that fails again and again is asked last, and is known for
// it.
func TestHealth(t *testing.T) {
	p := &peers{t: t}
	bad, good := p.serve(500, "bad", 0), p.serve(200, "good", 0)
	s := service(t)
	e := env(t, []string{bad, good})
	for range 10 {
		if _, err := s.Send(ctx, e, request); err != nil {
			t.Fatal(err)
		}
	}
	if p.hits.Load() != 13 { // three failures, then the good one alone
		t.Error(p.hits.Load())
	}
	for _, h := range s.Health() {
		switch h.URL {
		case bad:
			if h.Failures != 3 || !h.Down(time.Now()) || h.Down(time.Now().Add(time.Hour)) || h.Error != "status 500" {
				t.Errorf("%+v", h)
			}
		case good:
			if h.Requests != 10 || h.Failures != 0 || h.Latency <= 0 {
				t.Errorf("%+v", h)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	s := service(t)
	many := make([]string, route.MaxNodes+1)
	for i := range many {
		many[i] = "http://127.0.0.1:1"
	}
	if _, err := s.Send(ctx, env(t, many), request); !fail.Is(err, fail.TooLarge) {
		t.Error(err)
	}
	if _, err := s.Send(ctx, env(t, nil), request.Set("multirequest-nodes", Strings(many))); !fail.Is(err, fail.Invalid) {
		t.Error(err)
	}
	if _, err := s.Send(ctx, env(t, many[:1]), request.Set("path", Binary("/nowhere"))); !errors.Is(err, route.NoMatch) {
		t.Error(err)
	}
	block := make(chan struct{})
	n := 0
	for s.Go(ctx, func(context.Context) { <-block }) {
		n++
	}
	close(block)
	if n != route.Background {
		t.Error(n)
	}
}

// CONF-ROUTE-07: the monitor of the node gets a signed report of each request,
// and none of those it makes itself.
func TestMonitor(t *testing.T) {
	p := &peers{t: t}
	url, key := p.serve(200, "good", 0), must.Key(t)
	reports := make(chan *Message, 10)
	s := service(t)
	ear := &ao.Device{Name: "ear@1.0", Keys: []ao.Key{{Name: "hear", Run: func(c *ao.Call) (Value, error) {
		m, _ := c.Request().Get("body")
		_, err := s.Send(c.Ctx, &c.Env, request)
		reports <- m.(*Message)
		return Binary("ok"), err
	}}}}
	e := aotest.With(t, ao.Services{Key: key}, Of(
		P("routes", NewList(Of(P("node", Of(P("prefix", Binary(url)), P("opts", Of(P("http_reference", Binary("routes/1/nodes/1"))))))))),
		P("http_monitor", Of(P("path", Binary("/~ear@1.0/hear"))))), ear).Env
	if _, err := s.Send(ctx, e, request); err != nil {
		t.Fatal(err)
	}
	m := <-reports
	if m.Text("path") != "duration" || m.Text("request-path") != "/x" || m.Text("status-class") != "2xx" || m.Text("reference") != "routes/1/nodes/1" || !m.Has("duration") {
		t.Error(m.Keys())
	}
	if !e.SignedBy(ctx, m, key.Address()) {
		t.Error("the report is not signed by the node")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(reports) != 0 || p.hits.Load() != 2 {
		t.Error("the report of a request was reported", len(reports), p.hits.Load())
	}
}
