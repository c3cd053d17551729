package schedule_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// The items CONF-SCHED-nn of spec 03, 16.2, about what is kept: a scheduler has
// a store of its own here, beside the main one.

// volatile is a scheduler whose store is emptied now and then.
type volatile struct {
	t     *testing.T
	key   *keys.PrivateKey
	store *mem.Store
	cache *cache.Cache
	svc   *schedule.Service
}

func newVolatile(t *testing.T) *volatile {
	v := &volatile{t: t, key: must.Key(t), store: mem.New(mem.Options{})}
	v.open()
	return v
}

func (v *volatile) open() {
	v.cache = cache.New(v.store, cache.Options{})
	v.svc = schedule.New(schedule.Options{Store: v.store, Cache: v.cache, Identities: []*keys.PrivateKey{v.key}})
	v.t.Cleanup(func() { _ = v.svc.Close() })
}

// reset empties the store of the scheduler while the node is down.
func (v *volatile) reset() {
	v.t.Helper()
	if err := v.svc.Close(); err != nil {
		v.t.Fatal(err)
	}
	if err := v.store.Reset(ctx); err != nil {
		v.t.Fatal(err)
	}
	v.cache.Forget()
	v.open()
}

func (v *volatile) schedule(p schedule.Process, n int) {
	v.t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if _, err := v.svc.Schedule(ctx, p, newMessage(v.t, v.key, p, i)); err != nil {
				v.t.Error(err)
			}
		})
	}
	wg.Wait()
}

// listed returns the slots that a process has, as they are read.
func (v *volatile) listed(p schedule.Process, to int64) []int64 {
	v.t.Helper()
	var out []int64
	for from := int64(0); from <= to; {
		page := must.Have[schedule.Page](v.t)(v.svc.Range(ctx, p, from, to))
		if len(page.IDs) == 0 {
			break
		}
		for i, aid := range page.IDs {
			a := must.Have[Value](v.t)(v.cache.Read(ctx, aid)).(*Message)
			if slot, err := schedule.Slot(a); err != nil || slot != from+int64(i) {
				v.t.Fatalf("slot %d holds %d (%v)", from+int64(i), slot, err)
			}
			out = append(out, from+int64(i))
		}
		from += int64(len(page.IDs))
	}
	return out
}

// CONF-SCHED-16, CONF-SCHED-20, CONF-SCHED-21: what is in the store of the
// scheduler is lost with it, again and again, and not with the main store.
func TestVolatileStore(t *testing.T) {
	v := newVolatile(t)
	main := mem.New(mem.Options{})
	p := newProcess(t, v.key, 1)
	must.Have[string](t)(cache.New(main, cache.Options{}).Write(ctx, p.Definition, store.Lazy))
	for range 3 {
		v.schedule(p, 5)
		checkSchedule(t, v.svc, p, 5)
		if err := main.Reset(ctx); err != nil {
			t.Fatal(err)
		}
		checkSchedule(t, v.svc, p, 5)
		v.reset()
		if n := must.Have[int64](t)(v.svc.Current(ctx, p)); n != -1 || len(v.listed(p, 10)) != 0 {
			t.Fatal(n)
		}
		if a, err := v.svc.Stored(ctx, p, 0); a != nil || err != nil {
			t.Fatal(a, err)
		}
	}
}

// CONF-SCHED-17, CONF-SCHED-18: many at once write and read, and nobody reads
// anything but what was written.
func TestWritersAndReaders(t *testing.T) {
	v := newVolatile(t)
	p := newProcess(t, v.key, 1)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				found, err := v.svc.Read(ctx, p, 0, 1000)
				if err != nil {
					t.Error(err)
				}
				if err := schedule.VerifyChain(ctx, p.ID, found); err != nil {
					t.Error(err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	v.schedule(p, 50)
	v.schedule(p, 50)
	close(done)
	readers.Wait()
	want := make([]int64, 100)
	for i := range want {
		want[i] = int64(i)
	}
	if got := v.listed(p, 200); !slices.Equal(got, want) {
		t.Fatal(got)
	}
}

// CONF-SCHED-19: a thousand assignments are read back.
func TestThousand(t *testing.T) {
	v := newVolatile(t)
	p := newProcess(t, v.key, 1)
	v.schedule(p, 1000)
	checkSchedule(t, v.svc, p, 1000)
	if got := v.listed(p, 999); len(got) != 1000 {
		t.Fatal(len(got))
	}
}

// CONF-SCHED-24: a process that is not known has no sequencer; others have one
// each, which is listed.
func TestRegistry(t *testing.T) {
	v := newVolatile(t)
	one, two := newProcess(t, v.key, 1), newProcess(t, v.key, 2)
	if _, err := v.svc.Find(ctx, one.ID); !fail.Is(err, fail.NotFound) || len(v.svc.Processes()) != 0 {
		t.Fatal(err)
	}
	for range 2 {
		v.schedule(one, 3)
		v.schedule(two, 3)
	}
	want := []string{one.ID, two.ID}
	slices.Sort(want)
	if got := v.svc.Processes(); !slices.Equal(got, want) {
		t.Fatal(got)
	}
	for _, p := range []schedule.Process{one, two} {
		checkSchedule(t, v.svc, p, 6)
		if found := must.Have[schedule.Process](t)(v.svc.Find(ctx, p.ID)); found.ID != p.ID {
			t.Fatal(found)
		}
	}
}
