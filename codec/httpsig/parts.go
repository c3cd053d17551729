package httpsig

import (
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/field"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// MaxParts bounds the parts of a multipart body, and the depth of their names.
const (
	MaxParts     = 100_000
	maxPartDepth = message.MaxDepth - 16
)

// parseMultipart reads a multipart body into a nested message and returns its
// top-level keys in the order of the parts (spec 01, 10.5).
func parseMultipart(body, boundary, inline string) (*message.Message, []string, error) {
	open, end := "--"+boundary+crlf, crlf+"--"+boundary+"--"
	start := strings.Index(body, open)
	if start < 0 {
		return nil, nil, fail.New(fail.Invalid, opDecode, "multipart body does not contain its boundary %q", boundary)
	}
	body = body[start+len(open):]
	stop := strings.Index(body, end)
	if stop < 0 {
		return nil, nil, fail.New(fail.Invalid, opDecode, "multipart body does not end with its boundary %q", boundary)
	}
	texts := strings.Split(body[:stop], crlf+"--"+boundary)
	if len(texts) > MaxParts {
		return nil, nil, fail.New(fail.TooLarge, opDecode, "multipart body has more than %d parts", MaxParts)
	}
	out := message.Empty()
	var keys []string
	for _, text := range texts {
		name, v, err := parsePart(strings.TrimPrefix(text, crlf), inline)
		if err != nil {
			return nil, nil, err
		}
		path := message.Parts(name)
		if len(path) == 0 || len(path) > maxPartDepth {
			return nil, nil, fail.New(fail.Invalid, opDecode, "part name %.64q has no key or too many", name)
		}
		if out, err = message.DeepSet(out, path, v); err != nil {
			return nil, nil, fail.New(fail.Invalid, opDecode, "part %.64q conflicts with another part: %w", name, err)
		}
		if !slices.Contains(keys, path[0]) {
			keys = append(keys, path[0])
		}
	}
	return out, keys, nil
}

// parsePart reads one part and returns its name and value.
func parsePart(text, inline string) (string, message.Value, error) {
	head, body, _ := strings.Cut(text, crlf+crlf)
	fields := message.NewBuilder(4)
	for _, line := range strings.Split(head, crlf) {
		if k, v, ok := strings.Cut(line, ": "); ok {
			fields.Set(k, message.Binary(v))
		}
	}
	m := fields.Message()
	name, err := partName(m.Text(keyDisposition), inline)
	if err != nil {
		return "", nil, err
	}
	rest := m.Without(keyDisposition, keyBodyKey, keyDigest)
	typ := rest.Text(keyTypes)
	bare := rest.Len() == 0 || (rest.Len() == 1 && rest.Has(keyTypes))
	var v message.Value
	switch {
	case bare && typ == typeEmpty && body == "":
		v = message.Empty()
	case body == "":
		v, err = unflatten(rest)
	case bare:
		v = message.Binary(body)
	default:
		key, _ := inlineKey(m)
		v, err = unflatten(rest.Set(key, message.Binary(body)))
	}
	return name, v, err
}

// partName returns the path that a content-disposition names.
func partName(disposition, inline string) (string, error) {
	it, err := field.Lenient.ParseItem(disposition)
	if err != nil {
		return "", fail.New(fail.Invalid, opDecode, "part has no readable content-disposition: %w", err)
	}
	if it.Value.Text() == "inline" {
		return inline, nil
	}
	name, ok := it.Params.Get("name")
	if !ok {
		return "", fail.New(fail.Invalid, opDecode, "content-disposition of a part has no name")
	}
	return name.Text(), nil
}

// unflatten turns keys with "/" into nested messages.
func unflatten(m *message.Message) (*message.Message, error) {
	if !slices.ContainsFunc(m.Keys(), func(k string) bool { return strings.Contains(k, "/") }) {
		return m, nil
	}
	out := message.Empty()
	for k, v := range m.All() {
		path := message.Parts(k)
		if len(path) == 0 || len(path) > maxPartDepth {
			return nil, fail.New(fail.Invalid, opDecode, "header name %.64q of a part has no key or too many", k)
		}
		var err error
		if out, err = message.DeepSet(out, path, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}
