package lua

import "strings"

// Patterns of the Luerl dialect. A pattern is compiled to items first, and
// errors are found then; there is no %f and no back reference.

type patternKind uint8

const (
	patChar  patternKind = iota
	patAny               // .
	patClass             // %a and the like
	patSet               // [...]
	patBalance
	patOpen  // ( with its number
	patClose // )
	patStart // ^
	patEnd   // $ at the end
)

// patternItem is one item with its repetition: 0, '*', '+', '-' or '?'.
type patternItem struct {
	kind   patternKind
	repeat byte
	a, b   byte // character or class; both characters of a balance
	number int
	not    bool
	set    *[256]bool
}

// luerlPattern is a compiled pattern or the reason why it cannot be one.
type luerlPattern struct {
	items  []patternItem
	reason string
	where  string
}

// patternCache keeps compiled patterns; it holds nothing that can be observed.
type patternCache map[string]*luerlPattern

func (vm *VM) luerlPattern(text string) (*luerlPattern, error) {
	p, ok := vm.patterns[text]
	if !ok {
		p = compilePattern(text)
		if vm.patterns == nil || len(vm.patterns) > 256 {
			vm.patterns = patternCache{}
		}
		vm.patterns[text] = p
	}
	vm.slice -= int64(len(text)) >> 2
	if p.reason != "" {
		return nil, vm.luerlErr(p.reason, p.where)
	}
	return p, nil
}

func compilePattern(s string) *luerlPattern {
	p := &luerlPattern{}
	depth, number := 0, 1
	i := 0
	if s != "" && s[0] == '^' {
		p.items = append(p.items, patternItem{kind: patStart})
		i = 1
	}
	for i < len(s) {
		it := patternItem{kind: patChar, a: s[i]}
		c := s[i]
		i++
		switch c {
		case '(':
			p.items = append(p.items, patternItem{kind: patOpen, number: number})
			depth++
			number++
			continue
		case ')':
			if depth == 0 {
				return &luerlPattern{reason: "invalid_capture"}
			}
			depth--
			p.items = append(p.items, patternItem{kind: patClose})
			continue
		case '$':
			if i == len(s) {
				p.items = append(p.items, patternItem{kind: patEnd})
				continue
			}
		case '.':
			it.kind = patAny
		case '[':
			var bad *luerlPattern
			if i, bad = compileSet(s, i, &it); bad != nil {
				return bad
			}
		case '%':
			if i >= len(s) || s[i] == 'f' {
				return &luerlPattern{reason: "invalid_pattern"}
			}
			if s[i] == 'b' && i+2 < len(s) {
				it.kind, it.a, it.b = patBalance, s[i+1], s[i+2]
				i += 3
				break
			}
			kind, ok := luerlClass(s[i])
			if !ok {
				return badClass(s[i])
			}
			it.kind, it.a = kind, s[i]
			i++
		}
		if i < len(s) && strings.IndexByte("*+-?", s[i]) >= 0 {
			it.repeat = s[i]
			i++
		}
		p.items = append(p.items, it)
	}
	if depth != 0 {
		return &luerlPattern{reason: "invalid_capture"}
	}
	return p
}

func badClass(c byte) *luerlPattern {
	return &luerlPattern{reason: "invalid_char_class", where: string(rune(c))}
}

// luerlClass says what %c stands for: a class, or a character that is not
// alphanumeric.
func luerlClass(c byte) (patternKind, bool) {
	if strings.IndexByte("aAcCdDgGlLpPsSuUwWxXzZ", c) >= 0 {
		return patClass, true
	}
	return patChar, !luerlIs('w', c)
}

// compileSet reads a set after its '['.
func compileSet(s string, i int, it *patternItem) (int, *luerlPattern) {
	it.kind, it.set = patSet, new([256]bool)
	if i < len(s) && s[i] == '^' {
		it.not = true
		i++
	}
	for first := true; ; first = false {
		if i >= len(s) {
			return i, &luerlPattern{reason: "invalid_char_set"}
		}
		c := s[i]
		switch {
		case c == ']' && !first:
			return i + 1, nil
		case c == ']':
			it.set[c] = true
			i++
		case c == '%' && i+1 < len(s):
			kind, ok := luerlClass(s[i+1])
			if !ok {
				return i, badClass(s[i+1])
			}
			for b := range 256 {
				if kind == patClass && luerlIs(s[i+1], byte(b)) || kind == patChar && byte(b) == s[i+1] {
					it.set[b] = true
				}
			}
			i += 2
		case i+2 < len(s) && s[i+1] == '-' && s[i+2] != ']':
			for b := int(c); b <= int(s[i+2]); b++ {
				it.set[b] = true
			}
			i += 3
		default:
			it.set[c] = true
			i++
		}
	}
}

// luerlIs reports whether a character of Latin-1 is in a class; an upper case
// letter is the complement.
func luerlIs(class, c byte) bool {
	if class >= 'A' && class <= 'Z' {
		return !luerlIs(class+32, c)
	}
	lower := c >= 'a' && c <= 'z' || c >= 224 && c != 247
	upper := c >= 'A' && c <= 'Z' || c >= 192 && c <= 223 && c != 215
	digit := c >= '0' && c <= '9'
	switch class {
	case 'a':
		return lower || upper
	case 'c':
		return c <= 31 || c >= 128 && c <= 159
	case 'd':
		return digit
	case 'g':
		return c >= 33 && c <= 126 || c >= 161
	case 'l':
		return lower
	case 'p':
		return c >= 33 && c <= 47 || c >= 58 && c <= 63 || c >= 91 && c <= 96 || c == 126 || c >= 161 && c <= 191 || c == 215 || c == 247
	case 's':
		return c >= 9 && c <= 13 || c == 32 || c == 160
	case 'u':
		return upper
	case 'w':
		return lower || upper || digit
	case 'x':
		return digit || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
	}
	return c == 0 // z
}

