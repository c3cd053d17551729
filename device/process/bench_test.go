package process_test

import (
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// cpuTime returns the processor time that this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// computeAll schedules b.N messages and measures one request for the last slot,
// results stored.
func (n *node) computeAll(b *testing.B, id string, msg func(i int) *Message) {
	p := must.Have[schedule.Process](b)(n.order.Find(ctx, id))
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := w; i < b.N; i += 16 {
				must.Have[*Message](b)(n.order.Schedule(ctx, p, n.sign(n.user, msg(i))))
			}
		})
	}
	wg.Wait()
	must.Have[*Message](b)(n.svc.Compute(ctx, n.env, p, 0))
	runtime.GC()
	b.ReportAllocs()
	before := cpuTime()
	b.ResetTimer()
	must.Have[*Message](b)(n.svc.Compute(ctx, n.env, p, int64(b.N)))
	b.StopTimer()
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
}

func BenchmarkLuaProcess(b *testing.B) {
	n := full(b, diskStore(b), must.Key(b))
	id := n.spawnLua(`function compute(base, req, opts)
  local m = req.body or {}
  base.count = (base.count or 0) + 1
  base.last = m.data
  base.results = { output = { body = "count " .. base.count } }
  return base
end`)
	n.computeAll(b, id, func(i int) *Message {
		return Of(P("target", Binary(id)), P("type", Binary("Message")), P("action", Binary("Inc")), P("data", Binary("data")), P("n", Int(i)))
	})
}

func BenchmarkAosProcess(b *testing.B) {
	n := full(b, diskStore(b), must.Key(b))
	id := n.spawnAos()
	n.computeAll(b, id, func(i int) *Message {
		return Of(P("target", Binary(id)), P("type", Binary("Message")), P("action", Binary("Eval")), P("data", Binary("return 1+1")), P("n", Int(i)))
	})
}
