package httpsig

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Carry moves what cannot be a header field, such as a text with line breaks,
// to a part of a multipart body. Decoders find it there under the same key,
// and verify commitments on the decoded message, so signatures hold.
//
// # Errors
//
// [fail.Unsupported] when a key cannot be the name of a part either.
func Carry(encoded *message.Message) (*message.Message, error) {
	var odd []string
	for k, v := range encoded.All() {
		if text, ok := v.(message.Binary); ok && k != keyBody && (!ValidName(k) || Framing(k) || !ValidValue(string(text))) {
			odd = append(odd, k)
		}
	}
	if len(odd) == 0 {
		return encoded, nil
	}
	multipart := ""
	if b, ok := ownBoundary(encoded.Text(keyType)); ok {
		multipart = b
	} else if encoded.Has(keyType) {
		odd = append(odd, keyType) // the field will say multipart
	}
	var parts []string
	for _, k := range odd {
		if !partKey(k) || encoded.Text(k) == "" {
			return nil, fail.New(fail.Unsupported, "httpsig.Carry", "the key %.80q cannot be written in HTTP; ask for accept: application/json", k)
		}
		parts = append(parts, `content-disposition: form-data;name="`+k+"\"\r\n\r\n"+encoded.Text(k))
	}
	out, body := encoded.Without(odd...), encoded.Text(keyBody)
	if multipart != "" {
		end := crlf + "--" + multipart + "--"
		parts = append([]string{strings.TrimSuffix(body, end)}, parts...)
		return out.Set(keyBody, message.Binary(strings.Join(parts, crlf+"--"+multipart+crlf)+end)), nil
	}
	if body != "" {
		parts = append(parts, "content-disposition: inline"+crlf+crlf+body)
	}
	b := id.Hash([]byte(strings.Join(parts, crlf))).String()
	whole := "--" + b + crlf + strings.Join(parts, crlf+"--"+b+crlf) + crlf + "--" + b + "--"
	return out.Set(keyBody, message.Binary(whole)).
		Set(keyType, message.Binary(`multipart/form-data; boundary="`+b+`"`)), nil
}

// partKey reports whether a key can be the name of a part: a structured field
// string without escapes.
func partKey(k string) bool {
	for i := 0; i < len(k); i++ {
		if c := k[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return k != ""
}

// ownBoundary returns the boundary of the multipart type that encodings have.
func ownBoundary(contentType string) (string, bool) {
	rest, ok := strings.CutPrefix(contentType, `multipart/form-data; boundary="`)
	return strings.TrimSuffix(rest, `"`), ok
}

// Framing reports whether a header field says where messages of HTTP/1.1 begin
// and end, or what becomes of the connection: these are the transport's.
func Framing(name string) bool {
	switch name {
	case "content-length", "transfer-encoding", "trailer", "te", "upgrade", "keep-alive", "proxy-connection":
		return true
	}
	return false
}

// ValidName reports whether s can be the name of a header field (RFC 9110,
// 5.1).
func ValidName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

// ValidValue reports whether s can be the value of a header field: no control
// characters but tab, no space at its ends (RFC 9110, 5.5).
func ValidValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < ' ' && c != '\t') || c == 0x7f {
			return false
		}
	}
	return s == "" || (s[0] > ' ' && s[len(s)-1] > ' ')
}
