package process_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
)

// dormitory is a node whose processes go to sleep at once.
type dormitory struct {
	*node
	ps []schedule.Process
}

// asleep starts n processes, each with one message computed, and waits until all
// sleep. It returns the bytes and goroutines that a sleeping process costs.
func asleep(t testing.TB, n int) (d dormitory, bytes, goroutines float64) {
	t.Helper()
	s := must.Have[*pebble.Store](t)(pebble.Open(t.TempDir(), pebble.Options{Sync: pebble.SyncNever}))
	t.Cleanup(func() { _ = s.Close() })
	d.node = start(t, s, must.Key(t), Empty())
	small := func() *cache.Cache { return cache.New(s, cache.Options{MemoryBytes: 1 << 20}) }
	_ = d.order.Close()
	d.order = schedule.New(schedule.Options{Store: s, Cache: small(), Identities: d.order.Identities, Clock: d.clock, Idle: 50 * time.Millisecond})
	d.svc = process.New(process.Options{Order: d.order, Cache: small(), Clock: d.clock, Idle: time.Millisecond})
	d.live(0, min(n, 500)) // what is made once
	heap, running := d.quiet()
	d.live(len(d.ps), n)
	after, now := d.quiet()
	made := float64(n - min(n, 500))
	return d, float64(after-heap) / max(made, 1), float64(now-running) / max(made, 1)
}

// live spawns the processes of some numbers and computes a message of each.
func (d *dormitory) live(from, to int) {
	for i := from; i < to; i++ {
		d.ps = append(d.ps, d.spawn("private@1.0", i))
	}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := from + w; i < to; i += 8 {
				d.send(d.ps[i], i)
				d.compute(d.ps[i], 1)
			}
		})
	}
	wg.Wait()
}

// quiet waits until everything sleeps, and returns the heap and the goroutines
// that are left, beside the definitions that the test itself keeps.
func (d *dormitory) quiet() (heap int64, goroutines int) {
	for i := range d.ps {
		d.ps[i].Definition = nil
	}
	eventually(d.t, func() bool { return d.svc.Workers() == 0 })
	last := -1
	eventually(d.t, func() bool { // sequencers stop too
		time.Sleep(100 * time.Millisecond)
		now := runtime.NumGoroutine()
		same := now == last
		last = now
		return same
	})
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), runtime.NumGoroutine()
}

// Processes that sleep cost no goroutines and next to no memory, and wake from
// their snapshots at the first request.
// BenchmarkSleeping does it with ten thousand.
func TestSleepersCostNothing(t *testing.T) {
	const count = 1_500
	d, bytes, goroutines := asleep(t, count)
	t.Logf("%d sleeping processes: %.0f bytes and %.4f goroutines each", count, bytes, goroutines)
	// The race detector, with which CI runs the short tests, needs memory of its own.
	if bytes > 4096 && !testing.Short() || goroutines > 0.01 {
		t.Error("that is too much")
	}
	computed := d.computed.get()
	for i := 0; i < count; i += count / 10 {
		p := must.Have[schedule.Process](t)(d.order.Find(ctx, d.ps[i].ID))
		d.send(p, 1)
		if got := d.sum(d.compute(p, 2)); got != int64(i+1) {
			t.Fatalf("process %d: %d", i, got)
		}
	}
	if got := d.computed.get() - computed; got != 10 {
		t.Fatalf("%d slots computed, want 10: each wakes from its snapshot", got)
	}
}

// BenchmarkSleeping measures what a process that was computed and has gone to
// sleep leaves in memory, beyond the stored state.
func BenchmarkSleeping(b *testing.B) {
	for b.Loop() {
		_, bytes, goroutines := asleep(b, 10_000)
		b.ReportMetric(bytes, "bytes/process")
		b.ReportMetric(goroutines, "goroutines/process")
	}
}

// BenchmarkWake measures the first request to a process that sleeps, which is
// restored from its snapshot.
func BenchmarkWake(b *testing.B) {
	d, _, _ := asleep(b, 500)
	for i := range d.ps {
		d.ps[i] = must.Have[schedule.Process](b)(d.order.Find(ctx, d.ps[i].ID))
		d.send(d.ps[i], 1)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		p := d.ps[n%len(d.ps)]
		if n > 0 && n%len(d.ps) == 0 {
			b.StopTimer()
			for _, p := range d.ps {
				d.send(p, 1)
			}
			d.quiet()
			b.StartTimer()
		}
		d.compute(p, int64(2+n/len(d.ps)))
		n++
	}
}
