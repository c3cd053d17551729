package cache

import (
	"encoding/binary"
	"math"
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Records (docs/formats/message-record.md). The encoding is deterministic: a
// value has one record.
const (
	recordVersion = 1

	kindMessage    = 'm' // a content without commitments
	kindSigned     = 's' // a content with the commitments it was first written with
	kindList       = 'l'
	kindCommitment = 'c' // one commitment
)

// Tags of values in a record.
const (
	tagBinary   = iota // uvarint length, bytes
	tagData            // 32 bytes: the SHA-256 of bytes stored apart
	tagInt             // zigzag varint
	tagBig             // uvarint length, magnitude big-endian
	tagNegative        // as tagBig, negative
	tagFloat           // 8 bytes, IEEE-754 big-endian
	tagAtom            // uvarint length, name
	tagTrue            // the atom true
	tagFalse           // the atom false
	tagLink            // 32 bytes: the ID
	tagLinkText        // uvarint length, text that is not the human form of an ID
	tagMessage         // uvarint count, then keys and values
	tagList            // uvarint count, then values
	tagSame            // the value of the same key in the commitment before
)

const opEncode = "cache.Write"

// recordWriter appends a record to dst. Binaries above inlineSize are given to
// apart, when it is set, and referred to by their hash.
type recordWriter struct {
	dst   []byte
	apart func(hash id.ID, data string)
}

// content appends the record of a content: a message without commitments, or a
// list. All nested values must be links.
func (w *recordWriter) content(u id.ID, v message.Value) error {
	switch x := v.(type) {
	case *message.Message:
		w.dst = append(append(w.dst, recordVersion, kindMessage), u[:]...)
		return w.entries(x, 2)
	case *message.List:
		w.dst = append(append(w.dst, recordVersion, kindList), u[:]...)
		return w.items(x, 2)
	}
	return fail.New(fail.Invalid, opEncode, "a record holds a message or a list")
}

// signed appends the record of a content with the ID u and the commitments of
// the message that is first written with it, whose link ID is link.
func (w *recordWriter) signed(u, link id.ID, content *message.Message, cs commitments) error {
	w.dst = append(append(append(w.dst, recordVersion, kindSigned), u[:]...), link[:]...)
	if err := w.entries(content, 2); err != nil {
		return err
	}
	w.uvarint(len(cs))
	whole := recordWriter{dst: w.dst}
	var before *message.Message
	for i := range cs {
		whole.dst = append(whole.dst, cs[i].id[:]...)
		if err := whole.fields(cs[i].fields, before); err != nil {
			return err
		}
		before = cs[i].fields
	}
	w.dst = whole.dst
	return nil
}

// fields appends the entries of a commitment. A signature and its HMAC cover
// the same keys, so what the commitment before has as well is not repeated.
func (w *recordWriter) fields(m, before *message.Message) error {
	w.uvarint(m.Len())
	for k, v := range m.All() {
		w.text(k)
		if old, ok := before.Get(k); ok && message.Equal(old, v) {
			w.dst = append(w.dst, tagSame)
			continue
		}
		if err := w.value(v, message.MaxDepth-1); err != nil {
			return err
		}
	}
	return nil
}

// commitment appends the record of a commitment, nested values embedded.
func (w *recordWriter) commitment(m *message.Message) error {
	w.dst = append(w.dst, recordVersion, kindCommitment)
	return w.entries(m, message.MaxDepth)
}

func (w *recordWriter) entries(m *message.Message, depth int) error {
	w.uvarint(m.Len())
	for k, v := range m.All() {
		w.text(k)
		if err := w.value(v, depth-1); err != nil {
			return err
		}
	}
	return nil
}

func (w *recordWriter) items(l *message.List, depth int) error {
	w.uvarint(l.Len())
	for _, v := range l.All() {
		if err := w.value(v, depth-1); err != nil {
			return err
		}
	}
	return nil
}

func (w *recordWriter) uvarint(n int) { w.dst = binary.AppendUvarint(w.dst, uint64(n)) }

func (w *recordWriter) text(s string) {
	w.uvarint(len(s))
	w.dst = append(w.dst, s...)
}

func (w *recordWriter) tagged(tag byte, s string) {
	w.dst = append(w.dst, tag)
	w.text(s)
}

func (w *recordWriter) value(v message.Value, depth int) error {
	if depth == 0 {
		return fail.New(fail.Exhausted, opEncode, "values nest deeper than %d levels", message.MaxDepth)
	}
	switch x := v.(type) {
	case message.Binary:
		w.binary(string(x))
	case message.Int:
		w.dst = binary.AppendVarint(append(w.dst, tagInt), int64(x))
	case *message.Big:
		w.big(x.Int())
	case message.Float:
		w.dst = binary.BigEndian.AppendUint64(append(w.dst, tagFloat), math.Float64bits(float64(x)))
	case message.Atom:
		w.atom(x)
	case message.Link:
		w.link(x.ID)
	case *message.Message:
		w.dst = append(w.dst, tagMessage)
		return w.entries(x, depth)
	case *message.List:
		w.dst = append(w.dst, tagList)
		return w.items(x, depth)
	default:
		return fail.New(fail.Invalid, opEncode, "a path that has not been resolved cannot be stored")
	}
	return nil
}

func (w *recordWriter) binary(s string) {
	if w.apart == nil || len(s) <= inlineSize {
		w.tagged(tagBinary, s)
		return
	}
	h := id.Hash([]byte(s))
	w.dst = append(append(w.dst, tagData), h[:]...)
	w.apart(h, s)
}

func (w *recordWriter) big(n *big.Int) {
	tag := byte(tagBig)
	if n.Sign() < 0 {
		tag = tagNegative
	}
	w.tagged(tag, string(n.Bytes()))
}

func (w *recordWriter) atom(a message.Atom) {
	switch a {
	case message.True:
		w.dst = append(w.dst, tagTrue)
	case message.False:
		w.dst = append(w.dst, tagFalse)
	default:
		w.tagged(tagAtom, string(a))
	}
}

func (w *recordWriter) link(s string) {
	if i, err := id.Parse(s); err == nil && i.String() == s {
		w.dst = append(append(w.dst, tagLink), i[:]...)
		return
	}
	w.tagged(tagLinkText, s)
}
