package fs

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/store"
)

// Marks of file names. No encoded component ends or begins with one of them.
const (
	valueMark = "="      // name= holds the bytes of a value
	linkMark  = "@"      // name@ holds the path a link leads to
	longMark  = "%"      // name% is a folder in which the name goes on
	groupFile = ".group" // lies in the folder of a marked group
)

// maxName is the length at which an encoded component is split; most file
// systems take names of 255 bytes.
const maxName = 200

const hexDigits = "0123456789ABCDEF"

// encode returns the relative file name of path, without a mark.
func encode(path string) string {
	var b strings.Builder
	b.Grow(len(path) + 8)
	length := 0 // of the encoded component since its last split
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '/' {
			b.WriteByte('/')
			length = 0
			continue
		}
		if length >= maxName {
			b.WriteString(longMark + "/")
			length = 0
		}
		if plain(c) || c == '.' && length > 0 {
			b.WriteByte(c)
			length++
			continue
		}
		b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		length += 3
	}
	return b.String()
}

// plain reports whether c stands for itself in a file name.
func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_+~,!", c) >= 0
}

// decode returns the part of a component that the encoded name stands for,
// and false when no component is encoded like that.
func decode(name string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case plain(c), c == '.' && i > 0:
			b.WriteByte(c)
		case c == '%' && i+2 < len(name):
			hi, lo := strings.IndexByte(hexDigits, name[i+1]), strings.IndexByte(hexDigits, name[i+2])
			if hi < 0 || lo < 0 {
				return "", false
			}
			b.WriteByte(byte(hi<<4 | lo))
			i += 2
		default:
			return "", false
		}
	}
	return b.String(), b.Len() > 0
}

// file returns the relative name of the file that holds an entry of kind k at
// path, with "/" as separator.
func file(path string, k store.Kind) string {
	switch k {
	case store.Value:
		return encode(path) + valueMark
	case store.Link:
		return encode(path) + linkMark
	}
	return encode(path) + "/" + groupFile
}

// content returns the bytes of the file that holds e.
func content(e *store.Entry) []byte {
	if e.Kind == store.Link {
		return []byte(e.Target)
	}
	return e.Data
}
