package cache

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Link makes name lead to what the path existing leads to: an ID, "data/HASH"
// or another name, which need not exist yet. A name is a path of components;
// an earlier link of the name is replaced.
//
// # Errors
//
// Those of the store: [fail.Invalid] and [fail.TooLarge] for a bad name.
func (c *Cache) Link(ctx context.Context, existing, name string, d store.Durability) error {
	target := dirName + existing
	if key, ok := humanID(existing); ok {
		target = dirMessage + key
	} else if strings.HasPrefix(existing, dirData) {
		target = existing
	}
	b := store.NewBatch()
	b.Link(dirName+name, target)
	return c.apply(ctx, b, d)
}

// List returns the children of a path in byte order: the next components of
// longer names, and the keys of the message or list it leads to. Nothing there
// is an empty list.
//
// # Errors
//
// Those of the store.
func (c *Cache) List(ctx context.Context, path string, page store.Page) ([]string, error) {
	var out []string
	if parts := message.Parts(path); len(parts) > 0 && len(parts) < store.MaxDepth {
		names, err := c.store.List(ctx, dirName+strings.Join(parts, "/"), page)
		if err != nil && !fail.Is(err, fail.NotFound) {
			return nil, err
		}
		out = names
	}
	v, err := c.ReadLazy(ctx, path)
	if fail.Is(err, fail.NotFound) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	if l, ok := v.(*message.List); ok {
		v = l.Numbered()
	}
	if m, ok := v.(*message.Message); ok {
		out = slices.Clone(out)
		for k := range m.All() {
			if k > page.After {
				out = append(out, k)
			}
		}
		slices.Sort(out)
		out = slices.Compact(out)
		if page.Limit > 0 && len(out) > page.Limit {
			out = out[:page.Limit]
		}
	}
	return out, nil
}

// ListNumbered returns the children of a path that are decimal integers, in
// ascending order.
//
// # Errors
//
// Those of the store.
func (c *Cache) ListNumbered(ctx context.Context, path string) ([]int64, error) {
	names, err := c.List(ctx, path, store.Page{})
	if err != nil {
		return nil, err
	}
	var out []int64
	for _, n := range names {
		if i, err := strconv.ParseInt(n, 10, 64); err == nil {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return out, nil
}

func pageOf(limit int) store.Page { return store.Page{Limit: limit} }
