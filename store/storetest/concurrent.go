package storetest

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// bulk writes many messages and reads them all.
func bulk(t *testing.T, s store.Store) {
	const n = 500
	for i := range n {
		b := store.NewBatch()
		b.Put(fmt.Sprintf("data/%d", i), []byte(fmt.Sprint("value ", i)))
		b.Link(fmt.Sprintf("msg/%d/key", i), fmt.Sprintf("data/%d", i))
		ok(t, s.Apply(bg(), b, store.Lazy))
	}
	for i := range n {
		j := i * 7919 % n
		get(t, s, fmt.Sprintf("msg/%d/key", j), fmt.Sprint("value ", j))
	}
	for _, g := range []string{"data", "msg"} {
		names, err := s.List(bg(), g, store.Page{})
		ok(t, err)
		if len(names) != n {
			t.Fatalf("%d of %d names in %s", len(names), n, g)
		}
	}
}

// concurrentSwap counts with compare-and-set from several goroutines; no
// increment may be lost.
func concurrentSwap(t *testing.T, s store.Store) {
	const workers, each = 4, 40
	ok(t, s.Link(bg(), "counter", "0"))
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for done := 0; done < each; {
				cur, err := s.Target(bg(), "counter")
				if err != nil {
					t.Error(err)
					return
				}
				n, err := strconv.Atoi(cur)
				if err != nil {
					t.Error(err)
					return
				}
				err = s.SwapLink(bg(), "counter", cur, strconv.Itoa(n+1))
				if err == nil {
					done++
				} else if !fail.Is(err, fail.Conflict) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	resolved(t, s, "counter", strconv.Itoa(workers*each))
}

// concurrentBatches appends to one log from several goroutines with durable
// batches, as a scheduler does: each batch claims a slot and moves the head.
func concurrentBatches(t *testing.T, s store.Store) {
	const workers, each = 4, 8
	ok(t, s.Link(bg(), "head", "slot/0"))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for done := 0; done < each; {
				cur, err := s.Target(bg(), "head")
				if err != nil {
					t.Error(err)
					return
				}
				n, err := strconv.Atoi(cur[len("slot/"):])
				if err != nil {
					t.Error(err)
					return
				}
				next := fmt.Sprint("slot/", n+1)
				b := store.NewBatch()
				b.Put(next, []byte(fmt.Sprint("worker ", w)))
				b.SwapLink("head", cur, next)
				err = s.Apply(bg(), b, store.Durable)
				if err == nil {
					done++
				} else if !fail.Is(err, fail.Conflict) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	resolved(t, s, "head", fmt.Sprint("slot/", workers*each))
	names, err := s.List(bg(), "slot", store.Page{})
	ok(t, err)
	if len(names) != workers*each {
		t.Fatalf("%d slots, want %d", len(names), workers*each)
	}
}

// closeInUse closes a store under the hands of its users, who must get
// Unavailable, not a crash.
func closeInUse(t *testing.T, s store.Store) {
	var wg, started sync.WaitGroup
	for w := range 4 {
		started.Add(1)
		wg.Go(func() {
			for n := 0; ; n++ {
				p := fmt.Sprintf("%d/%d", w, n)
				err := s.Put(bg(), p, []byte(p))
				if err == nil {
					_, err = s.Get(bg(), p)
				}
				if err == nil {
					_, err = s.List(bg(), strconv.Itoa(w), store.Page{Limit: 3})
				}
				if n == 0 {
					started.Done()
				}
				if err != nil {
					if !fail.Is(err, fail.Unavailable) {
						t.Error(err)
					}
					return
				}
			}
		})
	}
	started.Wait()
	ok(t, s.Close())
	wg.Wait()
}
