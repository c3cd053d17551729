package field

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

const hexDigits = "0123456789abcdef"

// literal reports whether [Escape] leaves c as it is.
func literal(c byte) bool {
	if isLower(c) || isDigit(c) {
		return true
	}
	switch c {
	case '.', '-', '_', '/', '?', '&':
		return true
	}
	return false
}

// Escape percent-escapes every byte of s except lower-case letters, digits and
// ".-_/?&", with lower-case hex digits (spec 01, 3.4). Capitals are escaped,
// which makes the result safe where names are lower-cased in transit.
func Escape(s string) string {
	n := 0
	for i := range len(s) {
		if !literal(s[i]) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	return string(AppendEscape(make([]byte, 0, len(s)+2*n), s))
}

// AppendEscape appends [Escape] of s to dst.
func AppendEscape(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; literal(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst
}

// Unescape undoes [Escape]. Hex digits may have either case; a percent sign
// with fewer than two bytes after it stands for itself (spec 01, 3.4).
//
// # Errors
//
// [fail.Invalid] when a percent sign is followed by something else than hex.
func Unescape(s string) (string, error) {
	i := strings.IndexByte(s, '%')
	if i < 0 {
		return s, nil
	}
	out := append(make([]byte, 0, len(s)), s[:i]...)
	for ; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) {
			h, l := unhex(s[i+1]), unhex(s[i+2])
			if h < 0 || l < 0 {
				return "", fail.New(fail.Invalid, "field.Unescape", "percent sign at byte %d without two hex digits", i)
			}
			c = byte(h<<4 | l)
			i += 2
		}
		out = append(out, c)
	}
	return string(out), nil
}

// EscapeQuotes writes a backslash before every double quote (spec 01, 3.4).
func EscapeQuotes(s string) string { return strings.ReplaceAll(s, `"`, `\"`) }

// UnescapeQuotes undoes [EscapeQuotes] and deletes double quotes that have no
// backslash; other backslashes stay (spec 01, 3.4).
func UnescapeQuotes(s string) string {
	if strings.IndexByte(s, '"') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '"':
			out = append(out, '"')
			i++
		case s[i] != '"':
			out = append(out, s[i])
		}
	}
	return string(out)
}
