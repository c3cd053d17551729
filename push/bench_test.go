package push_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
)

// roundTrips measures pushes that make one process send to another and get its
// answer: two letters signed, scheduled and computed besides the message
// itself.
func roundTrips(b *testing.B, one *node, from, to string) {
	letters := make([]*Message, b.N+1)
	for i := range letters {
		letters[i] = one.letter(from, send(P("target", Binary(to)), P("n", Int(i)))...)
	}
	push := func(i int) time.Duration {
		began := time.Now()
		one.resolve(Of(P("path", Binary("/"+from+"/push")), P("method", Binary("POST")), P("body", letters[i])))
		return time.Since(began)
	}
	push(b.N) // wakes everything
	took := make([]time.Duration, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		took[i] = push(i)
	}
	b.StopTimer()
	slices.Sort(took)
	micro := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
	b.ReportMetric(micro(took[len(took)/2]), "p50-µs")
	b.ReportMetric(micro(took[len(took)*99/100]), "p99-µs")
	if slot := one.slot(from); slot != int64(2*(b.N+1)) {
		b.Fatalf("slot %d of %d", slot, 2*(b.N+1))
	}
}

// ping and pong are the two ends of a round trip.
const (
	ping = `
function compute(base, req)
  local m = req.body or {}
  base.results = {}
  if m.out then base.results = { outbox = { ["1"] = m.out } } end
  if m["from-process"] then base.count = (base.count or 0) + 1 end
  return base
end`
	pong = `
function compute(base, req)
  local m = req.body or {}
  base.results = {}
  if m["from-process"] then base.results = { outbox = { ["1"] = { target = m["from-process"], n = m.n } } } end
  return base
end`
)

func diskNode(b *testing.B) *node {
	s := must.Have[*pebble.Store](b)(pebble.Open(b.TempDir(), pebble.Options{}))
	n := start(b, s, settings{})
	b.Cleanup(func() { n.stop(); _ = s.Close() })
	return n
}

func BenchmarkPingPongLocal(b *testing.B) {
	n := diskNode(b)
	to := n.spawn(pong)
	roundTrips(b, n, n.spawn(ping), to)
}

func BenchmarkPingPongTwoNodes(b *testing.B) {
	one, two := diskNode(b), diskNode(b)
	from, to := one.spawn(ping), two.spawn(pong)
	one.meet(two, to)
	two.meet(one, from)
	roundTrips(b, one, from, to)
}
