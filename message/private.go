package message

import "sync"

// Private is the state of a message that never leaves the node: the hashpath
// that led to it, and values under typed slots (a running machine, cookies). It
// is immutable, like the message it belongs to. A nil *Private is empty.
type Private struct {
	hashpath *Hashpath
	slots    *slot
}

// Hashpath is a hashpath that may not have been computed yet: most results are
// read and dropped without anyone asking how they came about.
type Hashpath struct {
	once    sync.Once
	text    string
	compute func() string
}

// KnownHashpath returns a computed hashpath.
func KnownHashpath(text string) *Hashpath { return &Hashpath{text: text} }

// LazyHashpath returns a hashpath that compute returns when it is asked for.
func LazyHashpath(compute func() string) *Hashpath { return &Hashpath{compute: compute} }

// String returns the text of the hashpath.
func (h *Hashpath) String() string {
	if h == nil {
		return ""
	}
	h.once.Do(func() {
		if h.compute != nil {
			h.text, h.compute = h.compute(), nil
		}
	})
	return h.text
}

// slot is a persistent list; there are few slots per message.
type slot struct {
	key  any
	val  any
	next *slot
}

// Slot is a typed place in private state. Declare one per use as a package
// constant-like variable through [NewSlot]; identity is by pointer.
type Slot[T any] struct{ name string }

// NewSlot returns a new slot; name is for debugging only.
func NewSlot[T any](name string) *Slot[T] { return &Slot[T]{name} }

// Private returns the private state of m, which may be nil.
func (m *Message) Private() *Private {
	if m == nil {
		return nil
	}
	return m.priv
}

// WithPrivate returns m with other private state. Entries and memo are shared
// (M4).
func (m *Message) WithPrivate(p *Private) *Message {
	if m == nil {
		m = &Message{}
	}
	if m.priv == p {
		return m
	}
	out := &Message{small: m.small, root: m.root, n: m.n, priv: p}
	out.memo.Store(m.Memo())
	return out
}

// Hashpath returns the hashpath of the computation that made this message, or
// "" when it was not computed.
func (m *Message) Hashpath() string {
	if m == nil || m.priv == nil {
		return ""
	}
	return m.priv.hashpath.String()
}

// WithHashpath returns m with its hashpath set, or removed when h is nil.
func (m *Message) WithHashpath(h *Hashpath) *Message {
	if m.priv == nil && h == nil {
		return m
	}
	p := Private{hashpath: h}
	if m != nil && m.priv != nil {
		p.slots = m.priv.slots
	}
	return m.WithPrivate(&p)
}

// In returns the value of the slot in m's private state.
func (s *Slot[T]) In(m *Message) (T, bool) {
	var zero T
	if m == nil || m.priv == nil {
		return zero, false
	}
	for e := m.priv.slots; e != nil; e = e.next {
		if e.key == any(s) {
			v, ok := e.val.(T)
			return v, ok
		}
	}
	return zero, false
}

// Set returns m with the slot set to v.
func (s *Slot[T]) Set(m *Message, v T) *Message {
	p := Private{}
	if m != nil && m.priv != nil {
		p = *m.priv
	}
	p.slots = &slot{key: s, val: v, next: p.slots.remove(s)}
	return m.WithPrivate(&p)
}

// Clear returns m without the slot.
func (s *Slot[T]) Clear(m *Message) *Message {
	if _, ok := s.In(m); !ok {
		return m
	}
	p := *m.priv
	p.slots = p.slots.remove(s)
	return m.WithPrivate(&p)
}

func (e *slot) remove(key any) *slot {
	if e == nil {
		return nil
	}
	if e.key == key {
		return e.next
	}
	return &slot{e.key, e.val, e.next.remove(key)}
}
