// Package ratelimit is the device rate-limit@1.0: how often one caller may ask.
package ratelimit

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/usage"
)

// Name is the name of the device.
const Name = "rate-limit@1.0"

const doc = `Limits how often one caller may ask, as a request hook.

A caller is the IP address that a request comes from (of an IPv6 address its /64 network; x-real-ip counts only from proxies that the
node trusts). It may send "rate_limit_max" requests at once, and regains "rate_limit_requests" per "rate_limit_period"
milliseconds. Requests that are refused count too, down to "rate_limit_min", so who never pauses is never served. A refusal is 429
with "retry-after", the seconds to wait. "rate_limit_exempt" lists addresses that are never limited. Balances are in memory.

    "on": {"request": {"device": "rate-limit@1.0"}}

      curl -i http://localhost:8734/~meta@1.0/info/address     # after too many: 429, reason: rate-limited, retry-after: 1`

var (
	optMax      = ao.Option{Name: "rate_limit_max", Default: message.Int(1000), Doc: "Requests that a caller may send at once."}
	optRequests = ao.Option{Name: "rate_limit_requests", Default: message.Int(1000), Doc: "Requests that it regains in a period."}
	optPeriod   = ao.Option{Name: "rate_limit_period", Default: message.Int(60_000), Doc: "Milliseconds of a period."}
	optMin      = ao.Option{Name: "rate_limit_min", Default: message.Int(-1000), Doc: "How far below zero refused requests count."}
	optExempt   = ao.Option{Name: "rate_limit_exempt", Default: message.NewList(), Doc: "IP addresses that are never limited."}
)

// maxCallers bounds the callers in memory. Those that have everything back need
// not be there.
const maxCallers = 1 << 18

// maxWait is the longest time, in seconds, that a caller is told to wait.
const maxWait = 24 * 60 * 60

// New returns the device.
func New() *ao.Device {
	d := &device{callers: map[string]caller{}}
	return &ao.Device{
		Name:    Name,
		Doc:     doc,
		Keys:    []ao.Key{{Name: "request", Doc: "As a request hook: passes the request on, or refuses it with 429.", Run: d.request}},
		Options: []ao.Option{optMax, optRequests, optPeriod, optMin, optExempt},
	}
}

type device struct {
	mu      sync.Mutex
	callers map[string]caller
}

// caller is what an address had at a moment.
type caller struct {
	left float64
	at   time.Time
}

// limits are the options of the node.
type limits struct {
	max, min  float64
	perSecond float64
}

func limitsOf(e *ao.Env) limits {
	l := limits{max: float64(optMax.Int(e)), min: float64(min(0, optMin.Int(e)))}
	if period := optPeriod.Milliseconds(e); period > 0 {
		l.perSecond = float64(optRequests.Int(e)) / period.Seconds()
	}
	return l
}

// request passes a request on unless its caller has asked too often (spec 05,
// 5.1).
func (d *device) request(c *ao.Call) (message.Value, error) {
	passed := c.Request().Without("path", "method")
	who := name(usage.Caller(c.Ctx))
	if who == "" || exempt(c, who) {
		return passed, nil
	}
	l := limitsOf(&c.Env)
	wait := d.take(who, l, c.Now())
	if wait == 0 {
		return passed, nil
	}
	return nil, &ao.Outcome{Status: ao.Failed, Value: message.Of(
		message.P("status", message.Int(429)),
		message.P("reason", message.Binary("rate-limited")),
		message.P("body", message.Binary(fmt.Sprintf("Too many requests: try again in %d s.", wait))),
		message.P("retry-after", message.Int(wait)))}
}

// take takes a request from a caller, and returns 0 when it passes, else the
// whole seconds until one does again.
func (d *device) take(who string, l limits, at time.Time) (wait int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	has := l.max
	if was, ok := d.callers[who]; ok {
		has = min(l.max, was.left+max(0, at.Sub(was.at).Seconds())*l.perSecond)
	}
	left := max(l.min, has-1)
	if len(d.callers) >= maxCallers {
		d.forget(l, at)
	}
	d.callers[who] = caller{left, at}
	switch {
	case has >= 1:
		return 0
	case l.perSecond <= 0:
		return maxWait
	}
	return int64(min(max(1, math.Ceil((1-left)/l.perSecond)), maxWait))
}

// forget drops callers that have everything back, or else all: a flood of
// addresses must not fill the memory.
func (d *device) forget(l limits, at time.Time) {
	for who, c := range d.callers {
		if c.left+at.Sub(c.at).Seconds()*l.perSecond >= l.max {
			delete(d.callers, who)
		}
	}
	if len(d.callers) >= maxCallers {
		clear(d.callers)
	}
}

// name returns what a caller is known as: its address, or network where a caller
// has many addresses.
func name(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return ""
	}
	return p.Addr().String()
}

// exempt reports whether a caller is never limited.
func exempt(c *ao.Call, who string) bool {
	v, err := message.LoadAll(c.Ctx, c.Cache, optExempt.In(&c.Env))
	if err != nil {
		return false
	}
	if m, ok := v.(*message.Message); ok {
		if v, err = m.List(); err != nil {
			return false
		}
	}
	l, ok := v.(*message.List)
	if !ok {
		l = message.NewList(v)
	}
	var names []string
	for _, e := range l.All() {
		if s, ok := message.Text(e); ok {
			names = append(names, name(s))
		}
	}
	return slices.Contains(names, who)
}
