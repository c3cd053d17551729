package lua

import (
	"math"
	"strings"
)

func tableFunctions() []libFunction {
	return []libFunction{
		{"concat", tableConcat}, {"insert", tableInsert}, {"move", tableMove}, {"pack", tablePack},
		{"remove", tableRemove}, {"sort", tableSort}, {"unpack", tableUnpack},
	}
}

// sequence is a value whose elements a library function reads and writes. A
// table without metatable is accessed directly.
type sequence struct {
	c    *Call
	v    Value
	t    *Table // nil when metamethods may matter
	size int64
}

func (c *Call) sequence(i int) (sequence, error) {
	s := sequence{c: c, v: c.Arg(i)}
	t, ok := s.v.AsTable()
	if !ok {
		mt := c.vm.metatable(s.v)
		if mt == nil || c.vm.metaOf(mt, evIndex).isNil() || c.vm.metaOf(mt, evNewIndex).isNil() || c.vm.metaOf(mt, evLen).isNil() {
			return s, c.typeError(i, "table")
		}
	}
	if ok && t.meta == nil {
		s.t, s.size = t, c.vm.length(t)
		return s, nil
	}
	n, err := c.vm.lengthOf(s.v)
	s.size = n
	return s, err
}

// lengthOf returns #v with metamethods.
func (vm *VM) lengthOf(v Value) (int64, error) {
	if mm := vm.metamethod(v, evLen); !mm.isNil() && !v.isString() {
		r, err := vm.call1(mm, v)
		if err != nil {
			return 0, err
		}
		n, ok := vm.toInt(r)
		if !ok {
			return 0, vm.errorf("object length is not an integer")
		}
		return n, nil
	}
	if t, ok := v.AsTable(); ok {
		return vm.length(t), nil
	}
	if s, ok := v.AsString(); ok {
		return int64(len(s)), nil
	}
	return 0, vm.lengthError(v)
}

func (s *sequence) get(i int64) (Value, error) {
	if s.t != nil {
		return s.c.vm.getInt(s.t, i), nil
	}
	return s.c.vm.index(s.v, Int(i))
}

func (s *sequence) set(i int64, v Value) error {
	if s.t != nil {
		s.c.vm.setInt(s.t, i, v)
		return nil
	}
	return s.c.vm.assign(s.v, Int(i), v)
}

func tableConcat(c *Call) error {
	s, err := c.sequence(0)
	if err != nil {
		return err
	}
	sep := ""
	if !c.Arg(1).isNil() {
		if sep, err = c.str(1); err != nil {
			return err
		}
	}
	i, err := c.optInt(2, 1)
	if err != nil {
		return err
	}
	j, err := c.optInt(3, s.size)
	if err != nil {
		return err
	}
	var b strings.Builder
	for ; i <= j; i++ {
		v, err := s.get(i)
		if err != nil {
			return err
		}
		text, ok := c.vm.toText(v)
		if !ok {
			return c.Raisef("invalid value (at index %d) in table for 'concat'", i)
		}
		if err := c.grow(&b, text); err != nil {
			return err
		}
		if i < j {
			if err := c.grow(&b, sep); err != nil {
				return err
			}
		}
		if i == math.MaxInt64 {
			break
		}
	}
	return c.push(String(b.String()))
}

// grow appends to a result under the limits.
func (c *Call) grow(b *strings.Builder, s string) error {
	c.vm.slice -= 1 + int64(len(s))>>4
	if c.vm.slice < 0 {
		if err := c.vm.tick(); err != nil {
			return err
		}
	}
	if err := c.vm.alloc(int64(len(s))); err != nil {
		return err
	}
	b.WriteString(s)
	return nil
}

func tableInsert(c *Call) error {
	s, err := c.sequence(0)
	if err != nil {
		return err
	}
	e := s.size + 1
	switch len(c.args) {
	case 2:
		return s.set(e, c.args[1])
	case 3:
		pos, err := c.int(1)
		if err != nil {
			return err
		}
		if uint64(pos-1) >= uint64(e) {
			return c.argError(1, "position out of bounds")
		}
		v := c.args[2]
		if s.insertFast(pos, v) {
			return c.Spend((e - pos) >> 4)
		}
		for i := e; i > pos; i-- {
			if err := c.move(&s, i-1, &s, i); err != nil {
				return err
			}
		}
		return s.set(pos, v)
	}
	return c.Raisef("wrong number of arguments to 'insert'")
}

