package lua

// sorter sorts values by the quicksort of PUC-Lua, so that programs whose
// order function is inconsistent, or has ties, see the same result.
type sorter struct {
	c  *Call
	vs []Value
	f  Value // the order function, or nil
}

func tableSort(c *Call) error {
	s, err := c.sequence(0)
	if err != nil {
		return err
	}
	if s.size > 1<<31-2 {
		return c.argError(0, "array too big")
	}
	if f := c.Arg(1); !f.isNil() && !f.IsFunction() {
		return c.typeError(1, "function")
	}
	if s.size < 2 {
		return nil
	}
	if err := c.vm.alloc(s.size * costSlot); err != nil {
		return err
	}
	st := sorter{c: c, vs: make([]Value, s.size), f: c.Arg(1)}
	for i := range st.vs {
		if st.vs[i], err = s.get(int64(i) + 1); err != nil {
			return err
		}
	}
	c.hold = append(c.hold, st.vs...)
	if err := st.sort(0, len(st.vs)-1); err != nil {
		return err
	}
	for i, v := range st.vs {
		if err := s.set(int64(i)+1, v); err != nil {
			return err
		}
	}
	return c.Spend(s.size)
}

// less reports whether a must come before b.
func (s *sorter) less(a, b Value) (bool, error) {
	vm := s.c.vm
	vm.slice--
	if vm.slice < 0 {
		if err := vm.tick(); err != nil {
			return false, err
		}
	}
	if s.f.isNil() {
		if a.isInt() && b.isInt() {
			return int64(a.n) < int64(b.n), nil
		}
		return vm.lessThan(a, b)
	}
	v, err := vm.call2(s.f, a, b)
	return v.Truth(), err
}

// call2 is call1 for two arguments without a slice of them.
func (vm *VM) call2(f, a, b Value) (Value, error) {
	th := vm.cur
	at := th.free
	vm.reserve(th, at+3)
	th.stack[at], th.stack[at+1], th.stack[at+2] = f, a, b
	res, err := vm.callSlot(th, at, 2)
	if err != nil || len(res) == 0 {
		return Value{}, err
	}
	return res[0], nil
}

// order swaps two elements unless they are in order.
func (s *sorter) order(i, j int) error {
	less, err := s.less(s.vs[j], s.vs[i])
	if less {
		s.vs[i], s.vs[j] = s.vs[j], s.vs[i]
	}
	return err
}

func (s *sorter) sort(lo, up int) error {
	for lo < up {
		if err := s.order(lo, up); err != nil {
			return err
		}
		if up-lo == 1 {
			return nil
		}
		p := lo + (up-lo)/2
		if err := s.median(lo, p, up); err != nil {
			return err
		}
		if up-lo == 2 {
			return nil
		}
		pivot := s.vs[p]
		s.vs[p], s.vs[up-1] = s.vs[up-1], s.vs[p]
		p, err := s.partition(lo, up, pivot)
		if err != nil {
			return err
		}
		// Recurse into the smaller part, so that depth is logarithmic.
		if p-lo < up-p {
			err = s.sort(lo, p-1)
			lo = p + 1
		} else {
			err = s.sort(p+1, up)
			up = p - 1
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// median puts the middle one of three elements at p; lo and up are in order.
func (s *sorter) median(lo, p, up int) error {
	less, err := s.less(s.vs[p], s.vs[lo])
	if err != nil {
		return err
	}
	if less {
		s.vs[p], s.vs[lo] = s.vs[lo], s.vs[p]
		return nil
	}
	return s.order(p, up)
}

// partition splits around the pivot, which lies at up-1.
func (s *sorter) partition(lo, up int, pivot Value) (int, error) {
	i, j := lo, up-1
	for {
		for i++; ; i++ {
			less, err := s.less(s.vs[i], pivot)
			if err != nil {
				return 0, err
			}
			if !less {
				break
			}
			if i == up-1 {
				return 0, s.c.Raisef("invalid order function for sorting")
			}
		}
		for j--; ; j-- {
			less, err := s.less(pivot, s.vs[j])
			if err != nil {
				return 0, err
			}
			if !less {
				break
			}
			if j < i {
				return 0, s.c.Raisef("invalid order function for sorting")
			}
		}
		if j < i {
			s.vs[up-1], s.vs[i] = s.vs[i], s.vs[up-1]
			return i, nil
		}
		s.vs[i], s.vs[j] = s.vs[j], s.vs[i]
	}
}
