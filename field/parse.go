package field

import "github.com/hyperbeam-go/hyperbeam/fail"

// indexFrom is the number of keys from which repeated keys are found through a
// map instead of a scan, so that parsing stays linear.
const indexFrom = 16

// ParseItem reads an item (RFC 9651, 4.2.3).
//
// # Errors
//
// [fail.Invalid] when s is not an item, [fail.TooLarge] beyond [MaxSize].
func (m Mode) ParseItem(s string) (Item, error) {
	p := parser{s: s, mode: m, op: "field.ParseItem"}
	if err := p.begin(); err != nil {
		return Item{}, err
	}
	var it Item
	var err error
	if it.Value, err = p.bare(); err != nil {
		return Item{}, err
	}
	if it.Params, err = p.params(); err != nil {
		return Item{}, err
	}
	if m == Strict {
		p.spaces()
	}
	if p.i < len(s) {
		return Item{}, p.bad("unexpected text after the item")
	}
	return it, nil
}

// ParseList reads a list (RFC 9651, 4.2.1). Several header lines of one name
// are joined with ", " before.
//
// # Errors
//
// [fail.Invalid] when s is not a list, [fail.TooLarge] beyond [MaxSize].
func (m Mode) ParseList(s string) (List, error) {
	p := parser{s: s, mode: m, op: "field.ParseList"}
	if err := p.begin(); err != nil {
		return nil, err
	}
	var out List
	for p.i < len(s) {
		mem, err := p.member()
		if err != nil {
			return nil, err
		}
		out = append(out, mem)
		if err := p.separator(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ParseDictionary reads a dictionary (RFC 9651, 4.2.2). A repeated key keeps
// its first position and takes the last value.
//
// # Errors
//
// [fail.Invalid] when s is not a dictionary, [fail.TooLarge] beyond [MaxSize].
func (m Mode) ParseDictionary(s string) (Dictionary, error) {
	p := parser{s: s, mode: m, op: "field.ParseDictionary"}
	if err := p.begin(); err != nil {
		return nil, err
	}
	var out Dictionary
	var index map[string]int
	for p.i < len(s) {
		key, err := p.dictionaryKey(len(out) == 0)
		if err != nil {
			return nil, err
		}
		var mem Member
		if p.peek() == '=' {
			p.i++
			mem, err = p.member()
		} else {
			mem.Value = Boolean(true)
			mem.Params, err = p.params()
		}
		if err != nil {
			return nil, err
		}
		if len(out) < indexFrom {
			out = out.Set(key, mem)
		} else {
			if index == nil {
				index = make(map[string]int, 4*indexFrom)
				for i := range out {
					index[out[i].Key] = i
				}
			}
			if i, ok := index[key]; ok {
				out[i].Member = mem
			} else {
				index[key] = len(out)
				out = append(out, Entry{key, mem})
			}
		}
		if err := p.separator(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// parser is a position in a text.
type parser struct {
	s    string
	op   string
	i    int
	mode Mode
}

func (p *parser) bad(what string) error {
	return fail.New(fail.Invalid, p.op, "not a structured field at byte %d: %s", p.i, what)
}

// peek returns the next byte, or 0 at the end, which no rule accepts.
func (p *parser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *parser) begin() error {
	if len(p.s) > MaxSize {
		return fail.New(fail.TooLarge, p.op, "structured field of %d bytes, at most %d", len(p.s), MaxSize)
	}
	if p.mode == Strict {
		p.spaces()
	}
	return nil
}

func (p *parser) spaces() {
	for p.i < len(p.s) && p.s[p.i] == ' ' {
		p.i++
	}
}

func (p *parser) white() {
	for p.i < len(p.s) && (p.s[p.i] == ' ' || p.s[p.i] == '\t') {
		p.i++
	}
}

// separator moves past a comma and the white space around it, or to the end.
func (p *parser) separator() error {
	p.white()
	if p.i == len(p.s) {
		return nil
	}
	if p.s[p.i] != ',' {
		return p.bad("comma expected")
	}
	p.i++
	p.white()
	if p.i == len(p.s) {
		return p.bad("trailing comma")
	}
	return nil
}

func (p *parser) dictionaryKey(first bool) (string, error) {
	if p.mode == Strict {
		return p.key()
	}
	c := p.peek()
	if !isLenientKeyByte(c) || (c == '.' && !first) {
		return "", p.bad("key expected")
	}
	from := p.i
	for p.i < len(p.s) && isLenientKeyByte(p.s[p.i]) {
		p.i++
	}
	return p.s[from:p.i], nil
}

// key reads a key of the RFC.
func (p *parser) key() (string, error) {
	if !isKeyStart(p.peek()) {
		return "", p.bad("key expected")
	}
	from := p.i
	for p.i < len(p.s) && isKeyByte(p.s[p.i]) {
		p.i++
	}
	return p.s[from:p.i], nil
}

// member reads an item or an inner list with its parameters.
func (p *parser) member() (Member, error) {
	var m Member
	var err error
	if p.peek() == '(' {
		m.Inner, err = p.inner()
	} else {
		m.Value, err = p.bare()
	}
	if err != nil {
		return Member{}, err
	}
	if m.Params, err = p.params(); err != nil {
		return Member{}, err
	}
	return m, nil
}

// inner reads the items of an inner list, from "(" to ")".
func (p *parser) inner() ([]Item, error) {
	p.i++
	var out []Item
	for {
		p.spaces()
		if p.peek() == ')' {
			p.i++
			return out, nil
		}
		var it Item
		var err error
		if it.Value, err = p.bare(); err != nil {
			return nil, err
		}
		if it.Params, err = p.params(); err != nil {
			return nil, err
		}
		out = append(out, it)
		if c := p.peek(); c != ' ' && c != ')' {
			return nil, p.bad("space or ) expected")
		}
	}
}

func (p *parser) params() (Params, error) {
	var out Params
	var index map[string]int
	for p.peek() == ';' {
		p.i++
		p.spaces()
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		v := Boolean(true)
		if p.peek() == '=' {
			p.i++
			if v, err = p.bare(); err != nil {
				return nil, err
			}
		}
		if len(out) < indexFrom {
			out = out.Set(key, v)
			continue
		}
		if index == nil {
			index = make(map[string]int, 4*indexFrom)
			for i := range out {
				index[out[i].Key] = i
			}
		}
		if i, ok := index[key]; ok {
			out[i].Value = v
		} else {
			index[key] = len(out)
			out = append(out, Param{key, v})
		}
	}
	return out, nil
}
