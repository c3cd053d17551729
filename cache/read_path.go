package cache

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Read returns what a path leads to (spec 02, 19.4), with everything nested in
// it; links whose message is not stored stay links. A path is one of
//
//	ID              any ID of a message or list, native or human
//	data/HASH       bytes
//	NAME            a name given to Write or Link, e.g. a hashpath
//	ID/key/...      a value inside a message; lists count from 1
//	NAME/key/...    the same; the longest name that fits counts
//
// # Errors
//
// [fail.NotFound] when nothing is there; [fail.Exhausted] when a message has
// more than a million nested ones; those of the store.
func (c *Cache) Read(ctx context.Context, path string) (message.Value, error) {
	if len(path) == id.HumanSize {
		if e, ok := c.memory.get(path); ok && !e.links {
			return e.all, nil
		}
	}
	v, err := c.ReadLazy(ctx, path)
	if err != nil {
		return nil, err
	}
	return c.embed(ctx, v)
}

// ReadLazy is [Cache.Read] for one level: nested messages and lists are links.
func (c *Cache) ReadLazy(ctx context.Context, path string) (message.Value, error) {
	return c.read(ctx, path, store.MaxHops)
}

func (c *Cache) read(ctx context.Context, path string, hops int) (message.Value, error) {
	if hops == 0 {
		return nil, fail.New(fail.Exhausted, opDecode, "names form a chain that is too long").At(path)
	}
	if key, ok := humanID(path); ok {
		e, err := c.entry(ctx, key)
		if err == nil {
			return e.all, nil
		}
		if !fail.Is(err, fail.NotFound) {
			return nil, err
		}
	}
	if hash, ok := strings.CutPrefix(path, dirData); ok {
		b, err := c.store.Get(ctx, dirData+hash)
		if err == nil {
			return message.Binary(text(b)), nil
		}
		if !fail.Is(err, fail.NotFound) {
			return nil, err
		}
	}
	parts := message.Parts(path)
	if len(parts) == 0 || len(parts) > store.MaxDepth {
		return nil, notFound(opDecode, path)
	}
	for n := len(parts); n > 0; n-- {
		target, err := c.store.Target(ctx, dirName+strings.Join(parts[:n], "/"))
		if fail.Is(err, fail.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		v, err := c.read(ctx, untarget(target), hops-1)
		if err != nil {
			return nil, err
		}
		return c.walk(ctx, v, path, parts[n:])
	}
	if key, ok := humanID(parts[0]); ok && len(parts) > 1 {
		e, err := c.entry(ctx, key)
		if err != nil {
			return nil, err
		}
		return c.walk(ctx, e.all, path, parts[1:])
	}
	return nil, notFound(opDecode, path)
}

// untarget returns the path of this package for a target in the store.
func untarget(target string) string {
	for _, dir := range []string{dirMessage, dirName} {
		if rest, ok := strings.CutPrefix(target, dir); ok {
			return rest
		}
	}
	return target
}

// walk follows keys into a value.
func (c *Cache) walk(ctx context.Context, v message.Value, path string, keys []string) (message.Value, error) {
	for i, k := range keys {
		if l, ok := v.(*message.List); ok {
			v = l.Numbered()
		}
		m, ok := v.(*message.Message)
		if ok {
			v, ok = m.Get(k)
		}
		if !ok {
			return nil, notFound(opDecode, path)
		}
		if _, isLink := v.(message.Link); isLink {
			loaded, err := message.Loaded(ctx, c, v)
			if err != nil {
				return nil, fail.New(fail.KindOf(err), opDecode, "cannot load %q: %w", strings.Join(keys[:i+1], "/"), err)
			}
			v = loaded
		}
	}
	return v, nil
}
