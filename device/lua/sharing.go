package lua

import (
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

// What a program hands back unchanged is the same message again: its IDs are
// known, and storing it costs nothing.

// isSequence reports whether the n keys of a table are 1 to n.
func (d *decoder) isSequence(t *vm.Table, n int) bool {
	if d.vm.Len(t) != int64(n) {
		return false
	}
	for i := n; i > 0; i-- {
		if d.vm.Get(t, vm.Int(int64(i))).IsNil() {
			return false
		}
	}
	return true
}

// array decodes a table that is a sequence and nothing else. Elements that are
// empty tables are empty lists, as in the reference.
func (d *decoder) array(t *vm.Table, n int) (message.Value, error) {
	was, _ := d.origin[t].(*message.List)
	if was != nil && was.Len() != n {
		was = nil
	}
	var items []message.Value // nil as long as all are what they were
	for i := range n {
		before := d.size
		d.path = append(d.path, step{index: i + 1})
		v, err := d.decode(d.vm.Get(t, vm.Int(int64(i)+1)))
		if err != nil {
			return nil, err
		}
		d.path = d.path[:len(d.path)-1]
		if m, ok := v.(*message.Message); ok && m.Len() == 0 {
			v = message.NewList()
		}
		same := was != nil && identical(was.At(i), v)
		if same {
			d.size = before
		}
		if items == nil && !same {
			items = make([]message.Value, n)
			for k := range i {
				items[k] = was.At(k)
			}
		}
		if items != nil {
			items[i] = v
		}
	}
	if items == nil {
		return was, nil
	}
	return message.NewList(items...), nil
}

// changed decodes a table that was made from a message: what did not change is
// shared with it.
func (d *decoder) changed(t *vm.Table, was *message.Message) (message.Value, error) {
	out, kept := was, 0
	intern := was.Len() <= internKeys
	for k, old := range was.All() {
		var v vm.Value
		if intern {
			v = d.vm.GetField(t, k)
		} else {
			v = d.vm.Get(t, vm.String(k))
		}
		if v.IsNil() {
			out = out.Set(k, nil)
			continue
		}
		kept++
		before := d.size
		x, err := d.entry(k, v)
		if err != nil {
			return nil, err
		}
		if identical(old, x) {
			d.size = before
		} else {
			out = out.Set(k, x)
		}
	}
	n := d.vm.Count(t)
	if kept < n {
		err := d.each(t, was.Has, func(k string, v message.Value) { out = out.Set(k, v) })
		if err != nil {
			return nil, err
		}
	}
	if out.Len() > 0 && out.Has("1") && out.IsNumbered() {
		return out.List()
	}
	if out != was {
		out = d.checked(out)
	}
	return out.WithPrivate(nil), nil
}

// entry decodes the value under a key.
func (d *decoder) entry(k string, v vm.Value) (message.Value, error) {
	d.size += sizeEntry + int64(len(k))
	d.path = append(d.path, step{key: k})
	x, err := d.decode(v)
	if err == nil {
		d.path = d.path[:len(d.path)-1]
	}
	return x, err
}

// identical reports whether a value is the one that it was, without looking
// into messages: those that did not change are the same pointer.
func identical(old, v message.Value) bool {
	switch v.(type) {
	case *message.Big:
		return message.Equal(old, v)
	}
	return old == v
}
