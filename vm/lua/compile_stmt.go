package lua

import "github.com/hyperbeam-go/hyperbeam/vm/lua/syntax"

func (f *funcState) stmts(b *syntax.Block) {
	for _, s := range b.Stmts {
		f.stmt(s)
	}
}

// block compiles a block with its own scope.
func (f *funcState) block(b *syntax.Block, loop bool) {
	f.enterBlock(loop)
	f.stmts(b)
	f.leaveBlock()
}

func (f *funcState) stmt(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.LocalStmt:
		f.line = s.Line
		f.local(s)
	case *syntax.LocalFunctionStmt:
		f.line = s.Line
		f.localFunction(s)
	case *syntax.AssignStmt:
		f.line = s.Line
		f.assign(s)
	case *syntax.CallStmt:
		f.line = s.Line
		f.call(s.Call, 1)
	case *syntax.DoStmt:
		f.block(s.Body, false)
	case *syntax.WhileStmt:
		f.while(s)
	case *syntax.RepeatStmt:
		f.repeat(s)
	case *syntax.IfStmt:
		f.ifStmt(s)
	case *syntax.NumericForStmt:
		f.numericFor(s)
	case *syntax.GenericForStmt:
		f.genericFor(s)
	case *syntax.ReturnStmt:
		f.line = s.Line
		f.returnStmt(s)
	case *syntax.BreakStmt:
		f.line = s.Line
		f.breakStmt(s.Line)
	case *syntax.GotoStmt:
		f.line = s.Line
		f.gotoStmt(s)
	case *syntax.LabelStmt:
		f.label(s)
	}
}

func (f *funcState) local(s *syntax.LocalStmt) {
	base := f.list(s.Values, len(s.Vars))
	for i, v := range s.Vars {
		f.declare(v, base+i)
		if v.Captured {
			f.emit(opNewCell, base+i, 0, 0, 0)
		}
	}
}

func (f *funcState) localFunction(s *syntax.LocalFunctionStmt) {
	r := f.alloc(1)
	f.declare(s.Var, r)
	if !s.Var.Captured {
		f.closure(s.Func, r)
		return
	}
	f.emit(opLoadNil, r, 0, 0, 0)
	f.emit(opNewCell, r, 0, 0, 0)
	t := f.alloc(1)
	f.closure(s.Func, t)
	f.emit(opSetCell, r, t, 0, 0)
	f.free--
}

func (f *funcState) assign(s *syntax.AssignStmt) {
	save := f.free
	defer func() { f.free = save }()
	if len(s.Targets) == 1 && len(s.Values) == 1 {
		f.assignOne(s.Targets[0], s.Values[0], s.Line)
		return
	}
	targets := make([]place, len(s.Targets))
	for i, t := range s.Targets {
		targets[i] = f.place(t, true)
	}
	base := f.list(s.Values, len(s.Targets))
	f.line = s.Line
	for i := len(targets) - 1; i >= 0; i-- {
		f.store(targets[i], base+i)
	}
}

// place is where an assignment goes: a variable, or an element of a table.
type place struct {
	target   syntax.Expr
	obj, key int
	line     int
}

// place evaluates the table and key of a target. With copied, plain locals go
// to temporaries, because another target of the same statement may be one.
func (f *funcState) place(t syntax.Expr, copied bool) place {
	p := place{target: t}
	e, ok := t.(*syntax.IndexExpr)
	if !ok {
		return p
	}
	p.line = e.Line
	reg := f.toReg
	if copied {
		reg = f.toNext
	}
	if u, ok := e.Obj.(*syntax.UpvalExpr); ok {
		if _, ok := e.Key.(*syntax.StringExpr); ok {
			p.obj = -u.Index - 1
			return p
		}
	}
	p.obj = reg(e.Obj)
	if _, ok := e.Key.(*syntax.StringExpr); ok {
		return p
	}
	if _, ok := smallInt(e.Key); ok {
		return p
	}
	p.key = reg(e.Key)
	return p
}

// store assigns a register to a place.
func (f *funcState) store(p place, src int) {
	switch t := p.target.(type) {
	case *syntax.LocalExpr:
		if t.Var.Captured {
			f.emit(opSetCell, t.Var.Reg, src, 0, 0)
		} else if t.Var.Reg != src {
			f.emit(opMove, t.Var.Reg, src, 0, 0)
		}
	case *syntax.UpvalExpr:
		f.emit(opSetUp, src, t.Index, 0, 0)
	case *syntax.IndexExpr:
		f.line = p.line
		if s, ok := t.Key.(*syntax.StringExpr); ok {
			if p.obj < 0 {
				f.emit(opSetTabUp, src, -p.obj-1, 0, f.str(s.Value))
				return
			}
			f.emit(opSetField, p.obj, 0, src, f.str(s.Value))
		} else if i, ok := smallInt(t.Key); ok {
			f.emit(opSetInt, p.obj, 0, src, i)
		} else {
			f.emit(opSetIndex, p.obj, p.key, src, 0)
		}
	}
}

func (f *funcState) assignOne(t, v syntax.Expr, line int) {
	if l, ok := t.(*syntax.LocalExpr); ok && !l.Var.Captured {
		f.expr(v, l.Var.Reg)
		return
	}
	p := f.place(t, false)
	r := f.toReg(v)
	f.line = line
	f.store(p, r)
}

func (f *funcState) while(s *syntax.WhileStmt) {
	start := f.pc()
	f.line = s.Line
	exit := f.cond(s.Cond, false)
	b := f.enterBlock(true)
	f.stmts(s.Body)
	f.line = s.Body.EndLine
	f.emit(opJmp, 0, 0, 0, start)
	b.breaks = append(b.breaks, exit...)
	f.leaveBlock()
}

