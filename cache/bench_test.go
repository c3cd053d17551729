package cache_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
)

// flat is a distinct message of four keys.
func flat(i int64) *message.Message {
	return message.Of(message.P("action", bin("Transfer")), message.P("quantity", message.Int(i)),
		message.P("recipient", bin("GmViWQ7xnRBF0GxAVXQtOCiOnm3NcczeXO6A8dWndOs")), message.P("data", bin("some text")))
}

func openPebble(b *testing.B) store.Store {
	s, err := pebble.Open(b.TempDir(), pebble.Options{})
	ok(b, err)
	b.Cleanup(func() { ok(b, s.Close()) })
	return s
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

func benchmarkWrite(b *testing.B, s store.Store, d store.Durability, writers int) {
	c := cache.New(s, cache.Options{})
	var n atomic.Int64
	b.SetParallelism(writers)
	b.ReportAllocs()
	before := cpuTime()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Write(context.Background(), flat(n.Add(1)), d); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// BenchmarkWriteDurable writes distinct flat messages; each write returns after
// an fsync, which concurrent writers share.
func BenchmarkWriteDurable(b *testing.B) {
	for _, writers := range []int{8, 64, 256, 1024} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) { benchmarkWrite(b, openPebble(b), store.Durable, writers) })
	}
}

func BenchmarkWriteLazy(b *testing.B) {
	b.Run("pebble", func(b *testing.B) { benchmarkWrite(b, openPebble(b), store.Lazy, 1) })
	b.Run("mem", func(b *testing.B) { benchmarkWrite(b, mem.New(mem.Options{}), store.Lazy, 1) })
}

func BenchmarkWriteAgain(b *testing.B) {
	c := cache.New(mem.New(mem.Options{}), cache.Options{})
	m := flat(1)
	b.ReportAllocs()
	for b.Loop() {
		write(b, c, m)
	}
}

func BenchmarkReadWarm(b *testing.B) {
	c := cache.New(openPebble(b), cache.Options{})
	ids := make([]string, 1000)
	for i := range ids {
		ids[i] = write(b, c, flat(int64(i)))
		read(b, c, ids[i])
	}
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Read(context.Background(), ids[i%len(ids)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkReadCold(b *testing.B) {
	s := openPebble(b)
	c := cache.New(s, cache.Options{})
	ids := make([]string, 20000)
	for i := range ids {
		ids[i] = write(b, c, flat(int64(i)))
	}
	c.Forget()
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		if i%len(ids) == 0 {
			c.Forget()
		}
		if _, err := c.Read(context.Background(), ids[i%len(ids)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkReadName(b *testing.B) {
	c := cache.New(openPebble(b), cache.Options{})
	for i := range 1000 {
		write(b, c, flat(int64(i)), fmt.Sprintf("proc/compute/%d", i))
	}
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Read(context.Background(), fmt.Sprintf("proc/compute/%d", i%1000)); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
