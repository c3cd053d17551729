package ratelimit_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/ratelimit"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/usage"
)

func number(k string, n int) Pair { return P(k, Int(n)) }

// wait asks as a caller and returns how long it is to wait, 0 when it is served.
func wait(t *testing.T, b aotest.Bench, ip string) int64 {
	t.Helper()
	ctx := usage.WithCaller(context.Background(), ip)
	r := ao.ResultOf(b.Resolve(ctx, Of(P("device", Binary(ratelimit.Name))), Of(P("path", Binary("request")), P("body", NewList()), P("x", Int(1)))))
	m, ok := r.Value.(*Message)
	if !ok {
		t.Fatal(r.Value, r.Err)
	}
	if r.Status == ao.OK {
		if !m.Has("body") || !m.Has("x") {
			t.Error("the hook message was not passed on")
		}
		return 0
	}
	status, _ := m.Get("status")
	if status != Value(Int(429)) || m.Text("reason") != "rate-limited" {
		t.Errorf("%v %s", status, m.Text("reason"))
	}
	v, _ := m.Get("retry-after")
	n, _ := AsInt(v)
	return n
}

// CONF-NEW-05
func TestRateLimit(t *testing.T) {
	now := &clock.Manual{}
	now.Set(time.Unix(1_700_000_000, 0))
	b := aotest.With(t, ao.Services{Clock: now}, Of(number("rate_limit_max", 2), number("rate_limit_requests", 2), number("rate_limit_period", 1000),
		number("rate_limit_min", -4), P("rate_limit_exempt", NewList(Binary("10.0.0.9")))), ratelimit.New())
	burst := func(ip string, want ...int64) {
		t.Helper()
		for i, n := range want {
			if got := wait(t, b, ip); got != n {
				t.Errorf("request %d of %s: wait %d, want %d", i+1, ip, got, n)
			}
		}
	}
	burst("10.0.0.1", 0, 0, 1)
	burst("10.0.0.2", 0, 0)
	burst("::ffff:10.0.0.2", 1) // the same caller
	now.Advance(time.Second)
	burst("10.0.0.1", 0)
	burst("10.0.0.1", 1, 2, 2, 3, 3, 3) // down to the minimum
	now.Advance(3 * time.Second)
	burst("10.0.0.1", 0)
	for range 10 {
		burst("10.0.0.9", 0)
		burst("", 0) // not from the network
	}
	burst("2001:db8::1", 0)
	burst("2001:db8::2", 0)
	burst("2001:db8::3", 1) // one network
	burst("2001:db9::3", 0)
}

// The header x-real-ip of a stranger gives nobody a fresh balance.
//
// SEC-22
func TestCallersOverHTTP(t *testing.T) {
	key, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	for _, trusted := range []bool{false, true} {
		c := node.DefaultConfig()
		c.DataDir, c.TrustProxy = "", trusted
		if err := c.Apply(Of(number("rate_limit_max", 2), number("rate_limit_requests", 1),
			P("on", Of(P("request", Of(P("device", Binary(ratelimit.Name)))))))); err != nil {
			t.Fatal(err)
		}
		n, err := node.Open(context.Background(), c, node.WithKey(key))
		if err != nil {
			t.Fatal(err)
		}
		srv := httptest.NewServer(n.Handler())
		served, last := 0, (*http.Response)(nil)
		for i := range 6 {
			req, err := http.NewRequest("GET", srv.URL+"/~meta@1.0/info/address", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Real-Ip", fmt.Sprint("10.1.1.", i))
			if last, err = http.DefaultClient.Do(req); err != nil {
				t.Fatal(err)
			}
			if err := last.Body.Close(); err != nil {
				t.Fatal(err)
			}
			if last.StatusCode == 200 {
				served++
			}
		}
		want := 2
		if trusted {
			want = 6
		}
		if served != want {
			t.Errorf("trusted %v: %d were served", trusted, served)
		}
		if !trusted && (last.StatusCode != 429 || last.Header.Get("Retry-After") == "") {
			t.Error(last.StatusCode, last.Header)
		}
		srv.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
}
