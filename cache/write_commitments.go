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

// commitments are those of one message, in the order of their names.
type commitments []commitment

type commitment struct {
	id     id.ID
	fields *message.Message
	// apart is set when the commitment covers more than what is stored with it:
	// the ID is then not one of the content.
	apart bool
}

// commitmentsOf returns the commitments of m.
func commitmentsOf(m *message.Message) (commitments, error) {
	all := m.Commitments()
	if all.Len() == 0 {
		return nil, nil
	}
	if all.Len() > maxCommitments {
		return nil, fail.New(fail.TooLarge, opEncode, "a message has %d commitments; the limit is %d", all.Len(), maxCommitments)
	}
	out := make(commitments, 0, all.Len())
	for name, v := range all.All() {
		c, ok := v.(*message.Message)
		i, err := id.Parse(name)
		if !ok || err != nil || len(name) != id.HumanSize {
			return nil, fail.New(fail.Invalid, opEncode, "the commitment %.64q is not a message under an ID", name)
		}
		out = append(out, commitment{id: i, fields: c})
	}
	return out, nil
}

// apartUnder reports whether an ID is that of a commitment which covers more than
// what is stored.
func (cs commitments) apartUnder(i id.ID) bool {
	return slices.ContainsFunc(cs, func(c commitment) bool { return c.apart && c.id == i })
}

// check refuses commitments that do not hold, since their IDs are what others
// will look for: content under the ID of a commitment by somebody else would be
// taken for theirs. m is what is stored of the message given. What is known to
// be stored has been checked.
func (w *writer) check(given, m *message.Message, u id.ID, cs commitments) error {
	for i := range cs {
		if w.c.known.get(pairID(u, cs[i].id)) != 0 {
			continue
		}
		name := cs[i].id.String()
		err := commit.Holds(w.ctx, w.c.env, m, name)
		if err != nil && given != m {
			cs[i].apart = commit.Holds(w.ctx, w.c.env, given, name) == nil
		}
		if err != nil && !cs[i].apart {
			return fail.New(fail.KindOf(err), opEncode, "a message with the commitment %s, which does not hold, is not stored: %s", name, fail.Sentence(err)).At(name)
		}
	}
	return nil
}

// message returns the commitments under their IDs.
func (cs commitments) message() *message.Message {
	b := message.NewBuilder(len(cs))
	for i := range cs {
		b.Set(cs[i].id.String(), cs[i].fields)
	}
	return b.Message()
}

// names returns the IDs in human form.
func (cs commitments) names() []string {
	out := make([]string, len(cs))
	for i := range cs {
		out[i] = cs[i].id.String()
	}
	return out
}

// add adds commitments, with the content u when that is missing. What is
// already there stays.
func (w *writer) add(u, link id.ID, v message.Value, ext extent, cs commitments) error {
	there, err := w.there(u)
	if there == nil && err == nil {
		there, err = w.find(u)
	}
	if err != nil {
		return err
	}
	if there == nil {
		free, err := w.free(idPath(dirMessage, link))
		if err != nil {
			return err
		}
		if free {
			return w.content(u, link, v, ext, cs)
		}
		// The ID leads to another message, and the first one stays.
		if err := w.content(u, u, v, ext, nil); err != nil {
			return err
		}
		there = &content{u: u, link: u}
	}
	if w.c.known.get(u) < ext {
		w.stored = append(w.stored, stored{u, ext})
	}
	before := w.b.Len()
	for i := range cs {
		if err := w.commitment(there, &cs[i]); err != nil {
			return err
		}
	}
	if err := w.selection(there, link, cs); err != nil {
		return err
	}
	if w.b.Len() > before {
		key := u.String()
		w.b.Link(dirSigned+key, dirCommitment+key)
		w.changed = append(w.changed, key)
	}
	return nil
}

// commitment adds one commitment, and its ID as a link, to a content that is
// there.
func (w *writer) commitment(there *content, c *commitment) error {
	known := pairID(there.u, c.id)
	if w.c.known.get(known) != 0 {
		return nil
	}
	w.stored = append(w.stored, stored{known, part})
	name := c.id.String()
	if there.commitments.Has(name) {
		return nil
	}
	path := dirCommitment + there.u.String() + "/" + name
	if free, err := w.free(path); err != nil || !free {
		return err
	}
	rec := recordWriter{dst: make([]byte, 0, commitmentRoom)}
	if err := rec.commitment(c.fields); err != nil {
		return err
	}
	w.put(path, rec.dst)
	if c.apart {
		return nil
	}
	return w.alias(there, c.id)
}

// alias makes i another ID of a content, unless it leads somewhere already.
func (w *writer) alias(there *content, i id.ID) error {
	path := idPath(dirMessage, i)
	if free, err := w.free(path); err != nil || !free {
		return err
	}
	w.b.Bind(path, idPath(dirMessage, there.link))
	w.take(path)
	return nil
}

// selection notes which commitments a message has that is first written under
// a link ID. When that is U, and the content is there already, it was written
// without any.
func (w *writer) selection(there *content, link id.ID, cs commitments) error {
	known := selectionID(there.u, link)
	if w.c.known.get(known) != 0 {
		return nil
	}
	w.stored = append(w.stored, stored{known, part})
	if link == there.link || link == there.u {
		return nil
	}
	path := idPath(dirSelection, link)
	if free, err := w.free(path); err != nil || !free {
		return err
	}
	names := cs.names()
	w.put(path, []byte(strings.Join(names, "\n")))
	if slices.Contains(names, link.String()) {
		return nil
	}
	return w.alias(there, link)
}

// put adds a value to the batch.
func (w *writer) put(path string, value []byte) {
	w.b.Put(path, value)
	w.take(path)
}

// take notes that the batch writes a path.
func (w *writer) take(path string) {
	if w.taken == nil {
		w.taken = make(map[string]bool)
	}
	w.taken[path] = true
}

// free reports whether nothing lies at a path, neither in the store nor in the
// batch. Links that lead nowhere are in the way as well.
func (w *writer) free(path string) (bool, error) {
	if w.taken[path] {
		return false, nil
	}
	_, err := w.c.store.Target(w.ctx, path)
	if fail.Is(err, fail.NotFound) {
		_, err = w.c.store.Get(w.ctx, path)
	}
	if fail.Is(err, fail.NotFound) {
		return true, nil
	}
	return false, err
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
