package arweave

import (
	"encoding/binary"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
)

// MaxEntries is the greatest number of items of a bundle.
const MaxEntries = 1 << 20

const (
	numberSize = 32                   // of a number in a bundle header
	entrySize  = numberSize + id.Size // of an entry in a bundle header
)

// Dialect is one of the two forms of a bundle header.
type Dialect uint8

const (
	// AOCore headers have big-endian numbers and unsigned IDs.
	AOCore Dialect = iota
	// Standard headers, those of ANS-104, have little-endian numbers and
	// signed IDs.
	Standard
)

// Entry is one item of a bundle: the ID its header gives, and its bytes. The ID
// is a claim; nothing has checked it.
type Entry struct {
	ID    id.ID
	Bytes []byte
}

// Bundle is the content of a bundle in order.
type Bundle struct {
	Dialect Dialect
	Entries []Entry
}

// ParseBundle reads a bundle that fills b. Entries are slices of b, not parsed
// further. The dialect follows from the number of items, which in one dialect
// ends with its significant bytes and in the other begins with them; an empty
// bundle counts as [AOCore].
//
// # Errors
//
// [fail.Invalid] when b is too short or longer than the sizes in its header
// say, or a number cannot be; [fail.TooLarge] beyond [MaxEntries].
func ParseBundle(b []byte) (Bundle, error) {
	const op = "arweave.ParseBundle"
	if len(b) < numberSize {
		return Bundle{}, fail.New(fail.Invalid, op, "%d bytes are no bundle", len(b))
	}
	dialect, count, err := parseCount(b[:numberSize])
	if err != nil {
		return Bundle{}, err
	}
	if count > (len(b)-numberSize)/entrySize {
		return Bundle{}, fail.New(fail.Invalid, op, "the header of %d items does not fit in %d bytes", count, len(b))
	}
	header, rest := b[numberSize:numberSize+count*entrySize], b[numberSize+count*entrySize:]
	out := Bundle{Dialect: dialect, Entries: make([]Entry, count)}
	for i := range out.Entries {
		h := header[i*entrySize : (i+1)*entrySize]
		size, ok := dialect.number(h[:numberSize])
		if !ok || size > uint64(len(rest)) {
			return Bundle{}, fail.New(fail.Invalid, op, "item %d of %d is longer than what is left of the bundle", i+1, count)
		}
		out.Entries[i] = Entry{id.ID(h[numberSize:]), rest[:size:size]}
		rest = rest[size:]
	}
	if len(rest) != 0 {
		return Bundle{}, fail.New(fail.Invalid, op, "%d bytes follow the items of the bundle", len(rest))
	}
	return out, nil
}

// parseCount reads the number of items and tells the dialect by it.
func parseCount(b []byte) (Dialect, int, error) {
	const op = "arweave.ParseBundle"
	dialect := AOCore
	n, ok := AOCore.number(b)
	if !ok {
		dialect = Standard
		n, ok = Standard.number(b)
	}
	if !ok {
		return 0, 0, fail.New(fail.Invalid, op, "the number of items of the bundle cannot be read")
	}
	if n > MaxEntries {
		return 0, 0, fail.New(fail.TooLarge, op, "a bundle of %d items, at most %d", n, MaxEntries)
	}
	return dialect, int(n), nil
}

// number reads a number of 32 bytes, and reports whether it has 64 bits.
func (d Dialect) number(b []byte) (uint64, bool) {
	if d == Standard {
		return binary.LittleEndian.Uint64(b), nonZero(b[8:numberSize]) == nil
	}
	return binary.BigEndian.Uint64(b[numberSize-8:]), nonZero(b[:numberSize-8]) == nil
}

// appendNumber writes a number of 32 bytes.
func (d Dialect) appendNumber(dst []byte, n uint64) []byte {
	var b [numberSize]byte
	if d == Standard {
		binary.LittleEndian.PutUint64(b[:], n)
	} else {
		binary.BigEndian.PutUint64(b[numberSize-8:], n)
	}
	return append(dst, b[:]...)
}

// Size returns the encoded length in bytes.
func (b Bundle) Size() int {
	n := numberSize + len(b.Entries)*entrySize
	for i := range b.Entries {
		n += len(b.Entries[i].Bytes)
	}
	return n
}

// Append appends the encoded bundle to dst and returns the longer slice.
func (b Bundle) Append(dst []byte) []byte {
	if need := len(dst) + b.Size(); cap(dst) < need {
		dst = append(make([]byte, 0, need), dst...)
	}
	dst = b.Dialect.appendNumber(dst, uint64(len(b.Entries)))
	for i := range b.Entries {
		dst = b.Dialect.appendNumber(dst, uint64(len(b.Entries[i].Bytes)))
		dst = append(dst, b.Entries[i].ID[:]...)
	}
	for i := range b.Entries {
		dst = append(dst, b.Entries[i].Bytes...)
	}
	return dst
}

// Items parses every entry. The items share the bundle's memory.
//
// # Errors
//
// Those of [ParseItem].
func (b Bundle) Items() ([]Item, error) {
	out := make([]Item, len(b.Entries))
	for i := range b.Entries {
		if err := parseItem(b.Entries[i].Bytes, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// AppendItems appends a bundle of items to dst, encoding each in place, and
// returns the longer slice.
//
// # Errors
//
// Those of [Item.Append]; [fail.Invalid] when the dialect is [Standard] and an
// item is unsigned, [fail.TooLarge] beyond [MaxEntries]. dst is then nil.
func (d Dialect) AppendItems(dst []byte, items []Item) ([]byte, error) {
	const op = "arweave.AppendItems"
	if len(items) > MaxEntries {
		return nil, fail.New(fail.TooLarge, op, "a bundle of %d items, at most %d", len(items), MaxEntries)
	}
	ids := make([]id.ID, len(items))
	for i := range items {
		if d == AOCore {
			ids[i] = items[i].UnsignedID()
			continue
		}
		signed, ok := items[i].ID()
		if !ok {
			return nil, fail.New(fail.Invalid, op, "item %d of a standard bundle is not signed", i+1)
		}
		ids[i] = signed
	}
	return d.appendItems(dst, items, ids)
}

// appendItems is AppendItems with the IDs of the header at hand.
func (d Dialect) appendItems(dst []byte, items []Item, ids []id.ID) ([]byte, error) {
	need := len(dst) + numberSize + len(items)*entrySize
	for i := range items {
		need += items[i].Size()
	}
	if cap(dst) < need {
		dst = append(make([]byte, 0, need), dst...)
	}
	dst = d.appendNumber(dst, uint64(len(items)))
	for i := range items {
		dst = d.appendNumber(dst, uint64(items[i].Size()))
		dst = append(dst, ids[i][:]...)
	}
	var err error
	for i := range items {
		if dst, err = items[i].Append(dst); err != nil {
			return nil, err
		}
	}
	return dst, nil
}
