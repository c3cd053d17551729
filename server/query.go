package server

import (
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// queryOf returns the keys of the query of a request target, by the rules of
// the path language (spec 02, 6.1): the query begins at the first "?" outside
// quotes and parentheses. Errors are those of [path.ParseText].
func queryOf(target string) (*message.Message, error) {
	cut := queryStart(target)
	if cut == len(target) {
		return message.Empty(), nil
	}
	seq, err := path.ParseText("x?" + target[cut:])
	if err != nil {
		return message.Empty(), err
	}
	// The base of a plain path has the keys of the query and nothing else.
	base, _ := seq[0].(*message.Message)
	return base, nil
}

// queryStart returns where the text behind the "?" begins, or the length of
// target. "?" may be percent-encoded, as the path language decodes first.
func queryStart(target string) int {
	depth, quoted := 0, false
	for i := 0; i < len(target); {
		c, size := byteAt(target, i)
		switch {
		case quoted && c == '\\':
			i += size
			if i < len(target) {
				_, size = byteAt(target, i)
			}
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == '?' && depth == 0:
			return i + size
		}
		i += size
	}
	return len(target)
}

// byteAt returns the byte that stands at position i, decoded, and how many bytes
// it takes.
func byteAt(s string, i int) (c byte, size int) {
	if s[i] == '%' && i+2 < len(s) {
		hi, ok1 := hexDigit(s[i+1])
		lo, ok2 := hexDigit(s[i+2])
		if ok1 && ok2 {
			return hi<<4 | lo, 3
		}
	}
	return s[i], 1
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
