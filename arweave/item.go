package arweave

import (
	"encoding/binary"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// FieldSize is the length of a target or anchor that is present, in bytes.
const FieldSize = 32

// Item is a data item. The zero value is an unsigned item without content.
// Slices may be shared with the input they were parsed from and with copies of
// the item; they are not to be changed.
type Item struct {
	Type      SignatureType // 0 is written as [Arweave]
	Signature []byte        // empty when unsigned
	Owner     []byte        // public key in wire form, empty when unsigned
	Target    []byte        // 32 bytes or empty
	Anchor    []byte        // 32 bytes or empty
	Tags      Tags
	Data      []byte
}

// BinaryItem wraps bytes that stand for themselves and not for a message: an
// item with the tag ao-type: binary (spec 01, 13.4).
func BinaryItem(data []byte) Item {
	t := Tag{"ao-type", "binary"}
	return Item{Tags: Tags{[]Tag{t}, []byte("\x02\x0eao-type\x0cbinary\x00")}, Data: data}
}

// Signed reports whether the item carries a signature, good or bad.
func (it *Item) Signed() bool { return len(it.Signature) > 0 }

// kind returns the type with its default.
func (it *Item) kind() SignatureType {
	if it.Type == 0 {
		return Arweave
	}
	return it.Type
}

// check verifies the lengths of the fields (spec 01, 13.3).
func (it *Item) check(op string) error {
	sig, owner := it.kind().sizes()
	if sig == 0 {
		return fail.New(fail.Unsupported, op, "unknown signature %s", it.Type)
	}
	for _, f := range []struct {
		name      string
		got, want int
	}{
		{"signature", len(it.Signature), sig}, {"owner", len(it.Owner), owner},
		{"target", len(it.Target), FieldSize}, {"anchor", len(it.Anchor), FieldSize},
	} {
		if f.got != 0 && f.got != f.want {
			return fail.New(fail.Invalid, op, "%s of %d bytes, want %d", f.name, f.got, f.want)
		}
	}
	return nil
}

// Size returns the encoded length in bytes.
func (it *Item) Size() int {
	sig, owner := it.kind().sizes()
	return 2 + sig + owner + 2 + len(it.Target) + len(it.Anchor) + 16 + len(it.Tags.encoded) + len(it.Data)
}

// Append appends the encoded item to dst and returns the longer slice. Absent
// signature and owner are written as zeros (spec 01, 13.1).
//
// # Errors
//
// [fail.Invalid] when a field has a wrong length, [fail.Unsupported] for an
// unknown signature type; dst is then nil.
func (it *Item) Append(dst []byte) ([]byte, error) {
	if err := it.check("arweave.Append"); err != nil {
		return nil, err
	}
	if need := len(dst) + it.Size(); cap(dst) < need {
		dst = append(make([]byte, 0, need), dst...)
	}
	sig, owner := it.kind().sizes()
	dst = binary.LittleEndian.AppendUint16(dst, uint16(it.kind()))
	dst = appendPadded(dst, it.Signature, sig)
	dst = appendPadded(dst, it.Owner, owner)
	dst = appendOptional(dst, it.Target)
	dst = appendOptional(dst, it.Anchor)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(it.Tags.list)))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(it.Tags.encoded)))
	dst = append(dst, it.Tags.encoded...)
	return append(dst, it.Data...), nil
}

// appendPadded appends b, or size zeros when b is empty.
func appendPadded(dst, b []byte, size int) []byte {
	if len(b) == 0 {
		return append(dst, make([]byte, size)...)
	}
	return append(dst, b...)
}

// appendOptional appends a presence byte, and b when it is there.
func appendOptional(dst, b []byte) []byte {
	if len(b) == 0 {
		return append(dst, 0)
	}
	return append(append(dst, 1), b...)
}
