package path

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/field"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// keys are the keys of a request outside its path: those that every message of
// the sequence gets and those of one message.
type keys struct {
	req    *message.Message
	global *message.Message
	scoped map[int]*message.Message
	signed []string // keys that all commitments of the request cover
}

// newKeys reads the keys of the request and the query; the query wins (spec
// 02, 6.6 and 6.8).
func newKeys(req *message.Message, query string, depth int) (*keys, error) {
	g := &keys{req: req, scoped: map[int]*message.Message{}}
	if c := req.Commitments(); c != nil {
		g.signed = req.Committed(c.Keys(), false)
	}
	b := message.NewBuilder(req.Len())
	add := func(key string, v message.Value) error {
		if key == Key {
			return nil
		}
		key, v, err := typed(key, v, depth)
		if err != nil {
			return err
		}
		n, rest, err := scope(key)
		if err != nil {
			return err
		}
		if n < 0 {
			b.Set(key, v)
			return nil
		}
		g.scoped[n] = g.scoped[n].Set(rest, v)
		return nil
	}
	for k, v := range req.All() {
		if err := add(k, v); err != nil {
			return nil, err
		}
	}
	if err := parseQuery(query, add); err != nil {
		return nil, err
	}
	g.global = b.Message()
	return g, nil
}

// parseQuery reads an application/x-www-form-urlencoded query. A name without
// "=" is true.
func parseQuery(query string, add func(string, message.Value) error) error {
	for query != "" {
		var p string
		p, query, _ = strings.Cut(query, "&")
		if p == "" {
			continue
		}
		name, text, hasValue := strings.Cut(p, "=")
		key, err := url.QueryUnescape(name)
		if err != nil || key == "" {
			return fail.New(fail.Invalid, op, "query has a name that is empty or not percent-encoded: %.80q", p)
		}
		var v message.Value = message.True
		if hasValue {
			s, err := url.QueryUnescape(text)
			if err != nil {
				return fail.New(fail.Invalid, op, "query value of %.80q is not percent-encoded", key)
			}
			v = message.Binary(s)
		}
		if err := add(key, v); err != nil {
			return err
		}
	}
	return nil
}

// typed applies the type that a key names after "+" or a space (spec 02, 6.5).
func typed(key string, v message.Value, depth int) (string, message.Value, error) {
	i := strings.IndexAny(key, "+ ")
	if i < 0 {
		return key, v, nil
	}
	name, typ := key[:i], strings.ToLower(key[i+1:])
	if name == "" {
		return "", nil, fail.New(fail.Invalid, op, "a value of type %.32q has no key", typ)
	}
	text, ok := v.(message.Binary)
	if !ok {
		return "", nil, fail.New(fail.Invalid, op, "key %.80q names a type, but its value is not text", key)
	}
	if typ == "resolve" {
		r, err := nested(string(text), depth)
		return name, r, err
	}
	switch typ {
	case "integer", "float", "atom", "list", "map":
	default:
		return "", nil, fail.New(fail.Invalid, op, "key %.80q has the unknown type %.32q; known are integer, float, atom, list, map, resolve", name, typ)
	}
	d, err := message.ParseTyped(typ, field.UnescapeQuotes(string(text)))
	if err != nil {
		return "", nil, fail.New(fail.Invalid, op, "key %.80q: %w", name, err)
	}
	return name, d, nil
}

// scope splits a key "N.name". Keys without exactly one dot have no scope, and
// n is -1.
func scope(key string) (n int, rest string, err error) {
	if strings.Count(key, ".") != 1 {
		return -1, key, nil
	}
	prefix, rest, _ := strings.Cut(key, ".")
	n, err = strconv.Atoi(prefix)
	if err != nil || n < 0 {
		return 0, "", fail.New(fail.Invalid, op, "key %.80q: the text before the dot must be the number of a message in the path", key)
	}
	return n, rest, nil
}

// apply gives element i of the sequence its keys (spec 02, 6.9).
func (g *keys) apply(v message.Value, i int) message.Value {
	switch x := v.(type) {
	case *message.Message:
		return g.merge(x, i, g.global)
	case *message.As:
		m, ok := x.Message.(*message.Message)
		if !ok {
			return x
		}
		global := g.global
		switch name := m.Text(Key); {
		case name == "":
			m = m.Without(Key)
		case id.Is(name):
			global = message.Empty()
		}
		return &message.As{Device: x.Device, Message: g.merge(m, i, global)}
	}
	return v
}

// merge overlays global by scoped by inline keys. The commitments of the
// request stay only on a message that carries all they cover.
func (g *keys) merge(inline *message.Message, i int, global *message.Message) *message.Message {
	m := global
	if s := g.scoped[i]; s.Len() > 0 {
		m = m.Merge(s)
	}
	m = m.Merge(inline)
	if !m.Has(message.CommitmentsKey) {
		return m
	}
	for _, k := range g.signed {
		if k == Key {
			continue
		}
		was, _ := g.req.Get(k)
		if is, ok := m.Get(k); was != nil && (!ok || !message.Equal(is, was)) {
			return m.Without(message.CommitmentsKey)
		}
	}
	return m.WithPrivate(g.req.Private())
}
