package process_test

import (
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
)

// prepared starts a node on pebble whose process has n scheduled messages.
func prepared(b *testing.B, device string, n int) (*node, schedule.Process) {
	s, err := pebble.Open(b.TempDir(), pebble.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	nd := start(b, s, must.Key(b), Empty())
	p := nd.spawn(device, 1)
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := w; i < n; i += 16 {
				nd.send(p, i)
			}
		})
	}
	wg.Wait()
	return nd, p
}

// cpuTime returns the processor time that this process has used, which says
// more than the clock on a machine with other work to do.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// One request that computes b.N scheduled messages, results stored.
func benchmarkCompute(b *testing.B, device string) {
	n, p := prepared(b, device, b.N)
	// A cache of its own, so that nothing is in memory yet.
	n.svc = process.New(process.Options{Order: n.order, Cache: n.cache, Clock: n.clock})
	b.ReportAllocs()
	before := cpuTime()
	b.ResetTimer()
	n.compute(p, int64(b.N))
	if err := n.svc.Close(); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
}

func BenchmarkComputePure(b *testing.B)    { benchmarkCompute(b, "pure@1.0") }
func BenchmarkComputePrivate(b *testing.B) { benchmarkCompute(b, "private@1.0") }

// BenchmarkReadResult reads states that have been computed before.
func BenchmarkReadResult(b *testing.B) {
	const slots = 500
	n, p := prepared(b, "pure@1.0", slots)
	n.compute(p, slots)
	n.stop()
	n.svc = process.New(process.Options{Order: n.order, Cache: cache.New(n.order.Store, cache.Options{}), Clock: n.clock})
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		n.compute(p, int64(i%slots))
	}
}
