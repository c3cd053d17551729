package message

import (
	"iter"
	"slices"
	"strings"
	"sync/atomic"
)

// SmallSize is the largest number of keys that are kept as one sorted array.
// It is also the size up to which wire order is bytewise (spec 01, 2.3).
const SmallSize = 32

// Message is an immutable map of keys to values. The zero value is the empty
// message; a nil *Message reads as empty too.
type Message struct {
	small []entry // sorted by key, when root is nil
	root  *node   // sorted tree, when there are more than SmallSize keys
	n     int
	priv  *Private
	memo  atomic.Pointer[Memo]
}

type entry struct {
	key string
	val Value
}

// Empty is the message without keys.
func Empty() *Message { return &Message{} }

// IsPrivate reports whether key names private state: it begins with "priv"
// (spec 01, 2.5).
func IsPrivate(key string) bool { return strings.HasPrefix(key, "priv") }

// Of returns a message of alternating keys (string) and values. It is meant
// for literals in code: private keys and nil values are left out, and later
// pairs win.
func Of(pairs ...Pair) *Message {
	b := NewBuilder(len(pairs))
	for _, p := range pairs {
		b.Set(p.Key, p.Value)
	}
	return b.Message()
}

// Pair is a key with its value.
type Pair struct {
	Key   string
	Value Value
}

// P returns a [Pair].
func P(key string, v Value) Pair { return Pair{key, v} }

// Len returns the number of keys.
func (m *Message) Len() int {
	if m == nil {
		return 0
	}
	return m.n
}

// Get returns the value of key, by exact spelling.
func (m *Message) Get(key string) (Value, bool) {
	if m == nil {
		return nil, false
	}
	if m.root != nil {
		return m.root.get(key)
	}
	i, ok := search(m.small, key)
	if !ok {
		return nil, false
	}
	return m.small[i].val, true
}

// Has reports whether key is present.
func (m *Message) Has(key string) bool { _, ok := m.Get(key); return ok }

// Text returns the value of key when it is a [Binary], and "" otherwise.
func (m *Message) Text(key string) string {
	v, _ := m.Get(key)
	b, _ := v.(Binary)
	return string(b)
}

// Message returns the value of key when it is a message, and nil otherwise.
func (m *Message) Message(key string) *Message {
	v, _ := m.Get(key)
	c, _ := v.(*Message)
	return c
}

// Set returns a message in which key has the value v. A nil v removes the
// key. Private keys are ignored (M2).
func (m *Message) Set(key string, v Value) *Message {
	if v == nil {
		return m.Without(key)
	}
	if IsPrivate(key) {
		return m
	}
	if old, ok := m.Get(key); ok && same(old, v) {
		return m
	}
	out := &Message{}
	if m == nil {
		m = out
	}
	out.priv = m.priv
	if m.root != nil {
		var added bool
		out.root, added = m.root.set(key, v)
		out.n = m.n
		if added {
			out.n++
			return out
		}
		// The keys are the same, and sorting them is what costs.
		if memo := m.memo.Load(); memo != nil {
			if order := memo.wireKeys.Load(); order != nil {
				out.Memo().wireKeys.Store(order)
			}
		}
		return out
	}
	i, ok := search(m.small, key)
	if ok {
		out.small = slices.Clone(m.small)
		out.small[i].val = v
		out.n = m.n
		return out
	}
	s := make([]entry, len(m.small)+1)
	copy(s, m.small[:i])
	s[i] = entry{key, v}
	copy(s[i+1:], m.small[i:])
	return out.fill(s)
}

// fill makes the fresh message m hold the sorted entries s.
func (m *Message) fill(s []entry) *Message {
	m.n = len(s)
	if len(s) > SmallSize {
		m.root = build(s)
	} else {
		m.small = s
	}
	return m
}

// Without returns a message that lacks the given keys.
func (m *Message) Without(keys ...string) *Message {
	out := m
	for _, k := range keys {
		out = out.without(k)
	}
	return out
}

func (m *Message) without(key string) *Message {
	if !m.Has(key) {
		return m
	}
	out := &Message{priv: m.priv, n: m.n - 1}
	if m.root == nil {
		i, _ := search(m.small, key)
		out.small = slices.Concat(m.small[:i], m.small[i+1:])
		return out
	}
	root := m.root.without(key)
	if out.n > SmallSize {
		out.root = root
		return out
	}
	out.small = make([]entry, 0, out.n)
	root.walk(func(k string, v Value) bool {
		out.small = append(out.small, entry{k, v})
		return true
	})
	return out
}

