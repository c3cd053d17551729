package ans104

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const opEncode = "ans104.Encode"

// ToItem returns the item of a TABM (spec 01, 13.5). With an ANS-104 commitment
// it is the committed item, signature included, and of the keys only the
// committed ones count; else it is a new, unsigned item. A binary is an item
// with the tag ao-type: binary. The item may share memory with the message.
//
// # Errors
//
// [fail.Invalid] when a value has no place in an item, a committed key is
// missing or the message has several ANS-104 commitments; [fail.TooLarge] for
// more than 128 keys and for tags beyond the limits; [fail.NotFound] when a
// link of a bundle is missing; [fail.Exhausted] beyond [MaxDepth].
func ToItem(ctx context.Context, env codec.Env, tabm message.Value, opt codec.Options) (arweave.Item, error) {
	if m, ok := tabm.(*message.Message); ok && !opt.Inlined {
		c, err := commitmentOf(m)
		if err != nil {
			return arweave.Item{}, err
		}
		if opt.Bundle || Embeds(c) {
			if tabm, err = structured.Inline(ctx, env, m); err != nil {
				return arweave.Item{}, err
			}
		}
	}
	return encoder{ctx, env}.item(tabm, MaxDepth)
}

type encoder struct {
	ctx context.Context
	env codec.Env
}

// commitmentOf returns the ANS-104 commitment of a TABM, or nil.
func commitmentOf(m *message.Message) (*message.Message, error) {
	v, ok := m.Get(message.CommitmentsKey)
	if !ok {
		return nil, nil
	}
	all, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, opEncode, "commitments is not a message")
	}
	var found *message.Message
	for _, v := range all.All() {
		c, ok := v.(*message.Message)
		if !ok || c.Text(fieldDevice) != Name {
			continue
		}
		if found != nil {
			return nil, fail.New(fail.Invalid, opEncode, "the message has several ANS-104 commitments, an item can carry one")
		}
		found = c
	}
	return found, nil
}

// Embeds reports whether the item of a commitment is a bundle of the nested
// messages, so that it can be rebuilt only with them at hand.
func Embeds(commitment *message.Message) bool {
	if !message.IsTrue(value(commitment, fieldBundle)) {
		return false
	}
	tags, ok, err := originalTags(commitment)
	return err == nil && (!ok || isNamedBundle(tags))
}

func value(m *message.Message, k string) message.Value {
	v, _ := m.Get(k)
	return v
}

// isNamedBundle reports whether tags are those of a bundle with a manifest.
func isNamedBundle(tags arweave.Tags) bool {
	it := arweave.Item{Tags: tags}
	_, named := tags.Get(arweave.TagMap)
	return named && it.IsBundle()
}

func (e encoder) item(v message.Value, depth int) (arweave.Item, error) {
	if depth == 0 {
		return arweave.Item{}, fail.New(fail.Exhausted, opEncode, "messages nest deeper than %d levels", MaxDepth)
	}
	switch x := v.(type) {
	case message.Binary:
		return arweave.BinaryItem(view(x)), nil
	case *message.Message:
		c, err := commitmentOf(x)
		if err != nil {
			return arweave.Item{}, err
		}
		if c != nil {
			return e.committedItem(x, c, depth)
		}
		return e.newItem(x, depth)
	}
	return arweave.Item{}, fail.New(fail.Invalid, opEncode, "only messages and binaries are items")
}

// newItem lays a message out as an unsigned item.
func (e encoder) newItem(m *message.Message, depth int) (arweave.Item, error) {
	var it arweave.Item
	keys := m.Keys()
	public := len(keys)
	for _, k := range keys {
		if k == message.CommitmentsKey || k == keyData || k == keyTarget {
			public--
		}
	}
	if public > maxKeys {
		return it, fail.New(fail.TooLarge, opEncode, "%d keys, at most %d in an item", public, maxKeys)
	}
	// Text that is not an address stays a tag.
	if t, err := id.Decode(m.Text(keyTarget)); err == nil && len(t) == arweave.FieldSize {
		it.Target = t
	}
	l := layoutOf(m, keys, it.Target != nil)
	var err error
	if it.Tags, err = l.newTags(); err != nil {
		return it, err
	}
	members, data := l.content()
	if members == nil {
		it.Data = data
		return it, nil
	}
	return e.withMembers(it, m, members, depth)
}

// newTags returns the tags of the layout.
func (l *layout) newTags() (arweave.Tags, error) {
	list := make([]arweave.Tag, 0, len(l.keys)+1)
	if err := l.tags(func(name, value string) bool {
		list = append(list, arweave.Tag{Name: name, Value: value})
		return true
	}); err != nil {
		return arweave.Tags{}, err
	}
	return arweave.NewTags(list...)
}

// content returns the keys of the members, or the data when there are none.
func (l *layout) content() (members []string, data []byte) {
	v, _ := l.m.Get(l.dataKey)
	for _, k := range l.keys {
		e, _ := l.m.Get(k)
		if isMember(k, e) && k != l.dataKey {
			members = append(members, k)
		}
	}
	b, isBinary := v.(message.Binary)
	switch {
	case isEmpty(v):
		return members, nil
	case isBinary && members == nil && !isMember(l.dataKey, v):
		return nil, view(b)
	}
	return append(members, l.dataKey), nil
}

// withMembers returns the item with a bundle of the named entries of m as its
// data.
func (e encoder) withMembers(it arweave.Item, m *message.Message, names []string, depth int) (arweave.Item, error) {
	message.SortWire(names)
	members := make([]arweave.Member, len(names))
	for i, k := range names {
		inner, err := e.item(value(m, k), depth-1)
		if err != nil {
			return arweave.Item{}, err
		}
		members[i] = arweave.Member{Name: k, Item: inner}
	}
	return it.WithMembers(arweave.MapShape, members)
}
