package store

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Tree is a [Store] over an [Engine]: it checks arguments and follows links.
type Tree struct{ engine Engine }

var _ Store = (*Tree)(nil)

// New returns the store that e drives. Closing the store closes e.
func New(e Engine) *Tree { return &Tree{e} }

// Engine returns the driver below the store. Writing to it directly skips the
// checks of arguments.
func (t *Tree) Engine() Engine { return t.engine }

// Close closes the driver.
func (t *Tree) Close() error { return t.engine.Close() }

// Sync implements [Syncer].
func (t *Tree) Sync(ctx context.Context) error { return t.engine.Sync(ctx) }

// Reset implements [Resetter].
func (t *Tree) Reset(ctx context.Context) error { return t.engine.Reset(ctx) }

// Get implements [Reader].
func (t *Tree) Get(ctx context.Context, path string) ([]byte, error) {
	_, e, err := t.follow(ctx, path)
	if err != nil {
		return nil, err
	}
	if e.Kind != Value {
		return nil, missing("store.Get", path)
	}
	return e.Data, nil
}

// Type implements [Typer].
func (t *Tree) Type(ctx context.Context, path string) (Type, error) {
	final, e, err := t.follow(ctx, path)
	if err != nil {
		return Absent, err
	}
	switch e.Kind {
	case Value:
		return Simple, nil
	case Group:
		return Composite, nil
	}
	names, err := t.engine.Names(ctx, final, Page{Limit: 1})
	if err != nil || len(names) == 0 {
		return Absent, err
	}
	return Composite, nil
}

// List implements [Lister].
func (t *Tree) List(ctx context.Context, path string, page Page) ([]string, error) {
	if path == "" {
		return t.engine.Names(ctx, path, page)
	}
	final, e, err := t.follow(ctx, path)
	if err != nil {
		return nil, err
	}
	names, err := t.engine.Names(ctx, final, page)
	if err != nil {
		return nil, err
	}
	if len(names) > 0 || e.Kind == Group {
		return names, nil
	}
	if page.After != "" {
		if all, err := t.engine.Names(ctx, final, Page{Limit: 1}); err != nil || len(all) > 0 {
			return names, err
		}
	}
	return nil, missing("store.List", path)
}

// Resolve implements [Resolver].
func (t *Tree) Resolve(ctx context.Context, path string) (string, error) {
	final, _, err := t.follow(ctx, path)
	return final, err
}

// follow applies the rules of the package comment to path. It returns the
// path at which no link is left, and the entry there, which is never a Link.
func (t *Tree) follow(ctx context.Context, path string) (string, Entry, error) {
	if err := Check(path); err != nil {
		return "", Entry{}, err
	}
	if err := ctx.Err(); err != nil {
		return "", Entry{}, fail.Wrap(fail.Timeout, "store.Resolve", err)
	}
	at := path
	for range MaxHops {
		e, err := t.engine.Look(ctx, at)
		if err != nil {
			return "", Entry{}, err
		}
		if e.Kind == Link {
			at = e.Target
			continue
		}
		if e.Kind != None {
			return at, e, nil
		}
		next, err := t.prefix(ctx, at)
		if err != nil {
			return "", Entry{}, err
		}
		if next == "" {
			return at, Entry{}, nil
		}
		if Check(next) != nil {
			break // the path grows with each link of a cycle
		}
		at = next
	}
	return "", Entry{}, fail.New(fail.Exhausted, "store.Resolve", "more than %d links, or links in a circle", MaxHops).At(path)
}

// prefix replaces the shortest proper prefix of path that is a link by its
// target. It returns "" when there is none.
func (t *Tree) prefix(ctx context.Context, path string) (string, error) {
	for i := 0; ; i++ {
		n := strings.IndexByte(path[i:], '/')
		if n < 0 {
			return "", nil
		}
		i += n
		e, err := t.engine.Look(ctx, path[:i])
		if err != nil {
			return "", err
		}
		if e.Kind == Link {
			return e.Target + path[i:], nil
		}
	}
}

// Put implements [Writer].
func (t *Tree) Put(ctx context.Context, path string, value []byte) error {
	return t.one(ctx, Op{Verb: OpPut, Path: path, Value: value})
}

// Link implements [Linker].
func (t *Tree) Link(ctx context.Context, name, target string) error {
	return t.one(ctx, Op{Verb: OpLink, Path: name, Target: target})
}

// SwapLink implements [Linker].
func (t *Tree) SwapLink(ctx context.Context, name, old, new string) error {
	return t.one(ctx, Op{Verb: OpSwap, Path: name, Old: old, Target: new})
}

// Target implements [Linker].
func (t *Tree) Target(ctx context.Context, name string) (string, error) {
	if err := Check(name); err != nil {
		return "", err
	}
	e, err := t.engine.Look(ctx, name)
	if err != nil {
		return "", err
	}
	if e.Kind != Link {
		return "", missing("store.Target", name)
	}
	return e.Target, nil
}

// MakeGroup implements [Grouper].
func (t *Tree) MakeGroup(ctx context.Context, path string) error {
	return t.one(ctx, Op{Verb: OpGroup, Path: path})
}

// Apply implements [Batcher].
func (t *Tree) Apply(ctx context.Context, b *Batch, d Durability) error {
	if b.Size() > MaxBatch {
		return fail.New(fail.TooLarge, "store.Apply", "the batch has %d bytes; the limit is %d", b.Size(), MaxBatch)
	}
	return t.commit(ctx, b.ops, d)
}

func (t *Tree) one(ctx context.Context, op Op) error {
	return t.commit(ctx, []Op{op}, Lazy)
}

func (t *Tree) commit(ctx context.Context, ops []Op, d Durability) error {
	if err := ctx.Err(); err != nil {
		return fail.Wrap(fail.Timeout, "store.Apply", err)
	}
	for i := range ops {
		if err := checkOp(&ops[i]); err != nil {
			return err
		}
	}
	return t.engine.Commit(ctx, ops, d)
}

// checkOp checks the paths and the value of op.
func checkOp(op *Op) error {
	if err := Check(op.Path); err != nil {
		return err
	}
	switch op.Verb {
	case OpPut:
		return checkValue(op.Path, op.Value)
	case OpLink:
		return Check(op.Target)
	case OpBind:
		if op.Target == op.Path {
			return fail.New(fail.Invalid, "store.Bind", "the link would lead to itself").At(op.Path)
		}
		return Check(op.Target)
	case OpSwap:
		if op.Old != "" {
			if err := Check(op.Old); err != nil {
				return err
			}
		}
		if op.Target == op.Path {
			return fail.New(fail.Invalid, "store.SwapLink", "the link would lead to itself").At(op.Path)
		}
		if op.Target != "" {
			return Check(op.Target)
		}
	}
	return nil
}
