package cache

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// message adds a message to the batch.
func (w *writer) message(m *message.Message, depth int) (partIDs, error) {
	if p, ok := w.isStored(m); ok {
		return p, nil
	}
	given, err := w.given(m)
	if err != nil {
		return partIDs{}, err
	}
	m = commit.Reduce(given)
	flat, ext, err := w.linked(m, depth)
	if err != nil {
		return partIDs{}, err
	}
	memo := m.Memo()
	if memo.CalculatedID.Load() == nil {
		u, err := commit.CalculatedID(w.ctx, flat)
		if err != nil {
			return partIDs{}, err
		}
		memo.CalculatedID.Store(&u)
	}
	u := *memo.CalculatedID.Load()
	flat.Memo().CalculatedID.Store(&u)
	v, err := w.canonical(flat)
	if err != nil {
		return partIDs{}, err
	}
	link, err := commit.LinkID(w.ctx, m)
	if err != nil {
		return partIDs{}, err
	}
	cs, err := commitmentsOf(m)
	if err != nil {
		return partIDs{}, err
	}
	if err := w.check(given, m, u, cs); err != nil {
		return partIDs{}, err
	}
	if cs.apartUnder(link) {
		link = u
	}
	return partIDs{u, link, ext}, w.signed(u, link, v, ext, cs)
}

// isStored answers for a message that is known to be stored with everything
// below it and with its commitments.
func (w *writer) isStored(m *message.Message) (partIDs, bool) {
	u := m.Memo().CalculatedID.Load()
	if u == nil || w.c.known.get(*u) != tree {
		return partIDs{}, false
	}
	cs, err := commitmentsOf(m)
	if err != nil || cs == nil && m.Has(message.CommitmentsKey) {
		return partIDs{}, false
	}
	link, err := commit.LinkID(w.ctx, m)
	return partIDs{*u, link, tree}, err == nil && w.c.known.all(*u, link, cs)
}

// given returns m with its commitments loaded.
func (w *writer) given(m *message.Message) (*message.Message, error) {
	v, ok := m.Get(message.CommitmentsKey)
	if !ok {
		return m, nil
	}
	loaded, err := message.LoadAll(w.ctx, w.c, v)
	if err != nil {
		return nil, err
	}
	all, ok := loaded.(*message.Message)
	switch {
	case !ok:
		return nil, fail.New(fail.Invalid, opEncode, "commitments are not a message")
	case all.Len() == 0:
		return m.Without(message.CommitmentsKey), nil
	case loaded == v:
		return m, nil
	}
	return m.Set(message.CommitmentsKey, all), nil
}

// linked returns m with its nested values replaced by links, after adding them
// to the batch, and without what is not content (spec 01, 4.1): commitments and
// private state among it.
func (w *writer) linked(m *message.Message, depth int) (*message.Message, extent, error) {
	ext, same := tree, m.Private() == nil
	for k, v := range m.All() {
		switch x := v.(type) {
		case *message.Message, *message.List, *message.As, *message.Resolve:
			same = false
		case message.Link:
			ext = min(ext, w.extentOf(x))
		}
		if notContent(k) {
			same = false
		}
	}
	if same {
		return m, ext, nil
	}
	b := message.NewBuilder(m.Len())
	for k, v := range m.All() {
		if notContent(k) {
			continue
		}
		switch v.(type) {
		case *message.As, *message.Resolve:
			continue
		case *message.Message, *message.List:
			p, err := w.part(v, depth-1)
			if err != nil {
				return nil, 0, err
			}
			ext = min(ext, p.ext)
			v = message.Link{ID: p.link.String()}
		}
		b.Set(k, v)
	}
	return b.Message(), ext, nil
}

// notContent reports whether a key is no part of a content.
func notContent(key string) bool {
	return key == message.CommitmentsKey || key == "unsigned_id" || key == "content-digest"
}

// extentOf returns [tree] when everything behind a link is known to be stored.
func (w *writer) extentOf(l message.Link) extent {
	if i, err := id.Parse(l.ID); err == nil {
		return max(part, w.c.known.get(i))
	}
	return part
}

// list adds a list to the batch.
func (w *writer) list(l *message.List, depth int) (partIDs, error) {
	items := make([]message.Value, l.Len())
	ext := tree
	for i, v := range l.All() {
		switch x := v.(type) {
		case *message.Message, *message.List:
			p, err := w.part(v, depth-1)
			if err != nil {
				return partIDs{}, err
			}
			ext = min(ext, p.ext)
			v = message.Link{ID: p.link.String()}
		case message.Link:
			ext = min(ext, w.extentOf(x))
		case *message.As, *message.Resolve:
			return partIDs{}, fail.New(fail.Invalid, opEncode, "element %d of a list is a path that has not been resolved", i+1)
		}
		items[i] = v
	}
	flat := message.NewList(items...)
	u, err := commit.LinkID(w.ctx, flat)
	if err != nil {
		return partIDs{}, err
	}
	return partIDs{u, u, ext}, w.content(u, u, flat, ext, nil)
}

// canonical returns the form of a content that all values with its ID share:
// annotations of a TABM that occur in it are applied, unless that would change
// the ID or is not possible.
func (w *writer) canonical(m *message.Message) (message.Value, error) {
	annotated := false
	for k, v := range m.All() {
		if _, ok := v.(message.Binary); ok && (k == structured.TypesKey || strings.HasSuffix(k, message.LinkSuffix)) {
			annotated = true
			break
		}
	}
	if !annotated {
		return m, nil
	}
	tabm, err := structured.ToTABM(w.ctx, w.c.env, m)
	if err != nil {
		return nil, err
	}
	rich, err := structured.FromTABM(tabm)
	if err != nil {
		return m, nil
	}
	again, err := structured.ToTABM(w.ctx, w.c.env, rich)
	if err != nil || !message.Equal(again, tabm) {
		return m, nil
	}
	if r, ok := rich.(*message.Message); ok {
		r.Memo().CalculatedID.Store(m.Memo().CalculatedID.Load())
	}
	return rich, nil
}

// data adds a large binary to the batch.
func (w *writer) data(hash id.ID, data string) {
	if w.c.known.get(hash) != 0 {
		return
	}
	w.b.Put(idPath(dirData, hash), raw(data))
	w.stored = append(w.stored, stored{hash, tree})
}
