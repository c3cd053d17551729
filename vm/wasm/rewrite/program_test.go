//go:build cgo

package rewrite_test

// Random programs with legacy exception handling: how they are made, encoded
// and interpreted. The interpreter follows the text of the legacy proposal and
// shares nothing with the rewriter.

// kind of statement.
type kind byte

const (
	kLog kind = iota
	kBlock
	kLoop
	kIf
	kTry
	kDelegate
	kThrow
	kThrowValue
	kRethrow
	kBr
	kBrIf
	kBrTable
	kCall
	kReturn
	numKinds
)

// stmt is one statement. Blocks and tries may take and give an i32.
type stmt struct {
	kind         kind
	n            int // number logged or thrown, depth, callee
	param, value bool
	body, other  []stmt // other: else
	handlers     []handler
}

type handler struct {
	tag  int // -1: catch_all
	body []stmt
}

// generator makes statements from bytes.
type generator struct {
	data   []byte
	next   int // unique numbers to log
	budget int
	labels []label
	funcs  int // functions that may be called have a higher index
	self   int
}

type label struct {
	value, loop, catching bool
}

func (g *generator) byte(n int) int {
	if len(g.data) == 0 {
		return 0
	}
	v := int(g.data[0])
	g.data = g.data[1:]
	return v % n
}

func (g *generator) list() []stmt {
	var out []stmt
	for n := 1 + g.byte(4); n > 0 && g.budget > 0; n-- {
		g.budget--
		out = append(out, g.stmt())
	}
	return out
}

func (g *generator) nested(l label) []stmt {
	g.labels = append(g.labels, l)
	defer func() { g.labels = g.labels[:len(g.labels)-1] }()
	return g.list()
}

func (g *generator) stmt() stmt {
	g.next++
	s := stmt{kind: kind(g.byte(int(numKinds))), n: g.next}
	if len(g.labels) > 12 && s.kind >= kBlock && s.kind <= kDelegate {
		s.kind = kLog
	}
	switch s.kind {
	case kBlock, kTry, kDelegate:
		s.param, s.value = g.byte(2) == 1, g.byte(2) == 1
		s.body = g.nested(label{value: s.value})
		if s.kind == kDelegate {
			s.n = g.byte(len(g.labels) + 1)
		}
		if s.kind == kTry {
			s.handlers = g.handlers(s.value)
		}
	case kLoop:
		s.body = g.nested(label{loop: true})
	case kIf:
		s.body, s.other = g.nested(label{}), g.nested(label{})
	case kRethrow:
		var depths []int
		for i, l := range g.labels {
			if l.catching {
				depths = append(depths, len(g.labels)-1-i)
			}
		}
		if len(depths) == 0 {
			s.kind = kThrow
		} else {
			s.n = depths[g.byte(len(depths))]
		}
	case kBr, kBrIf, kBrTable:
		s.n = g.byte(len(g.labels) + 1)
		if s.n == len(g.labels) {
			s.kind = kReturn
		} else if l := g.labels[len(g.labels)-1-s.n]; l.loop && s.kind != kBrIf {
			s.kind = kBrIf // unconditional would never end
		} else if l.value && s.kind == kBrTable {
			s.kind = kBr
		}
	case kCall:
		if g.self+1 >= g.funcs {
			s.kind = kThrow
		} else {
			s.n = g.self + 1 + g.byte(g.funcs-g.self-1)
		}
	}
	return s
}

func (g *generator) handlers(value bool) []handler {
	var hs []handler
	for n := g.byte(4); n > 0; n-- {
		h := handler{tag: g.byte(3) - 1}
		h.body = g.nested(label{value: value, catching: true})
		hs = append(hs, h)
		if h.tag < 0 {
			break
		}
	}
	return hs
}

// program is a set of functions () -> (); the first is run.
type program [][]stmt

func newProgram(data []byte) program {
	g := &generator{data: data, funcs: 3}
	var p program
	for g.self = range g.funcs {
		g.budget = 40
		p = append(p, g.list())
	}
	return p
}

// signal is how a list of statements ends.
type signal struct {
	kind  byte // 0 normally, 'b' branch, 'e' exception, 'd' delegated exception, 'r' return
	depth int
	exc   exception
}

type exception struct{ tag, value int }

// machine interprets programs. choices answers conditions.
type machine struct {
	p       program
	trace   []int
	choices *choices
	caught  []exception // of the handlers that run, innermost last; parallel to frames
}

