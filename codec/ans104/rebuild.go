package ans104

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// committedItem rebuilds the item that the commitment c of m is about.
func (e encoder) committedItem(m, c *message.Message, depth int) (arweave.Item, error) {
	it, err := fieldsOf(c)
	if err != nil {
		return it, err
	}
	m, keys, err := e.covered(m, c)
	if err != nil {
		return it, err
	}
	tags, original, err := originalTags(c)
	if err != nil {
		return it, err
	}
	l := layoutOf(m, keys, len(it.Target) > 0)
	var members []string
	bundle := false
	if original {
		bundle = isNamedBundle(tags)
		members = l.originalLayout(tags)
	} else {
		if tags, err = l.newTags(); err != nil {
			return it, err
		}
		bundle = message.IsTrue(value(c, fieldBundle))
		members, _ = l.content()
	}
	if !bundle {
		b, _ := value(m, l.dataKey).(message.Binary)
		it.Tags, it.Data = tags, view(b)
		return it, nil
	}
	out, err := e.withMembers(arweave.Item{Tags: tags}, m, members, depth)
	if err != nil {
		return it, err
	}
	it.Tags, it.Data = out.Tags, out.Data
	if !original {
		return it, nil
	}
	if is, _ := out.Tags.Get(arweave.TagMap); len(members) == 0 {
		if was, _ := tags.Get(arweave.TagMap); was != is {
			it.Data = nil // the bundle was somewhere else
		}
	}
	it.Tags = tags
	return it, nil
}

// covered returns the part of a TABM that a commitment covers and its keys in
// order. An item that is no bundle has links where messages may have been
// embedded since, as happens to what is nested in another bundle.
func (e encoder) covered(m, c *message.Message) (*message.Message, []string, error) {
	links := !Embeds(c)
	committed := message.CommittedBy(c)
	keys := make([]string, 0, len(committed))
	b := message.NewBuilder(len(committed))
	for _, k := range committed {
		plain := strings.TrimSuffix(k, message.LinkSuffix)
		if k == message.CommitmentsKey {
			return nil, nil, fail.New(fail.Invalid, opEncode, "commitments cannot be committed to")
		}
		v, ok := m.Get(k)
		if !ok && m.Has(plain+message.LinkSuffix) {
			k = plain + message.LinkSuffix
			v, ok = m.Get(k)
		}
		if !ok {
			k = plain
			v, ok = m.Get(k)
		}
		if !ok && k == structured.TypesKey {
			continue // of nothing, or of what has become a link
		}
		if !ok {
			return nil, nil, fail.New(fail.Invalid, opEncode, "the committed key %.64q is missing", k)
		}
		if nested, isMessage := v.(*message.Message); isMessage && links {
			rich, err := structured.FromTABM(nested)
			if err != nil {
				return nil, nil, err
			}
			i, err := e.env.LinkID(e.ctx, rich)
			if err != nil {
				return nil, nil, err
			}
			k, v = plain+message.LinkSuffix, encode("", i[:])
		}
		keys = append(keys, k)
		b.Set(k, v)
	}
	return b.Message(), keys, nil
}

// fieldsOf returns an item with the fields that a commitment tells.
func fieldsOf(c *message.Message) (arweave.Item, error) {
	var it arweave.Item
	t, ok := SignatureType(c.Text(fieldType))
	if !ok {
		return it, fail.New(fail.Unsupported, opEncode, "unknown type %.64q of an ANS-104 commitment", c.Text(fieldType))
	}
	it.Type = t
	for _, f := range []struct {
		name string
		dst  *[]byte
	}{{fieldTarget, &it.Target}, {fieldAnchor, &it.Anchor}} {
		s, ok := c.Get(f.name)
		if !ok {
			continue
		}
		// The reference keeps anchors raw and reads text.
		b, _ := s.(message.Binary)
		i, err := id.Parse(string(b))
		if err != nil {
			return it, fail.New(fail.Invalid, opEncode, "%s is neither 32 bytes nor their base64url", f.name)
		}
		*f.dst = i[:]
	}
	if c.Text(fieldType) == TypeUnsigned {
		return it, nil
	}
	owner, ok := strings.CutPrefix(c.Text(fieldKeyID), httpsig.SchemePublicKey+":")
	if !ok {
		return it, fail.New(fail.Invalid, opEncode, "the key ID of an ANS-104 commitment is not a public key")
	}
	var err error
	if it.Owner, err = id.Decode(owner); err != nil {
		return it, fail.New(fail.Invalid, opEncode, "the public key of an ANS-104 commitment is not base64url: %w", err)
	}
	if it.Signature, err = id.Decode(c.Text(fieldSignature)); err != nil {
		return it, fail.New(fail.Invalid, opEncode, "the signature of an ANS-104 commitment is not base64url: %w", err)
	}
	return it, nil
}

// originalTags reads the tags that a commitment spells out, and reports whether
// it does.
func originalTags(c *message.Message) (arweave.Tags, bool, error) {
	v, ok := c.Get(fieldOriginal)
	if !ok {
		return arweave.Tags{}, false, nil
	}
	bad := func(n int) error {
		return fail.New(fail.Invalid, opEncode, "original-tags lacks the name or the value of tag %d", n)
	}
	if l, isList := v.(*message.List); isList {
		v = l.Numbered()
	}
	m, ok := v.(*message.Message)
	if !ok {
		return arweave.Tags{}, false, bad(1)
	}
	n := m.Len()
	for k := range m.All() {
		if k == "ao-types" || k == message.CommitmentsKey {
			n--
		}
	}
	list := make([]arweave.Tag, n)
	for i := range list {
		t := m.Message(strconv.Itoa(i + 1))
		name, okName := value(t, "name").(message.Binary)
		val, okValue := value(t, "value").(message.Binary)
		if !okName || !okValue {
			return arweave.Tags{}, false, bad(i + 1)
		}
		list[i] = arweave.Tag{Name: string(name), Value: string(val)}
	}
	tags, err := arweave.NewTags(list...)
	return tags, true, err
}

// WithDecodedTags returns a commitment with the values of its original-tags
// decoded from base64url, as newer nodes write them over HTTP (spec 05, 3.4),
// and whether they can be.
func WithDecodedTags(c *message.Message) (*message.Message, bool) {
	tags, original, err := originalTags(c)
	if err != nil || !original {
		return nil, false
	}
	decoded := message.NewBuilder(tags.Len())
	for i, t := range tags.List() {
		b, err := base64.RawURLEncoding.DecodeString(t.Value)
		if err != nil {
			return nil, false
		}
		decoded.Set(strconv.Itoa(i+1), message.Of(message.P("name", message.Binary(t.Name)), message.P("value", text(b))))
	}
	return c.Set(fieldOriginal, decoded.Message()), true
}

// originalLayout sets the key of the data to that of an item with these tags
// and returns the keys of its members: what is not a tag.
func (l *layout) originalLayout(tags arweave.Tags) (members []string) {
	r := reading{it: &arweave.Item{Tags: tags}}
	if err := r.lower(); err != nil {
		return nil // such an item cannot be read, so nothing is restored
	}
	l.dataKey = r.dataKey
	for k, v := range l.m.All() {
		if k == keyTarget && l.inField {
			continue
		}
		if _, isMessage := v.(*message.Message); isMessage || !slices.Contains(r.names, k) {
			members = append(members, k)
		}
	}
	return members
}
