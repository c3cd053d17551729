package syntax

// priority returns the left and right binding power of a binary operator, or
// zeros when the token is none.
func priority(k Kind) (left, right int) {
	switch k {
	case Or:
		return 1, 1
	case And:
		return 2, 2
	case Lt, Gt, Le, Ge, Ne, Eq:
		return 3, 3
	case BOr:
		return 4, 4
	case Tilde:
		return 5, 5
	case BAnd:
		return 6, 6
	case Shl, Shr:
		return 7, 7
	case Concat:
		return 9, 8
	case Add, Sub:
		return 10, 10
	case Mul, Div, IDiv, Mod:
		return 11, 11
	case Pow:
		return 14, 13
	}
	return 0, 0
}

const unaryPriority = 12

// expr parses an expression.
func (p *parser) expr() (Expr, error) { return p.subexpr(0) }

func (p *parser) subexpr(limit int) (Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	var e Expr
	var err error
	switch op := p.tok.Kind; op {
	case Not, Sub, Len, Tilde:
		line := p.tok.Line
		if err = p.advance(); err != nil {
			return nil, err
		}
		x, err := p.subexpr(unaryPriority)
		if err != nil {
			return nil, err
		}
		e = &UnaryExpr{Op: op, X: x, Line: line}
	default:
		if e, err = p.simple(); err != nil {
			return nil, err
		}
	}
	for {
		op, line := p.tok.Kind, p.tok.Line
		left, right := priority(op)
		if left <= limit {
			return e, nil
		}
		if err := p.link(); err != nil {
			return nil, err
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		r, err := p.subexpr(right)
		if err != nil {
			return nil, err
		}
		e = &BinaryExpr{Op: op, L: e, R: r, Line: line}
	}
}

func (p *parser) simple() (Expr, error) {
	t := p.tok
	var e Expr
	switch t.Kind {
	case Int, BigInt, Float:
		e = &NumberExpr{Token: t}
	case String:
		e = &StringExpr{Value: t.Text}
	case Nil:
		e = &NilExpr{}
	case True, False:
		e = &BoolExpr{Value: t.Kind == True}
	case Dots:
		if !p.scope.fn.Vararg {
			return nil, p.varargOutside()
		}
		e = &VarargExpr{Line: t.Line}
	case LBrace:
		return p.table()
	case Function:
		if err := p.advance(); err != nil {
			return nil, err
		}
		fn, err := p.function("", t.Line, false)
		return &FunctionExpr{Func: fn}, err
	default:
		return p.suffixed()
	}
	return e, p.advance()
}

func (p *parser) varargOutside() error {
	if p.luerl() {
		return &Error{Chunk: p.lex.chunk, Line: p.tok.Line, Msg: "cannot use ... outside a vararg function"}
	}
	return p.fail("cannot use '...' outside a vararg function")
}

// primary parses a name or a parenthesised expression.
func (p *parser) primary() (Expr, error) {
	t := p.tok
	switch t.Kind {
	case Name:
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.resolve(t.Text, t.Line)
	case LParen:
		if err := p.advance(); err != nil {
			return nil, err
		}
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		return &ParenExpr{X: e}, p.match(RParen, LParen, t.Line)
	}
	return nil, p.fail("unexpected symbol")
}

// suffixed parses a primary expression with its indexes and calls.
func (p *parser) suffixed() (Expr, error) {
	e, err := p.primary()
	for err == nil {
		line := p.tok.Line
		if err := p.link(); err != nil {
			return nil, err
		}
		switch p.tok.Kind {
		case Dot:
			if err = p.advance(); err != nil {
				return nil, err
			}
			var n string
			n, err = p.name()
			e = &IndexExpr{Obj: e, Key: &StringExpr{Value: n}, Line: line}
		case LBracket:
			var key Expr
			key, err = p.bracketed()
			e = &IndexExpr{Obj: e, Key: key, Line: line}
		case Colon:
			if err = p.advance(); err != nil {
				return nil, err
			}
			var n string
			if n, err = p.name(); err != nil {
				return nil, err
			}
			line = p.tok.Line
			var args []Expr
			args, err = p.args()
			e = &CallExpr{Func: e, Method: n, Args: args, Line: line}
		case LParen, String, LBrace:
			var args []Expr
			args, err = p.args()
			e = &CallExpr{Func: e, Args: args, Line: line}
		default:
			return e, nil
		}
	}
	return nil, err
}

// bracketed parses '[' expr ']'.
func (p *parser) bracketed() (Expr, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	e, err := p.expr()
	if err != nil {
		return nil, err
	}
	return e, p.expect(RBracket)
}

func (p *parser) args() ([]Expr, error) {
	t := p.tok
	switch t.Kind {
	case String:
		return []Expr{&StringExpr{Value: t.Text}}, p.advance()
	case LBrace:
		e, err := p.table()
		return []Expr{e}, err
	case LParen:
		if err := p.advance(); err != nil {
			return nil, err
		}
		if done, err := p.accept(RParen); done || err != nil {
			return nil, err
		}
		list, err := p.exprs()
		if err != nil {
			return nil, err
		}
		return list, p.match(RParen, LParen, t.Line)
	}
	return nil, p.fail("function arguments expected")
}

func (p *parser) exprs() ([]Expr, error) {
	var list []Expr
	for {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		list = append(list, e)
		if more, err := p.accept(Comma); err != nil || !more {
			return list, err
		}
	}
}

func (p *parser) table() (Expr, error) {
	t := &TableExpr{Line: p.tok.Line}
	if err := p.advance(); err != nil {
		return nil, err
	}
	for p.tok.Kind != RBrace {
		f, err := p.field()
		if err != nil {
			return nil, err
		}
		t.Fields = append(t.Fields, f)
		if p.tok.Kind != Comma && p.tok.Kind != Semicolon {
			break
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	return t, p.match(RBrace, LBrace, t.Line)
}

func (p *parser) field() (Field, error) {
	f := Field{Line: p.tok.Line}
	var err error
	switch p.tok.Kind {
	case LBracket:
		if f.Key, err = p.bracketed(); err != nil {
			return f, err
		}
		if err = p.expect(Assign); err != nil {
			return f, err
		}
	case Name:
		next, err := p.peekKind()
		if err != nil {
			return f, err
		}
		if next == Assign {
			f.Key = &StringExpr{Value: p.tok.Text}
			if err := p.advance(); err != nil {
				return f, err
			}
			if err := p.advance(); err != nil {
				return f, err
			}
		}
	}
	f.Value, err = p.expr()
	return f, err
}