// luerlCapture is a capture by number; len -1 is a position.
type luerlCapture struct{ number, start, len int }

// luerlMatcher matches a compiled pattern.
type luerlMatcher struct {
	vm    *VM
	items []patternItem
	src   string
	depth int
	open  []luerlCapture
	caps  []luerlCapture // sorted by number
	err   error
}

// match tries to match at position s. The whole match is capture 0.
func (m *luerlMatcher) match(s int) (end int, ok bool) {
	m.open, m.caps = m.open[:0], m.caps[:0]
	return m.from(0, s)
}

func (m *luerlMatcher) from(i, s int) (int, bool) {
	if m.depth++; m.depth > 4000 {
		m.err = m.vm.limitErr("depth", "pattern too complex")
	}
	defer func() { m.depth-- }()
	for ; i < len(m.items); i++ {
		if m.vm.slice--; m.vm.slice < 0 && m.err == nil {
			m.err = m.vm.tick()
		}
		if m.err != nil {
			return 0, false
		}
		it := &m.items[i]
		switch {
		case it.repeat != 0:
			return m.repeated(it, i, s)
		case it.kind == patStart:
			if s != 0 {
				return 0, false
			}
		case it.kind == patEnd:
			if s != len(m.src) {
				return 0, false
			}
		case it.kind == patOpen || it.kind == patClose:
			undo := m.capture(i, it, s)
			if it.kind == patOpen && i+1 < len(m.items) && m.items[i+1].kind == patClose {
				i++
			}
			end, ok := m.from(i+1, s)
			if !ok {
				undo()
			}
			return end, ok
		default:
			n := m.one(it, s)
			if n == 0 {
				return 0, false
			}
			s += n
		}
	}
	return s, true
}

// capture opens, closes or makes a position capture, and returns how to undo it.
func (m *luerlMatcher) capture(i int, it *patternItem, s int) func() {
	if it.kind == patOpen {
		if i+1 < len(m.items) && m.items[i+1].kind == patClose {
			m.save(luerlCapture{it.number, s, -1})
			return func() { m.drop(it.number) }
		}
		m.open = append(m.open, luerlCapture{it.number, s, 0})
		return func() { m.open = m.open[:len(m.open)-1] }
	}
	c := m.open[len(m.open)-1]
	m.open = m.open[:len(m.open)-1]
	m.save(luerlCapture{c.number, c.start, s - c.start})
	return func() {
		m.drop(c.number)
		m.open = append(m.open, c)
	}
}

func (m *luerlMatcher) save(c luerlCapture) {
	i := len(m.caps)
	for i > 0 && m.caps[i-1].number > c.number {
		i--
	}
	m.caps = append(m.caps, luerlCapture{})
	copy(m.caps[i+1:], m.caps[i:])
	m.caps[i] = c
}

func (m *luerlMatcher) drop(number int) {
	for i := range m.caps {
		if m.caps[i].number == number {
			m.caps = append(m.caps[:i], m.caps[i+1:]...)
			return
		}
	}
}

// one returns how many bytes an item takes at s; 0 when it does not match.
func (m *luerlMatcher) one(it *patternItem, s int) int {
	if s >= len(m.src) {
		return 0
	}
	c := m.src[s]
	ok := false
	switch it.kind {
	case patAny:
		ok = true
	case patChar:
		ok = c == it.a
	case patClass:
		ok = luerlIs(it.a, c)
	case patSet:
		ok = it.set[c] != it.not
	case patBalance:
		return m.balance(it, s)
	}
	if ok {
		return 1
	}
	return 0
}

func (m *luerlMatcher) balance(it *patternItem, s int) int {
	if m.src[s] != it.a {
		return 0
	}
	depth := 1
	for i := s + 1; i < len(m.src); i++ {
		switch m.src[i] {
		case it.b:
			if depth--; depth == 0 {
				m.vm.slice -= int64(i-s) >> 3
				return i + 1 - s
			}
		case it.a:
			depth++
		}
	}
	m.vm.slice -= int64(len(m.src)-s) >> 3
	return 0
}

// repeated matches an item with a repetition, and what follows it.
func (m *luerlMatcher) repeated(it *patternItem, i, s int) (int, bool) {
	if it.repeat == '-' {
		for m.err == nil {
			if end, ok := m.from(i+1, s); ok {
				return end, true
			}
			n := m.one(it, s)
			if n == 0 {
				break
			}
			s += n
		}
		return 0, false
	}
	ends := []int{s}
	for n := m.one(it, s); n > 0; n = m.one(it, s) {
		s += n
		if it.kind == patBalance || it.repeat == '?' {
			ends = append(ends, s)
		}
		if it.repeat == '?' {
			break
		}
	}
	lowest := 0
	if it.repeat == '+' {
		lowest = 1
	}
	if it.kind != patBalance && it.repeat != '?' {
		m.vm.slice -= int64(s-ends[0]) >> 2
		for ; s >= ends[0]+lowest && m.err == nil; s-- {
			if end, ok := m.from(i+1, s); ok {
				return end, true
			}
		}
		return 0, false
	}
	for k := len(ends) - 1; k >= lowest && m.err == nil; k-- {
		if end, ok := m.from(i+1, ends[k]); ok {
			return end, true
		}
	}
	return 0, false
}

// value returns a capture; shift is added to positions.
func (m *luerlMatcher) value(c luerlCapture, shift int) Value {
	if c.len < 0 {
		return Int(int64(c.start + 1 + shift))
	}
	return m.vm.String(m.src[c.start : c.start+c.len])
}
