package syntax

// Var is one local variable. The parser sets Captured when an inner function
// uses it; Reg belongs to the compiler.
type Var struct {
	Name     string
	Captured bool
	Reg      int
}

// Upvalue says where a function takes a captured variable from when it is
// created: a local of the enclosing function, or that function's own upvalue.
type Upvalue struct {
	Name  string
	Local *Var // nil when it is the enclosing function's upvalue Index
	Index int
}

// FuncDef is a function body with everything that belongs to it.
type FuncDef struct {
	Name     string // as in the source, "" for anonymous functions
	Params   []*Var
	Vararg   bool
	Body     *Block
	Upvalues []Upvalue
	Line     int // of the word function; 0 for a chunk
	EndLine  int
}

// Block is a list of statements with its own scope.
type Block struct {
	Stmts []Stmt
	// EndLine is the line of the token that closes the block.
	EndLine int
}

// Expr is an expression.
type Expr interface{ expr() }

// The expressions.
type (
	// NilExpr is nil.
	NilExpr struct{}
	// BoolExpr is true or false.
	BoolExpr struct{ Value bool }
	// NumberExpr is a numeral: an Int, BigInt or Float token.
	NumberExpr struct{ Token Token }
	// StringExpr is a literal string.
	StringExpr struct{ Value string }
	// VarargExpr is "...".
	VarargExpr struct{ Line int }
	// FunctionExpr is a function that is created when evaluated.
	FunctionExpr struct{ Func *FuncDef }
	// LocalExpr is a local variable of the function itself.
	LocalExpr struct{ Var *Var }
	// UpvalExpr is a variable of an enclosing function.
	UpvalExpr struct {
		Index int
		Name  string
	}
	// IndexExpr is Obj[Key]; Global marks a name looked up in the environment.
	IndexExpr struct {
		Obj, Key Expr
		Line     int
		Global   bool
	}
	// CallExpr is Func(Args...), or Func:Method(Args...) when Method is set.
	CallExpr struct {
		Func   Expr
		Method string
		Args   []Expr
		Line   int
	}
	// BinaryExpr is L Op R; Op may be And or Or.
	BinaryExpr struct {
		Op   Kind
		L, R Expr
		Line int
	}
	// UnaryExpr is Op X with Op one of Sub, Not, Len, Tilde.
	UnaryExpr struct {
		Op   Kind
		X    Expr
		Line int
	}
	// TableExpr is a table constructor.
	TableExpr struct {
		Fields []Field
		Line   int
	}
	// ParenExpr is a parenthesised expression: exactly one value.
	ParenExpr struct{ X Expr }
)

// Field is a field of a table constructor; Key is nil for positional ones.
type Field struct {
	Key, Value Expr
	Line       int
}

func (*NilExpr) expr()      {}
func (*BoolExpr) expr()     {}
func (*NumberExpr) expr()   {}
func (*StringExpr) expr()   {}
func (*VarargExpr) expr()   {}
func (*FunctionExpr) expr() {}
func (*LocalExpr) expr()    {}
func (*UpvalExpr) expr()    {}
func (*IndexExpr) expr()    {}
func (*CallExpr) expr()     {}
func (*BinaryExpr) expr()   {}
func (*UnaryExpr) expr()    {}
func (*TableExpr) expr()    {}
func (*ParenExpr) expr()    {}

// Stmt is a statement.
type Stmt interface{ stmt() }

// The statements.
type (
	// LocalStmt is local Vars = Values.
	LocalStmt struct {
		Vars   []*Var
		Values []Expr
		Line   int
	}
	// LocalFunctionStmt is local function Var.
	LocalFunctionStmt struct {
		Var  *Var
		Func *FuncDef
		Line int
	}
	// AssignStmt is Targets = Values.
	AssignStmt struct {
		Targets, Values []Expr
		Line            int
	}
	// CallStmt is a call whose results are dropped.
	CallStmt struct {
		Call *CallExpr
		Line int
	}
	// DoStmt is do Body end.
	DoStmt struct{ Body *Block }
	// WhileStmt is while Cond do Body end.
	WhileStmt struct {
		Cond Expr
		Body *Block
		Line int
	}
	// RepeatStmt is repeat Body until Cond; Cond sees the locals of Body.
	RepeatStmt struct {
		Body *Block
		Cond Expr
		Line int
	}
	// IfStmt has one condition a block, and a last block without one (else)
	// when Else is not nil.
	IfStmt struct {
		Conds []Expr
		Then  []*Block
		Else  *Block
		Lines []int
	}
	// NumericForStmt is for Var = Start, Limit, Step; Step may be nil.
	NumericForStmt struct {
		Var                *Var
		Start, Limit, Step Expr
		Body               *Block
		Line               int
	}
	// GenericForStmt is for Vars in Values.
	GenericForStmt struct {
		Vars   []*Var
		Values []Expr
		Body   *Block
		Line   int
	}
	// ReturnStmt is return Values.
	ReturnStmt struct {
		Values []Expr
		Line   int
	}
	// BreakStmt leaves the innermost loop.
	BreakStmt struct{ Line int }
	// GotoStmt jumps to a label.
	GotoStmt struct {
		Label string
		Line  int
	}
	// LabelStmt is ::Label::. Last says that only empty statements follow in
	// its block, so that it lies outside the scope of the block's locals.
	LabelStmt struct {
		Label string
		Line  int
		Last  bool
	}
)

func (*LocalStmt) stmt()         {}
func (*LocalFunctionStmt) stmt() {}
func (*AssignStmt) stmt()        {}
func (*CallStmt) stmt()          {}
func (*DoStmt) stmt()            {}
func (*WhileStmt) stmt()         {}
func (*RepeatStmt) stmt()        {}
func (*IfStmt) stmt()            {}
func (*NumericForStmt) stmt()    {}
func (*GenericForStmt) stmt()    {}
func (*ReturnStmt) stmt()        {}
func (*BreakStmt) stmt()         {}
func (*GotoStmt) stmt()          {}
func (*LabelStmt) stmt()         {}
