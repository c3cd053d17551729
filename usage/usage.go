// Package usage counts what a request uses, for those who charge by it.
//
// A [Meter] travels in the context of a request. Whoever does work on its behalf
// adds to it, wherever he is:
//
//	usage.Add(ctx, usage.LuaFuel, vm.FuelUsed())
//
// Nothing is counted, and next to nothing is spent on it, unless the context has
// a meter that was started.
package usage

import (
	"context"
	"maps"
	"math"
	"sync"
	"sync/atomic"
)

// Resource is something that is used, by the name that rates are given for.
type Resource string

// The resources that a node counts.
const (
	RequestBytes  Resource = "request-bytes"  // request line, headers and body as they came
	ResponseBytes Resource = "response-bytes" // keys and values of the answer, nested ones included
	WASMFuel      Resource = "wasm-fuel"      // instructions of WASM programs
	LuaFuel       Resource = "lua-fuel"       // instructions of Lua programs
	CPUTime       Resource = "cpu-time"       // microseconds of one processor
	StoredBytes   Resource = "stored-bytes"   // of values that were put into the store
)

// Meter counts the resources of one request. It is safe for concurrent use; a
// nil meter counts nothing.
type Meter struct {
	started atomic.Bool
	mu      sync.Mutex
	amounts map[Resource]uint64
	over    func(map[Resource]uint64) error
	stop    context.CancelCauseFunc
}

type meterKey struct{}

// With returns the context of a request with a meter that has not been started,
// and the meter. stop, when not nil, is what ends the request once its budget is
// used up.
func With(ctx context.Context, stop context.CancelCauseFunc) (context.Context, *Meter) {
	m := &Meter{stop: stop}
	return context.WithValue(ctx, meterKey{}, m), m
}

// Of returns the meter of a context when it has been started, else nil.
func Of(ctx context.Context) *Meter {
	if m, ok := ctx.Value(meterKey{}).(*Meter); ok && m.started.Load() {
		return m
	}
	return nil
}

// Start makes the meter of a context count, and returns it; nil when there is
// none. over is asked after each addition whether the budget is used up: the
// error with which the request ends, or nil.
func Start(ctx context.Context, over func(map[Resource]uint64) error) *Meter {
	m, _ := ctx.Value(meterKey{}).(*Meter)
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.amounts == nil {
		m.amounts = map[Resource]uint64{}
	}
	m.over = over
	m.started.Store(true)
	return m
}

// Note counts a resource that is known before the meter is started.
func (m *Meter) Note(r Resource, n uint64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.amounts == nil {
		m.amounts = map[Resource]uint64{}
	}
	m.add(r, n)
}

func (m *Meter) add(r Resource, n uint64) {
	if was := m.amounts[r]; n > math.MaxUint64-was {
		m.amounts[r] = math.MaxUint64
	} else {
		m.amounts[r] = was + n
	}
}

// Add counts n units of a resource for the request of a context.
func Add(ctx context.Context, r Resource, n uint64) {
	if m := Of(ctx); m != nil && n > 0 {
		m.count(r, n)
	}
}

func (m *Meter) count(r Resource, n uint64) {
	m.mu.Lock()
	m.add(r, n)
	var err error
	if m.over != nil && m.stop != nil {
		err = m.over(m.amounts)
	}
	m.mu.Unlock()
	if err != nil {
		m.stop(err)
	}
}

// Amounts returns what has been counted.
func (m *Meter) Amounts() map[Resource]uint64 {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.amounts)
}
