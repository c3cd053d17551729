package cache

import (
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// maxCommitments bounds the commitments of one message that are written and
// read.
const maxCommitments = 1024

// commitments adds the commitments of m, whose content has the ID u, and the
// other IDs of m.
func (w *writer) commitments(u id.ID, m *message.Message) error {
	all := m.Commitments()
	if all.Len() == 0 {
		return nil
	}
	if all.Len() > maxCommitments {
		return fail.New(fail.TooLarge, opEncode, "a message has %d commitments; the limit is %d", all.Len(), maxCommitments)
	}
	before := w.b.Len()
	for name, v := range all.All() {
		c, ok := v.(*message.Message)
		i, err := id.Parse(name)
		if !ok || err != nil || len(name) != id.HumanSize {
			return fail.New(fail.Invalid, opEncode, "the commitment %.64q is not a message under an ID", name)
		}
		if err := w.commitment(u, i, c); err != nil {
			return err
		}
	}
	link, err := commit.LinkID(w.ctx, m)
	if err != nil {
		return err
	}
	if err := w.selection(u, link, all.Keys()); err != nil {
		return err
	}
	if w.b.Len() > before {
		key := u.String()
		w.b.Link(dirSigned+key, dirCommitment+key)
		w.changed = append(w.changed, key)
	}
	return nil
}

// commitment adds one commitment and its ID. What is already there stays.
func (w *writer) commitment(u, i id.ID, c *message.Message) error {
	known := pairID(u, i)
	if w.c.known.get(known) != 0 {
		return nil
	}
	w.stored = append(w.stored, stored{known, part})
	there, err := w.alias(u, i)
	if err != nil || there {
		return err
	}
	path := dirCommitment + u.String() + "/" + i.String()
	if i == u { // no alias tells
		if _, err := w.c.store.Get(w.ctx, path); !fail.Is(err, fail.NotFound) {
			return err
		}
	}
	rec := recordWriter{dst: make([]byte, 0, 2048)}
	if err := rec.commitment(c); err != nil {
		return err
	}
	w.b.Put(path, rec.dst)
	return nil
}

// alias makes i another ID of u. There is true when it is that already.
func (w *writer) alias(u, i id.ID) (there bool, err error) {
	if i == u {
		return false, nil
	}
	name, target := dirMessage+i.String(), dirMessage+u.String()
	switch t, err := w.c.store.Target(w.ctx, name); {
	case err == nil && t == target:
		return true, nil
	case err == nil: // the first one stays
		return false, nil
	case !fail.Is(err, fail.NotFound):
		return false, err
	}
	w.b.Link(name, target)
	return false, nil
}

// selection notes which commitments a message has that is first written under
// a link ID. When that is U and the content is there already, it was written
// without any.
func (w *writer) selection(u, link id.ID, names []string) error {
	known := selectionID(u, link)
	if w.c.known.get(known) != 0 {
		return nil
	}
	w.stored = append(w.stored, stored{known, part})
	path := dirSelection + link.String()
	for _, p := range []string{path, dirMessage + u.String()} {
		if p != path && link != u {
			break
		}
		if _, err := w.c.store.Get(w.ctx, p); !fail.Is(err, fail.NotFound) {
			return err
		}
	}
	if !slices.Contains(names, link.String()) {
		if _, err := w.alias(u, link); err != nil {
			return err
		}
	}
	w.b.Put(path, []byte(strings.Join(names, "\n")))
	return nil
}

// pairID identifies an ID i of the content u among known ones.
func pairID(u, i id.ID) id.ID {
	k := id.Accumulate(u, i)
	k[0] ^= 0xff
	return k
}

// selectionID identifies the selection of a link ID among known ones.
func selectionID(u, link id.ID) id.ID {
	k := pairID(u, link)
	k[1] ^= 0xff
	return k
}
