package syntax

// parser is a recursive descent parser with one token of lookahead.
type parser struct {
	lex   *Lexer
	tok   Token
	next  *Token // the lookahead token, when read
	scope *scope
	depth int
	links int // operators and suffixes on the way to the current token
}

// Parse parses a chunk: the body of a function with variable arguments whose
// first upvalue is the environment. Errors are of type [*Error].
func Parse(src, chunk string, d Dialect) (*FuncDef, error) {
	lex := NewLexer(src, chunk, d)
	if d == Standard {
		lex.skipShebang()
	}
	p := &parser{lex: lex}
	fn := &FuncDef{Vararg: true, Upvalues: []Upvalue{{Name: envName(d)}}}
	p.scope = &scope{fn: fn}
	if err := p.chunk(fn); err != nil {
		return nil, err
	}
	return fn, nil
}

func (p *parser) chunk(fn *FuncDef) error {
	if err := p.advance(); err != nil {
		return err
	}
	body, err := p.block()
	if err != nil {
		return err
	}
	if p.tok.Kind != EOF {
		return p.expected("<eof>")
	}
	fn.Body, fn.EndLine = body, p.tok.Line
	return nil
}

func (p *parser) luerl() bool { return p.lex.dialect == Luerl }

func (p *parser) advance() error {
	if p.next != nil {
		p.tok, p.next = *p.next, nil
		return nil
	}
	t, err := p.lex.Next()
	if err != nil {
		return err
	}
	p.tok = t
	return nil
}

// peekKind returns the kind of the token after the current one.
func (p *parser) peekKind() (Kind, error) {
	if p.next == nil {
		t, err := p.lex.Next()
		if err != nil {
			return 0, err
		}
		p.next = &t
	}
	return p.next.Kind, nil
}

// fail returns an error at the current token.
func (p *parser) fail(std string) error {
	if p.luerl() {
		return &Error{Chunk: p.lex.chunk, Line: p.tok.Line, Msg: "syntax error before: " + p.tok.erlangText()}
	}
	return &Error{Chunk: p.lex.chunk, Line: p.tok.Line, Msg: std + " near " + p.near()}
}

func (p *parser) near() string {
	if p.tok.Kind == EOF {
		return "<eof>"
	}
	return "'" + p.tok.Raw + "'"
}

func (p *parser) expected(what string) error {
	if what != "<eof>" && what != "<name>" {
		what = "'" + what + "'"
	}
	return p.fail(what + " expected")
}

func (p *parser) accept(k Kind) (bool, error) {
	if p.tok.Kind != k {
		return false, nil
	}
	return true, p.advance()
}

func (p *parser) expect(k Kind) error {
	if p.tok.Kind != k {
		return p.expected(k.text())
	}
	return p.advance()
}

// match expects the token that closes what open began at a line.
func (p *parser) match(k, open Kind, line int) error {
	if p.tok.Kind == k {
		return p.advance()
	}
	if line == p.tok.Line || p.luerl() {
		return p.expected(k.text())
	}
	return p.fail("'" + k.text() + "' expected (to close '" + open.text() + "' at line " + itoa(line) + ")")
}

func itoa(n int) string {
	if n == 0 {
		return "0"
	}
	var b [20]byte
	i := len(b)
	for ; n > 0; n /= 10 {
		i--
		b[i] = byte('0' + n%10)
	}
	return string(b[i:])
}

func (p *parser) name() (string, error) {
	if p.tok.Kind != Name {
		return "", p.expected("<name>")
	}
	s := p.tok.Text
	return s, p.advance()
}

func (p *parser) enter() error {
	p.depth++
	if p.depth > MaxDepth {
		return &Error{Chunk: p.lex.chunk, Line: p.tok.Line, Msg: "chunk has too many syntax levels"}
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// link counts one more operator or suffix of a chain: each makes the tree one
// level deeper, although the parser does not recurse for it.
func (p *parser) link() error {
	p.links++
	if p.links > MaxLinks {
		return &Error{Chunk: p.lex.chunk, Line: p.tok.Line, Msg: "expression is too long"}
	}
	return nil
}

// declare makes locals visible.
func (p *parser) declare(vars ...*Var) error {
	p.scope.active = append(p.scope.active, vars...)
	if len(p.scope.active) > MaxLocals {
		return &Error{Chunk: p.lex.chunk, Line: p.tok.Line, Msg: "too many local variables (limit is 200) near " + p.near()}
	}
	return nil
}

// scoped runs parse and drops the locals that it declared.
func (p *parser) scoped(parse func() error) error {
	n := len(p.scope.active)
	err := parse()
	p.scope.active = p.scope.active[:n]
	return err
}

// resolve returns the expression that a name stands for.
func (p *parser) resolve(name string, line int) (Expr, error) {
	if e := p.scope.find(name); e != nil {
		return e, p.checkUpvalues()
	}
	env := p.scope.find(envName(p.lex.dialect))
	return &IndexExpr{Obj: env, Key: &StringExpr{Value: name}, Line: line, Global: true}, p.checkUpvalues()
}

func (p *parser) checkUpvalues() error {
	for s := p.scope; s != nil; s = s.parent {
		if len(s.fn.Upvalues) > MaxUpvalues {
			return &Error{Chunk: p.lex.chunk, Line: p.tok.Line, Msg: "too many upvalues (limit is 255) near " + p.near()}
		}
	}
	return nil
}

// function parses parameters and body; the current token is '('.
func (p *parser) function(name string, line int, self bool) (*FuncDef, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	fn := &FuncDef{Name: name, Line: line}
	p.scope = &scope{fn: fn, parent: p.scope}
	defer func() { p.scope = p.scope.parent }()
	if self {
		fn.Params = append(fn.Params, &Var{Name: "self"})
	}
	if err := p.params(fn); err != nil {
		return nil, err
	}
	if err := p.declare(fn.Params...); err != nil {
		return nil, err
	}
	body, err := p.block()
	if err != nil {
		return nil, err
	}
	fn.Body, fn.EndLine = body, p.tok.Line
	return fn, p.match(End, Function, line)
}

func (p *parser) params(fn *FuncDef) error {
	if err := p.expect(LParen); err != nil {
		return err
	}
	for p.tok.Kind != RParen {
		if p.tok.Kind == Dots {
			fn.Vararg = true
			if err := p.advance(); err != nil {
				return err
			}
			break
		}
		n, err := p.name()
		if err != nil {
			return err
		}
		fn.Params = append(fn.Params, &Var{Name: n})
		if more, err := p.accept(Comma); err != nil {
			return err
		} else if !more {
			break
		} else if p.tok.Kind == RParen {
			return p.expected("<name>")
		}
	}
	return p.expect(RParen)
}
