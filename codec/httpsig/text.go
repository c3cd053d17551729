package httpsig

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// FormatText returns an encoded message as HTTP text: header lines in wire
// order, then, after an empty line, the body if there is one (spec 01, 10.12).
func FormatText(encoded *message.Message) []byte {
	var out []byte
	head := encoded.Without(keyBody)
	for i, k := range head.WireKeys() {
		if i > 0 {
			out = append(out, crlf...)
		}
		out = appendLine(out, k, message.Binary(head.Text(k)))
	}
	if body := encoded.Text(keyBody); body != "" {
		out = append(out, crlf+crlf...)
		out = append(out, body...)
	}
	return out
}

// ParseText is the inverse of [FormatText]. Lines may end with LF alone, and
// names are lower-cased, as HTTP does.
//
// # Errors
//
// [fail.Invalid] when a header line has no colon.
func ParseText(text string) (*message.Message, error) {
	head, body, hasBody := strings.Cut(text, crlf+crlf)
	if !hasBody {
		head, body, hasBody = strings.Cut(text, "\n\n")
	}
	b := message.NewBuilder(8)
	for _, line := range strings.Split(head, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			continue
		}
		k, v, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fail.New(fail.Invalid, "httpsig.ParseText", "header line %.64q has no colon", line)
		}
		b.Set(strings.ToLower(strings.TrimSpace(k)), message.Binary(strings.TrimSpace(v)))
	}
	if hasBody {
		b.Set(keyBody, message.Binary(body))
	}
	return b.Message(), nil
}
