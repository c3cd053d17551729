package lua

import (
	"github.com/hyperbeam-go/hyperbeam/vm/lua/syntax"
)

// expr compiles an expression into a register that is either fresh (at or
// above the locals) or a local being assigned.
func (f *funcState) expr(e syntax.Expr, dst int) {
	switch e := e.(type) {
	case *syntax.NilExpr:
		f.emit(opLoadNil, dst, 0, 0, 0)
	case *syntax.BoolExpr:
		b := 0
		if e.Value {
			b = 1
		}
		f.emit(opLoadBool, dst, b, 0, 0)
	case *syntax.NumberExpr:
		f.emit(opLoadK, dst, 0, 0, f.constant(numberValue(e.Token)))
	case *syntax.StringExpr:
		f.emit(opLoadK, dst, 0, 0, f.str(e.Value))
	case *syntax.VarargExpr:
		f.emit(opVararg, dst, 0, 2, 0)
	case *syntax.FunctionExpr:
		f.closure(e.Func, dst)
	case *syntax.LocalExpr:
		if e.Var.Captured {
			f.emit(opGetCell, dst, e.Var.Reg, 0, 0)
		} else if e.Var.Reg != dst {
			f.emit(opMove, dst, e.Var.Reg, 0, 0)
		}
	case *syntax.UpvalExpr:
		f.emit(opGetUp, dst, e.Index, 0, 0)
	case *syntax.IndexExpr:
		f.index(e, dst)
	case *syntax.CallExpr:
		r := f.call(e, 2)
		if r != dst {
			f.emit(opMove, dst, r, 0, 0)
		}
	case *syntax.BinaryExpr:
		f.binary(e, dst)
	case *syntax.UnaryExpr:
		f.unary(e, dst)
	case *syntax.TableExpr:
		f.viaFresh(dst, func(r int) { f.table(e, r) })
	case *syntax.ParenExpr:
		f.expr(e.X, dst)
	}
}

// viaFresh runs a compilation that writes its target before it has read
// everything: a local's register gets the value by a move.
func (f *funcState) viaFresh(dst int, compile func(r int)) {
	if dst >= f.localsEnd() {
		compile(dst)
		return
	}
	save := f.free
	r := f.alloc(1)
	compile(r)
	f.emit(opMove, dst, r, 0, 0)
	f.free = save
}

// localsEnd is the first register above the visible locals.
func (f *funcState) localsEnd() int {
	if n := len(f.active); n > 0 {
		return f.active[n-1].Reg + 1
	}
	return 0
}

// toReg compiles into some register: a plain local's own, or a temporary.
func (f *funcState) toReg(e syntax.Expr) int {
	for {
		p, ok := e.(*syntax.ParenExpr)
		if !ok {
			break
		}
		e = p.X
	}
	if l, ok := e.(*syntax.LocalExpr); ok && !l.Var.Captured {
		return l.Var.Reg
	}
	r := f.alloc(1)
	f.expr(e, r)
	return r
}

// toNext compiles into the next register.
func (f *funcState) toNext(e syntax.Expr) int {
	r := f.alloc(1)
	f.expr(e, r)
	return r
}

// isMulti reports whether an expression can give several values.
func isMulti(e syntax.Expr) bool {
	switch e.(type) {
	case *syntax.CallExpr, *syntax.VarargExpr:
		return true
	}
	return false
}

// multi compiles a call or "..." into the next registers: want values, or all
// of them when want is -1. It reserves want registers.
func (f *funcState) multi(e syntax.Expr, want int) {
	switch e := e.(type) {
	case *syntax.CallExpr:
		f.call(e, want+1)
	case *syntax.VarargExpr:
		f.line = e.Line
		if want < 0 {
			f.alloc(1)
			f.free--
		}
		f.emit(opVararg, f.free, 0, want+1, 0)
	}
	if want > 0 {
		f.alloc(want)
	}
}

// list compiles expressions into consecutive registers and adjusts them to
// want values.
func (f *funcState) list(es []syntax.Expr, want int) int {
	base := f.free
	for i, e := range es {
		last := i == len(es)-1
		if last && isMulti(e) && want > i {
			f.multi(e, want-i)
			return base
		}
		f.toNext(e)
		if i >= want {
			f.free--
		}
	}
	if n := want - len(es); n > 0 {
		r := f.alloc(n)
		f.emit(opLoadNil, r, n-1, 0, 0)
	}
	return base
}