// insertFast shifts within the array part.
func (s *sequence) insertFast(pos int64, v Value) bool {
	t := s.t
	if t == nil || v.isNil() || t.holes != 0 || int64(len(t.arr)) != s.size || pos > s.size {
		return false
	}
	vm := s.c.vm
	vm.setInt(t, s.size+1, v)
	copy(t.arr[pos:s.size+1], t.arr[pos-1:s.size])
	t.arr[pos-1] = v
	vm.touchSlots(t, int(pos-1))
	return true
}

// move copies one element, and charges for it.
func (c *Call) move(from *sequence, i int64, to *sequence, j int64) error {
	if err := c.vm.spend(1); err != nil {
		return err
	}
	v, err := from.get(i)
	if err != nil {
		return err
	}
	return to.set(j, v)
}

func tableRemove(c *Call) error {
	s, err := c.sequence(0)
	if err != nil {
		return err
	}
	pos := s.size
	if len(c.args) > 1 {
		if pos, err = c.int(1); err != nil {
			return err
		}
		if pos != s.size && uint64(pos-1) > uint64(s.size) {
			return c.argError(1, "position out of bounds")
		}
	}
	v, err := s.get(pos)
	if err != nil {
		return err
	}
	if t := s.t; t != nil && t.holes == 0 && int64(len(t.arr)) == s.size && pos >= 1 && pos < s.size {
		copy(t.arr[pos-1:], t.arr[pos:])
		c.vm.touchSlots(t, int(pos-1))
		c.vm.setInt(t, s.size, Value{})
		c.Push(v)
		return c.Spend((s.size - pos) >> 4)
	}
	for ; pos < s.size; pos++ {
		if err := c.move(&s, pos+1, &s, pos); err != nil {
			return err
		}
	}
	if err := s.set(pos, Value{}); err != nil {
		return err
	}
	return c.push(v)
}

func tableMove(c *Call) error {
	from, err := c.sequence(0)
	if err != nil {
		return err
	}
	var n [3]int64
	for i := range n {
		if n[i], err = c.int(i + 1); err != nil {
			return err
		}
	}
	to := from
	at := 0
	if !c.Arg(4).isNil() {
		at = 4
		if to, err = c.sequence(4); err != nil {
			return err
		}
	}
	target := c.Arg(at)
	f, e, t := n[0], n[1], n[2]
	if e >= f {
		if f <= 0 && e >= math.MaxInt64+f {
			return c.argError(2, "too many elements to move")
		}
		if t > math.MaxInt64-(e-f) {
			return c.argError(3, "destination wrap around")
		}
		if t > e || t <= f || at != 0 && !rawEqual(from.v, to.v) {
			for i := int64(0); i <= e-f; i++ {
				if err := c.move(&from, f+i, &to, t+i); err != nil {
					return err
				}
			}
		} else {
			for i := e - f; i >= 0; i-- {
				if err := c.move(&from, f+i, &to, t+i); err != nil {
					return err
				}
			}
		}
	}
	return c.push(target)
}

func tablePack(c *Call) error {
	t := c.vm.newTable(len(c.args), 1)
	c.vm.setList(t, 0, c.args)
	c.vm.SetField(t, "n", Int(int64(len(c.args))))
	return c.push(t.Value())
}

const maxUnpack = 1_000_000

func tableUnpack(c *Call) error {
	v := c.Arg(0)
	i, err := c.optInt(1, 1)
	if err != nil {
		return err
	}
	var j int64
	if c.Arg(2).isNil() {
		if j, err = c.vm.lengthOf(v); err != nil {
			return err
		}
	} else if j, err = c.int(2); err != nil {
		return err
	}
	if i > j {
		return nil
	}
	if uint64(j-i) >= maxUnpack {
		return c.Raisef("too many results to unpack")
	}
	t, ok := v.AsTable()
	for n := i; ; n++ {
		var e Value
		if ok && t.meta == nil {
			e = c.vm.getInt(t, n)
		} else if e, err = c.vm.index(v, Int(n)); err != nil {
			return err
		}
		c.Push(e)
		if n == j {
			break
		}
	}
	return c.Spend((j - i) >> 2)
}
