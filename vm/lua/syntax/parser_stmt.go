package syntax

// block parses statements up to a token that ends a block.
func (p *parser) block() (*Block, error) {
	b := &Block{}
	err := p.scoped(func() error { return p.stmts(b) })
	b.EndLine = p.tok.Line
	return b, err
}

func (p *parser) blockEnds() bool {
	switch p.tok.Kind {
	case EOF, End, Else, Elseif, Until:
		return true
	}
	return false
}

func (p *parser) stmts(b *Block) error {
	for !p.blockEnds() {
		if p.tok.Kind == Return {
			s, err := p.returnStmt()
			b.Stmts = append(b.Stmts, s)
			return err
		}
		if err := p.enter(); err != nil {
			return err
		}
		links := p.links
		s, err := p.statement()
		p.links = links
		p.leave()
		if err != nil {
			return err
		}
		if s != nil {
			b.Stmts = append(b.Stmts, s)
		}
	}
	for i := len(b.Stmts) - 1; i >= 0; i-- {
		l, ok := b.Stmts[i].(*LabelStmt)
		if !ok {
			break
		}
		l.Last = true
	}
	return nil
}

func (p *parser) returnStmt() (Stmt, error) {
	s := &ReturnStmt{Line: p.tok.Line}
	if err := p.advance(); err != nil {
		return s, err
	}
	if !p.blockEnds() && p.tok.Kind != Semicolon {
		var err error
		if s.Values, err = p.exprs(); err != nil {
			return s, err
		}
	}
	if _, err := p.accept(Semicolon); err != nil {
		return s, err
	}
	if !p.blockEnds() {
		return s, p.expected("<eof>")
	}
	return s, nil
}

func (p *parser) statement() (Stmt, error) {
	line := p.tok.Line
	switch p.tok.Kind {
	case Semicolon:
		return nil, p.advance()
	case If:
		return p.ifStmt(line)
	case While:
		return p.whileStmt(line)
	case Do:
		if err := p.advance(); err != nil {
			return nil, err
		}
		b, err := p.block()
		if err != nil {
			return nil, err
		}
		return &DoStmt{Body: b}, p.match(End, Do, line)
	case For:
		return p.forStmt(line)
	case Repeat:
		return p.repeatStmt(line)
	case Function:
		return p.functionStmt(line)
	case Local:
		return p.localStmt(line)
	case DoubleColon:
		return p.labelStmt(line)
	case Break:
		return &BreakStmt{Line: line}, p.advance()
	case Goto:
		if err := p.advance(); err != nil {
			return nil, err
		}
		n, err := p.name()
		if err == nil && p.luerl() {
			err = &Error{Chunk: p.lex.chunk, Line: line, Msg: "goto is not supported"}
		}
		return &GotoStmt{Label: n, Line: line}, err
	}
	return p.exprStmt(line)
}

func (p *parser) labelStmt(line int) (Stmt, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	n, err := p.name()
	if err != nil {
		return nil, err
	}
	if err := p.expect(DoubleColon); err != nil {
		return nil, err
	}
	if p.luerl() {
		return nil, &Error{Chunk: p.lex.chunk, Line: line, Msg: "labels are not supported"}
	}
	return &LabelStmt{Label: n, Line: line}, nil
}

func (p *parser) ifStmt(line int) (Stmt, error) {
	s := &IfStmt{}
	for {
		s.Lines = append(s.Lines, p.tok.Line)
		if err := p.advance(); err != nil { // skip if or elseif
			return nil, err
		}
		cond, err := p.expr()
		if err != nil {
			return nil, err
		}
		if err := p.expect(Then); err != nil {
			return nil, err
		}
		b, err := p.block()
		if err != nil {
			return nil, err
		}
		s.Conds, s.Then = append(s.Conds, cond), append(s.Then, b)
		if p.tok.Kind != Elseif {
			break
		}
	}
	if has, err := p.accept(Else); err != nil {
		return nil, err
	} else if has {
		if s.Else, err = p.block(); err != nil {
			return nil, err
		}
	}
	return s, p.match(End, If, line)
}

func (p *parser) whileStmt(line int) (Stmt, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	cond, err := p.expr()
	if err != nil {
		return nil, err
	}
	if err := p.expect(Do); err != nil {
		return nil, err
	}
	b, err := p.block()
	if err != nil {
		return nil, err
	}
	return &WhileStmt{Cond: cond, Body: b, Line: line}, p.match(End, While, line)
}

func (p *parser) repeatStmt(line int) (Stmt, error) {
	s := &RepeatStmt{Body: &Block{}, Line: line}
	if err := p.advance(); err != nil {
		return nil, err
	}
	return s, p.scoped(func() error {
		if err := p.stmts(s.Body); err != nil {
			return err
		}
		s.Body.EndLine = p.tok.Line
		if err := p.match(Until, Repeat, line); err != nil {
			return err
		}
		var err error
		s.Cond, err = p.expr()
		return err
	})
}

func (p *parser) forStmt(line int) (Stmt, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	n, err := p.name()
	if err != nil {
		return nil, err
	}
	switch p.tok.Kind {
	case Assign:
		return p.numericFor(n, line)
	case Comma, In:
		return p.genericFor(n, line)
	}
	return nil, p.fail("'=' or 'in' expected")
}

