package cache

import (
	"context"
	"encoding/binary"

	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// pairHash identifies a key with a value of a TABM.
func pairHash(key, value string) string {
	b := make([]byte, 0, 10+len(key)+len(value))
	b = binary.AppendUvarint(b, uint64(len(key)))
	b = append(append(b, key...), value...)
	return id.Hash(b).String()
}

// pairs calls yield for the entries of a content that can be matched: its TABM
// without types.
func (c *Cache) pairs(ctx context.Context, m *message.Message, yield func(hash string)) error {
	v, err := structured.ToTABM(ctx, c.env, m)
	if err != nil {
		return err
	}
	for k, v := range v.(*message.Message).All() {
		if s, ok := v.(message.Binary); ok && k != structured.TypesKey {
			yield(pairHash(k, string(s)))
		}
	}
	return nil
}

func (w *writer) indexMessage(u string, m *message.Message) error {
	return w.c.pairs(w.ctx, m, func(hash string) { w.b.MakeGroup(dirIndex + hash + "/" + u) })
}

// Match returns the IDs U of the stored messages that have every entry of the
// template, at most limit of them, in byte order (spec 02, 19.5). Values are
// compared by their text, whatever their type, nested ones by their ID. The
// commitments of the template do not matter.
//
// # Errors
//
// [fail.Unsupported] without [Options.Index], [fail.Invalid] for a template
// without entries; those of the store.
func (c *Cache) Match(ctx context.Context, template *message.Message, limit int) ([]string, error) {
	const op = "cache.Match"
	if !c.index {
		return nil, fail.New(fail.Unsupported, op, "this cache keeps no index; turn it on to match messages")
	}
	var dirs []string
	err := c.pairs(ctx, template.Without(message.CommitmentsKey), func(h string) { dirs = append(dirs, dirIndex+h) })
	if err != nil {
		return nil, err
	}
	if len(dirs) == 0 {
		return nil, fail.New(fail.Invalid, op, "the template has no entries")
	}
	const pageSize = 512
	least := 0
	var page []string
	for i, d := range dirs { // start from an entry that few messages have
		names, err := c.names(ctx, d, store.Page{Limit: pageSize})
		if err != nil || len(names) == 0 {
			return nil, err
		}
		if i == 0 || len(names) < len(page) {
			least, page = i, names
		}
	}
	var out []string
	for {
		for _, u := range page {
			has, err := c.inAll(ctx, dirs, least, u)
			if err != nil {
				return nil, err
			}
			if has {
				if out = append(out, u); len(out) == limit {
					return out, nil
				}
			}
		}
		if len(page) < pageSize {
			return out, nil
		}
		if page, err = c.names(ctx, dirs[least], store.Page{After: page[len(page)-1], Limit: pageSize}); err != nil {
			return nil, err
		}
	}
}

// inAll reports whether u is listed in all dirs but the one with index skip.
func (c *Cache) inAll(ctx context.Context, dirs []string, skip int, u string) (bool, error) {
	for i, d := range dirs {
		if i == skip {
			continue
		}
		if t, err := c.store.Type(ctx, d+"/"+u); err != nil || t == store.Absent {
			return false, err
		}
	}
	return true, nil
}

// names lists a group that may be absent.
func (c *Cache) names(ctx context.Context, dir string, page store.Page) ([]string, error) {
	names, err := c.store.List(ctx, dir, page)
	if fail.Is(err, fail.NotFound) {
		return nil, nil
	}
	return names, err
}
