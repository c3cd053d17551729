package arweave

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Limits of tags (spec 01, 13.2). Names and values beyond MaxTagSize are not
// written; items beyond the Valid… limits are not valid; more than MaxTags are
// not even read.
const (
	MaxTags       = 4096
	MaxTagSize    = 3072
	ValidTags     = 128
	ValidNameSize = 1024
)

// Tag is a name and a value. Names are UTF-8 and not empty, values are bytes.
type Tag struct{ Name, Value string }

// Tags are an immutable list of tags together with their Avro encoding. The
// zero value is no tags.
type Tags struct {
	list    []Tag
	encoded []byte
}

// NewTags encodes tags. The list is kept, not copied.
//
// # Errors
//
// [fail.Invalid] for a name that is empty or not UTF-8, [fail.TooLarge] beyond
// [MaxTags] or [MaxTagSize].
func NewTags(list ...Tag) (Tags, error) {
	const op = "arweave.NewTags"
	if len(list) == 0 {
		return Tags{}, nil
	}
	if len(list) > MaxTags {
		return Tags{}, fail.New(fail.TooLarge, op, "%d tags, at most %d", len(list), MaxTags)
	}
	size := 4
	for i := range list {
		name, value := list[i].Name, list[i].Value
		if name == "" || !utf8.ValidString(name) {
			return Tags{}, fail.New(fail.Invalid, op, "a tag name must be UTF-8 and not empty, not %q", name)
		}
		if len(name) > MaxTagSize || len(value) > MaxTagSize {
			return Tags{}, fail.New(fail.TooLarge, op, "tag of %d and %d bytes, at most %d each", len(name), len(value), MaxTagSize).At(name)
		}
		size += 4 + len(name) + len(value)
	}
	out := binary.AppendVarint(make([]byte, 0, size), int64(len(list)))
	for i := range list {
		out = append(binary.AppendVarint(out, int64(len(list[i].Name))), list[i].Name...)
		out = append(binary.AppendVarint(out, int64(len(list[i].Value))), list[i].Value...)
	}
	return Tags{list, append(out, 0)}, nil
}

// ParseTags reads an Avro array of tags: one block of name and value pairs with
// zigzag lengths, then a zero. b is kept, not copied; an empty b is no tags.
//
// # Errors
//
// [fail.Invalid] when b is anything else, which includes several or sized
// blocks, lengths that are not written the shortest way, and names that are
// empty or not UTF-8; [fail.TooLarge] beyond [MaxTags].
func ParseTags(b []byte) (Tags, error) {
	const op = "arweave.ParseTags"
	if len(b) == 0 {
		return Tags{}, nil
	}
	count, at := length(b, 0)
	switch {
	case at == 0:
		return Tags{}, fail.New(fail.Invalid, op, "the number of tags cannot be read")
	case count > MaxTags:
		return Tags{}, fail.New(fail.TooLarge, op, "%d tags, at most %d", count, MaxTags)
	case count == 0:
		if len(b) != 1 {
			return Tags{}, fail.New(fail.Invalid, op, "%d bytes follow the tags", len(b)-1)
		}
		return Tags{nil, b}, nil
	case count > len(b)/3:
		return Tags{}, fail.New(fail.Invalid, op, "%d tags cannot be in %d bytes", count, len(b))
	}
	text := string(b) // one copy, of which names and values are parts
	list := make([]Tag, count)
	for i := range list {
		n, start := length(b, at)
		if start == 0 || n > len(b)-start {
			return Tags{}, fail.New(fail.Invalid, op, "the name of tag %d does not fit", i+1)
		}
		name := text[start : start+n]
		if n == 0 || !utf8.ValidString(name) {
			return Tags{}, fail.New(fail.Invalid, op, "the name of tag %d is empty or not UTF-8", i+1)
		}
		at = start + n
		n, start = length(b, at)
		if start == 0 || n > len(b)-start {
			return Tags{}, fail.New(fail.Invalid, op, "the value of tag %d does not fit", i+1).At(name)
		}
		list[i] = Tag{name, text[start : start+n]}
		at = start + n
	}
	if at != len(b)-1 || b[at] != 0 {
		return Tags{}, fail.New(fail.Invalid, op, "the tags do not end with a zero after tag %d", count)
	}
	return Tags{list, b}, nil
}

// length reads a zigzag number at b[at:] that is not negative and written the
// shortest way. It returns the number and the place behind it, 0 on failure.
func length(b []byte, at int) (n, next int) {
	v, size := binary.Uvarint(b[at:])
	if size <= 0 || v&1 != 0 || v>>1 > 1<<31 || (size > 1 && b[at+size-1] == 0) {
		return 0, 0
	}
	return int(v >> 1), at + size
}

// Len returns the number of tags.
func (t Tags) Len() int { return len(t.list) }

// At returns tag i, counted from 0.
func (t Tags) At(i int) Tag { return t.list[i] }

// List returns the tags in order. It must not be changed.
func (t Tags) List() []Tag { return t.list }

// Encoded returns the Avro encoding, empty for no tags. It must not be changed.
func (t Tags) Encoded() []byte { return t.encoded }

// Get returns the value of the first tag with exactly this name.
func (t Tags) Get(name string) (value string, ok bool) {
	for i := range t.list {
		if t.list[i].Name == name {
			return t.list[i].Value, true
		}
	}
	return "", false
}

// has reports whether a tag of exactly this name and value is there.
func (t Tags) has(tag Tag) bool {
	for i := range t.list {
		if t.list[i] == tag {
			return true
		}
	}
	return false
}

// validate checks the limits of valid items.
func (t Tags) validate() error {
	const op = "arweave.Verify"
	if len(t.list) > ValidTags {
		return fail.New(fail.Invalid, op, "%d tags, at most %d are valid", len(t.list), ValidTags)
	}
	for i := range t.list {
		if n, v := len(t.list[i].Name), len(t.list[i].Value); n > ValidNameSize || v > MaxTagSize {
			return fail.New(fail.Invalid, op, "tag of %d and %d bytes, at most %d and %d are valid", n, v, ValidNameSize, MaxTagSize)
		}
	}
	return nil
}