// open compiles expressions into consecutive registers and returns their
// number plus one, or 0 when the last gives an open list.
func (f *funcState) open(es []syntax.Expr) int {
	for i, e := range es {
		if i == len(es)-1 && isMulti(e) {
			f.multi(e, -1)
			return 0
		}
		f.toNext(e)
	}
	return len(es) + 1
}

// call compiles a call that gives c-1 results (c 0: all) from the register
// that it returns. No register stays reserved.
func (f *funcState) call(e *syntax.CallExpr, c int) int {
	base := f.free
	extra := 0
	if e.Method != "" {
		obj := f.toReg(e.Func)
		f.free = base
		f.alloc(2)
		f.line = e.Line
		f.emit(opSelf, base, obj, 0, f.str(e.Method))
		extra = 1
	} else {
		f.toNext(e.Func)
	}
	b := f.open(e.Args)
	if b > 0 {
		b += extra
	}
	f.line = e.Line
	f.free = base
	f.alloc(1)
	f.free = base
	f.emit(opCall, base, b, c, 0)
	return base
}

func (f *funcState) index(e *syntax.IndexExpr, dst int) {
	save := f.free
	if u, ok := e.Obj.(*syntax.UpvalExpr); ok {
		if s, ok := e.Key.(*syntax.StringExpr); ok {
			f.line = e.Line
			f.emit(opGetTabUp, dst, u.Index, 0, f.str(s.Value))
			return
		}
	}
	obj := f.toReg(e.Obj)
	switch k := e.Key.(type) {
	case *syntax.StringExpr:
		f.line = e.Line
		f.emit(opGetField, dst, obj, 0, f.str(k.Value))
	default:
		if i, ok := smallInt(k); ok {
			f.line = e.Line
			f.emit(opGetInt, dst, obj, 0, i)
			break
		}
		key := f.toReg(k)
		f.line = e.Line
		f.emit(opGetIndex, dst, obj, key, 0)
	}
	f.free = save
}

func smallInt(e syntax.Expr) (int, bool) {
	n, ok := e.(*syntax.NumberExpr)
	if !ok || n.Token.Kind != syntax.Int || n.Token.Int < 0 || n.Token.Int > 1<<30 {
		return 0, false
	}
	return int(n.Token.Int), true
}

// binaryOp returns the instruction of an arithmetic or bit operator.
func binaryOp(k syntax.Kind) opcode {
	switch k {
	case syntax.Add:
		return opAdd
	case syntax.Sub:
		return opSub
	case syntax.Mul:
		return opMul
	case syntax.Div:
		return opDiv
	case syntax.Mod:
		return opMod
	case syntax.IDiv:
		return opIDiv
	case syntax.Pow:
		return opPow
	case syntax.BAnd:
		return opBAnd
	case syntax.BOr:
		return opBOr
	case syntax.Tilde:
		return opBXor
	case syntax.Shl:
		return opShl
	}
	return opShr
}

func (f *funcState) binary(e *syntax.BinaryExpr, dst int) {
	switch e.Op {
	case syntax.And, syntax.Or:
		f.viaFresh(dst, func(r int) { f.logical(e, r) })
		return
	case syntax.Concat:
		f.concat(e, dst)
		return
	case syntax.Eq, syntax.Ne, syntax.Lt, syntax.Le, syntax.Gt, syntax.Ge:
		f.boolean(e, dst)
		return
	}
	save := f.free
	op := binaryOp(e.Op)
	l := f.toReg(e.L)
	if n, ok := e.R.(*syntax.NumberExpr); ok && op <= opPow {
		f.line = e.Line
		f.emit(op+opAddK-opAdd, dst, l, 0, f.constant(numberValue(n.Token)))
	} else {
		r := f.toReg(e.R)
		f.line = e.Line
		f.emit(op, dst, l, r, 0)
	}
	f.free = save
}

// logical compiles "and" and "or" as values.
func (f *funcState) logical(e *syntax.BinaryExpr, dst int) {
	op := opJmpFalse
	if e.Op == syntax.Or {
		op = opJmpTrue
	}
	save := f.free
	f.free = max(f.free, dst+1)
	f.expr(e.L, dst)
	j := f.emit(op, dst, 0, 0, 0)
	f.expr(e.R, dst)
	f.patch(j, f.pc())
	f.free = save
}

