package syntax

// Limits of one function, as in PUC-Lua.
const (
	MaxLocals   = 200
	MaxUpvalues = 255
	MaxDepth    = 200    // nesting of blocks, expressions and functions
	MaxLinks    = 50_000 // operators and suffixes of an expression
)

// envName is the name that globals are looked up under. In standard Lua it can
// be declared by the program; in the other dialect it is no name at all.
func envName(d Dialect) string {
	if d == Luerl {
		return "(environment)"
	}
	return "_ENV"
}

// scope is the state of one function while it is parsed.
type scope struct {
	fn     *FuncDef
	parent *scope
	active []*Var // the visible locals, innermost last
}

// find resolves a name in the function or those around it, and marks locals
// that are captured.
func (s *scope) find(name string) Expr {
	for i := len(s.active) - 1; i >= 0; i-- {
		if s.active[i].Name == name {
			return &LocalExpr{Var: s.active[i]}
		}
	}
	if i := s.upvalue(name); i >= 0 {
		return &UpvalExpr{Index: i, Name: name}
	}
	return nil
}

// upvalue returns the index of the upvalue, which it creates when an enclosing
// function has the variable; otherwise -1.
func (s *scope) upvalue(name string) int {
	for i, u := range s.fn.Upvalues {
		if u.Name == name {
			return i
		}
	}
	if s.parent == nil {
		return -1
	}
	up := Upvalue{Name: name}
	switch v := s.parent.find(name).(type) {
	case *LocalExpr:
		v.Var.Captured = true
		up.Local = v.Var
	case *UpvalExpr:
		up.Index = v.Index
	default:
		return -1
	}
	s.fn.Upvalues = append(s.fn.Upvalues, up)
	return len(s.fn.Upvalues) - 1
}
