package legacynet

import (
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// maxNesting bounds lists in lists.
const maxNesting = 16

// queryArguments returns the arguments of the field "transactions" of a GraphQL
// query, with the values of variables in their places: texts, numbers, true,
// false and null as Go has them, lists as []any, objects as map[string]any,
// words of an enumeration as texts.
//
// # Errors
//
// [fail.Invalid] for a query without that field, or one that cannot be read.
func queryArguments(query string, variables map[string]any) (map[string]any, error) {
	p := &queryParser{text: query, variables: variables}
	depth := 0
	for {
		t := p.next()
		switch {
		case t == "":
			return nil, p.bad("it has no field \"transactions\"")
		case t == "{":
			depth++
		case t == "}":
			depth--
		case t == "transactions" && depth > 0:
			if p.peek() != "(" {
				return map[string]any{}, nil
			}
			p.next()
			return p.members(")", 0)
		}
	}
}

// queryParser reads tokens: punctuation, words, numbers, and texts with a quote
// before them.
type queryParser struct {
	text      string
	ahead     string
	looked    bool
	variables map[string]any
}

func (p *queryParser) bad(why string) error {
	return fail.New(fail.Invalid, "legacynet.Query", "the query cannot be answered: %s", why)
}

func (p *queryParser) peek() string {
	if !p.looked {
		p.ahead, p.looked = p.scan(), true
	}
	return p.ahead
}

func (p *queryParser) next() string {
	t := p.peek()
	p.looked = false
	return t
}

// scan returns the next token, "" at the end.
func (p *queryParser) scan() string {
	for p.text != "" {
		switch c := p.text[0]; {
		case c == ' ', c == '\t', c == '\n', c == '\r', c == ',':
			p.text = p.text[1:]
		case c == '#':
			_, p.text, _ = strings.Cut(p.text, "\n")
		case c == '"':
			return p.quoted()
		case isWord(c):
			n := 1
			for n < len(p.text) && isWord(p.text[n]) {
				n++
			}
			t := p.text[:n]
			p.text = p.text[n:]
			return t
		default:
			p.text = p.text[1:]
			return string(rune(c))
		}
	}
	return ""
}

func isWord(c byte) bool {
	return c == '_' || c == '-' || c == '.' || c == '+' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// quoted reads a text; the token is the text behind a quote.
func (p *queryParser) quoted() string {
	for i := 1; i < len(p.text); i++ {
		switch p.text[i] {
		case '\\':
			i++
		case '"':
			s, err := strconv.Unquote(p.text[:i+1])
			p.text = p.text[i+1:]
			if err != nil {
				return ""
			}
			return `"` + s
		}
	}
	p.text = ""
	return ""
}

// members reads "name: value" up to a closing token.
func (p *queryParser) members(end string, depth int) (map[string]any, error) {
	out := map[string]any{}
	for {
		name := p.next()
		if name == end {
			return out, nil
		}
		if name == "" || p.next() != ":" {
			return nil, p.bad("its arguments are damaged")
		}
		v, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		out[name] = v
	}
}

func (p *queryParser) value(depth int) (any, error) {
	if depth > maxNesting {
		return nil, p.bad("its arguments nest too deep")
	}
	switch t := p.next(); {
	case t == "":
		return nil, p.bad("it ends too early")
	case t[0] == '"':
		return t[1:], nil
	case t == "$":
		return p.variables[p.next()], nil
	case t == "{":
		return p.members("}", depth+1)
	case t == "[":
		list := []any{}
		for p.peek() != "]" {
			v, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		p.next()
		return list, nil
	case t == "true", t == "false":
		return t == "true", nil
	case t == "null":
		return nil, nil
	case !isWord(t[0]):
		return nil, p.bad("its arguments are damaged")
	default:
		if n, err := strconv.ParseFloat(t, 64); err == nil {
			return n, nil
		}
		return t, nil
	}
}
