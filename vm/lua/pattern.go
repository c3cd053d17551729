package lua

import "strings"

// Patterns of standard Lua: backtracking over the pattern text. Every step
// costs fuel, so that a pattern that backtracks without end stops at the limit.

const (
	maxCaptures     = 32
	maxPatternDepth = 200
	capUnfinished   = -1
	capPosition     = -2
)

type capture struct{ start, len int }

// matcher is one attempt to match a pattern.
type matcher struct {
	c        *Call
	src, pat string
	level    int
	depth    int
	caps     [maxCaptures]capture
}

// match tries to match from pattern position p at source position s. It
// returns the end of the match, or -1.
func (m *matcher) match(s, p int) (int, error) {
	if m.depth++; m.depth > maxPatternDepth {
		return -1, m.c.Raisef("pattern too complex")
	}
	defer func() { m.depth-- }()
	for p < len(m.pat) {
		if m.c.vm.slice--; m.c.vm.slice < 0 {
			if err := m.c.vm.tick(); err != nil {
				return -1, err
			}
		}
		switch m.pat[p] {
		case '(':
			if p+1 < len(m.pat) && m.pat[p+1] == ')' {
				return m.startCapture(s, p+2, capPosition)
			}
			return m.startCapture(s, p+1, capUnfinished)
		case ')':
			return m.endCapture(s, p+1)
		case '$':
			if p+1 == len(m.pat) {
				if s == len(m.src) {
					return s, nil
				}
				return -1, nil
			}
		case '%':
			if p+1 < len(m.pat) {
				next, done, err := m.escape(&s, &p)
				if done || err != nil {
					return next, err
				}
				if next == 1 {
					continue
				}
			}
		}
		ep, err := m.classEnd(p)
		if err != nil {
			return -1, err
		}
		rep := byte(0)
		if ep < len(m.pat) {
			rep = m.pat[ep]
		}
		switch rep {
		case '?':
			if s < len(m.src) && m.single(s, p, ep) {
				if r, err := m.match(s+1, ep+1); r != -1 || err != nil {
					return r, err
				}
			}
			p = ep + 1
		case '+':
			if s >= len(m.src) || !m.single(s, p, ep) {
				return -1, nil
			}
			return m.maxExpand(s+1, p, ep)
		case '*':
			return m.maxExpand(s, p, ep)
		case '-':
			return m.minExpand(s, p, ep)
		default:
			if s >= len(m.src) || !m.single(s, p, ep) {
				return -1, nil
			}
			s++
			p = ep
		}
	}
	return s, nil
}

// escape handles %b, %f and back references. It returns done with the result,
// or 1 when the match goes on at the moved positions, or 0 when the item is an
// ordinary class.
func (m *matcher) escape(s, p *int) (res int, done bool, err error) {
	switch ch := m.pat[*p+1]; {
	case ch == 'b':
		e, err := m.balance(*s, *p+2)
		if e == -1 || err != nil {
			return -1, true, err
		}
		*s, *p = e, *p+4
		return 1, false, nil
	case ch == 'f':
		*p += 2
		if *p >= len(m.pat) || m.pat[*p] != '[' {
			return -1, true, m.c.Raisef("missing '[' after '%%f' in pattern")
		}
		ep, err := m.classEnd(*p)
		if err != nil {
			return -1, true, err
		}
		var prev, cur byte
		if *s > 0 {
			prev = m.src[*s-1]
		}
		if *s < len(m.src) {
			cur = m.src[*s]
		}
		if !matchSet(prev, m.pat[*p:ep]) && matchSet(cur, m.pat[*p:ep]) {
			*p = ep
			return 1, false, nil
		}
		return -1, true, nil
	case ch >= '0' && ch <= '9':
		l := int(ch) - '1'
		if l < 0 || l >= m.level || m.caps[l].len == capUnfinished {
			return -1, true, m.c.Raisef("invalid capture index %%%d", l+1)
		}
		c := m.caps[l]
		n := max(c.len, 0)
		if len(m.src)-*s >= n && m.src[c.start:c.start+n] == m.src[*s:*s+n] {
			*s, *p = *s+n, *p+2
			m.c.vm.slice -= int64(n) >> 4
			return 1, false, nil
		}
		return -1, true, nil
	}
	return 0, false, nil
}

// classEnd returns the end of the single character class at p.
func (m *matcher) classEnd(p int) (int, error) {
	c := m.pat[p]
	p++
	switch c {
	case '%':
		if p >= len(m.pat) {
			return 0, m.c.Raisef("malformed pattern (ends with '%%')")
		}
		return p + 1, nil
	case '[':
		if p < len(m.pat) && m.pat[p] == '^' {
			p++
		}
		for first := true; first || p >= len(m.pat) || m.pat[p] != ']'; first = false {
			if p >= len(m.pat) {
				return 0, m.c.Raisef("malformed pattern (missing ']')")
			}
			if m.pat[p] == '%' {
				p++
			}
			p++
		}
		if p >= len(m.pat) {
			return 0, m.c.Raisef("malformed pattern (missing ']')")
		}
		return p + 1, nil
	}
	return p, nil
}