func (p *parser) numericFor(name string, line int) (Stmt, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	list, err := p.exprs()
	if err != nil {
		return nil, err
	}
	if len(list) < 2 || len(list) > 3 {
		if p.luerl() {
			return nil, &Error{Chunk: p.lex.chunk, Line: line, Msg: "illegal for"}
		}
		if len(list) < 2 {
			return nil, p.expected(",")
		}
		return nil, p.expected("do")
	}
	s := &NumericForStmt{Var: &Var{Name: name}, Start: list[0], Limit: list[1], Line: line}
	if len(list) == 3 {
		s.Step = list[2]
	}
	s.Body, err = p.forBody(line, s.Var)
	return s, err
}

func (p *parser) genericFor(name string, line int) (Stmt, error) {
	s := &GenericForStmt{Vars: []*Var{{Name: name}}, Line: line}
	for {
		more, err := p.accept(Comma)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		n, err := p.name()
		if err != nil {
			return nil, err
		}
		s.Vars = append(s.Vars, &Var{Name: n})
	}
	if err := p.expect(In); err != nil {
		return nil, err
	}
	var err error
	if s.Values, err = p.exprs(); err != nil {
		return nil, err
	}
	s.Body, err = p.forBody(line, s.Vars...)
	return s, err
}

func (p *parser) forBody(line int, vars ...*Var) (*Block, error) {
	if err := p.expect(Do); err != nil {
		return nil, err
	}
	var b *Block
	err := p.scoped(func() error {
		if err := p.declare(vars...); err != nil {
			return err
		}
		var err error
		b, err = p.block()
		return err
	})
	if err != nil {
		return nil, err
	}
	return b, p.match(End, For, line)
}

func (p *parser) functionStmt(line int) (Stmt, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	full, nameLine := p.tok.Text, p.tok.Line
	n, err := p.name()
	if err != nil {
		return nil, err
	}
	target, err := p.resolve(n, nameLine)
	if err != nil {
		return nil, err
	}
	self := false
	for (p.tok.Kind == Dot || p.tok.Kind == Colon) && !self {
		sep := p.tok
		self = sep.Kind == Colon
		if err := p.advance(); err != nil {
			return nil, err
		}
		n, err := p.name()
		if err != nil {
			return nil, err
		}
		full += sep.Raw + n
		target = &IndexExpr{Obj: target, Key: &StringExpr{Value: n}, Line: sep.Line}
	}
	fn, err := p.function(full, line, self)
	if err != nil {
		return nil, err
	}
	return &AssignStmt{Targets: []Expr{target}, Values: []Expr{&FunctionExpr{Func: fn}}, Line: line}, nil
}

func (p *parser) localStmt(line int) (Stmt, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if isFunc, err := p.accept(Function); err != nil {
		return nil, err
	} else if isFunc {
		n, err := p.name()
		if err != nil {
			return nil, err
		}
		v := &Var{Name: n}
		if err := p.declare(v); err != nil {
			return nil, err
		}
		fn, err := p.function(n, line, false)
		return &LocalFunctionStmt{Var: v, Func: fn, Line: line}, err
	}
	s := &LocalStmt{Line: line}
	for {
		n, err := p.name()
		if err != nil {
			return nil, err
		}
		s.Vars = append(s.Vars, &Var{Name: n})
		if more, err := p.accept(Comma); err != nil {
			return nil, err
		} else if !more {
			break
		}
	}
	if has, err := p.accept(Assign); err != nil {
		return nil, err
	} else if has {
		if s.Values, err = p.exprs(); err != nil {
			return nil, err
		}
	}
	return s, p.declare(s.Vars...)
}

// exprStmt parses an assignment or a call.
func (p *parser) exprStmt(line int) (Stmt, error) {
	e, err := p.suffixed()
	if err != nil {
		return nil, err
	}
	if p.tok.Kind == Assign || p.tok.Kind == Comma {
		return p.assignment(e, line)
	}
	c, ok := e.(*CallExpr)
	if !ok {
		if p.luerl() {
			if l, _ := priority(p.tok.Kind); l > 0 {
				return nil, p.fail("")
			}
			return nil, &Error{Chunk: p.lex.chunk, Line: line, Msg: "illegal call"}
		}
		return nil, p.fail("syntax error")
	}
	return &CallStmt{Call: c, Line: line}, nil
}

func (p *parser) assignment(first Expr, line int) (Stmt, error) {
	s := &AssignStmt{Targets: []Expr{first}, Line: line}
	for {
		more, err := p.accept(Comma)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		e, err := p.suffixed()
		if err != nil {
			return nil, err
		}
		s.Targets = append(s.Targets, e)
		if len(s.Targets) > MaxDepth {
			return nil, &Error{Chunk: p.lex.chunk, Line: line, Msg: "chunk has too many syntax levels"}
		}
	}
	for _, t := range s.Targets {
		switch t.(type) {
		case *LocalExpr, *UpvalExpr, *IndexExpr:
		default:
			return nil, p.fail("syntax error")
		}
	}
	if err := p.expect(Assign); err != nil {
		return nil, err
	}
	var err error
	s.Values, err = p.exprs()
	return s, err
}
