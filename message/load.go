package message

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Loader reads messages by ID. The message cache implements it; a node without
// one uses [NoLoader].
type Loader interface {
	// Load returns the value stored under id. The error is [fail.NotFound]
	// when there is none.
	Load(ctx context.Context, id string) (Value, error)
}

// NoLoader is a [Loader] that has nothing.
type NoLoader struct{}

// Load returns [fail.NotFound].
func (NoLoader) Load(_ context.Context, id string) (Value, error) {
	return nil, fail.New(fail.NotFound, "message.Load", "message %s is not in the cache", id)
}

// MaxLoads bounds the messages that one [LoadAll] loads.
const MaxLoads = 1 << 20

// MaxDepth bounds the nesting of values that this package walks recursively.
const MaxDepth = 256

// Loaded returns v itself, or what it refers to when it is a link.
func Loaded(ctx context.Context, l Loader, v Value) (Value, error) {
	for range 8 {
		link, ok := v.(Link)
		if !ok {
			return v, nil
		}
		var err error
		if v, err = l.Load(ctx, link.ID); err != nil {
			return nil, err
		}
	}
	return nil, fail.New(fail.Invalid, "message.Loaded", "links form a chain that is too long")
}

// LoadAll returns v with every link in it replaced by its message, recursively.
//
// # Errors
//
// [fail.NotFound] names the keys that lead to a link whose message is missing;
// [fail.Exhausted] when values nest deeper than [MaxDepth] or more than
// [MaxLoads] links are met.
func LoadAll(ctx context.Context, l Loader, v Value) (Value, error) {
	if whole(v, MaxDepth) {
		return v, nil
	}
	loads := 0
	return loadAll(ctx, l, v, "", MaxDepth, &loads)
}

// whole reports whether there are no links in v, at no depth.
func whole(v Value, depth int) bool {
	if depth == 0 {
		return false
	}
	switch x := v.(type) {
	case Link:
		return false
	case *Message:
		for _, e := range x.All() {
			if !isScalar(e) && !whole(e, depth-1) {
				return false
			}
		}
	case *List:
		for _, e := range x.items {
			if !isScalar(e) && !whole(e, depth-1) {
				return false
			}
		}
	}
	return true
}

func loadAll(ctx context.Context, l Loader, v Value, path string, depth int, loads *int) (Value, error) {
	const op = "message.LoadAll"
	if depth == 0 {
		return nil, fail.New(fail.Exhausted, op, "value nests deeper than %d levels", MaxDepth).At(path)
	}
	if err := ctx.Err(); err != nil {
		return nil, fail.Wrap(fail.Timeout, op, err)
	}
	if link, ok := v.(Link); ok {
		if *loads++; *loads > MaxLoads {
			return nil, fail.New(fail.Exhausted, op, "value has more than %d links", MaxLoads).At(path)
		}
		var err error
		if v, err = Loaded(ctx, l, v); err != nil {
			return nil, fail.New(fail.KindOf(err), op, "cannot load %q, a link to %s: %w", path, link.ID, err)
		}
	}
	switch x := v.(type) {
	case *Message:
		out := x
		for k, e := range x.All() {
			if isScalar(e) {
				continue
			}
			n, err := loadAll(ctx, l, e, path+"/"+k, depth-1, loads)
			if err != nil {
				return nil, err
			}
			if n != e {
				out = out.Set(k, n)
			}
		}
		return out, nil
	case *List:
		var items []Value
		for i, e := range x.items {
			n, err := loadAll(ctx, l, e, path+"/"+Int(i+1).String(), depth-1, loads)
			if err != nil {
				return nil, err
			}
			if n != e && items == nil {
				items = append([]Value(nil), x.items...)
			}
			if items != nil {
				items[i] = n
			}
		}
		if items == nil {
			return x, nil
		}
		return NewList(items...), nil
	}
	return v, nil
}

// isScalar reports whether v contains no other value.
func isScalar(v Value) bool {
	switch v.(type) {
	case Binary, Int, *Big, Float, Atom:
		return true
	}
	return false
}
