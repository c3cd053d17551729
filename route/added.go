package route

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// additions are the routes that were added to the option "routes" while the
// node ran. They are kept in the cache, and hold until the option is set anew.
// The zero value is ready.
type additions struct {
	mu      sync.Mutex
	loaded  bool
	base    message.Value   // the option that the table was made from
	table   *message.List   // it, with what was added
	applied []message.Value // IDs of the signed requests that added something
}

// additionsName is where they lie in the cache.
const additionsName = "router@1.0/routes"

// in returns the table that is in force.
func (a *additions) in(ctx context.Context, env *ao.Env) (message.Value, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.current(ctx, env)
}

func (a *additions) current(ctx context.Context, env *ao.Env) (message.Value, error) {
	base, err := message.LoadAll(ctx, env.Cache, OptRoutes.In(env))
	if err != nil {
		return nil, err
	}
	if err := a.load(ctx, env); err != nil {
		return nil, err
	}
	if a.base == nil {
		return base, nil
	}
	if a.base != base {
		if !message.Equal(a.base, base) {
			return base, nil
		}
		a.base = base // so that the next look is a look at a pointer
	}
	return a.table, nil
}

func (a *additions) load(ctx context.Context, env *ao.Env) error {
	if a.loaded {
		return nil
	}
	v, err := env.Cache.Read(ctx, additionsName)
	if err != nil && !fail.Is(err, fail.NotFound) {
		return err
	}
	if m, ok := v.(*message.Message); ok {
		base, _ := m.Get("option")
		table, _ := m.Get("routes")
		if l, ok := listOf(table); ok {
			a.base, a.table = base, l
		}
		ids, _ := m.Get("applied")
		if l, ok := listOf(ids); ok {
			for _, v := range l.All() {
				a.applied = append(a.applied, v)
			}
		}
	}
	a.loaded = true
	return nil
}

func listOf(v message.Value) (*message.List, bool) {
	switch x := v.(type) {
	case *message.List:
		return x, true
	case *message.Message:
		l, err := x.List()
		return l, err == nil
	}
	return nil, false
}

// Add puts a route into the table, by ascending "priority"; routes without one
// come last. It is kept over restarts, until the operator sets the option
// "routes" anew. signed is the request that asked for it, and does so once.
//
// # Errors
//
// [fail.Conflict] when the request has been applied before; those of
// [ReadTable] and of the store.
func (s *Service) Add(ctx context.Context, env *ao.Env, r, signed *message.Message) error {
	a := &s.added
	a.mu.Lock()
	defer a.mu.Unlock()
	v, err := a.current(ctx, env)
	if err != nil {
		return err
	}
	applied := slices.Clone(a.applied)
	for _, i := range commit.Signatures(signed) { // whoever else has signed it since
		key := message.Value(message.Binary(i))
		if slices.Contains(a.applied, key) {
			return fail.New(fail.Conflict, "route.Add", "this signed route has been added before; sign a new one")
		}
		applied = append(applied, key)
	}
	t, err := ReadTable(v)
	if err != nil {
		return err
	}
	t.Routes = append(t.Routes, r)
	slices.SortStableFunc(t.Routes, func(x, y *message.Message) int { return cmp.Compare(priority(x), priority(y)) })
	if len(t.Routes) > MaxRoutes {
		return fail.New(fail.TooLarge, "route.Add", "the route table has %d routes, which are all it can have", MaxRoutes)
	}
	base, err := message.LoadAll(ctx, env.Cache, OptRoutes.In(env))
	if err != nil {
		return err
	}
	table := t.Value()
	record := message.Of(message.P("option", base), message.P("routes", table), message.P("applied", message.NewList(applied...)))
	if _, err := env.Cache.Write(ctx, record, store.Durable, additionsName); err != nil {
		return err
	}
	a.base, a.table, a.applied = base, table, applied
	return nil
}

// priority returns the priority of a route.
func priority(r *message.Message) int64 {
	v, _ := r.Get("priority")
	if n, ok := message.AsInt(v); ok {
		return n
	}
	return 1<<63 - 1
}