func (f *funcState) repeat(s *syntax.RepeatStmt) {
	start := f.pc()
	for _, st := range s.Body.Stmts {
		if l, ok := st.(*syntax.LabelStmt); ok {
			l.Last = false // the condition still sees the locals
		}
	}
	f.enterBlock(true)
	f.stmts(s.Body)
	f.line = s.Body.EndLine
	f.patchAll(f.cond(s.Cond, false), start)
	f.leaveBlock()
}

func (f *funcState) ifStmt(s *syntax.IfStmt) {
	var ends []int
	for i, c := range s.Conds {
		f.line = s.Lines[i]
		skip := f.cond(c, false)
		f.block(s.Then[i], false)
		if i < len(s.Conds)-1 || s.Else != nil {
			f.line = s.Then[i].EndLine
			ends = append(ends, f.emit(opJmp, 0, 0, 0, 0))
		}
		f.patchAll(skip, f.pc())
	}
	if s.Else != nil {
		f.block(s.Else, false)
	}
	f.patchAll(ends, f.pc())
}

func (f *funcState) numericFor(s *syntax.NumericForStmt) {
	save := f.free
	f.line = s.Line
	base := f.toNext(s.Start)
	f.toNext(s.Limit)
	if s.Step != nil {
		f.toNext(s.Step)
	} else {
		f.emit(opLoadK, f.alloc(1), 0, 0, f.constant(Int(1)))
	}
	b := f.enterBlock(true)
	v := f.alloc(1)
	f.line = s.Line
	prep := f.emit(opForPrep, base, 0, 0, 0)
	body := f.pc()
	f.declare(s.Var, v)
	if s.Var.Captured {
		f.emit(opNewCell, v, 0, 0, 0)
	}
	f.block(s.Body, false)
	f.line = s.Line
	f.emit(opForLoop, base, 0, 0, body)
	b.breaks = append(b.breaks, prep)
	f.leaveBlock()
	f.free = save
}

func (f *funcState) genericFor(s *syntax.GenericForStmt) {
	save := f.free
	f.line = s.Line
	base := f.list(s.Values, 3)
	f.enterBlock(true)
	jump := f.emit(opJmp, 0, 0, 0, 0)
	body := f.pc()
	first := f.alloc(max(len(s.Vars), 3))
	for i, v := range s.Vars {
		f.declare(v, first+i)
	}
	for _, v := range s.Vars {
		if v.Captured {
			f.emit(opNewCell, v.Reg, 0, 0, 0)
		}
	}
	f.block(s.Body, false)
	f.patch(jump, f.pc())
	f.line = s.Line
	f.emit(opTForCall, base, 0, len(s.Vars), 0)
	f.emit(opTForLoop, base, 0, 0, body)
	f.leaveBlock()
	f.free = save
}

func (f *funcState) returnStmt(s *syntax.ReturnStmt) {
	save := f.free
	defer func() { f.free = save }()
	switch {
	case len(s.Values) == 0:
		f.emit(opReturn0, 0, 0, 0, 0)
	case len(s.Values) == 1 && !isMulti(s.Values[0]):
		r := f.toReg(s.Values[0])
		f.emit(opReturn1, r, 0, 0, 0)
	case len(s.Values) == 1:
		if c, ok := s.Values[0].(*syntax.CallExpr); ok {
			base := f.call(c, 0)
			i := &f.p.code[f.pc()-1]
			*i = mk(opTailCall, int(i.a()), int(i.b()), 0, 0)
			f.emit(opReturn, base, 0, 0, 0)
			return
		}
		fallthrough
	default:
		base := f.free
		b := f.open(s.Values)
		f.emit(opReturn, base, b, 0, 0)
	}
}

func (f *funcState) breakStmt(line int) {
	for i := len(f.blocks) - 1; i >= 0; i-- {
		if b := f.blocks[i]; b.loop {
			b.breaks = append(b.breaks, f.emit(opJmp, 0, 0, 0, 0))
			return
		}
	}
	if f.c.vm.dialect == Luerl {
		f.fail(line, "illegal op: 'break'")
	}
	f.fail(line, "<break> at line %d not inside a loop", line)
}

func (f *funcState) gotoStmt(s *syntax.GotoStmt) {
	pc := f.emit(opJmp, 0, 0, 0, 0)
	for i := len(f.blocks) - 1; i >= 0; i-- {
		for _, l := range f.blocks[i].labels {
			if l.name == s.Label {
				f.patch(pc, l.pc)
				return
			}
		}
	}
	f.gotos = append(f.gotos, pendingGoto{name: s.Label, pc: pc, line: s.Line, active: len(f.active)})
}

func (f *funcState) label(s *syntax.LabelStmt) {
	for _, b := range f.blocks {
		for _, l := range b.labels {
			if l.name == s.Label {
				f.fail(s.Line, "label '%s' already defined", s.Label)
			}
		}
	}
	b := f.blocks[len(f.blocks)-1]
	l := label{name: s.Label, pc: f.pc(), active: len(f.active)}
	if s.Last {
		l.active = b.active
	}
	b.labels = append(b.labels, l)
	kept := f.gotos[:b.gotos]
	for _, g := range f.gotos[b.gotos:] {
		if g.name != s.Label {
			kept = append(kept, g)
			continue
		}
		if g.active < l.active {
			f.fail(g.line, "<goto %s> at line %d jumps into the scope of local '%s'", g.name, g.line, f.active[g.active].Name)
		}
		f.patch(g.pc, l.pc)
	}
	f.gotos = kept
}
