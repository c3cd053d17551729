package cache

import (
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// signed adds a content with the ID u and commitments to the batch, what is not
// known to be stored of them.
func (w *writer) signed(u, link id.ID, v message.Value, ext extent, cs commitments) error {
	if w.c.known.get(u) == 0 && w.placed == nil {
		return w.content(u, link, v, ext, cs)
	}
	if w.c.known.all(u, link, cs) {
		return w.content(u, u, v, ext, nil)
	}
	return w.add(u, link, v, ext, cs)
}

// content adds a content to the batch unless it is known to be stored: its
// record, with the commitments of the message that is written, under the link
// ID of that message, and the other IDs as links.
func (w *writer) content(u, link id.ID, v message.Value, ext extent, cs commitments) error {
	known := w.c.known.get(u)
	if known < ext {
		w.stored = append(w.stored, stored{u, ext})
	}
	if known != 0 {
		return nil
	}
	if there, err := w.there(u); there != nil || err != nil {
		return err
	}
	rec := recordWriter{apart: w.data, dst: make([]byte, 0, recordRoom+commitmentRoom*len(cs))}
	m, isMessage := v.(*message.Message)
	var err error
	if len(cs) > 0 {
		err = rec.signed(u, link, m, cs)
	} else {
		err = rec.content(u, v)
	}
	if err != nil {
		return err
	}
	if err := w.place(content{u: u, link: link}, rec.dst, cs); err != nil {
		return err
	}
	if isMessage && w.c.index {
		return w.indexMessage(u.String(), m)
	}
	return nil
}

// place adds the record of a content with its commitments, and its other IDs as
// links. A commitment may be on another content as well, and the first one keeps
// the ID; the batch of a writer that does not look is refused then.
func (w *writer) place(c content, rec []byte, cs commitments) error {
	path, other := idPath(dirMessage, c.link), idPath(dirMessage, c.u)
	w.b.Put(path, rec)
	if c.link != c.u {
		w.b.Bind(other, path)
	}
	if w.placed != nil {
		kept := c
		kept.commitments = cs.message()
		w.placed[c.u] = &kept
		w.take(path)
		w.take(other)
	}
	for i := range cs {
		w.stored = append(w.stored, stored{pairID(c.u, cs[i].id), part})
		switch name := cs[i].id; {
		case name == c.u || name == c.link || cs[i].apart:
		case w.placed == nil:
			w.b.Bind(idPath(dirMessage, name), path)
		default:
			if err := w.alias(&c, name); err != nil {
				return err
			}
		}
	}
	if len(cs) > 0 {
		w.stored = append(w.stored, stored{selectionID(c.u, c.link), part})
	}
	return nil
}

// Bytes that records usually fit in.
const (
	recordRoom     = 256
	commitmentRoom = 768
)

// there returns what is stored, or in the batch, of the content u; nil when
// that is nothing, or when the writer does not look.
func (w *writer) there(u id.ID) (*content, error) {
	if w.placed == nil {
		return nil, nil
	}
	if c := w.placed[u]; c != nil {
		return c, nil
	}
	return w.find(u)
}

// find reads the content u, nil when it is not stored.
func (w *writer) find(u id.ID) (*content, error) {
	key := u.String()
	rec, err := w.c.store.Get(w.ctx, idPath(dirMessage, u))
	if fail.Is(err, fail.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := w.c.reader(w.ctx, rec)
	c, err := r.content()
	if err != nil {
		return nil, err
	}
	if c.u != u {
		return nil, fail.New(fail.Conflict, opEncode, "another message is stored under the ID").At(key)
	}
	return &c, nil
}