// boolean compiles a comparison as a value.
func (f *funcState) boolean(e syntax.Expr, dst int) {
	jumps := f.cond(e, true)
	f.emit(opLoadBool, dst, 0, 0, 0)
	end := f.emit(opJmp, 0, 0, 0, 0)
	f.patchAll(jumps, f.pc())
	f.emit(opLoadBool, dst, 1, 0, 0)
	f.patch(end, f.pc())
}

// concat compiles a chain of ".." as one instruction.
func (f *funcState) concat(e *syntax.BinaryExpr, dst int) {
	save := f.free
	base := f.toNext(e.L)
	n := 1
	var r syntax.Expr = e.R
	for {
		b, ok := r.(*syntax.BinaryExpr)
		if !ok || b.Op != syntax.Concat {
			break
		}
		f.toNext(b.L)
		n++
		r = b.R
	}
	f.toNext(r)
	f.line = e.Line
	f.emit(opConcat, dst, base, n+1, 0)
	f.free = save
}

func (f *funcState) unary(e *syntax.UnaryExpr, dst int) {
	if n, ok := e.X.(*syntax.NumberExpr); ok && e.Op == syntax.Sub {
		if n.Token.Kind == syntax.Float {
			f.emit(opLoadK, dst, 0, 0, f.constant(Float(-n.Token.Float)))
			return
		}
		if n.Token.Kind == syntax.Int {
			f.emit(opLoadK, dst, 0, 0, f.constant(Int(-n.Token.Int)))
			return
		}
	}
	save := f.free
	x := f.toReg(e.X)
	f.line = e.Line
	op := map[syntax.Kind]opcode{syntax.Sub: opUnm, syntax.Not: opNot, syntax.Len: opLen, syntax.Tilde: opBNot}[e.Op]
	f.emit(op, dst, x, 0, 0)
	f.free = save
}

// closure compiles a function and emits its creation.
func (f *funcState) closure(fn *syntax.FuncDef, dst int) {
	p := f.c.body(fn, f)
	f.p.protos = append(f.p.protos, p)
	f.line = fn.Line
	f.emit(opClosure, dst, 0, 0, len(f.p.protos)-1)
}

// table compiles a constructor into a fresh register.
func (f *funcState) table(e *syntax.TableExpr, dst int) {
	save := f.free
	f.free = max(f.free, dst+1)
	t := dst
	positional := 0
	for _, fd := range e.Fields {
		if fd.Key == nil {
			positional++
		}
	}
	hash := len(e.Fields) - positional
	f.line = e.Line
	f.emit(opNewTable, t, 0, 0, min(positional, 0x7FFF)|min(hash, 0x7FFF)<<16)
	if f.free != t+1 && positional > 0 { // SETLIST wants the table right below the values
		t = f.alloc(1)
		f.emit(opMove, t, dst, 0, 0)
	}
	stored, pending := 0, 0
	for i, fd := range e.Fields {
		if fd.Key != nil {
			f.keyedField(t, fd)
			continue
		}
		if i == len(e.Fields)-1 && isMulti(fd.Value) {
			f.multi(fd.Value, -1)
			f.emit(opSetList, t, 0, 0, stored)
			pending = 0
			break
		}
		f.toNext(fd.Value)
		if pending++; pending == 50 {
			f.emit(opSetList, t, pending, 0, stored)
			stored, pending = stored+pending, 0
			f.free = t + 1
		}
	}
	if pending > 0 {
		f.emit(opSetList, t, pending, 0, stored)
	}
	f.free = save
}

func (f *funcState) keyedField(t int, fd syntax.Field) {
	save := f.free
	if s, ok := fd.Key.(*syntax.StringExpr); ok {
		v := f.toReg(fd.Value)
		f.line = fd.Line
		f.emit(opSetField, t, 0, v, f.str(s.Value))
	} else {
		k := f.toReg(fd.Key)
		v := f.toReg(fd.Value)
		f.line = fd.Line
		f.emit(opSetIndex, t, k, v, 0)
	}
	f.free = save
}
