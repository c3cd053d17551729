package arweave

import (
	"bytes"
	"errors"
	"io"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
)

// Reader takes the items of a bundle one by one from a stream, so that only the
// header and one item are in memory.
type Reader struct {
	src     io.Reader
	heads   []head
	next    int
	maxSize int64
	dialect Dialect
}

// head is a header entry.
type head struct {
	id   id.ID
	size uint64
}

// NewReader reads the header of a bundle from src. Items longer than maxSize
// bytes will be refused.
//
// # Errors
//
// [fail.Invalid] when the header is malformed or incomplete, [fail.TooLarge]
// beyond [MaxEntries], [fail.Unavailable] when src fails.
func NewReader(src io.Reader, maxSize int64) (*Reader, error) {
	const op = "arweave.NewReader"
	var b [entrySize]byte
	if _, err := io.ReadFull(src, b[:numberSize]); err != nil {
		return nil, cut(op, err)
	}
	dialect, count, err := parseCount(b[:numberSize])
	if err != nil {
		return nil, err
	}
	r := &Reader{src: src, maxSize: maxSize, dialect: dialect}
	for i := range count {
		if _, err := io.ReadFull(src, b[:]); err != nil {
			return nil, cut(op, err)
		}
		size, ok := dialect.number(b[:numberSize])
		if !ok {
			return nil, fail.New(fail.Invalid, op, "the size of item %d of the bundle cannot be read", i+1)
		}
		r.heads = append(r.heads, head{id.ID(b[numberSize:]), size})
	}
	return r, nil
}

// cut explains a stream that ended or failed.
func cut(op string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fail.New(fail.Invalid, op, "the bundle ends before what its header says")
	}
	return fail.New(fail.Unavailable, op, "the bundle cannot be read: %w", err)
}

// Len returns the number of items in the header.
func (r *Reader) Len() int { return len(r.heads) }

// Dialect returns the form of the header.
func (r *Reader) Dialect() Dialect { return r.dialect }

// Next returns the next entry in memory of its own, or [io.EOF] after the last.
//
// # Errors
//
// [fail.TooLarge] when the item exceeds the limit, [fail.Invalid] when the
// stream ends early or goes on after the last item, [fail.Unavailable] when it
// fails.
func (r *Reader) Next() (Entry, error) {
	const op = "arweave.Reader.Next"
	if r.next == len(r.heads) {
		var b [1]byte
		switch _, err := io.ReadFull(r.src, b[:]); {
		case errors.Is(err, io.EOF):
			return Entry{}, io.EOF
		case err != nil:
			return Entry{}, cut(op, err)
		}
		return Entry{}, fail.New(fail.Invalid, op, "bytes follow the items of the bundle")
	}
	h := r.heads[r.next]
	if h.size > uint64(max(r.maxSize, 0)) {
		return Entry{}, fail.New(fail.TooLarge, op, "item %d has %d bytes, at most %d", r.next+1, h.size, r.maxSize)
	}
	// The buffer grows with what arrives, not with what the header claims.
	var buf bytes.Buffer
	if n, err := io.CopyN(&buf, r.src, int64(h.size)); err != nil || n != int64(h.size) {
		return Entry{}, cut(op, err)
	}
	r.next++
	return Entry{h.id, buf.Bytes()}, nil
}
