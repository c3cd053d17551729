package pebble

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/store"
)

// Keys of the database.
//
// A path is stored under its bytes with "/" replaced by 0x00, so that the
// descendants of a path follow each other and components sort by their bytes.
// The bytes 0x00 and 0x01 inside a component become 0x01 0x01 and 0x01 0x02,
// which keeps the order and the absence of 0x00. The first byte of each key is
// keyEntry; other first bytes are free for other kinds of records.
const (
	keyMeta  = 'm' // "m" + name: records about the store itself
	keyEntry = 'p' // "p" + path: entries
	separate = 0x00
	escape   = 0x01
)

// appendKey appends the key of path to dst.
func appendKey(dst []byte, path string) []byte {
	dst = append(dst, keyEntry)
	for i := 0; i < len(path); i++ {
		switch c := path[i]; c {
		case '/':
			dst = append(dst, separate)
		case separate, escape:
			dst = append(dst, escape, c+1)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// firstComponent returns the name that rest, a part of a key, begins with, and
// the length of its encoding.
func firstComponent(rest []byte) (name string, n int) {
	plain := true
	for n < len(rest) && rest[n] != separate {
		plain = plain && rest[n] != escape
		n++
	}
	if plain {
		return string(rest[:n]), n
	}
	var b strings.Builder
	for i := 0; i < n; i++ {
		c := rest[i]
		if c == escape && i+1 < n {
			i++
			c = rest[i] - 1
		}
		b.WriteByte(c)
	}
	return b.String(), n
}

// Entries are stored as one byte for their kind and their content: the bytes
// of a value, the path of a link, nothing for a group.
const (
	valueTag = 'v'
	linkTag  = 'l'
	groupTag = 'g'
)

// tagged returns the tag of e and the content after it; at most one of data
// and text is set.
func tagged(e *store.Entry) (tag byte, data []byte, text string) {
	switch e.Kind {
	case store.Value:
		return valueTag, e.Data, ""
	case store.Link:
		return linkTag, nil, e.Target
	}
	return groupTag, nil, ""
}

// parseEntry reads a stored entry. It copies, so that raw can be released.
func parseEntry(raw []byte) (store.Entry, bool) {
	if len(raw) == 0 {
		return store.Entry{}, false
	}
	switch raw[0] {
	case valueTag:
		return store.Entry{Kind: store.Value, Data: append([]byte{}, raw[1:]...)}, true
	case linkTag:
		return store.Entry{Kind: store.Link, Target: string(raw[1:])}, true
	case groupTag:
		return store.Entry{Kind: store.Group}, len(raw) == 1
	}
	return store.Entry{}, false
}
