package path

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/field"
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

// read takes the keys of the request and the query; the query wins (spec 02,
// 6.6 and 6.8).
func (g *keys) read(req *message.Message, query string, depth int) error {
	g.req = req
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
		if g.scoped == nil {
			g.scoped = map[int]*message.Message{}
		}
		g.scoped[n] = g.scoped[n].Set(rest, v)
		return nil
	}
	for k, v := range req.All() {
		if err := add(k, v); err != nil {
			return err
		}
	}
	if err := parseQuery(query, add); err != nil {
		return err
	}
	g.global = b.Message()
	return nil
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
	i := strings.IndexByte(key, '+')
	if j := strings.IndexByte(key, ' '); i < 0 || (j >= 0 && j < i) {
		i = j
	}
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
	dot := strings.IndexByte(key, '.')
	if dot < 0 || strings.IndexByte(key[dot+1:], '.') >= 0 {
		return -1, key, nil
	}
	prefix, rest := key[:dot], key[dot+1:]
	n, err = strconv.Atoi(prefix)
	if err != nil || n < 0 {
		return 0, "", fail.New(fail.Invalid, op, "key %.80q: the text before the dot must be the number of a message in the path", key)
	}
	return n, rest, nil
}

// name returns a step that has no inline keys as element i of the sequence.
func (g *keys) name(key string, i int) *message.Message {
	return g.signedOnly(g.at(i).Set(Key, message.Binary(key)))
}

// step returns a message with inline keys, which win, as element i.
func (g *keys) step(inline *message.Message, i int) *message.Message {
	return g.signedOnly(g.at(i).Merge(inline))
}

// own is [keys.step] for a message that is named by its ID: it gets only the
// keys that are meant for it.
func (g *keys) own(inline *message.Message, i int) *message.Message {
	return g.signedOnly(g.scoped[i].Merge(inline))
}

// at returns the global keys overlaid by those of element i.
func (g *keys) at(i int) *message.Message {
	if s := g.scoped[i]; s.Len() > 0 {
		return g.global.Merge(s)
	}
	return g.global
}

// signedOnly leaves the commitments of the request only on a message that has
// every key that they cover unchanged.
func (g *keys) signedOnly(m *message.Message) *message.Message {
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
