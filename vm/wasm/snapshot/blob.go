package snapshot

import (
	"encoding/binary"

	"github.com/hyperbeam-go/hyperbeam/id"
)

// Marshal returns the whole state as bytes: [Snapshot.Encode], then each page
// that is not zero, by ascending index, as its index (4 bytes, little-endian)
// and its content.
//
// # Errors
//
// As [Load].
func (s *Snapshot) Marshal(src Source) ([]byte, error) {
	t, err := Load(s, src)
	if err != nil {
		return nil, err
	}
	n := 0
	for range t.Pages() {
		n++
	}
	b := append(make([]byte, 0, fixedSize+globalSize*len(s.Globals)+n*(4+PageSize)), s.Encode()...)
	for i, hash := range t.Pages() {
		page, err := ReadPage(src, hash)
		if err != nil {
			return nil, err
		}
		b = append(binary.LittleEndian.AppendUint32(b, uint32(i)), page...)
	}
	return b, nil
}

// Unmarshal reads what [Snapshot.Marshal] wrote and returns the snapshot with
// its pages, which share memory with b. The root proves the pages.
//
// # Errors
//
// [fail.Invalid] for anything else.
func Unmarshal(b []byte) (*Snapshot, Pages, error) {
	s, rest, err := decode(b)
	if err != nil {
		return nil, nil, err
	}
	if len(rest)%(4+PageSize) != 0 {
		return nil, nil, invalid("wrong length")
	}
	t, pages, last := NewTree(s.MemoryPages), Pages{}, -1
	for ; len(rest) > 0; rest = rest[4+PageSize:] {
		i := int(binary.LittleEndian.Uint32(rest))
		page := rest[4 : 4+PageSize : 4+PageSize]
		if i <= last || i >= t.Len() {
			return nil, nil, invalid("pages out of order or beyond memory")
		}
		if IsZero(page) {
			return nil, nil, invalid("a page of zeros")
		}
		last = i
		hash := id.Hash(page)
		pages[hash] = page
		t.Set(i, hash)
	}
	root, err := t.Flush(pages, true)
	if err != nil {
		return nil, nil, err
	}
	if root != s.Root {
		return nil, nil, invalid("its pages do not match its root")
	}
	return s, pages, nil
}
