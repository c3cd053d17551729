// Package gate lets one caller at a time through for each of many names, and
// keeps nothing for names that nobody uses.
package gate

import (
	"context"
	"sync"
)

// Gates are the gates of all names. The zero value is open.
type Gates struct {
	mu sync.Mutex
	by map[string]*gate
}

type gate struct {
	ch    chan struct{}
	users int
}

// Enter waits until nobody else is through the gate of a name, and returns the
// function that lets the next one in.
//
// # Errors
//
// The cause of ctx when it ends first.
func (g *Gates) Enter(ctx context.Context, name string) (leave func(), err error) {
	g.mu.Lock()
	one := g.by[name]
	if one == nil {
		if g.by == nil {
			g.by = map[string]*gate{}
		}
		one = &gate{ch: make(chan struct{}, 1)}
		g.by[name] = one
	}
	one.users++
	g.mu.Unlock()
	done := func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if one.users--; one.users == 0 {
			delete(g.by, name)
		}
	}
	select {
	case one.ch <- struct{}{}:
		return func() { <-one.ch; done() }, nil
	case <-ctx.Done():
		done()
		return nil, context.Cause(ctx)
	}
}
