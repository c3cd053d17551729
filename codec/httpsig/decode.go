package httpsig

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/field"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const opDecode = "httpsig.Decode"

// Decode turns header fields and a body into a TABM (spec 01, 10.5). The
// commitments of the result are as the sender wrote them: nothing has been
// verified.
//
// # Errors
//
// [fail.Invalid] for a damaged multipart body, ao-ids or signature fields.
func (Codec) Decode(_ context.Context, _ codec.Env, v message.Value, _ codec.Options) (message.Value, error) {
	m, ok := v.(*message.Message)
	if !ok {
		return v, nil
	}
	m, _, err := decode(m)
	return m, err
}

// decode also returns the keys whose values came from the body, in order.
func decode(in *message.Message) (*message.Message, []string, error) {
	fields := in
	var bodyKeys []string
	if v, ok := in.Get(keyBody); ok {
		b, ok := v.(message.Binary)
		if !ok {
			return nil, nil, fail.New(fail.Invalid, opDecode, "body is not binary")
		}
		parsed, keys, err := parseBody(in, string(b))
		if err != nil {
			return nil, nil, err
		}
		fields, bodyKeys = in.Without(keyBody, keyDigest).Merge(parsed), keys
	}
	out, err := ungroupIDs(fields)
	if err != nil {
		return nil, nil, err
	}
	commitments, err := parseSignatures(out, bodyKeys)
	if err != nil {
		return nil, nil, err
	}
	out = out.Without(keySignature, keyInput, message.CommitmentsKey, keyDigest, keyBodyKey)
	if strings.HasPrefix(out.Text(keyType), "multipart/") {
		out = out.Without(keyType)
	}
	if commitments.Len() > 0 {
		out = out.Without(commitments.Keys()...).Set(message.CommitmentsKey, commitments)
	}
	return out, bodyKeys, nil
}

// parseBody returns the entries that an HTTP body holds and their top-level
// keys.
func parseBody(in *message.Message, body string) (*message.Message, []string, error) {
	inline, _ := inlineKey(in)
	boundary := ""
	if ct := in.Text(keyType); ct != "" {
		boundary = boundaryOf(ct)
	}
	if boundary == "" {
		return message.Of(message.P(inline, message.Binary(body))), []string{inline}, nil
	}
	return parseMultipart(body, boundary, inline)
}

// boundaryOf returns the boundary parameter of a content type, or "". Types
// that are not structured field items are read loosely, because ordinary HTTP
// clients write them.
func boundaryOf(contentType string) string {
	if it, err := field.Lenient.ParseItem(contentType); err == nil {
		b, _ := it.Params.Get("boundary")
		return b.Text()
	}
	for _, p := range strings.Split(contentType, ";")[1:] {
		k, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(k, "boundary") {
			return strings.Trim(v, `"`)
		}
	}
	return ""
}
