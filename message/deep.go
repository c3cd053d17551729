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

// Deep changes values inside nested messages. Load replaces links on the way by
// their messages; without it a link on the way is an error.
type Deep struct {
	Load func(Value) (Value, error)
}

// DeepSet is [Deep.Set] without a loader.
func DeepSet(m *Message, path []string, v Value) (*Message, error) { return Deep{}.Set(m, path, v) }

// DeepMerge is [Deep.Merge] without a loader.
func DeepMerge(a, b *Message) (*Message, error) { return Deep{}.Merge(a, b) }

// child returns the value of a key as something that may be a message.
func (d Deep) child(m *Message, key string) (Value, bool, error) {
	v, ok := m.Get(key)
	if link, isLink := v.(Link); isLink && d.Load != nil {
		var err error
		if v, err = d.Load(link); err != nil {
			return nil, false, err
		}
	}
	if l, isList := v.(*List); isList {
		v = l.Numbered()
	}
	return v, ok, nil
}

// Set returns m with the value at a path of keys replaced (spec 01, 3.6). The
// atom undefined changes nothing, the atom unset removes, two messages at the
// last key are merged shallowly, missing messages on the way are made.
//
// # Errors
//
// [fail.Invalid] when a value on the way is not a message, and those of Load.
func (d Deep) Set(m *Message, path []string, v Value) (*Message, error) {
	if v == Value(Undefined) || len(path) == 0 {
		return m, nil
	}
	k := path[0]
	old, ok, err := d.child(m, k)
	if err != nil {
		return nil, err
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
	if child, err = d.Set(child, path[1:], v); err != nil {
		return nil, err
	}
	return m.Set(k, child), nil
}

// Merge returns a overlaid by b. Keys of b are paths; where both sides have a
// message the merge recurses, elsewhere b wins (spec 01, 3.6). Errors are those
// of Set.
func (d Deep) Merge(a, b *Message) (*Message, error) {
	for k, v := range b.All() {
		parts := []string{k}
		if strings.Contains(k, "/") {
			if parts = Parts(k); len(parts) == 0 {
				return nil, fail.New(fail.Invalid, "message.DeepMerge", "key %q has no parts", k)
			}
		}
		if nm, ok := v.(*Message); ok {
			old, err := d.get(a, parts)
			if err != nil {
				return nil, err
			}
			if om, ok := old.(*Message); ok {
				if v, err = d.Merge(om, nm); err != nil {
					return nil, err
				}
			}
		}
		var err error
		if a, err = d.Set(a, parts, v); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (d Deep) get(m *Message, path []string) (Value, error) {
	var v Value = m
	for _, k := range path {
		c, ok := v.(*Message)
		if !ok {
			return nil, nil
		}
		var err error
		if v, ok, err = d.child(c, k); err != nil || !ok {
			return nil, err
		}
	}
	return v, nil
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
