package lua

// The merge sort of the reference's host: runs are split off while the list is
// read, then merged pairwise, alternately from the front and from the back.
// The order of comparisons is visible to programs, hence the same here.

// stack is a list whose head is its last element.
type stack []Value

type mergeSorter struct {
	c   *Call
	f   Value
	err error
}

func luerlSort(c *Call) error {
	t, ok := c.Arg(0).AsTable()
	if !ok {
		return c.badarg("sort")
	}
	n := max(t.top, int64(len(t.arr)))
	if n < 2 {
		return nil
	}
	if n > 1<<31 {
		return c.vm.limitErr("size", "too many elements to sort")
	}
	if err := c.vm.alloc(n * costSlot * 3); err != nil {
		return err
	}
	list := make(stack, n)
	for i := range list {
		list[len(list)-1-i] = c.vm.getInt(t, int64(i)+1)
	}
	m := &mergeSorter{c: c, f: c.Arg(1)}
	if len(c.args) < 2 {
		m.f = Value{}
	}
	c.hold = append(c.hold, list...)
	out := m.sort(list)
	if m.err != nil {
		return m.err
	}
	for i := range out {
		c.vm.setInt(t, int64(i)+1, out[len(out)-1-i])
	}
	return c.Spend(n)
}

// le calls the order function: a stays before b.
func (m *mergeSorter) le(a, b Value) bool {
	if m.err != nil {
		return true
	}
	vm := m.c.vm
	if vm.slice--; vm.slice < 0 {
		if m.err = vm.tick(); m.err != nil {
			return true
		}
	}
	if !m.f.isNil() {
		v, err := vm.call2(m.f, a, b)
		m.err = err
		return v.Truth()
	}
	if r, ok := vm.lessEqual(a, b); ok {
		return r
	}
	mm := vm.binaryMeta(a, b, evLt)
	if mm.isNil() {
		m.err = vm.luerlErr("illegal_comp", "sort")
		return true
	}
	v, err := vm.call1(mm, a, b)
	m.err = err
	return v.Truth()
}

func (l *stack) pop() Value {
	v := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return v
}

// onto pushes all of l onto to, head first.
func (l stack) onto(to stack) stack {
	for i := len(l) - 1; i >= 0; i-- {
		to = append(to, l[i])
	}
	return to
}

func (m *mergeSorter) sort(l stack) stack {
	if len(l) < 2 {
		return l
	}
	x, y := l.pop(), l.pop()
	asc := m.le(x, y)
	runs := m.split(l, x, y, asc)
	return m.merge(runs, asc)
}

// split divides the rest of the list into runs. With asc they are held
// backwards (largest first), otherwise forwards; x and y are the two last
// elements of the run in hand.
func (m *mergeSorter) split(l stack, x, y Value, asc bool) []stack {
	var runs []stack
	var run stack
	var other Value // an element that fits neither end, waiting for a second one
	waiting := false
	for len(l) > 0 && m.err == nil {
		z := l.pop()
		switch {
		case m.le(y, z) == asc:
			run = append(run, x)
			x, y = y, z
		case m.le(x, z) == asc:
			run = append(run, x)
			x = z
		case !waiting && len(run) == 0:
			run = append(run, z)
		case !waiting:
			other, waiting = z, true
		default:
			runs = append(runs, append(run, x, y))
			run = nil
			waiting = false
			if m.le(other, z) == asc {
				x, y = other, z
			} else {
				x, y = z, other
			}
		}
	}
	runs = append(runs, append(run, x, y))
	if waiting {
		runs = append(runs, stack{other})
	}
	return runs
}

// merge merges the runs, whose newest is the last, until one is left.
func (m *mergeSorter) merge(runs []stack, asc bool) stack {
	backwards := asc
	for {
		if m.err != nil {
			return nil
		}
		var out []stack
		for len(runs) > 1 {
			a, b := runs[len(runs)-1], runs[len(runs)-2]
			runs = runs[:len(runs)-2]
			// The run that was read first comes first in the list.
			if backwards == asc {
				a, b = b, a
			}
			if backwards {
				out = append(out, m.mergeBack(a, b))
			} else {
				out = append(out, m.mergeFront(a, b))
			}
		}
		if len(runs) == 1 {
			if len(out) == 0 {
				if backwards {
					return runs[0].onto(nil)
				}
				return runs[0]
			}
			out = append(out, runs[0].onto(nil))
		}
		runs = out
		backwards = !backwards
	}
}

// mergeFront merges two ascending lists into a descending one.
func (m *mergeSorter) mergeFront(first, second stack) stack {
	out := make(stack, 0, len(first)+len(second))
	for len(first) > 0 && len(second) > 0 {
		if m.le(first[len(first)-1], second[len(second)-1]) {
			out = append(out, first.pop())
		} else {
			out = append(out, second.pop())
		}
	}
	return second.onto(first.onto(out))
}

// mergeBack merges two descending lists into an ascending one.
func (m *mergeSorter) mergeBack(first, second stack) stack {
	out := make(stack, 0, len(first)+len(second))
	for len(first) > 0 && len(second) > 0 {
		if m.le(first[len(first)-1], second[len(second)-1]) {
			out = append(out, second.pop())
		} else {
			out = append(out, first.pop())
		}
	}
	return second.onto(first.onto(out))
}
