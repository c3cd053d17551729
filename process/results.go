package process

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// results stores computed states and finds them again (spec 03, 2.8).
type results struct {
	cache *cache.Cache
	log   *slog.Logger
	queue chan write
	done  sync.WaitGroup
}

// write is a state to be stored under some names.
type write struct {
	state  *message.Message
	names  []string
	newest *newest // not nil when a restart can begin from the state
	then   func()  // called when it is done, or has failed
}

// newest is the slot that the name "latest" of a process leads to. Writers do
// not keep the order of the slots, the name only moves forward.
type newest struct {
	name string
	mu   sync.Mutex
	slot int64
}

// unwritten bounds the states that wait for being written; a computation that
// is further ahead waits.
const unwritten = 512

func newResults(c *cache.Cache, log *slog.Logger) *results {
	r := &results{cache: c, log: log, queue: make(chan write, unwritten)}
	for range runtime.GOMAXPROCS(0) {
		r.done.Go(func() {
			for w := range r.queue {
				r.write(w)
			}
		})
	}
	return r
}

// close returns when everything is written. Nothing may be stored afterwards.
func (r *results) close() {
	close(r.queue)
	r.done.Wait()
}

// store writes a state behind the caller's back, or before it returns.
func (r *results) store(w write, async bool) {
	if async {
		r.queue <- w
		return
	}
	r.write(w)
}

// write stores a state. A result that cannot be stored will be computed again,
// so this is no failure of anything else.
func (r *results) write(w write) {
	defer w.then()
	ctx := context.Background()
	i, err := r.cache.Write(ctx, w.state, store.Lazy, w.names...)
	if err == nil && w.newest != nil {
		err = w.newest.move(ctx, r.cache, w.state, i)
	}
	if err != nil {
		r.log.Warn("the state of a process could not be stored", "name", w.names, "error", err)
	}
}

// move lets the name "latest" lead to a state that is stored under an ID,
// unless it leads to a newer one.
func (n *newest) move(ctx context.Context, c *cache.Cache, state *message.Message, i string) error {
	v, _ := state.Get("at-slot")
	slot, _ := message.AsInt(v)
	n.mu.Lock()
	defer n.mu.Unlock()
	if slot <= n.slot {
		return nil
	}
	n.slot = slot
	return c.Link(ctx, i, n.name, store.Lazy)
}

func root(process string) string { return "computed/" + process + "/" }

func slotName(process string, slot int64) string {
	return root(process) + "slot/" + strconv.FormatInt(slot, 10)
}

// snapshotName has digits enough that names sort as slots do.
func snapshotName(process string, slot int64) string {
	return root(process) + "snapshot/" + fmt.Sprintf("%019d", slot)
}

func latestName(process string) string { return root(process) + "latest" }

// read returns the stored state after a slot with its nested messages as links,
// or nil.
func (r *results) read(ctx context.Context, process string, slot int64) (*message.Message, error) {
	return r.lazy(ctx, slotName(process, slot))
}

func (r *results) lazy(ctx context.Context, name string) (*message.Message, error) {
	return found(r.cache.ReadLazy(ctx, name))
}

// whole returns what a name leads to with everything in it, or nil.
func (r *results) whole(ctx context.Context, name string) (*message.Message, error) {
	return found(r.cache.Read(ctx, name))
}

func found(v message.Value, err error) (*message.Message, error) {
	if fail.Is(err, fail.NotFound) {
		return nil, nil
	}
	m, _ := v.(*message.Message)
	return m, err
}

// origin is a stored state that a computation can start from.
type origin struct {
	slot int64
	name string
}

// origins returns from where the computation of a slot can start, best first.
func (r *results) origins(ctx context.Context, process string, slot int64) ([]origin, error) {
	var out []origin
	latest, err := r.lazy(ctx, latestName(process))
	if err != nil {
		return nil, err
	}
	if v, ok := latest.Get("at-slot"); ok {
		if n, ok := message.AsInt(v); ok && n <= slot {
			out = append(out, origin{n, latestName(process)})
		}
	}
	names, err := r.cache.List(ctx, root(process)+"snapshot", store.Page{})
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if n, err := strconv.ParseInt(name, 10, 64); err == nil && n <= slot {
			out = append(out, origin{n, root(process) + "snapshot/" + name})
		}
	}
	slices.SortStableFunc(out, func(a, b origin) int { return int(b.slot - a.slot) })
	return out, nil
}

// newest returns the newest stored state, or nil. Between the newest origin
// and it, states have no gaps, so it is found by doubling and halving.
func (r *results) newest(ctx context.Context, process string) (*message.Message, error) {
	const all = 1 << 62
	at := int64(-1)
	from, err := r.origins(ctx, process, all)
	if err != nil {
		return nil, err
	}
	if len(from) > 0 {
		at = from[0].slot
	}
	var best *message.Message
	probe := func(slot int64) (bool, error) {
		m, err := r.read(ctx, process, slot)
		if m != nil {
			best = m
		}
		return m != nil, err
	}
	if _, err := probe(at); err != nil {
		return nil, err
	}
	low, high, reach := at, at+1, int64(1)
	for {
		ok, err := probe(high)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		reach *= 2
		low, high = high, high+reach
	}
	for high-low > 1 {
		mid := low + (high-low)/2
		ok, err := probe(mid)
		if err != nil {
			return nil, err
		}
		if ok {
			low = mid
		} else {
			high = mid
		}
	}
	return best, nil
}