// With returns a message that holds only the given keys of m. Private state
// is kept.
func (m *Message) With(keys ...string) *Message {
	b := NewBuilder(len(keys))
	for _, k := range keys {
		if v, ok := m.Get(k); ok {
			b.Set(k, v)
		}
	}
	return b.Message().WithPrivate(m.Private())
}

// Merge returns m overlaid by the entries of over. The private state of m is
// kept.
func (m *Message) Merge(over *Message) *Message {
	if over.Len() == 0 {
		return m
	}
	if m.Len() == 0 {
		return over.WithPrivate(m.Private())
	}
	if m.root == nil && over.root == nil {
		return m.mergeSmall(over.small)
	}
	if over.Len() <= 4 || m.Len() > 8*over.Len() {
		for k, v := range over.All() {
			m = m.Set(k, v)
		}
		return m
	}
	b := NewBuilder(m.Len() + over.Len())
	for k, v := range m.All() {
		b.Set(k, v)
	}
	for k, v := range over.All() {
		b.Set(k, v)
	}
	return b.Message().WithPrivate(m.Private())
}

// mergeSmall is Merge for messages that are arrays.
func (m *Message) mergeSmall(over []entry) *Message {
	s := make([]entry, 0, len(m.small)+len(over))
	changed := false
	rest := m.small
	for _, e := range over {
		for len(rest) > 0 && rest[0].key < e.key {
			s, rest = append(s, rest[0]), rest[1:]
		}
		if len(rest) > 0 && rest[0].key == e.key {
			changed = changed || !same(rest[0].val, e.val)
			rest = rest[1:]
		} else {
			changed = true
		}
		s = append(s, e)
	}
	if !changed {
		return m
	}
	out := &Message{priv: m.priv}
	return out.fill(append(s, rest...))
}

// All iterates over the entries in bytewise order of their keys.
func (m *Message) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if m == nil {
			return
		}
		if m.root != nil {
			m.root.walk(yield)
			return
		}
		for i := range m.small {
			if !yield(m.small[i].key, m.small[i].val) {
				return
			}
		}
	}
}

// Keys returns the keys in bytewise order.
func (m *Message) Keys() []string {
	out := make([]string, 0, m.Len())
	for k := range m.All() {
		out = append(out, k)
	}
	return out
}

// search finds key in the sorted entries s.
func search(s []entry, key string) (int, bool) {
	lo, hi := 0, len(s)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if s[mid].key < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(s) && s[lo].key == key
}

// same reports whether two values are the identical object or equal scalars,
// so that setting one over the other changes nothing.
func same(a, b Value) bool {
	switch x := a.(type) {
	case Link:
		y, ok := b.(Link)
		return ok && x == y
	case Float: // -0.0 equals 0.0 but is another value
		return false
	}
	return a == b
}

// Builder collects the entries of a new message. The zero value is ready.
type Builder struct {
	s      []entry
	sorted bool
}

// NewBuilder returns a builder with room for n entries.
func NewBuilder(n int) *Builder { return &Builder{s: make([]entry, 0, n), sorted: true} }

// Set adds an entry; a later one with the same key wins. Private keys and nil
// values are left out.
func (b *Builder) Set(key string, v Value) {
	if v == nil || IsPrivate(key) {
		return
	}
	if n := len(b.s); n == 0 {
		b.sorted = true
	} else if b.sorted && b.s[n-1].key >= key {
		b.sorted = false
	}
	b.s = append(b.s, entry{key, v})
}

// Message returns the collected message and resets the builder.
func (b *Builder) Message() *Message {
	s := b.s
	if !b.sorted {
		slices.SortStableFunc(s, func(a, b entry) int { return strings.Compare(a.key, b.key) })
		out := s[:0]
		for i := range s {
			if n := len(out); n > 0 && out[n-1].key == s[i].key {
				out[n-1] = s[i]
				continue
			}
			out = append(out, s[i])
		}
		s = out
	}
	*b = Builder{}
	return new(Message).fill(s)
}
