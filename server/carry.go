package server

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// carry moves what cannot be a header field, such as a text with line breaks,
// to a part of a multipart body. Decoders find it there under the same key,
// and verify commitments on the decoded message, so signatures hold.
//
// # Errors
//
// [fail.Unsupported] when a key cannot be the name of a part either.
func carry(encoded *message.Message) (*message.Message, error) {
	var odd []string
	for k, v := range encoded.All() {
		if text, ok := v.(message.Binary); ok && k != "body" && (!validName(k) || framing(k) || !validValue(string(text))) {
			odd = append(odd, k)
		}
	}
	if len(odd) == 0 {
		return encoded, nil
	}
	var parts []string
	for _, k := range odd {
		if strings.ContainsAny(k, "\"\\\r\n") || k == "" {
			return nil, fail.New(fail.Unsupported, opReply, "the key %.80q cannot be written in HTTP; ask for accept: application/json", k)
		}
		parts = append(parts, `content-disposition: form-data;name="`+k+"\"\r\n\r\n"+encoded.Text(k))
	}
	body, hasBody := encoded.Get("body")
	text, _ := body.(message.Binary)
	out := encoded.Without(odd...)
	if b, ok := boundaryOf(encoded.Text("content-type")); ok {
		end := "\r\n--" + b + "--"
		more := "\r\n--" + b + "\r\n" + strings.Join(parts, "\r\n--"+b+"\r\n") + end
		return out.Set("body", message.Binary(strings.TrimSuffix(string(text), end)+more)), nil
	}
	if hasBody {
		parts = append(parts, "content-disposition: inline\r\n\r\n"+string(text))
	}
	all := strings.Join(parts, "\r\n")
	b := id.Hash([]byte(all)).String()
	whole := "--" + b + "\r\n" + strings.Join(parts, "\r\n--"+b+"\r\n") + "\r\n--" + b + "--"
	return out.Set("body", message.Binary(whole)).
		Set("content-type", message.Binary(`multipart/form-data; boundary="`+b+`"`)), nil
}

// boundaryOf returns the boundary of the multipart type that encodings have.
func boundaryOf(contentType string) (string, bool) {
	rest, ok := strings.CutPrefix(contentType, `multipart/form-data; boundary="`)
	return strings.TrimSuffix(rest, `"`), ok
}

// framing reports whether a header field says where messages of HTTP/1.1 begin
// and end, or what becomes of the connection: these are the transport's.
func framing(name string) bool {
	switch name {
	case "content-length", "transfer-encoding", "trailer", "te", "upgrade", "keep-alive", "proxy-connection":
		return true
	}
	return false
}
