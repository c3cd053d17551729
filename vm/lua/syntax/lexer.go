package syntax

import (
	"fmt"
	"strings"
)

// Lexer turns source text into tokens.
type Lexer struct {
	src     string
	pos     int
	line    int
	chunk   string
	dialect Dialect
}

// NewLexer returns a lexer over src. The chunk name is used in errors only.
func NewLexer(src, chunk string, d Dialect) *Lexer {
	return &Lexer{src: src, line: 1, chunk: chunk, dialect: d}
}

// skipShebang skips a first line that begins with '#'.
func (l *Lexer) skipShebang() {
	if strings.HasPrefix(l.src, "#") {
		for l.pos < len(l.src) && l.src[l.pos] != '\n' {
			l.pos++
		}
	}
}

func (l *Lexer) errorf(format string, args ...any) *Error {
	return &Error{Chunk: l.chunk, Line: l.line, Msg: fmt.Sprintf(format, args...)}
}

// fault words an error for the dialect: std is followed by "near 'text'" in
// standard Lua, luerl stands alone.
func (l *Lexer) fault(luerl, std, near string) *Error {
	if l.dialect == Luerl {
		return l.errorf("%s", luerl)
	}
	return l.errorf("%s near '%s'", std, near)
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
func isHex(c byte) bool   { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func (l *Lexer) peek(off int) byte {
	if l.pos+off < len(l.src) {
		return l.src[l.pos+off]
	}
	return 0
}

// skipBlank skips white space and comments.
func (l *Lexer) skipBlank() *Error {
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch {
		case c == '\n':
			l.line++
			l.pos++
		case isSpace(c) || l.dialect == Luerl && c == 0xA0:
			l.pos++
		case c == '-' && l.peek(1) == '-':
			if err := l.skipComment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (l *Lexer) skipComment() *Error {
	l.pos += 2
	if l.peek(0) == '[' {
		level := l.longLevel()
		if level == 0 || level > 0 && l.dialect == Standard {
			start := l.line
			if _, ok := l.longBracket(level); !ok {
				if l.dialect == Luerl {
					return l.errorf("unfinished long comment")
				}
				return l.errorf("unfinished long comment (starting at line %d) near '<eof>'", start)
			}
			return nil
		}
	}
	for l.pos < len(l.src) && l.src[l.pos] != '\n' {
		l.pos++
	}
	return nil
}

// longLevel returns the level of the long bracket at the position, or -1.
func (l *Lexer) longLevel() int {
	n := 1
	for l.peek(n) == '=' {
		n++
	}
	if l.peek(n) == '[' {
		return n - 1
	}
	return -1
}

// longBracket reads a long bracket of the level; the position is at its first
// '['. A newline directly after the opening is dropped.
func (l *Lexer) longBracket(level int) (string, bool) {
	l.pos += level + 2
	start := l.pos
	closing := "]" + strings.Repeat("=", level) + "]"
	i := strings.Index(l.src[start:], closing)
	if i < 0 {
		l.line += strings.Count(l.src[start:], "\n")
		l.pos = len(l.src)
		return "", false
	}
	body := l.src[start : start+i]
	l.line += strings.Count(body, "\n")
	l.pos = start + i + len(closing)
	if l.dialect == Standard {
		if strings.IndexByte(body, '\r') >= 0 {
			body = normalizeNewlines(body)
		}
		return strings.TrimPrefix(body, "\n"), true
	}
	return encodeTwice(strings.TrimPrefix(body, "\n")), true
}

// normalizeNewlines turns every newline sequence into "\n".
func normalizeNewlines(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\r' || c == '\n' {
			if i+1 < len(s) && (s[i+1] == '\r' || s[i+1] == '\n') && s[i+1] != c {
				i++
			}
			c = '\n'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// encodeTwice encodes every byte above 127 as a character of UTF-8, as the
// reference does with literals that are not ASCII (spec 03, 14.5.7).
func encodeTwice(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			var b strings.Builder
			for j := 0; j < len(s); j++ {
				b.WriteRune(rune(s[j]))
			}
			return b.String()
		}
	}
	return s
}

// Next returns the next token.
func (l *Lexer) Next() (Token, *Error) {
	if err := l.skipBlank(); err != nil {
		return Token{}, err
	}
	if l.pos >= len(l.src) {
		return Token{Kind: EOF, Line: l.line, Raw: "<eof>"}, nil
	}
	start, line := l.pos, l.line
	c := l.src[start]
	var t Token
	var err *Error
	switch {
	case isAlpha(c):
		for isAlpha(l.peek(0)) || isDigit(l.peek(0)) {
			l.pos++
		}
		text := l.src[start:l.pos]
		t = Token{Kind: Name, Text: text}
		if k, ok := keyword(text); ok {
			t = Token{Kind: k}
		}
	case isDigit(c) || c == '.' && isDigit(l.peek(1)):
		t, err = l.number()
	case c == '"' || c == '\'':
		t, err = l.quoted(c)
	case c == '[' && (l.peek(1) == '[' || l.peek(1) == '='):
		t, err = l.longString()
	default:
		t, err = l.symbol(c)
	}
	t.Line = l.line
	if l.dialect == Luerl {
		t.Line = line
	}
	t.Raw = l.src[start:l.pos]
	return t, err
}

func (l *Lexer) longString() (Token, *Error) {
	level := l.longLevel()
	if level < 0 || l.dialect == Luerl && level > 3 {
		if l.peek(1) == '[' || l.dialect == Luerl {
			l.pos++
			return Token{Kind: LBracket}, nil
		}
		return Token{}, l.errorf("invalid long string delimiter near '%s'", l.src[l.pos:l.pos+2])
	}
	start := l.line
	s, ok := l.longBracket(level)
	if !ok {
		if l.dialect == Luerl {
			return Token{}, l.errorf("illegal characters \"[\"")
		}
		return Token{}, l.errorf("unfinished long string (starting at line %d) near '<eof>'", start)
	}
	return Token{Kind: String, Text: s}, nil
}

func (l *Lexer) symbol(c byte) (Token, *Error) {
	two := func(next byte, long, short Kind) (Token, *Error) {
		if l.peek(1) == next {
			l.pos += 2
			return Token{Kind: long}, nil
		}
		l.pos++
		return Token{Kind: short}, nil
	}
	switch c {
	case '/':
		return two('/', IDiv, Div)
	case '~':
		return two('=', Ne, Tilde)
	case '=':
		return two('=', Eq, Assign)
	case ':':
		return two(':', DoubleColon, Colon)
	case '<':
		if l.peek(1) == '<' {
			l.pos += 2
			return Token{Kind: Shl}, nil
		}
		return two('=', Le, Lt)
	case '>':
		if l.peek(1) == '>' {
			l.pos += 2
			return Token{Kind: Shr}, nil
		}
		return two('=', Ge, Gt)
	case '.':
		if l.peek(1) == '.' && l.peek(2) == '.' {
			l.pos += 3
			return Token{Kind: Dots}, nil
		}
		return two('.', Concat, Dot)
	}
	if i := strings.IndexByte("+-*%^&|#(){}[];,", c); i >= 0 {
		l.pos++
		kinds := [...]Kind{Add, Sub, Mul, Mod, Pow, BAnd, BOr, Len, LParen, RParen, LBrace, RBrace, LBracket, RBracket, Semicolon, Comma}
		return Token{Kind: kinds[i]}, nil
	}
	near := string(rune(c))
	if l.dialect == Standard && (c < ' ' || c > '~') {
		return Token{}, l.errorf("unexpected symbol near '<\\%d>'", c)
	}
	return Token{}, l.fault(fmt.Sprintf("illegal characters %q", near), "unexpected symbol", near)
}
