package arweave

import (
	"encoding/binary"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// ParseItem reads a data item that fills b (spec 01, 13.1). The fields are
// slices of b; nothing is copied but the text of the tags. Signature and owner
// that are all zero are read as absent.
//
// # Errors
//
// [fail.Unsupported] for an unknown signature type; [fail.Invalid] when b is
// too short, a presence byte is neither 0 nor 1, or the tags are malformed or
// differ from their announced number and length; [fail.TooLarge] beyond
// [MaxTags].
func ParseItem(b []byte) (Item, error) {
	var it Item
	err := parseItem(b, &it)
	if err != nil {
		return Item{}, err
	}
	return it, nil
}

// parseItem reads an item into a zero Item.
func parseItem(b []byte, it *Item) error {
	const op = "arweave.ParseItem"
	if len(b) < 2 {
		return fail.New(fail.Invalid, op, "%d bytes are no data item", len(b))
	}
	it.Type = SignatureType(binary.LittleEndian.Uint16(b))
	sig, owner := it.Type.sizes()
	if sig == 0 {
		return fail.New(fail.Unsupported, op, "unknown signature %s", it.Type)
	}
	if len(b) < 2+sig+owner+2+16 {
		return fail.New(fail.Invalid, op, "%d bytes are too few for a data item", len(b))
	}
	b = b[2:]
	it.Signature, b = nonZero(b[:sig:sig]), b[sig:]
	it.Owner, b = nonZero(b[:owner:owner]), b[owner:]
	var err error
	if it.Target, b, err = optional(b, "target"); err != nil {
		return err
	}
	if it.Anchor, b, err = optional(b, "anchor"); err != nil {
		return err
	}
	if len(b) < 16 {
		return fail.New(fail.Invalid, op, "the data item ends before its tags")
	}
	count, size := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	b = b[16:]
	if size > uint64(len(b)) {
		return fail.New(fail.Invalid, op, "tags of %d bytes do not fit", size)
	}
	if it.Tags, err = ParseTags(b[:size:size]); err != nil {
		return err
	}
	if count != uint64(it.Tags.Len()) {
		return fail.New(fail.Invalid, op, "%d tags announced, %d found", count, it.Tags.Len())
	}
	it.Data = b[size:]
	return nil
}

// nonZero returns b, or nil when all its bytes are zero.
func nonZero(b []byte) []byte {
	for _, c := range b {
		if c != 0 {
			return b
		}
	}
	return nil
}

// optional reads a presence byte and the field behind it.
func optional(b []byte, name string) (field, rest []byte, err error) {
	switch {
	case len(b) > 0 && b[0] == 0:
		return nil, b[1:], nil
	case len(b) > FieldSize && b[0] == 1:
		return b[1 : 1+FieldSize : 1+FieldSize], b[1+FieldSize:], nil
	}
	return nil, nil, fail.New(fail.Invalid, "arweave.ParseItem", "the %s of the data item cannot be read", name)
}
