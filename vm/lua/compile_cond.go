package lua

import "github.com/hyperbeam-go/hyperbeam/vm/lua/syntax"

// cond compiles a condition: the code jumps when its truth equals want and
// falls through otherwise. It returns the jumps, to be patched.
func (f *funcState) cond(e syntax.Expr, want bool) []int {
	switch x := e.(type) {
	case *syntax.ParenExpr:
		return f.cond(x.X, want)
	case *syntax.BoolExpr:
		if x.Value == want {
			return []int{f.emit(opJmp, 0, 0, 0, 0)}
		}
		return nil
	case *syntax.NilExpr:
		if !want {
			return []int{f.emit(opJmp, 0, 0, 0, 0)}
		}
		return nil
	case *syntax.UnaryExpr:
		if x.Op == syntax.Not {
			return f.cond(x.X, !want)
		}
	case *syntax.BinaryExpr:
		switch x.Op {
		case syntax.And, syntax.Or:
			return f.condLogical(x, want)
		case syntax.Eq, syntax.Ne, syntax.Lt, syntax.Le, syntax.Gt, syntax.Ge:
			return []int{f.compare(x, want)}
		}
	}
	save := f.free
	r := f.toReg(e)
	f.free = save
	op := opJmpFalse
	if want {
		op = opJmpTrue
	}
	return []int{f.emit(op, r, 0, 0, 0)}
}

func (f *funcState) condLogical(e *syntax.BinaryExpr, want bool) []int {
	// "and" is decided by a false operand, "or" by a true one.
	decides := e.Op == syntax.Or
	if decides == want {
		return append(f.cond(e.L, want), f.cond(e.R, want)...)
	}
	skip := f.cond(e.L, decides)
	jumps := f.cond(e.R, want)
	f.patchAll(skip, f.pc())
	return jumps
}

// compare emits a comparison that jumps when its result equals want.
func (f *funcState) compare(e *syntax.BinaryExpr, want bool) int {
	save := f.free
	defer func() { f.free = save }()
	op, l, r := e.Op, e.L, e.R
	if op == syntax.Ne {
		op, want = syntax.Eq, !want
	}
	flag := 0
	if want {
		flag = 1
	}
	a := f.toReg(l)
	if k, ok := f.comparand(op, r); ok {
		f.line = e.Line
		kop := map[syntax.Kind]opcode{syntax.Eq: opEqK, syntax.Lt: opLtK, syntax.Le: opLeK, syntax.Gt: opGtK, syntax.Ge: opGeK}[op]
		return f.emit(kop, a, k&0xFF, k>>8, flag)
	}
	b := f.toReg(r)
	f.line = e.Line
	switch op {
	case syntax.Gt:
		return f.emit(opLt, b, a, 0, flag)
	case syntax.Ge:
		return f.emit(opLe, b, a, 0, flag)
	case syntax.Lt:
		return f.emit(opLt, a, b, 0, flag)
	case syntax.Le:
		return f.emit(opLe, a, b, 0, flag)
	}
	return f.emit(opEq, a, b, 0, flag)
}

// comparand returns the constant index of a right operand that can stand in
// the instruction.
func (f *funcState) comparand(op syntax.Kind, e syntax.Expr) (int, bool) {
	var v Value
	switch x := e.(type) {
	case *syntax.NumberExpr:
		v = numberValue(x.Token)
	case *syntax.StringExpr:
		if op != syntax.Eq {
			return 0, false
		}
		v = f.c.vm.intern(x.Value)
	case *syntax.BoolExpr:
		if op != syntax.Eq {
			return 0, false
		}
		v = Bool(x.Value)
	case *syntax.NilExpr:
		if op != syntax.Eq {
			return 0, false
		}
	default:
		return 0, false
	}
	k := f.constant(v)
	return k, k < 1<<16
}
