package message

import "math"

// Equal reports whether two values are exactly equal: same type and same
// content, so Int(1) and Float(1) differ. Private state is ignored. Links are
// compared by ID and not loaded.
func Equal(a, b Value) bool {
	switch x := a.(type) {
	case *Message:
		y, ok := b.(*Message)
		return ok && equalMessages(x, y)
	case *List:
		y, ok := b.(*List)
		return ok && equalValues(x.items, y.items)
	case *Big:
		y, ok := b.(*Big)
		return ok && x.n.Cmp(y.n) == 0
	case Float:
		y, ok := b.(Float)
		return ok && math.Float64bits(float64(x)) == math.Float64bits(float64(y))
	case *As:
		y, ok := b.(*As)
		return ok && Equal(x.Device, y.Device) && Equal(x.Message, y.Message)
	case *Resolve:
		y, ok := b.(*Resolve)
		return ok && equalValues(x.Steps, y.Steps)
	}
	return a == b
}

func equalMessages(x, y *Message) bool {
	if x == y {
		return true
	}
	if x.Len() != y.Len() {
		return false
	}
	for k, v := range x.All() {
		w, ok := y.Get(k)
		if !ok || !Equal(v, w) {
			return false
		}
	}
	return true
}

func equalValues(a, b []Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}
