package path

import "strings"

// scan returns the index of the first byte of stops that lies outside quotes
// and parentheses, or len(s) (spec 02, 6.2). A closing parenthesis without an
// opening one is an ordinary byte; an unterminated quote runs to the end.
func scan(s, stops string) int {
	var special [4]uint64 // the set of bytes that need a look
	for i := range len(stops) {
		special[stops[i]>>6] |= 1 << (stops[i] & 63)
	}
	special['"'>>6] |= 1<<('"'&63) | 1<<('('&63) | 1<<(')'&63)
	depth := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if special[c>>6]>>(c&63)&1 == 0 {
			continue
		}
		switch {
		case c == '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		case c == '(':
			depth++
		case c == ')':
			depth = max(depth-1, 0)
		case depth == 0:
			return i
		}
	}
	return len(s)
}

// cut returns s up to the first sep outside quotes and parentheses, and what
// follows it.
func cut(s string, sep byte) (part, rest string) {
	i := strings.IndexByte(s, sep)
	if i < 0 {
		return s, ""
	}
	if strings.IndexByte(s[:i], '"') >= 0 || strings.IndexByte(s[:i], '(') >= 0 {
		if i = scan(s, string(sep)); i == len(s) {
			return s, ""
		}
	}
	return s[:i], s[i+1:]
}

// parenthesised returns the text inside parentheses that enclose all of s.
func parenthesised(s string) (string, bool) {
	if len(s) >= 2 && s[0] == '(' && s[len(s)-1] == ')' {
		return s[1 : len(s)-1], true
	}
	return "", false
}

// decodePercent undoes percent-encoding; "+" stays (spec 02, 6.1).
func decodePercent(s string) (string, bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+2 >= len(s) { // a final "%" or "%x" is text
			out = append(out, s[i])
			continue
		}
		hi, ok1 := hex(s[i+1])
		lo, ok2 := hex(s[i+2])
		if !ok1 || !ok2 {
			return "", false
		}
		out = append(out, hi<<4|lo)
		i += 2
	}
	return string(out), true
}

func hex(c byte) (byte, bool) {
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
