package lua

import (
	"math"
	"strings"
)

// The slow paths of instructions. Those that may call a metamethod push its
// frame; the loop reloads the frame afterwards.

// callMeta calls a metamethod above the registers of the running function.
func (vm *VM) callMeta(th *thread, cont continuation, aux int, f Value, args ...Value) error {
	fr := &th.frames[len(th.frames)-1]
	at := fr.base + fr.fn.proto.stack
	vm.reserve(th, at+len(args)+1)
	th.stack[at] = f
	copy(th.stack[at+1:], args)
	return vm.callAt(th, at, len(args), 1, cont, aux)
}

func (vm *VM) getSlow(th *thread, obj, key Value, dst int) error {
	v, fn, self, err := vm.indexChain(obj, key)
	if err != nil {
		return err
	}
	if fn.isNil() {
		fr := &th.frames[len(th.frames)-1]
		th.stack[fr.base+dst] = v
		return nil
	}
	return vm.callMeta(th, contStore, dst, fn, self, key)
}

func (vm *VM) setSlow(th *thread, obj, key, val Value) error {
	fn, self, err := vm.assignChain(obj, key, val)
	if err != nil || fn.isNil() {
		return err
	}
	return vm.callMeta(th, contDrop, 0, fn, self, key, val)
}

// selfError rewords a failed method lookup in the Luerl dialect.
func (vm *VM) selfError(err error, i instr, obj, key Value) error {
	if e, ok := err.(*Error); ok && vm.dialect == Luerl && i.op() == opSelf && e.Reason == "illegal_index" {
		e.Reason, e.Args = "undefined_method", []Value{obj, key}
	}
	return err
}

func (vm *VM) arithSlow(th *thread, op opcode, a, b Value, dst int) error {
	v, res := vm.arith(op, a, b)
	if res == arithOK {
		fr := &th.frames[len(th.frames)-1]
		th.stack[fr.base+dst] = v
		return nil
	}
	if res == arithType || res == arithInt {
		if mm := vm.binaryMeta(a, b, evAdd+event(op-opAdd)); !mm.isNil() {
			return vm.callMeta(th, contStore, dst, mm, a, b)
		}
	}
	return vm.arithError(op, res, a, b)
}

func (vm *VM) unarySlow(th *thread, op opcode, x Value, dst int) error {
	var v Value
	var res arithResult
	ev := evLen
	switch op {
	case opUnm:
		ev = evUnm
		v, res = vm.unm(x)
	case opBNot:
		ev = evBNot
		v, res = vm.bnot(x)
	default:
		res = arithType
	}
	if res == arithOK {
		fr := &th.frames[len(th.frames)-1]
		th.stack[fr.base+dst] = v
		return nil
	}
	if mm := vm.metamethod(x, ev); !mm.isNil() {
		if vm.dialect == Luerl {
			return vm.callMeta(th, contStore, dst, mm, x)
		}
		return vm.callMeta(th, contStore, dst, mm, x, x)
	}
	if op == opLen {
		return vm.lengthError(x)
	}
	return vm.arithError(op, res, x)
}

// compareSlow compares by metamethods; d is the jump of the instruction.
func (vm *VM) compareSlow(th *thread, ev event, a, b Value, d int) error {
	mm := vm.binaryMeta(a, b, ev)
	if mm.isNil() && ev == evLe {
		// a <= b as not b < a. The reference forgets the negation.
		if mm = vm.binaryMeta(b, a, evLt); !mm.isNil() {
			if vm.dialect == Standard {
				d ^= 1
			}
			a, b = b, a
		}
	}
	if mm.isNil() {
		op := "<"
		if ev == evLe {
			op = "<="
		}
		return vm.compareError(op, a, b)
	}
	return vm.callMeta(th, contJump, d, mm, a, b)
}

// concat concatenates the first total registers of the instruction's operands
// from the right, and stores the result when all are done.
func (vm *VM) concat(th *thread, fr *frame, i instr, total int) error {
	base := fr.base + int(i.b())
	for total > 1 {
		r := th.stack[base : base+total]
		n, size := 0, 0
		for n < total {
			v := r[total-1-n]
			if v.isString() {
				size += len(v.str())
			} else if !v.isNumber() {
				break
			}
			n++
		}
		if n < 2 {
			a, b := r[total-2], r[total-1]
			mm := vm.binaryMeta(a, b, evConcat)
			if mm.isNil() {
				return vm.concatError(a, b)
			}
			return vm.callMeta(th, contConcat, int(i.b())+total-2, mm, a, b)
		}
		v, err := vm.join(r[total-n:], size)
		if err != nil {
			return err
		}
		total -= n - 1
		th.stack[base+total-1] = v
	}
	th.stack[fr.base+int(i.a())] = th.stack[base]
	return nil
}

// join concatenates strings and numbers; size is what the strings take.
func (vm *VM) join(vs []Value, size int) (Value, error) {
	vm.slice -= int64(size) >> 4
	if err := vm.alloc(costString + int64(size)); err != nil {
		return Value{}, err
	}
	if len(vs) == 2 && vs[0].isString() && vs[1].isString() {
		return String(vs[0].str() + vs[1].str()), nil
	}
	var b strings.Builder
	b.Grow(size + 16)
	for _, v := range vs {
		if v.isString() {
			b.WriteString(v.str())
		} else {
			b.WriteString(vm.numberText(v))
		}
	}
	return String(b.String()), nil
}

