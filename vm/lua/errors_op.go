package lua

// Errors of operations, in the words of both dialects.

func (vm *VM) indexError(obj, key Value) error {
	if vm.dialect == Luerl {
		return vm.luerlErr("illegal_index", "", obj, key)
	}
	info := vm.variableInfo(obj)
	if info == "" && key.isString() {
		return vm.errorf("attempt to index a %s value (field '%s')", vm.typeName(obj), key.str())
	}
	return vm.errorf("attempt to index a %s value%s", vm.typeName(obj), info)
}

func (vm *VM) callError(f Value) error {
	if vm.dialect == Luerl {
		return vm.luerlErr("undefined_function", "", f)
	}
	return vm.errorf("attempt to call a %s value%s", vm.typeName(f), vm.variableInfo(f))
}

func (vm *VM) compareError(op string, a, b Value) error {
	if vm.dialect == Luerl {
		return vm.luerlErr("badarg", op, a, b)
	}
	ta, tb := vm.typeName(a), vm.typeName(b)
	if ta == tb {
		return vm.errorf("attempt to compare two %s values", ta)
	}
	return vm.errorf("attempt to compare %s with %s", ta, tb)
}

func (vm *VM) concatError(a, b Value) error {
	if vm.dialect == Luerl {
		return vm.luerlErr("badarg", "..", a, b)
	}
	if a.isString() || a.isNumber() {
		a = b
	}
	return vm.errorf("attempt to concatenate a %s value%s", vm.typeName(a), vm.variableInfo(a))
}

func (vm *VM) lengthError(v Value) error {
	if vm.dialect == Luerl {
		return vm.luerlErr("badarg", "#", v)
	}
	return vm.errorf("attempt to get length of a %s value%s", vm.typeName(v), vm.variableInfo(v))
}

// arithError words the failure of an operation; b is absent for unary ones.
func (vm *VM) arithError(op opcode, res arithResult, args ...Value) error {
	if res == arithLimit {
		return vm.limitErr("memory", "not enough memory for an integer of this size")
	}
	if vm.dialect == Luerl {
		if res == arithValue {
			for i := range args {
				args[i], _ = vm.toNumber(args[i])
			}
		}
		return vm.luerlErr("badarith", opName[op], args...)
	}
	bad := args[len(args)-1]
	if _, ok := vm.toNumber(args[0]); !ok {
		bad = args[0]
	}
	isBit := op >= opBAnd && op <= opShr || op == opBNot
	switch {
	case res == arithValue && op == opMod:
		return vm.errorf("attempt to perform 'n%%0'")
	case res == arithValue:
		return vm.errorf("attempt to divide by zero")
	case res == arithInt:
		for _, a := range args {
			if _, ok := vm.toInteger(a); !ok {
				bad = a
				break
			}
		}
		return vm.errorf("number%s has no integer representation", vm.variableInfo(bad))
	case isBit:
		return vm.errorf("attempt to perform bitwise operation on a %s value%s", vm.typeName(bad), vm.variableInfo(bad))
	}
	return vm.errorf("attempt to perform arithmetic on a %s value%s", vm.typeName(bad), vm.variableInfo(bad))
}

// typeName is TypeName, or the __name of the metatable.
func (vm *VM) typeName(v Value) string {
	if v.Kind() == KindTable {
		if n, ok := vm.metamethod(v, evName).AsString(); ok {
			return n
		}
	}
	return v.TypeName()
}

// variableInfo describes where the running instruction has a value from:
// " (local 'x')" and the like, or "".
func (vm *VM) variableInfo(v Value) string {
	th := vm.cur
	if len(th.frames) == 0 {
		return ""
	}
	fr := &th.frames[len(th.frames)-1]
	if fr.fn == nil || fr.pc == 0 {
		return ""
	}
	p := fr.fn.proto
	pc := fr.pc - 1
	i := p.code[pc]
	if op := i.op(); op == opGetTabUp || op == opSetTabUp {
		return " (upvalue '" + p.up[i.b()].name + "')"
	}
	for _, r := range operands(i) {
		if fr.base+r < len(th.stack) && th.stack[fr.base+r] == v {
			if s := p.describe(pc, r); s != "" {
				return " (" + s + ")"
			}
		}
	}
	return ""
}

// operands lists the registers whose contents an instruction may complain about.
func operands(i instr) []int {
	a, b, c := int(i.a()), int(i.b()), int(i.c())
	switch op := i.op(); {
	case op == opGetField || op == opGetInt || op == opGetIndex || op == opSelf || op >= opUnm && op <= opBNot || op >= opAddK && op <= opPowK:
		return []int{b}
	case op == opSetField || op == opSetInt || op == opSetIndex || op == opCall || op == opTailCall:
		return []int{a}
	case op >= opAdd && op <= opShr:
		return []int{b, c}
	case op == opConcat:
		rs := make([]int, c)
		for j := range rs {
			rs[j] = b + j
		}
		return rs
	}
	return nil
}

// describe says what a register holds when the instruction at pc begins.
func (p *proto) describe(pc, reg int) string {
	for i := len(p.locals) - 1; i >= 0; i-- {
		l := p.locals[i]
		if l.reg == reg && l.start <= pc && (l.end < 0 || pc < l.end) {
			return "local '" + l.name + "'"
		}
	}
	for at := pc - 1; at >= 0; at-- {
		i := p.code[at]
		if int(i.a()) != reg {
			continue
		}
		if p.jumpedOver(at, pc) {
			return ""
		}
		switch i.op() {
		case opGetTabUp:
			return "global '" + p.k[i.d()].str() + "'"
		case opGetIndex, opGetInt:
			return "field '?'"
		case opGetField:
			return "field '" + p.k[i.d()].str() + "'"
		case opSelf:
			return "method '" + p.k[i.d()].str() + "'"
		case opGetUp:
			return "upvalue '" + p.up[i.b()].name + "'"
		case opGetCell:
			return p.describe(at, int(i.b()))
		case opMove:
			if i.b() < i.a() {
				return p.describe(at, int(i.b()))
			}
			return ""
		case opLoadK:
			return ""
		case opSetTabUp, opSetField, opSetInt, opSetIndex, opSetUp, opSetCell, opJmpFalse, opJmpTrue, opEq, opLt, opLe, opEqK, opLtK, opLeK, opGtK, opGeK, opJmp:
			continue
		}
		return ""
	}
	return ""
}

// jumpedOver reports whether a jump before the instruction at may have passed
// over it on the way to pc.
func (p *proto) jumpedOver(at, pc int) bool {
	for _, i := range p.code[:at] {
		target := 0
		switch op := i.op(); {
		case op == opJmp || op == opJmpTrue || op == opJmpFalse:
			target = i.d()
		case op >= opEq && op <= opGeK:
			target = i.d() >> 1
		}
		if target > at && target <= pc {
			return true
		}
	}
	return false
}
