// Package chain asks several stores in order, as one (spec 02, 20.1 and 20.2).
//
// A read is answered by the first member that has something at the path. A
// member that is out of reach is passed over, but if then nobody has it, the
// answer is that member's error and not NotFound. A link in one member may
// lead into another: when nobody has a path, it is resolved by the first
// member that knows a link for it and asked for again.
//
// A write goes to the first member that has the verb and does not refuse it,
// a batch as a whole; its result is final.
package chain

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Scope says where a member keeps its data.
type Scope string

// The scopes of the reference. The empty Scope of a [Member] means Local.
const (
	Local    Scope = "local"
	InMemory Scope = "in_memory"
	Remote   Scope = "remote"
	Arweave  Scope = "arweave"
)

// Refusal is a set of operations that a member is not asked for. The zero
// value refuses nothing.
type Refusal uint8

// The elements of a [Refusal].
const (
	RefuseRead  Refusal = 1 << iota // Get, Type, List, Resolve, Target
	RefuseWrite                     // Put, Link, SwapLink, MakeGroup, Apply
	RefuseAdmin                     // Reset, when RefuseWrite is set too
)

// Policies translates the value of a store's key "access", a list of "read",
// "write" and "admin": what is not named is refused, unknown names grant
// nothing.
func Policies(names ...string) Refusal {
	r := RefuseRead | RefuseWrite | RefuseAdmin
	for _, n := range names {
		switch n {
		case "read":
			r &^= RefuseRead
		case "write":
			r &^= RefuseWrite
		case "admin":
			r &^= RefuseAdmin
		}
	}
	return r
}

// Member is a store in a chain. A Source that implements more verbs of package
// store than those of [store.Source] is asked for them too.
type Member struct {
	Source store.Source
	Scope  Scope
	Refuse Refusal
}

// Chain is a [store.Store] over its members. It holds no data itself.
type Chain struct {
	members []Member
	view    bool // made by Only: members belong to another chain
	closed  atomic.Bool
}

var _ store.Store = (*Chain)(nil)

// New returns the chain of members in this order. Closing it closes them.
func New(members ...Member) *Chain {
	c := &Chain{members: append([]Member(nil), members...)}
	for i := range c.members {
		if c.members[i].Scope == "" {
			c.members[i].Scope = Local
		}
	}
	return c
}

// Only returns the chain of those members that have one of the scopes, in the
// order of c. Closing it leaves the members open.
func (c *Chain) Only(scopes ...Scope) *Chain {
	out := &Chain{view: true}
	for _, m := range c.members {
		for _, s := range scopes {
			if m.Scope == s {
				out.members = append(out.members, m)
				break
			}
		}
	}
	return out
}

// Prefer returns the chain of the same members, those of the first scope
// first, and so on; members of scopes not named come last. Closing it leaves
// the members open.
func (c *Chain) Prefer(scopes ...Scope) *Chain {
	out := &Chain{view: true}
	taken := make([]bool, len(c.members))
	take := func(want func(Scope) bool) {
		for i, m := range c.members {
			if !taken[i] && want(m.Scope) {
				taken[i] = true
				out.members = append(out.members, m)
			}
		}
	}
	for _, s := range scopes {
		take(func(have Scope) bool { return have == s })
	}
	take(func(Scope) bool { return true })
	return out
}

// Close closes all members, even when one of them fails.
func (c *Chain) Close() error {
	if c.closed.Swap(true) || c.view {
		return nil
	}
	var errs []error
	for _, m := range c.members {
		errs = append(errs, m.Source.Close())
	}
	return errors.Join(errs...)
}

// enter reports whether the chain can be used.
func (c *Chain) enter(ctx context.Context, op string) error {
	if c.closed.Load() {
		return store.Closed(op)
	}
	return fail.Wrap(fail.Timeout, op, ctx.Err())
}
