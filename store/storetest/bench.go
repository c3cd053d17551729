package storetest

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/store"
)

// keys is the number of messages in the store that reads are measured on.
const keys = 20_000

// Bench measures a store with paths as the message cache makes them: an ID of
// 43 characters, "/" and a name, and values of 200 bytes.
func Bench(b *testing.B, open func(t testing.TB) store.Store) {
	s := open(b)
	b.Cleanup(func() { ok(b, s.Close()) })
	var next atomic.Int64
	value := func(n int64) []byte {
		v := make([]byte, 200)
		r := rand.New(rand.NewPCG(uint64(n), 3))
		for i := range v {
			v[i] = byte(r.Uint32())
		}
		return v
	}
	batch := func(ops int, d store.Durability) error {
		w := store.NewBatch()
		for range ops {
			n := next.Add(1)
			w.Put(benchPath(n), value(n))
		}
		return s.Apply(bg(), w, d)
	}
	for range keys / 1000 {
		ok(b, batch(1000, store.Lazy))
	}
	ok(b, s.Sync(bg()))

	run := func(name string, f func(i int) error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				ok(b, f(i))
			}
		})
	}
	hit := func(i int) int64 { return int64(i)*7919%keys + 1 }
	run("get", func(i int) error { _, err := s.Get(bg(), benchPath(hit(i))); return err })
	run("miss", func(i int) error { _, err := s.Type(bg(), benchPath(int64(-1-i))); return err })
	run("list-10", func(i int) error {
		_, err := s.List(bg(), fmt.Sprintf("%043d", hit(i)/10), store.Page{Limit: 10})
		return err
	})
	run("put", func(int) error { n := next.Add(1); return s.Put(bg(), benchPath(n), value(n)) })
	run("batch-100", func(int) error { return batch(100, store.Lazy) })
	run("durable", func(int) error { return batch(3, store.Durable) })
	b.Run("durable-parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := batch(3, store.Durable); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// benchPath returns the path of value n; ten values share an ID.
func benchPath(n int64) string { return fmt.Sprintf("%043d/key-%d", n/10, n%10) }
