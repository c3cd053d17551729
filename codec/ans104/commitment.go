package ans104

import (
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Fields of a commitment (spec 01, 9).
const (
	fieldBundle    = "bundle"
	fieldDevice    = "commitment-device"
	fieldCommitted = "committed"
	fieldCommitter = "committer"
	fieldAnchor    = "field-anchor"
	fieldTarget    = "field-target"
	fieldKeyID     = "keyid"
	fieldOriginal  = "original-tags"
	fieldSignature = "signature"
	fieldType      = "type"
)

// commitments returns the commitment of the item, under its ID.
func (r *reading) commitments(committed []string) *message.Message {
	it := r.it
	bundle := "false"
	for _, name := range r.names {
		if name == arweave.TagFormat {
			bundle = "true"
		}
	}
	b := message.NewBuilder(10)
	b.Set(fieldBundle, message.Binary(bundle))
	b.Set(fieldDevice, message.Binary(Name))
	b.Set(fieldCommitted, message.Strings(committed))
	if it.Signed() {
		b.Set(fieldCommitter, address(it.Owner))
	}
	if len(it.Anchor) > 0 {
		b.Set(fieldAnchor, message.Binary(it.Anchor))
	}
	if len(it.Target) > 0 {
		b.Set(fieldTarget, encode("", it.Target))
	}
	if it.Signed() {
		b.Set(fieldKeyID, encode(httpsig.SchemePublicKey+":", it.Owner))
	}
	if r.original {
		b.Set(fieldOriginal, r.originalTags())
	}
	key, signed := it.ID()
	if !signed {
		b.Set(fieldType, message.Binary(TypeUnsigned))
		return message.Of(message.P(it.UnsignedID().String(), b.Message()))
	}
	b.Set(fieldSignature, encode("", it.Signature))
	b.Set(fieldType, message.Binary(TypeName(it.Type)))
	return message.Of(message.P(key.String(), b.Message()))
}

// address returns the address of a key, as [httpsig.Address] does.
func address(owner []byte) message.Value {
	if len(owner) == id.Size {
		return encode("", owner)
	}
	sum := id.Hash(owner)
	return encode("", sum[:])
}

// originalTags returns the tags as a map of numbers to names and values.
func (r *reading) originalTags() *message.Message {
	b := message.NewBuilder(len(r.raw))
	for i, t := range r.it.Tags.List() {
		b.Set(strconv.Itoa(i+1), message.Of(message.P("name", message.Binary(t.Name)), message.P("value", r.raw[i])))
	}
	return b.Message()
}

// follows reports whether the tags of the item can be told from the message.
func (r *reading) follows(m *message.Message, committed []string) bool {
	tags := r.it.Tags.List()
	if r.members != nil {
		n := len(tags)
		if n < 3 || tags[0].Name != arweave.TagFormat || tags[1].Name != arweave.TagVersion || tags[n-1].Name != arweave.TagMap {
			return false
		}
		tags = tags[2 : n-1]
	}
	l := layoutOf(m, committed, len(r.it.Target) > 0)
	i := 0
	err := l.tags(func(name, value string) bool {
		ok := i < len(tags) && tags[i].Name == name && tags[i].Value == value
		i++
		return ok
	})
	return err == nil && i == len(tags) && (!m.Has(structured.TypesKey) || stable(m))
}

// stable reports whether the binaries of a TABM stay what they are when they
// become rich values and texts again.
func stable(m *message.Message) bool {
	b := message.NewBuilder(m.Len())
	for k, v := range m.All() {
		if _, ok := v.(message.Binary); ok {
			b.Set(k, v)
		}
	}
	return structured.Stable(b.Message())
}
