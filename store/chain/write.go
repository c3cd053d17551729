package chain

import (
	"context"
	"errors"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// write performs do on the first member that has the verb V and accepts it.
func write[V any](ctx context.Context, c *Chain, op string, do func(v V) error) error {
	if err := c.enter(ctx, op); err != nil {
		return err
	}
	for _, m := range c.members {
		v, ok := m.Source.(V)
		if !ok || m.Refuse&RefuseWrite != 0 {
			continue
		}
		err := do(v)
		if fail.Is(err, fail.NotAllowed) || fail.Is(err, fail.Unsupported) {
			continue
		}
		return err
	}
	return fail.New(fail.NotAllowed, op, "no store of this chain accepts it; add one that may be written")
}

// Put implements [store.Writer].
func (c *Chain) Put(ctx context.Context, path string, value []byte) error {
	return write(ctx, c, "chain.Put", func(w store.Writer) error { return w.Put(ctx, path, value) })
}

// Link implements [store.Linker].
func (c *Chain) Link(ctx context.Context, name, target string) error {
	return write(ctx, c, "chain.Link", func(l store.Linker) error { return l.Link(ctx, name, target) })
}

// SwapLink implements [store.Linker]. It is atomic in the member that takes
// it, and does not look at others.
func (c *Chain) SwapLink(ctx context.Context, name, old, new string) error {
	return write(ctx, c, "chain.SwapLink", func(l store.Linker) error { return l.SwapLink(ctx, name, old, new) })
}

// MakeGroup implements [store.Grouper].
func (c *Chain) MakeGroup(ctx context.Context, path string) error {
	return write(ctx, c, "chain.MakeGroup", func(g store.Grouper) error { return g.MakeGroup(ctx, path) })
}

// Apply implements [store.Batcher].
func (c *Chain) Apply(ctx context.Context, b *store.Batch, d store.Durability) error {
	return write(ctx, c, "chain.Apply", func(s store.Batcher) error { return s.Apply(ctx, b, d) })
}

// Sync implements [store.Syncer] on all members that may be written.
func (c *Chain) Sync(ctx context.Context) error {
	if err := c.enter(ctx, "chain.Sync"); err != nil {
		return err
	}
	var errs []error
	for _, m := range c.members {
		if s, ok := m.Source.(store.Syncer); ok && m.Refuse&RefuseWrite == 0 {
			errs = append(errs, s.Sync(ctx))
		}
	}
	return errors.Join(errs...)
}

// Reset implements [store.Resetter] on all members whose policies name write
// or admin.
func (c *Chain) Reset(ctx context.Context) error {
	if err := c.enter(ctx, "chain.Reset"); err != nil {
		return err
	}
	var errs []error
	for _, m := range c.members {
		if s, ok := m.Source.(store.Resetter); ok && m.Refuse&(RefuseWrite|RefuseAdmin) != RefuseWrite|RefuseAdmin {
			errs = append(errs, s.Reset(ctx))
		}
	}
	return errors.Join(errs...)
}
