package message

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Parts splits a path on "/" and drops empty parts.
func Parts(path string) []string {
	parts := strings.Split(path, "/")
	out := parts[:0]
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}

// DeepSet returns m with the value at a path of keys replaced (spec 01, 3.6).
// The atom undefined changes nothing, the atom unset removes, two messages at
// the last key are merged shallowly, missing messages on the way are made.
//
// # Errors
//
// [fail.Invalid] when a value on the way is not a message, or links lie on it.
func DeepSet(m *Message, path []string, v Value) (*Message, error) {
	if v == Value(Undefined) || len(path) == 0 {
		return m, nil
	}
	k := path[0]
	old, ok := m.Get(k)
	if l, isList := old.(*List); isList {
		old = l.Numbered()
	}
	if len(path) == 1 {
		if v == Value(Unset) {
			return m.Without(k), nil
		}
		om, okOld := old.(*Message)
		nm, okNew := v.(*Message)
		if okOld && okNew {
			return m.Set(k, om.Merge(nm)), nil
		}
		return m.Set(k, v), nil
	}
	child := Empty()
	if ok {
		var isMsg bool
		if child, isMsg = old.(*Message); !isMsg {
			return nil, fail.New(fail.Invalid, "message.DeepSet", "%q is not a message, cannot set %q in it", k, strings.Join(path[1:], "/"))
		}
	}
	child, err := DeepSet(child, path[1:], v)
	if err != nil {
		return nil, err
	}
	return m.Set(k, child), nil
}

// DeepMerge returns a overlaid by b. Keys of b are paths; where both sides have
// a message the merge recurses, elsewhere b wins (spec 01, 3.6).
//
// # Errors
//
// As [DeepSet].
func DeepMerge(a, b *Message) (*Message, error) {
	for k, v := range b.All() {
		parts := []string{k}
		if strings.Contains(k, "/") {
			if parts = Parts(k); len(parts) == 0 {
				return nil, fail.New(fail.Invalid, "message.DeepMerge", "key %q has no parts", k)
			}
		}
		if nm, ok := v.(*Message); ok {
			if om, ok := DeepGet(a, parts).(*Message); ok {
				merged, err := DeepMerge(om, nm)
				if err != nil {
					return nil, err
				}
				v = merged
			}
		}
		var err error
		if a, err = DeepSet(a, parts, v); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// DeepGet returns the value at a path of keys, or nil. Links are not loaded;
// lists are indexed from "1".
func DeepGet(m *Message, path []string) Value {
	var v Value = m
	for _, k := range path {
		if l, ok := v.(*List); ok {
			v = l.Numbered()
		}
		c, ok := v.(*Message)
		if !ok {
			return nil
		}
		if v, ok = c.Get(k); !ok {
			return nil
		}
	}
	return v
}
