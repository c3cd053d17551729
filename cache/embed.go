package cache

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// maxParts bounds the messages that one read puts together.
const maxParts = 1 << 20

// embed returns v with its links replaced by what they refer to, where that is
// stored.
func (c *Cache) embed(ctx context.Context, v message.Value) (message.Value, error) {
	e := embedder{c: c, ctx: ctx}
	return e.value(v, message.MaxDepth)
}

type embedder struct {
	c      *Cache
	ctx    context.Context
	loaded map[string]message.Value // by link ID; parts that occur twice are shared
}

func (e *embedder) value(v message.Value, depth int) (message.Value, error) {
	if depth == 0 {
		return nil, fail.New(fail.Exhausted, opDecode, "values nest deeper than %d levels", message.MaxDepth)
	}
	switch x := v.(type) {
	case message.Link:
		return e.link(x, depth)
	case *message.Message:
		if hasLinks(x) {
			return e.message(x, depth)
		}
	case *message.List:
		if hasLinks(x) {
			items := make([]message.Value, x.Len())
			for i, el := range x.All() {
				var err error
				if items[i], err = e.value(el, depth-1); err != nil {
					return nil, err
				}
			}
			return message.NewList(items...), nil
		}
	}
	return v, nil
}

// message embeds what m links to. The result has the same IDs.
func (e *embedder) message(m *message.Message, depth int) (message.Value, error) {
	b := message.NewBuilder(m.Len())
	for k, v := range m.All() {
		if l, ok := v.(message.Link); ok {
			var err error
			if v, err = e.link(l, depth-1); err != nil {
				return nil, err
			}
		}
		b.Set(k, v)
	}
	out := b.Message()
	from, to := m.Memo(), out.Memo()
	to.TABM.Store(from.TABM.Load())
	to.CalculatedID.Store(from.CalculatedID.Load())
	to.UnsignedID.Store(from.UnsignedID.Load())
	to.SignedID.Store(from.SignedID.Load())
	to.EveryID.Store(from.EveryID.Load())
	to.Verified.Store(from.Verified.Load())
	return out, nil
}

func (e *embedder) link(l message.Link, depth int) (message.Value, error) {
	if v, ok := e.loaded[l.ID]; ok {
		return v, nil
	}
	v, err := e.c.Load(e.ctx, l.ID)
	switch {
	case fail.Is(err, fail.NotFound):
		v = l
	case err != nil:
		return nil, err
	default:
		if v, err = e.value(v, depth); err != nil {
			return nil, err
		}
	}
	if e.loaded == nil {
		e.loaded = make(map[string]message.Value)
	}
	if len(e.loaded) >= maxParts {
		return nil, fail.New(fail.Exhausted, opDecode, "the message has more than %d nested ones", maxParts)
	}
	e.loaded[l.ID] = v
	return v, nil
}

// hasLinks reports whether v has links among its values.
func hasLinks(v message.Value) bool {
	switch x := v.(type) {
	case *message.Message:
		for _, e := range x.All() {
			if _, ok := e.(message.Link); ok {
				return true
			}
		}
	case *message.List:
		for _, e := range x.All() {
			if _, ok := e.(message.Link); ok {
				return true
			}
		}
	}
	return false
}