// single reports whether the character at s matches the class pat[p:ep].
func (m *matcher) single(s, p, ep int) bool {
	c := m.src[s]
	switch m.pat[p] {
	case '.':
		return true
	case '%':
		return matchClass(c, m.pat[p+1])
	case '[':
		return matchSet(c, m.pat[p:ep])
	}
	return m.pat[p] == c
}

func (m *matcher) maxExpand(s, p, ep int) (int, error) {
	i := 0
	for s+i < len(m.src) && m.single(s+i, p, ep) {
		i++
	}
	m.c.vm.slice -= int64(i) >> 2
	for ; i >= 0; i-- {
		if r, err := m.match(s+i, ep+1); r != -1 || err != nil {
			return r, err
		}
	}
	return -1, nil
}

func (m *matcher) minExpand(s, p, ep int) (int, error) {
	for {
		if r, err := m.match(s, ep+1); r != -1 || err != nil {
			return r, err
		}
		if s >= len(m.src) || !m.single(s, p, ep) {
			return -1, nil
		}
		s++
	}
}

func (m *matcher) balance(s, p int) (int, error) {
	if p+1 >= len(m.pat) {
		return -1, m.c.Raisef("malformed pattern (missing arguments to '%%b')")
	}
	if s >= len(m.src) || m.src[s] != m.pat[p] {
		return -1, nil
	}
	open, closing := m.pat[p], m.pat[p+1]
	depth := 1
	for i := s + 1; i < len(m.src); i++ {
		switch m.src[i] {
		case closing:
			if depth--; depth == 0 {
				m.c.vm.slice -= int64(i-s) >> 3
				return i + 1, nil
			}
		case open:
			depth++
		}
	}
	m.c.vm.slice -= int64(len(m.src)-s) >> 3
	return -1, nil
}

func (m *matcher) startCapture(s, p, what int) (int, error) {
	if m.level >= maxCaptures {
		return -1, m.c.Raisef("too many captures")
	}
	m.caps[m.level] = capture{s, what}
	m.level++
	r, err := m.match(s, p)
	if r == -1 {
		m.level--
	}
	return r, err
}

func (m *matcher) endCapture(s, p int) (int, error) {
	l := m.level - 1
	for l >= 0 && m.caps[l].len != capUnfinished {
		l--
	}
	if l < 0 {
		return -1, m.c.Raisef("invalid pattern capture")
	}
	m.caps[l].len = s - m.caps[l].start
	r, err := m.match(s, p)
	if r == -1 {
		m.caps[l].len = capUnfinished
	}
	return r, err
}

// captureValue returns capture i, or the whole match s[start:end] for i 0 when
// the pattern has none.
func (m *matcher) captureValue(i, start, end int) (Value, error) {
	if i >= m.level {
		if i != 0 {
			return Value{}, m.c.Raisef("invalid capture index %%%d", i+1)
		}
		return m.c.vm.String(m.src[start:end]), nil
	}
	c := m.caps[i]
	switch c.len {
	case capPosition:
		return Int(int64(c.start) + 1), nil
	case capUnfinished:
		return Value{}, m.c.Raisef("unfinished capture")
	}
	return m.c.vm.String(m.src[c.start : c.start+c.len]), nil
}

// pushCaptures adds all captures as results; whole adds the match itself when
// there are none.
func (m *matcher) pushCaptures(start, end int, whole bool) error {
	n := m.level
	if n == 0 && whole {
		n = 1
	}
	for i := range n {
		v, err := m.captureValue(i, start, end)
		if err != nil {
			return err
		}
		m.c.Push(v)
	}
	return nil
}

// matchSet matches a character against a set with its brackets.
func matchSet(c byte, set string) bool {
	i, end := 1, len(set)-1
	want := true
	if i < end && set[i] == '^' {
		want = false
		i++
	}
	for ; i < end; i++ {
		switch {
		case set[i] == '%' && i+1 < len(set):
			i++
			if matchClass(c, set[i]) {
				return want
			}
		case i+2 < end && set[i+1] == '-':
			if set[i] <= c && c <= set[i+2] {
				return want
			}
			i += 2
		case set[i] == c:
			return want
		}
	}
	return !want
}

// matchClass matches a character against a class letter, in the C locale.
func matchClass(c, class byte) bool {
	var res bool
	switch class | 0x20 {
	case 'a':
		res = isAlpha(c)
	case 'c':
		res = c < 32 || c == 127
	case 'd':
		res = c >= '0' && c <= '9'
	case 'g':
		res = c > 32 && c < 127
	case 'l':
		res = c >= 'a' && c <= 'z'
	case 'p':
		res = c > 32 && c < 127 && !isAlpha(c) && (c < '0' || c > '9')
	case 's':
		res = c == ' ' || c >= 9 && c <= 13
	case 'u':
		res = c >= 'A' && c <= 'Z'
	case 'w':
		res = isAlpha(c) || c >= '0' && c <= '9'
	case 'x':
		res = c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
	default:
		return class == c
	}
	if class >= 'A' && class <= 'Z' {
		return !res
	}
	if class < 'a' || class > 'z' {
		return class == c
	}
	return res
}

func isAlpha(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// isPlain reports whether a pattern has no special characters.
func isPlain(pat string) bool { return !strings.ContainsAny(pat, "^$*+?.([%-") }
