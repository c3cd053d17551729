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
	body = body[:stop]
	separator := crlf + "--" + boundary
	count := strings.Count(body, separator) + 1
	if count > MaxParts {
		return nil, nil, fail.New(fail.TooLarge, opDecode, "multipart body has more than %d parts", MaxParts)
	}
	c := collector{keys: make([]string, 0, count), values: make([]message.Value, 0, count)}
	for more := true; more; {
		var text string
		text, body, more = strings.Cut(body, separator)
		name, v, err := parsePart(strings.TrimPrefix(text, crlf), inline)
		if err != nil {
			return nil, nil, err
		}
		if err := c.add(name, v); err != nil {
			return nil, nil, err
		}
	}
	return c.message(), c.keys, nil
}

// collector puts parts together by their top-level keys.
type collector struct {
	keys   []string
	values []message.Value // of the keys
	at     map[string]int  // where a key is, when there are many
}

// find returns the place of a key, or -1.
func (c *collector) find(key string) int {
	if len(c.keys) <= message.SmallSize {
		return slices.Index(c.keys, key)
	}
	if c.at == nil {
		c.at = make(map[string]int, cap(c.keys))
		for i, k := range c.keys {
			c.at[k] = i
		}
	}
	if i, ok := c.at[key]; ok {
		return i
	}
	return -1
}

// add adds the value of one part under the path that is its name.
func (c *collector) add(name string, v message.Value) error {
	if strings.IndexByte(name, '/') < 0 && name != "" {
		if c.find(name) < 0 {
			c.put(name, v)
			return nil
		}
	}
	path := message.Parts(name)
	if len(path) == 0 || len(path) > maxPartDepth {
		return fail.New(fail.Invalid, opDecode, "part name %.64q has no key or too many", name)
	}
	i := c.find(path[0])
	if i < 0 {
		i = c.put(path[0], nil)
	}
	top, err := message.DeepSet(message.Of(message.P(path[0], c.values[i])), path, v)
	if err != nil {
		return fail.New(fail.Invalid, opDecode, "part %.64q conflicts with another part: %w", name, err)
	}
	c.values[i], _ = top.Get(path[0])
	return nil
}

func (c *collector) put(key string, v message.Value) int {
	if c.at != nil {
		c.at[key] = len(c.keys)
	}
	c.keys, c.values = append(c.keys, key), append(c.values, v)
	return len(c.keys) - 1
}

func (c *collector) message() *message.Message {
	b := message.NewBuilder(len(c.keys))
	for i, k := range c.keys {
		b.Set(k, c.values[i])
	}
	return b.Message()
}

// parsePart reads one part and returns its name and value.
func parsePart(text, inline string) (string, message.Value, error) {
	head, body, separated := strings.Cut(text, crlf+crlf)
	fields := message.NewBuilder(strings.Count(head, crlf) + 2)
	disposition, bodyKey := "", ""
	for more := true; more; {
		var line string
		line, head, more = strings.Cut(head, crlf)
		k, v, ok := strings.Cut(line, ": ")
		if !ok {
			continue
		}
		switch k {
		case keyDisposition:
			disposition = v
		case keyBodyKey:
			bodyKey = v
		case keyDigest:
		default:
			fields.Set(k, message.Binary(v))
		}
	}
	name, err := partName(disposition, inline)
	if err != nil {
		return "", nil, err
	}
	rest := fields.Message()
	typ, typed := rest.Get(keyTypes)
	bare := rest.Len() == 0 || (rest.Len() == 1 && typed)
	var v message.Value
	switch {
	case bare && typ == message.Value(message.Binary(typeEmpty)) && body == "":
		v = message.Empty()
	case body == "" && separated && rest.Len() == 0:
		v = message.Binary("") // only an empty binary is written like that
	case body == "":
		v, err = unflatten(rest)
	case bare:
		v = message.Binary(body)
	default:
		key := bodyKey
		if key == "" {
			key, _ = inlineKey(rest)
		}
		v, err = unflatten(rest.Set(key, message.Binary(body)))
	}
	return name, v, err
}

// partName returns the path that a content-disposition names.
func partName(disposition, inline string) (string, error) {
	if name, ok := strings.CutPrefix(disposition, `form-data;name="`); ok {
		if name, ok = strings.CutSuffix(name, `"`); ok && isPlain(name) {
			return name, nil // as every node writes it
		}
	}
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

// isPlain reports whether a text stands in quotes as it is.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// unflatten turns keys with "/" into nested messages.
func unflatten(m *message.Message) (*message.Message, error) {
	nested := false
	for k := range m.All() {
		nested = nested || strings.IndexByte(k, '/') >= 0
	}
	if !nested {
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
