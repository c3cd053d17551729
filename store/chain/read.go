package chain

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// passed reports whether the next member is asked after err: the member has
// nothing there, cannot do that, or is out of reach.
func passed(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	switch fail.KindOf(err) {
	case fail.NotFound, fail.NotAllowed, fail.Unsupported, fail.Upstream, fail.Unavailable, fail.Timeout:
		return true
	}
	return false
}

// first asks the readable members of c in order until ask succeeds, then for
// the path that links lead to from path. Ask returns NotFound to go on.
func (c *Chain) first(ctx context.Context, op, path string, ask func(s store.Source, path string) error) error {
	if err := c.enter(ctx, op); err != nil {
		return err
	}
	at := path
	for range store.MaxHops {
		var unreachable error
		for _, m := range c.members {
			if m.Refuse&RefuseRead != 0 {
				continue
			}
			err := ask(m.Source, at)
			if err == nil || !passed(ctx, err) {
				return err
			}
			if unreachable == nil && !fail.Is(err, fail.NotFound) {
				unreachable = err
			}
		}
		next, err := c.hop(ctx, at)
		if err != nil {
			return err
		}
		if next == at {
			if unreachable != nil {
				return unreachable
			}
			return &fail.Error{Kind: fail.NotFound, Op: op, Path: path, Text: "nothing is stored under this path"}
		}
		at = next
	}
	return endless(op, path)
}

// hop returns what the first member that knows a link for path makes of it,
// or path itself.
func (c *Chain) hop(ctx context.Context, path string) (string, error) {
	if path == "" {
		return path, nil
	}
	for _, m := range c.members {
		if m.Refuse&RefuseRead != 0 {
			continue
		}
		next, err := m.Source.Resolve(ctx, path)
		if err != nil && !passed(ctx, err) {
			return "", err
		}
		if err == nil && next != path {
			return next, nil
		}
	}
	return path, nil
}

func endless(op, path string) error {
	return fail.New(fail.Exhausted, op, "more than %d links, or links in a circle", store.MaxHops).At(path)
}

// Get implements [store.Reader].
func (c *Chain) Get(ctx context.Context, path string) (value []byte, err error) {
	err = c.first(ctx, "chain.Get", path, func(s store.Source, path string) (err error) {
		value, err = s.Get(ctx, path)
		return err
	})
	if err != nil {
		return nil, err
	}
	return value, nil
}

// Type implements [store.Typer].
func (c *Chain) Type(ctx context.Context, path string) (typ store.Type, err error) {
	const op = "chain.Type"
	err = c.first(ctx, op, path, func(s store.Source, path string) (err error) {
		typ, err = s.Type(ctx, path)
		if err == nil && typ == store.Absent {
			err = &fail.Error{Kind: fail.NotFound, Op: op, Path: path}
		}
		return err
	})
	if fail.Is(err, fail.NotFound) {
		return store.Absent, nil
	}
	if err != nil {
		return store.Absent, err
	}
	return typ, nil
}

// List implements [store.Lister]: the listing of the first member that has
// the group. Listings are not merged. The top level is never missing.
func (c *Chain) List(ctx context.Context, path string, page store.Page) (names []string, err error) {
	err = c.first(ctx, "chain.List", path, func(s store.Source, path string) (err error) {
		names, err = s.List(ctx, path, page)
		if err == nil && path == "" && len(names) == 0 {
			err = &fail.Error{Kind: fail.NotFound, Op: "chain.List"}
		}
		return err
	})
	if path == "" && fail.Is(err, fail.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return names, nil
}

// Resolve implements [store.Resolver]: links of all members are followed, into
// one another, until no member knows one.
func (c *Chain) Resolve(ctx context.Context, path string) (string, error) {
	const op = "chain.Resolve"
	if err := c.enter(ctx, op); err != nil {
		return "", err
	}
	if err := store.Check(path); err != nil {
		return "", err
	}
	at := path
	for range store.MaxHops {
		next, err := c.hop(ctx, at)
		if err != nil {
			return "", err
		}
		if next == at {
			return at, nil
		}
		at = next
	}
	return "", endless(op, path)
}

// Target implements [store.Linker]: the link of the first member that has it.
func (c *Chain) Target(ctx context.Context, name string) (target string, err error) {
	const op = "chain.Target"
	if err := c.enter(ctx, op); err != nil {
		return "", err
	}
	if err := store.Check(name); err != nil {
		return "", err
	}
	for _, m := range c.members {
		l, ok := m.Source.(store.Linker)
		if !ok || m.Refuse&RefuseRead != 0 {
			continue
		}
		target, err = l.Target(ctx, name)
		if err == nil || !passed(ctx, err) {
			return target, err
		}
	}
	return "", &fail.Error{Kind: fail.NotFound, Op: op, Path: name, Text: "no link has this name"}
}
