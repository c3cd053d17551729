package cache

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Load returns the message or list that a link with the given ID refers to; its
// own nested values are links. Its link ID is the ID asked for: signatures that
// were added later are left out (see the package comment).
//
// # Errors
//
// [fail.NotFound] when nothing is stored under the ID; those of the store.
func (c *Cache) Load(ctx context.Context, msgID string) (message.Value, error) {
	key, ok := humanID(msgID)
	if !ok {
		return nil, notFound("cache.Load", msgID)
	}
	e, err := c.entry(ctx, key)
	if err != nil {
		return nil, err
	}
	return e.plain, nil
}

func notFound(op, path string) error {
	return &fail.Error{Kind: fail.NotFound, Op: op, Path: path, Text: "nothing is stored under this ID or name"}
}

// entry returns the entry of an ID in human form.
func (c *Cache) entry(ctx context.Context, key string) (*entry, error) {
	if e, ok := c.memory.get(key); ok {
		return e, nil
	}
	since := c.memory.generation(key).Load()
	e, err := c.decode(ctx, key)
	if err != nil {
		return nil, err
	}
	c.memory.fill(key, e, since)
	return e, nil
}

// reader returns a reader of a record that finds data stored apart.
func (c *Cache) reader(ctx context.Context, rec []byte) recordReader {
	return recordReader{s: text(rec), fetch: func(h id.ID) (string, error) {
		b, err := c.store.Get(ctx, dirData+h.String())
		return text(b), err
	}}
}

// decode reads the entry of an ID from the store.
func (c *Cache) decode(ctx context.Context, key string) (*entry, error) {
	rec, err := c.store.Get(ctx, dirMessage+key)
	if fail.Is(err, fail.NotFound) {
		return nil, notFound(opDecode, key)
	}
	if err != nil {
		return nil, err
	}
	r := c.reader(ctx, rec)
	got, err := r.content()
	if err != nil {
		return nil, fail.New(fail.KindOf(err), opDecode, "message %s: %w", key, err)
	}
	if m, ok := got.value.(*message.Message); ok {
		m.Memo().CalculatedID.Store(&got.u)
		switch i, _ := id.Parse(key); i {
		case got.u:
			return c.complete(ctx, key, m, &got)
		case got.link:
			v := withCommitments(m, got.commitments)
			v.Memo().SignedID.Store(&got.link)
			return &entry{all: v, plain: v, links: got.links}, nil
		}
		return c.selected(ctx, key, m, &got)
	}
	return &entry{all: got.value, plain: got.value, links: got.links}, nil
}

// complete returns the entry of U with all commitments there are.
func (c *Cache) complete(ctx context.Context, u string, m *message.Message, got *content) (*entry, error) {
	out := &entry{plain: m, links: got.links}
	if got.link == got.u {
		out.plain = withCommitments(m, got.commitments)
	}
	all := got.commitments
	_, err := c.store.Target(ctx, dirSigned+u)
	if err == nil {
		var more *message.Message
		more, err = c.laterCommitments(ctx, u)
		all = all.Merge(more)
	}
	if err != nil && !fail.Is(err, fail.NotFound) {
		return nil, err
	}
	out.all = withCommitments(m, all)
	if all.Len() == got.commitments.Len() && got.link == got.u {
		out.all = out.plain
	}
	return out, nil
}

// selection returns the commitments of the message that was first written under
// a link ID, when the record of the content does not say so; none when that is
// not noted.
func (c *Cache) selection(ctx context.Context, key string) ([]string, error) {
	s, err := c.store.Get(ctx, dirSelection+key)
	if fail.Is(err, fail.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return strings.Split(string(s), "\n"), nil
}

// selected returns the entry of an ID that the record does not name: with the
// commitments of the message that was first written under it as its link ID, or
// with the one commitment of that ID.
func (c *Cache) selected(ctx context.Context, key string, m *message.Message, got *content) (*entry, error) {
	names, err := c.selection(ctx, key)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		names = []string{key}
	}
	u := got.u.String()
	b := message.NewBuilder(len(names))
	for _, n := range names {
		cm := got.commitments.Message(n)
		if cm == nil {
			if cm, err = c.commitment(ctx, u, n); err != nil {
				return nil, err
			}
		}
		b.Set(n, cm)
	}
	v := withCommitments(m, b.Message())
	return &entry{all: v, plain: v, links: got.links}, nil
}

// withCommitments adds commitments to a content, and its ID to the memo.
func withCommitments(content, commitments *message.Message) *message.Message {
	if commitments.Len() == 0 {
		return content
	}
	out := content.Set(message.CommitmentsKey, commitments)
	out.Memo().CalculatedID.Store(content.Memo().CalculatedID.Load())
	return out
}

// laterCommitments reads the commitments of U that its record does not hold.
func (c *Cache) laterCommitments(ctx context.Context, u string) (*message.Message, error) {
	names, err := c.store.List(ctx, dirCommitment+u, pageOf(maxCommitments))
	if err != nil {
		return nil, err
	}
	b := message.NewBuilder(len(names))
	for _, n := range names {
		cm, err := c.commitment(ctx, u, n)
		if err != nil {
			return nil, err
		}
		b.Set(n, cm)
	}
	return b.Message(), nil
}

// commitment reads one commitment of U.
func (c *Cache) commitment(ctx context.Context, u, name string) (*message.Message, error) {
	rec, err := c.store.Get(ctx, dirCommitment+u+"/"+name)
	if err != nil {
		return nil, err
	}
	r := recordReader{s: text(rec)}
	m, err := r.commitment()
	if err != nil {
		return nil, fail.New(fail.KindOf(err), opDecode, "commitment %s of %s: %w", name, u, err)
	}
	return m, nil
}
