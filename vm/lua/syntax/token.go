package syntax

import (
	"fmt"
	"math/big"
	"strconv"
)

// Dialect selects whose text is read.
type Dialect uint8

const (
	// Standard is the text of PUC-Lua 5.3.
	Standard Dialect = iota
	// Luerl is the text of the reference engine of lua@5.3a (spec 03, 14.5.6
	// to 14.5.8): no \u escapes, long brackets of at most level 3, long
	// comments of level 0 only, bytes above 127 in literals encoded as UTF-8
	// once more, and goto refused.
	Luerl
)

// Kind is the kind of a token.
type Kind uint8

// The kinds of tokens.
const (
	EOF Kind = iota
	Name
	String
	Int    // fits 64 bits: Token.Int
	BigInt // does not: Token.Big (Luerl only)
	Float  // Token.Float

	And
	Break
	Do
	Else
	Elseif
	End
	False
	For
	Function
	Goto
	If
	In
	Local
	Nil
	Not
	Or
	Repeat
	Return
	Then
	True
	Until
	While

	Add
	Sub
	Mul
	Div
	IDiv
	Mod
	Pow
	BAnd
	BOr
	Tilde
	Shl
	Shr
	Len
	Eq
	Ne
	Le
	Ge
	Lt
	Gt
	Assign
	LParen
	RParen
	LBrace
	RBrace
	LBracket
	RBracket
	DoubleColon
	Semicolon
	Colon
	Comma
	Dot
	Concat
	Dots
)

// text returns how tokens of the kind are written.
func (k Kind) text() string {
	if k < And {
		return [...]string{"<eof>", "<name>", "<string>", "<integer>", "<integer>", "<number>"}[k]
	}
	return tokenText(k)
}

func tokenText(k Kind) string {
	return [...]string{"and", "break", "do", "else", "elseif", "end", "false", "for", "function",
		"goto", "if", "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until",
		"while", "+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>", "#", "==", "~=", "<=",
		">=", "<", ">", "=", "(", ")", "{", "}", "[", "]", "::", ";", ":", ",", ".", "..", "..."}[k-And]
}

func keyword(s string) (Kind, bool) {
	switch s {
	case "and":
		return And, true
	case "break":
		return Break, true
	case "do":
		return Do, true
	case "else":
		return Else, true
	case "elseif":
		return Elseif, true
	case "end":
		return End, true
	case "false":
		return False, true
	case "for":
		return For, true
	case "function":
		return Function, true
	case "goto":
		return Goto, true
	case "if":
		return If, true
	case "in":
		return In, true
	case "local":
		return Local, true
	case "nil":
		return Nil, true
	case "not":
		return Not, true
	case "or":
		return Or, true
	case "repeat":
		return Repeat, true
	case "return":
		return Return, true
	case "then":
		return Then, true
	case "true":
		return True, true
	case "until":
		return Until, true
	case "while":
		return While, true
	}
	return 0, false
}

// Token is one token of the source.
type Token struct {
	Kind  Kind
	Line  int
	Text  string // of a Name or a String: its bytes
	Raw   string // the source text, for error messages
	Int   int64
	Float float64
	Big   *big.Int
}

// Error is a fault of the source text. Msg is the dialect's wording without a
// position; Line is where it was found (1 is the first line).
type Error struct {
	Chunk string
	Line  int
	Msg   string
}

// Error returns "chunk:line: msg".
func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.Chunk, e.Line, e.Msg) }

// erlangText returns the token as the reference's parser prints it.
func (t Token) erlangText() string {
	switch t.Kind {
	case EOF:
		return ""
	case Name, String:
		return "<<" + strconv.Quote(t.Text) + ">>"
	case Int:
		return strconv.FormatInt(t.Int, 10)
	case BigInt:
		return t.Big.String()
	case Float:
		return strconv.FormatFloat(t.Float, 'g', -1, 64)
	case Break, Do, Elseif, False, For, Function, Goto, In, Local, Nil, Repeat, Return, True, Until, While:
		// Words that Erlang does not reserve print without quotes.
		return t.Kind.text()
	case Else, Then:
		return quoteElse(t.Kind)
	}
	return "'" + t.Kind.text() + "'"
}

// quoteElse prints else and then, which newer releases of Erlang reserve.
func quoteElse(k Kind) string {
	if k == Else {
		return "'else'"
	}
	return "then"
}
