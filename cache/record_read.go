package cache

import (
	"encoding/binary"
	"math"
	"math/big"
	"unsafe"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// recordReader reads a record. Values share memory with it.
type recordReader struct {
	s     string
	fetch func(hash id.ID) (string, error) // finds bytes stored apart
	links bool                             // a link was read

	before *message.Message // the commitment before the one that is read
}

const opDecode = "cache.Read"

func damaged(what string) error {
	return fail.New(fail.Internal, opDecode, "a record in the store is damaged: %s", what)
}

// text returns bytes of the store as text without a copy: they never change
// ([store.Reader]).
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// content is what the record of a content says.
type content struct {
	u           id.ID         // the ID of the content
	link        id.ID         // the link ID of the message first written with it
	value       message.Value // message or list, without commitments
	commitments *message.Message
	links       bool // there are links in it
}

// content reads the record of a content.
func (r *recordReader) content() (c content, err error) {
	kind, err := r.header()
	if err != nil {
		return c, err
	}
	if c.u, err = r.id(); err != nil {
		return c, err
	}
	c.link = c.u
	switch kind {
	case kindMessage:
		c.value, err = r.message(2)
	case kindSigned:
		err = r.signed(&c)
	case kindList:
		c.value, err = r.list(2)
	default:
		return c, damaged("not a message")
	}
	if err == nil && r.s != "" {
		err = damaged("trailing bytes")
	}
	c.links = r.links
	return c, err
}

// signed reads what follows the ID in the record of a content with commitments.
func (r *recordReader) signed(c *content) (err error) {
	if c.link, err = r.id(); err != nil {
		return err
	}
	if c.value, err = r.message(2); err != nil {
		return err
	}
	n, err := r.uvarint()
	if err != nil {
		return err
	}
	whole := recordReader{s: r.s}
	b := message.NewBuilder(min(n, maxCommitments))
	for range n {
		i, err := whole.id()
		if err != nil {
			return err
		}
		fields, err := whole.message(message.MaxDepth)
		if err != nil {
			return err
		}
		whole.before = fields
		b.Set(i.String(), fields)
	}
	r.s, c.commitments = whole.s, b.Message()
	return nil
}

func (r *recordReader) id() (i id.ID, err error) {
	s, err := r.bytes(id.Size)
	copy(i[:], s)
	return i, err
}

// commitment reads the record of a commitment.
func (r *recordReader) commitment() (*message.Message, error) {
	kind, err := r.header()
	if err != nil {
		return nil, err
	}
	if kind != kindCommitment {
		return nil, damaged("not a commitment")
	}
	m, err := r.message(message.MaxDepth)
	if err == nil && r.s != "" {
		err = damaged("trailing bytes")
	}
	return m, err
}

func (r *recordReader) header() (kind byte, err error) {
	s, err := r.bytes(2)
	if err != nil {
		return 0, err
	}
	if s[0] != recordVersion {
		return 0, fail.New(fail.Unsupported, opDecode, "a record has version %d; this node knows version %d", s[0], recordVersion)
	}
	return s[1], nil
}

func (r *recordReader) bytes(n int) (string, error) {
	if n > len(r.s) {
		return "", damaged("it ends too early")
	}
	s := r.s[:n]
	r.s = r.s[n:]
	return s, nil
}

// uvarint reads a length or count, which cannot exceed the bytes that are left.
func (r *recordReader) uvarint() (int, error) {
	var n uint64
	for i := 0; i < len(r.s) && i < 9; i++ {
		c := r.s[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.s = r.s[i+1:]
			if n > uint64(len(r.s)) {
				break
			}
			return int(n), nil
		}
	}
	return 0, damaged("a length is wrong")
}

func (r *recordReader) text() (string, error) {
	n, err := r.uvarint()
	if err != nil {
		return "", err
	}
	return r.bytes(n)
}

func (r *recordReader) message(depth int) (*message.Message, error) {
	n, err := r.uvarint()
	if err != nil {
		return nil, err
	}
	b := message.NewBuilder(n)
	for range n {
		k, err := r.text()
		if err != nil {
			return nil, err
		}
		if depth == message.MaxDepth && r.same() {
			v, ok := r.before.Get(k)
			if !ok {
				return nil, damaged("there is no value to repeat")
			}
			b.Set(k, v)
			continue
		}
		v, err := r.value(depth - 1)
		if err != nil {
			return nil, err
		}
		b.Set(k, v)
	}
	return b.Message(), nil
}

// same skips tagSame and reports whether it is there.
func (r *recordReader) same() bool {
	is := r.s != "" && r.s[0] == tagSame
	if is {
		r.s = r.s[1:]
	}
	return is
}

func (r *recordReader) list(depth int) (*message.List, error) {
	n, err := r.uvarint()
	if err != nil {
		return nil, err
	}
	items := make([]message.Value, n)
	for i := range items {
		if items[i], err = r.value(depth - 1); err != nil {
			return nil, err
		}
	}
	return message.NewList(items...), nil
}

func (r *recordReader) value(depth int) (message.Value, error) {
	if depth == 0 {
		return nil, damaged("it nests too deep")
	}
	tag, err := r.bytes(1)
	if err != nil {
		return nil, err
	}
	switch tag[0] {
	case tagBinary:
		s, err := r.text()
		return message.Binary(s), err
	case tagInt:
		return r.int()
	case tagTrue:
		return message.True, nil
	case tagFalse:
		return message.False, nil
	case tagAtom:
		s, err := r.text()
		return message.Atom(s), err
	case tagMessage:
		return r.message(depth)
	case tagList:
		return r.list(depth)
	case tagLink, tagLinkText:
		return r.link(tag[0])
	case tagFloat:
		s, err := r.bytes(8)
		if err != nil {
			return nil, err
		}
		return message.Float(math.Float64frombits(binary.BigEndian.Uint64([]byte(s)))), nil
	case tagBig, tagNegative:
		s, err := r.text()
		n := new(big.Int).SetBytes([]byte(s))
		if tag[0] == tagNegative {
			n.Neg(n)
		}
		return message.Integer(n), err
	case tagData:
		return r.data()
	}
	return nil, damaged("unknown tag")
}

func (r *recordReader) int() (message.Value, error) {
	var u uint64
	for i := 0; i < len(r.s) && i < 10; i++ {
		c := r.s[i]
		u |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.s = r.s[i+1:]
			return message.Int(int64(u>>1) ^ -int64(u&1)), nil
		}
	}
	return nil, damaged("an integer is cut")
}

func (r *recordReader) link(tag byte) (message.Value, error) {
	r.links = true
	if tag == tagLinkText {
		s, err := r.text()
		return message.Link{ID: s}, err
	}
	s, err := r.bytes(id.Size)
	return message.Link{ID: id.Encode([]byte(s))}, err
}

func (r *recordReader) data() (message.Value, error) {
	s, err := r.bytes(id.Size)
	if err != nil {
		return nil, err
	}
	if r.fetch == nil {
		return nil, damaged("it refers to other data")
	}
	s, err = r.fetch(id.ID([]byte(s)))
	return message.Binary(s), err
}
