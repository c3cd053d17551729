package message

import (
	"iter"
	"strconv"
	"sync/atomic"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// List is an immutable sequence of values.
type List struct {
	items    []Value
	numbered atomic.Pointer[Message]
}

// NewList returns a list of the given values. The list owns the slice.
func NewList(items ...Value) *List { return &List{items: items} }

// Strings returns a list of binaries.
func Strings(items []string) *List {
	l := &List{items: make([]Value, len(items))}
	for i, s := range items {
		l.items[i] = Binary(s)
	}
	return l
}

// Len returns the number of elements.
func (l *List) Len() int { return len(l.items) }

// At returns element i, counting from 0. It panics outside the list, as a
// slice does.
func (l *List) At(i int) Value { return l.items[i] }

// All iterates over the elements with their index, counting from 0.
func (l *List) All() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		for i, v := range l.items {
			if !yield(i, v) {
				return
			}
		}
	}
}

// Append returns a list with more elements at its end.
func (l *List) Append(items ...Value) *List {
	out := make([]Value, 0, len(l.items)+len(items))
	return &List{items: append(append(out, l.items...), items...)}
}

// Numbered returns the list as a message with the keys "1" to "n" (spec 01,
// 2.6). The result is kept.
func (l *List) Numbered() *Message {
	if m := l.numbered.Load(); m != nil {
		return m
	}
	b := NewBuilder(len(l.items))
	for i, v := range l.items {
		b.Set(strconv.Itoa(i+1), v)
	}
	m := b.Message()
	l.numbered.Store(m)
	return m
}

// List returns a numbered message as a list: all keys but "commitments" and
// "ao-types" must be consecutive decimal integers; the smallest may be any
// (spec 01, 2.6).
//
// # Errors
//
// [fail.Invalid] when a key is not a canonical integer or one is missing.
func (m *Message) List() (*List, error) {
	const op = "message.List"
	first, count := 0, 0
	for k := range m.All() {
		if k == "commitments" || k == "ao-types" {
			continue
		}
		n, err := strconv.Atoi(k)
		if err != nil || strconv.Itoa(n) != k {
			return nil, fail.New(fail.Invalid, op, "key %q of a numbered message is not an integer", k)
		}
		if count == 0 || n < first {
			first = n
		}
		count++
	}
	items := make([]Value, 0, count)
	for i := range count {
		v, ok := m.Get(strconv.Itoa(first + i))
		if !ok {
			return nil, fail.New(fail.Invalid, op, "numbered message lacks key %d", first+i)
		}
		items = append(items, v)
	}
	return &List{items: items}, nil
}

// IsNumbered reports whether the keys of m are exactly "1" to "n". An empty
// message is numbered.
func (m *Message) IsNumbered() bool {
	for i := 1; i <= m.Len(); i++ {
		if _, ok := m.Get(strconv.Itoa(i)); !ok {
			return false
		}
	}
	return true
}
