package route_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/route"
)

// flaky answers with a status the first times, and then as asked for.
func (p *peers) flaky(times int64, status int, header ...string) (url string, hits *atomic.Int64) {
	hits = &atomic.Int64{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if hits.Add(1) <= times {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "not now")
			return
		}
		_, _ = io.WriteString(w, "good")
	}))
	p.t.Cleanup(srv.Close)
	return srv.URL, hits
}

// TestRetries: nodes that fail for the moment are asked again, as often as the
// route says; those that refuse are not.
func TestRetries(t *testing.T) {
	for _, x := range []struct {
		status  int
		fails   int64
		retries Value
		want    string // body of the answer, "" for none
		hits    int64
	}{
		{503, 2, Int(3), "good", 3},
		{503, 2, Binary("2"), "good", 3},
		{503, 2, Int(1), "", 2},
		{503, 2, nil, "", 1},
		{503, 2, Int(-1), "", 1},
		{429, 1, Int(1), "good", 2},
		{404, 1, Int(3), "", 1},
		{400, 1, Int(3), "", 1},
		{201, 1, Int(3), "", 1},
	} {
		p := &peers{t: t}
		one, hits := p.flaky(x.fails, x.status)
		got, err := service(t).Send(ctx, env(t, []string{one}, P("retries", x.retries), P("backoff", Int(1))), request)
		if b := bodies(got); x.want == "" && err == nil || x.want != "" && (err != nil || len(b) != 1 || b[0] != x.want) || hits.Load() != x.hits {
			t.Errorf("%+v: %v %v, asked %d times", x, b, err, hits.Load())
		}
	}
	p := &peers{t: t}
	broken, one := p.flaky(100, 503)
	recovering, two := p.flaky(1, 502)
	refusing, three := p.flaky(100, 404)
	got, err := service(t).Send(ctx, env(t, []string{broken, recovering, refusing, gone()}, P("retries", Int(5)), P("backoff", Int(1))), request)
	if b := bodies(got); err != nil || len(b) != 1 || b[0] != "good" || one.Load() != 2 || two.Load() != 2 || three.Load() != 1 {
		t.Error(b, err, one.Load(), two.Load(), three.Load())
	}
}

// TestRetriesOfOneNode: a route with a single node gives its last answer,
// whatever that is.
func TestRetriesOfOneNode(t *testing.T) {
	p := &peers{t: t}
	url, hits := p.flaky(100, 503)
	e := env(t, nil)
	e = e.WithConfig(e.Config().Set("routes", NewList(Of(P("node", Of(P("prefix", Binary(url)))), P("retries", Int(2)), P("backoff", Int(1))))))
	got, err := service(t).Send(ctx, e, request)
	if err != nil || len(got) != 1 || got[0].Status != 503 || hits.Load() != 3 {
		t.Error(got, err, hits.Load())
	}
}

// TestBackoff: pauses double, are as long as a node asks for, and end with the
// time of the request.
func TestBackoff(t *testing.T) {
	p := &peers{t: t}
	url, _ := p.flaky(3, 503)
	began := time.Now()
	if _, err := service(t).Send(ctx, env(t, []string{url}, P("retries", Int(3)), P("backoff", Int(80))), request); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < (40+80+160)*time.Millisecond {
		t.Error("did not wait between the rounds:", took)
	}
	url, _ = p.flaky(1, 503, "Retry-After", "1")
	began = time.Now()
	if _, err := service(t).Send(ctx, env(t, []string{url}, P("retries", Int(1)), P("backoff", Int(1))), request); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < time.Second {
		t.Error("came back too early:", took)
	}
	url, hits := p.flaky(100, 503, "Retry-After", "60")
	began = time.Now()
	_, err := service(t).Send(ctx, env(t, []string{url}, P("retries", Int(5))), request) // has four seconds
	var o *ao.Outcome
	if !errors.As(err, &o) || hits.Load() != 1 || time.Since(began) > 2*time.Second {
		t.Error(err, hits.Load(), time.Since(began))
	}
}

// TestHedge: a late node is not waited for, and one that answers in time is
// alone.
func TestHedge(t *testing.T) {
	p := &peers{t: t}
	began := time.Now()
	got, err := service(t).Send(ctx, env(t, []string{p.serve(200, "slow", time.Minute), p.serve(200, "slower", time.Minute), p.serve(200, "good", 0)}, P("hedge", Int(50))), request)
	if b := bodies(got); err != nil || len(b) != 1 || b[0] != "good" || time.Since(began) > 3*time.Second {
		t.Error(b, err, time.Since(began))
	}
	p = &peers{t: t}
	if _, err := service(t).Send(ctx, env(t, []string{p.serve(200, "good", 0), p.serve(200, "idle", 0)}, P("hedge", Int(2000))), request); err != nil || p.hits.Load() != 1 {
		t.Error(err, p.hits.Load())
	}
	// The late one may still win.
	p = &peers{t: t}
	got, err = service(t).Send(ctx, env(t, []string{p.serve(200, "late", 300*time.Millisecond), p.serve(500, "bad", 0)}, P("hedge", Int(50))), request)
	if b := bodies(got); err != nil || len(b) != 1 || b[0] != "late" {
		t.Error(b, err)
	}
	// A failure does not wait for the hedge.
	p = &peers{t: t}
	began = time.Now()
	if _, err := service(t).Send(ctx, env(t, []string{gone(), p.serve(200, "good", 0)}, P("hedge", Int(3000))), request); err != nil || time.Since(began) > 2*time.Second {
		t.Error(err, time.Since(began))
	}
}

// SEC-10: a stranger cannot have the node send a request again and again.
func TestStrangersDoNotRetry(t *testing.T) {
	p := &peers{t: t}
	url, hits := p.flaky(100, 503)
	req := request.Set("multirequest-retries", Int(10)).Set("multirequest-backoff", Int(0)).Set("multirequest-hedge", Int(1)).Set("retries", Int(10))
	for _, r := range []*Message{req, req.Set("multirequest-nodes", Strings([]string{url}))} {
		hits.Store(0)
		_, _ = service(t).Send(ctx, env(t, []string{url}), r)
		if hits.Load() != 1 {
			t.Error("the node was asked", hits.Load(), "times")
		}
	}
	many := make([]string, route.MaxNodes+1)
	for i := range many {
		many[i] = url
	}
	if _, err := service(t).Send(ctx, env(t, nil), req.Set("multirequest-nodes", Strings(many))); err == nil {
		t.Error("a request goes to any number of nodes")
	}
}