// choices are pseudo-random bits that end in zeros, so that loops end.
type choices struct {
	seed  uint32
	count int
}

func (c *choices) next() int {
	c.count++
	if c.count > 300 {
		return 0
	}
	c.seed = c.seed*1664525 + 1013904223
	return int(c.seed >> 31)
}

func (m *machine) call(f int) signal {
	saved := m.caught
	m.caught = nil
	s := m.list(m.p[f])
	m.caught = saved
	switch s.kind {
	case 'd', 'e':
		return signal{kind: 'e', exc: s.exc}
	}
	return signal{}
}

func (m *machine) list(list []stmt) signal {
	for i := range list {
		if s := m.stmt(&list[i]); s.kind != 0 {
			return s
		}
	}
	return signal{}
}

// frame runs a list inside one label. loop labels restart.
func (m *machine) frame(list []stmt, caught exception, loop bool) signal {
	m.caught = append(m.caught, caught)
	defer func() { m.caught = m.caught[:len(m.caught)-1] }()
	for {
		s := m.list(list)
		if s.kind == 'b' {
			if s.depth == 0 {
				if loop {
					continue
				}
				return signal{kind: 'x'} // left by a branch
			}
			s.depth--
		}
		return s
	}
}

// outward passes a signal over a label that does not catch.
func outward(s signal) signal {
	if s.kind == 'd' {
		if s.depth == 0 {
			return signal{kind: 'e', exc: s.exc}
		}
		s.depth--
	}
	return s
}

func (m *machine) stmt(s *stmt) signal {
	switch s.kind {
	case kLog:
		m.trace = append(m.trace, s.n)
	case kThrow:
		return signal{kind: 'e', exc: exception{0, 0}}
	case kThrowValue:
		return signal{kind: 'e', exc: exception{1, s.n}}
	case kRethrow:
		return signal{kind: 'e', exc: m.caught[len(m.caught)-1-s.n]}
	case kBr:
		return signal{kind: 'b', depth: s.n}
	case kBrIf:
		if m.choices.next() != 0 {
			return signal{kind: 'b', depth: s.n}
		}
	case kBrTable: // of one target and the default: the same
		m.choices.next()
		return signal{kind: 'b', depth: s.n}
	case kReturn:
		return signal{kind: 'r'}
	case kCall:
		return m.call(s.n)
	case kLoop:
		return m.leave(s, outward(m.frame(s.body, exception{}, true)))
	case kIf:
		body := s.other
		if m.choices.next() != 0 {
			body = s.body
		}
		return m.leave(s, outward(m.frame(body, exception{}, false)))
	case kBlock:
		m.enter(s)
		return m.leave(s, outward(m.frame(s.body, exception{}, false)))
	case kDelegate:
		m.enter(s)
		r := m.frame(s.body, exception{}, false)
		if r.kind == 'd' && r.depth > 0 {
			r.depth--
		} else if r.kind == 'e' || r.kind == 'd' {
			r = signal{kind: 'd', depth: s.n, exc: r.exc}
		}
		return m.leave(s, r)
	case kTry:
		return m.try(s)
	}
	return signal{}
}

func (m *machine) try(s *stmt) signal {
	m.enter(s)
	r := m.frame(s.body, exception{}, false)
	if r.kind == 'd' && r.depth > 0 {
		r.depth--
		return r
	}
	if r.kind != 'e' && r.kind != 'd' {
		return m.leave(s, r)
	}
	for _, h := range s.handlers {
		if h.tag < 0 || h.tag == r.exc.tag {
			if h.tag == 1 {
				m.trace = append(m.trace, r.exc.value)
			}
			return m.leave(s, outward(m.frame(h.body, r.exc, false)))
		}
	}
	return signal{kind: 'e', exc: r.exc}
}

// enter logs the parameter of a block.
func (m *machine) enter(s *stmt) {
	if s.param {
		m.trace = append(m.trace, -1)
	}
}

// leave logs the result of a block that ends, and passes other signals.
func (m *machine) leave(s *stmt, r signal) signal {
	if r.kind == 0 || r.kind == 'x' {
		if s.value {
			v := -2
			if r.kind == 'x' {
				v = -3
			}
			m.trace = append(m.trace, v)
		}
		return signal{}
	}
	return r
}
