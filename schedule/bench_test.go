package schedule_test

import (
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// each runs f for the numbers below n on many goroutines.
func each(n, goroutines int, f func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
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

func rsaKey(b *testing.B) *keys.PrivateKey {
	return must.Have[*keys.PrivateKey](b)(keys.ReadFile(filepath.Join(sharedtest.Dir(b, "testdata"), "key-1.json")))
}

// Scheduling of messages that were signed beforehand, by 32 callers, stored
// durably in pebble. Compare with BenchmarkSigning, the limit.
func benchmarkSchedule(b *testing.B, key *keys.PrivateKey, processes int) {
	author := must.Key(b)
	s := pebbleStore(b, b.TempDir())
	defer func() { _ = s.Close() }()
	svc := open(b, s, schedule.Options{Identities: []*keys.PrivateKey{key}})
	ps := make([]schedule.Process, processes)
	for i := range ps {
		ps[i] = newProcess(b, key, i)
		must.Have[*Message](b)(svc.Schedule(ctx, ps[i], ps[i].Definition))
	}
	msgs := make([]*Message, b.N)
	each(b.N, runtime.GOMAXPROCS(0), func(i int) { msgs[i] = newMessage(b, author, ps[i%processes], i) })
	b.ReportAllocs()
	before := cpuTime()
	b.ResetTimer()
	each(b.N, 32, func(i int) {
		if _, err := svc.Schedule(ctx, ps[i%processes], msgs[i]); err != nil {
			b.Error(err)
		}
	})
	b.StopTimer()
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
	if err := svc.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkScheduleRSA1Process(b *testing.B)     { benchmarkSchedule(b, rsaKey(b), 1) }
func BenchmarkScheduleRSA100Processes(b *testing.B) { benchmarkSchedule(b, rsaKey(b), 100) }
func BenchmarkScheduleEd1Process(b *testing.B)      { benchmarkSchedule(b, must.Key(b), 1) }
func BenchmarkScheduleEd100Processes(b *testing.B)  { benchmarkSchedule(b, must.Key(b), 100) }

// BenchmarkSigning is the limit of scheduling: nothing but signatures, on all
// cores.
func BenchmarkSigningRSA(b *testing.B) {
	signer := must.Have[keys.Signer](b)(rsaKey(b).Signer(keys.RSAPSSSHA512))
	text := make([]byte, 1024)
	before := cpuTime()
	b.ResetTimer()
	each(b.N, runtime.GOMAXPROCS(0), func(int) {
		if _, err := signer.Sign(text); err != nil {
			b.Error(err)
		}
	})
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
}