// setList stores values from index start+1 on.
func (vm *VM) setList(t *Table, start int, vs []Value) {
	vm.slice -= int64(len(vs)) >> 2
	if start != len(t.arr) {
		for j, v := range vs {
			vm.setInt(t, int64(start+j+1), v)
		}
		return
	}
	mixed := t.hash != nil && t.hash.ints > 0
	for j := 0; mixed && j < len(vs); j++ {
		vm.takeFromHash(t, int64(start+j+1))
	}
	t.arr = append(t.arr, vs...)
	vm.mem += int64(len(vs)) * costSlot
	for _, v := range vs {
		if v.isNil() {
			t.holes++
		}
	}
	t.trim()
	vm.touchSlots(t, start)
	if mixed {
		vm.migrate(t)
	}
}

// forPrep prepares a numeric loop: registers a..a+2 hold start, limit and
// step. With integers the limit becomes the number of iterations that are
// left; otherwise the three stay numbers to compare.
func (vm *VM) forPrep(reg *[256]Value, a, exit int, pc *int) error {
	start, limit, step := &reg[a&0xFF], &reg[(a+1)&0xFF], &reg[(a+2)&0xFF]
	if err := vm.forNumbers(start, limit, step); err != nil {
		return err
	}
	v := &reg[(a+3)&0xFF]
	if start.isInt() && step.isInt() {
		n, ok := vm.iterations(int64(start.n), *limit, int64(step.n))
		if !ok {
			*pc = exit
			return nil
		}
		*limit = Value{tagInt(), n}
		*v = *start
		return nil
	}
	if vm.dialect == Standard {
		for _, r := range []*Value{start, limit, step} {
			f, _ := toFloat(*r)
			*r = Float(f)
		}
	}
	if !loopGoesOn(*start, *limit, *step) {
		*pc = exit
		return nil
	}
	*v = *start
	return nil
}

// forNumbers checks and converts the operands of a numeric loop.
func (vm *VM) forNumbers(start, limit, step *Value) error {
	if vm.dialect == Luerl {
		args := []Value{*start, *limit, *step}
		for _, r := range []*Value{start, limit, step} {
			n, ok := vm.toNumber(*r)
			if !ok {
				return vm.luerlErr("badarg", "loop", args...)
			}
			*r = n
		}
		return nil
	}
	for _, o := range []struct {
		v    *Value
		name string
	}{{limit, "limit"}, {step, "step"}, {start, "initial"}} {
		n, ok := vm.operand(*o.v)
		*o.v = n
		if !ok {
			if o.name == "initial" {
				return vm.errorf("'for' initial value must be a number")
			}
			return vm.errorf("'for' %s must be a number", o.name)
		}
	}
	return nil
}

// iterations returns how often an integer loop repeats after its first round;
// ok is false when it does not run at all.
func (vm *VM) iterations(start int64, limit Value, step int64) (n uint64, ok bool) {
	var end int64
	switch {
	case limit.isInt():
		end = int64(limit.n)
	case limit.isFloat():
		f := limit.float()
		if math.IsNaN(f) {
			return 0, false
		}
		f = math.Floor(f)
		if step < 0 {
			f = math.Ceil(limit.float())
		}
		switch {
		case f >= 0x1p63:
			end = math.MaxInt64
		case f < -0x1p63:
			end = math.MinInt64
		default:
			end = int64(f)
		}
		if f >= 0x1p63 && step < 0 || f < -0x1p63 && step > 0 {
			return 0, false
		}
	default:
		end = math.MaxInt64
		if limit.big().Sign() < 0 {
			end = math.MinInt64
		}
		if (step > 0) != (limit.big().Sign() > 0) {
			return 0, false
		}
	}
	switch {
	case step > 0:
		if start > end {
			return 0, false
		}
		return (uint64(end) - uint64(start)) / uint64(step), true
	case step < 0:
		if start < end {
			return 0, false
		}
		return (uint64(start) - uint64(end)) / (uint64(-(step + 1)) + 1), true
	}
	return math.MaxUint64, vm.dialect == Standard && start >= end
}

// forStep advances a loop that is not all integers, and reports whether it goes
// on. forPrep has left numbers in all three registers; it is checked again
// because the registers of a restored coroutine come from its saved state,
// which may be damaged.
func (vm *VM) forStep(idx *Value, limit, step Value) (bool, error) {
	if !idx.isNumber() || !limit.isNumber() || !step.isNumber() {
		return false, vm.errorf("the registers of a 'for' loop must be numbers: the saved state is damaged")
	}
	next, res := vm.arith(opAdd, *idx, step)
	if res != arithOK || !loopGoesOn(next, limit, step) {
		return false, nil
	}
	*idx = next
	return true, nil
}

func loopGoesOn(v, limit, step Value) bool {
	c := compareNumbers(v, limit)
	switch compareNumbers(step, Int(0)) {
	case 1:
		return c == -1 || c == 0
	case -1:
		return c == 1 || c == 0
	case 0:
		return false
	}
	return false
}
