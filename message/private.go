package message

// Private is the state of a message that never leaves the node: the hashpath
// that led to it, and values under typed slots (a running machine, cookies). It
// is immutable, like the message it belongs to. A nil *Private is empty.
type Private struct {
	hashpath string
	slots    *slot
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
	return m.priv.hashpath
}

// WithHashpath returns m with its hashpath set, or removed when it is "".
func (m *Message) WithHashpath(hashpath string) *Message {
	if m.Hashpath() == hashpath {
		return m
	}
	p := Private{hashpath: hashpath}
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
