package json

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Limits of [Parse] and [Decode].
const (
	MaxBytes  = 1 << 28 // of a text
	MaxDigits = 20_000  // of an integer
)

// Parse reads JSON text in the plain form: objects are messages, arrays lists,
// true, false and null atoms. Numbers with a point or an exponent are floats,
// others integers of any size. The first member of a name counts;
// members whose name begins with "priv" are dropped. The value shares memory
// with the text.
//
// # Errors
//
// [fail.Invalid] for a text that is not JSON (RFC 8259), not UTF-8 or holds a
// number outside the range of doubles; [fail.TooLarge] and [fail.Exhausted]
// over [MaxBytes], [MaxDigits] or [message.MaxDepth] levels.
func Parse(text string) (message.Value, error) {
	v, _, err := parse(text)
	return v, err
}

// parse also says whether a member may carry an annotation of the typed form.
func parse(text string) (message.Value, bool, error) {
	if len(text) > MaxBytes {
		return nil, false, fail.New(fail.TooLarge, opParse, "the text has %d bytes; the limit is %d", len(text), MaxBytes)
	}
	p := parser{s: text}
	p.space()
	v, err := p.value(message.MaxDepth)
	if err != nil {
		return nil, false, err
	}
	if p.space(); p.i < len(p.s) {
		return nil, false, p.unexpected("the end")
	}
	return v, p.annotated, nil
}

const opParse = "json.Parse"

type parser struct {
	s         string
	i         int
	annotated bool
	items     []item          // members of the objects that are open
	elems     []message.Value // elements of the arrays that are open
}

func (p *parser) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

// peek returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *parser) unexpected(want string) error {
	if p.i >= len(p.s) {
		return fail.New(fail.Invalid, opParse, "the text ends where %s is expected", want)
	}
	return fail.New(fail.Invalid, opParse, "byte %d is %q where %s is expected", p.i, p.s[p.i], want)
}

func (p *parser) value(depth int) (message.Value, error) {
	if depth == 0 {
		return nil, fail.New(fail.Exhausted, opParse, "the text nests deeper than %d levels", message.MaxDepth)
	}
	switch c := p.peek(); {
	case c == '"':
		s, err := p.text()
		return message.Binary(s), err
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	case c == 't':
		return p.literal(message.True)
	case c == 'f':
		return p.literal(message.False)
	case c == 'n':
		return p.literal(message.Null)
	}
	return nil, p.unexpected("a value")
}

func (p *parser) literal(a message.Atom) (message.Value, error) {
	if !strings.HasPrefix(p.s[p.i:], string(a)) {
		return nil, p.unexpected("a value")
	}
	p.i += len(a)
	return a, nil
}

// next moves past a separator; done reports whether it was the closing one.
func (p *parser) next(closing byte) (done bool, err error) {
	p.space()
	switch p.peek() {
	case ',':
		p.i++
		p.space()
		return false, nil
	case closing:
		p.i++
		return true, nil
	}
	return false, p.unexpected(`"," or "` + string(closing) + `"`)
}

func (p *parser) array(depth int) (message.Value, error) {
	base := len(p.elems)
	p.i++
	p.space()
	if p.peek() == ']' {
		p.i++
		return message.NewList(), nil
	}
	for {
		v, err := p.value(depth - 1)
		if err != nil {
			return nil, err
		}
		p.elems = append(p.elems, v)
		done, err := p.next(']')
		if err != nil {
			return nil, err
		}
		if done {
			items := append([]message.Value(nil), p.elems[base:]...)
			clear(p.elems[base:])
			p.elems = p.elems[:base]
			return message.NewList(items...), nil
		}
	}
}

func (p *parser) object(depth int) (message.Value, error) {
	base := len(p.items)
	p.i++
	p.space()
	if p.peek() == '}' {
		p.i++
		return message.Empty(), nil
	}
	for {
		if p.peek() != '"' {
			return nil, p.unexpected("a member name")
		}
		name, err := p.text()
		if err != nil {
			return nil, err
		}
		if p.space(); p.peek() != ':' {
			return nil, p.unexpected(`":"`)
		}
		p.i++
		p.space()
		v, err := p.value(depth - 1)
		if err != nil {
			return nil, err
		}
		if name == structured.TypesKey || strings.HasSuffix(name, message.LinkSuffix) {
			p.annotated = true
		}
		p.items = append(p.items, item{name, v})
		done, err := p.next('}')
		if err != nil {
			return nil, err
		}
		if done {
			m := build(p.items[base:])
			clear(p.items[base:])
			p.items = p.items[:base]
			return m, nil
		}
	}
}

// build makes a message of members; of those with the same name the first
// counts.
func build(items []item) *message.Message {
	b := message.NewBuilder(len(items))
	sorted := true
	for i := 1; i < len(items) && sorted; i++ {
		sorted = items[i-1].name < items[i].name
	}
	if sorted {
		for _, it := range items {
			b.Set(it.name, it.val)
		}
		return b.Message()
	}
	for i := len(items) - 1; i >= 0; i-- { // the last one set wins
		b.Set(items[i].name, items[i].val)
	}
	return b.Message()
}

// digits moves past decimal digits and returns how many there were.
func (p *parser) digits() int {
	start := p.i
	for p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		p.i++
	}
	return p.i - start
}

func (p *parser) number() (message.Value, error) {
	start := p.i
	if p.peek() == '-' {
		p.i++
	}
	zero := p.peek() == '0'
	n := p.digits()
	if n == 0 || zero && n > 1 {
		return nil, p.unexpected("a number without leading zeros")
	}
	integer := true
	if p.peek() == '.' {
		integer = false
		p.i++
		if p.digits() == 0 {
			return nil, p.unexpected("a digit")
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		integer = false
		p.i++
		if c := p.peek(); c == '+' || c == '-' {
			p.i++
		}
		if p.digits() == 0 {
			return nil, p.unexpected("a digit")
		}
	}
	text := p.s[start:p.i]
	if !integer {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fail.New(fail.Invalid, opParse, "the number %.40s is too large for a double", text)
		}
		return message.Float(f), nil
	}
	return parseInteger(text, n)
}

func parseInteger(text string, digits int) (message.Value, error) {
	if digits <= 18 {
		n, err := strconv.ParseInt(text, 10, 64)
		return message.Int(n), err
	}
	if digits > MaxDigits {
		return nil, fail.New(fail.TooLarge, opParse, "an integer has %d digits; the limit is %d", digits, MaxDigits)
	}
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return nil, fail.New(fail.Invalid, opParse, "%.40s is not an integer", text)
	}
	return message.Integer(n), nil
}
