package rewrite

import (
	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Result is a rewritten module.
type Result struct {
	Module []byte // for the engine
	Info   *Info  // of the original, with the names of added exports
	// Blocker says why instances cannot be saved; "" when they can.
	Blocker string
	// Legacy is set when legacy exception handling was translated.
	Legacy bool
}

// Rewrite returns image in the form that the engine runs. image is not
// changed.
//
// # Errors
//
// As [Inspect]. Types inside functions are not checked: an ill-typed module
// gives an ill-typed output, which the engine refuses.
func Rewrite(image []byte) (*Result, error) {
	m, err := parse(image)
	if err != nil {
		return nil, err
	}
	v := m.replacements()
	use := &usage{}
	code, err := m.rewriteCode(v, use)
	if err != nil {
		return nil, err
	}
	m.addHostHeap(use)
	return &Result{Module: m.assemble(v, code), Info: &m.info, Blocker: m.blocker(use), Legacy: use.legacy}, nil
}

// blocker says why instances of the module cannot be saved.
func (m *module) blocker(use *usage) string {
	switch {
	case use.tables:
		return "the module changes its tables while it runs"
	case use.drops:
		return "the module drops data or element segments"
	case len(m.memories) > 1:
		return "the module has more than one memory"
	}
	for _, g := range m.info.Globals {
		if g.Type == Ref {
			return "the module keeps references in mutable globals"
		}
	}
	return ""
}

// rewriteCode returns the new bodies, each with its size, those of added
// functions last.
func (m *module) rewriteCode(v *replacer, use *usage) ([]byte, error) {
	r := &reader{b: m.raw[secCode]}
	n := 0
	if m.raw[secCode] != nil {
		n = r.count()
	}
	if n != len(m.funcs)-m.imported {
		r.invalid("functions and bodies differ in number")
	}
	s := &scanner{replaced: v.replaced, use: use}
	out := appendUint(make([]byte, 0, len(r.b)+len(r.b)/16), uint64(n+len(v.added)))
	for i := 0; i < n && r.err == nil; i++ {
		body := r.take(uint64(r.u32()))
		if r.err != nil {
			break
		}
		nb, err := m.rewriteBody(body, m.imported+i, v, s)
		if err != nil {
			return nil, err
		}
		out = append(appendUint(out, uint64(len(nb))), nb...)
	}
	if r.err == nil && !r.done() {
		r.invalid("section has trailing bytes")
	}
	for _, f := range v.added {
		out = append(out, f.body...)
	}
	return out, r.err
}

// rewriteBody returns the new body of function index, or the body itself when
// nothing changes.
func (m *module) rewriteBody(body []byte, index int, v *replacer, s *scanner) ([]byte, error) {
	r := &reader{b: body}
	groups, locals := m.readLocals(r, index)
	declared, start := body[:r.p], r.p
	s.out = scanned{}
	s.scan(r)
	if r.err != nil {
		return nil, r.err
	}
	if len(s.out.tries) == 0 && !s.out.calls {
		return body, nil
	}
	refs := uint32(0)
	for _, t := range s.out.tries {
		for _, c := range t.catches {
			if c.rethrown {
				t.exnLocal = locals + refs
				refs++
				break
			}
		}
	}
	w := &writer{m: m, replaced: v.replaced, tries: s.out.tries}
	w.out = make([]byte, 0, len(body)+64)
	if refs == 0 {
		w.byte(declared...)
	} else {
		w.uint(uint64(groups) + 1)
		skip := &reader{b: declared}
		skip.u32()
		w.byte(declared[skip.p:]...)
		w.uint(uint64(refs))
		w.byte([]byte(encExnref)...)
	}
	r = &reader{b: body, p: start}
	w.function(r, s.out.landing)
	return w.out, r.err
}

// readLocals reads the declarations of a body and returns the number of groups
// and of locals with parameters.
func (m *module) readLocals(r *reader, index int) (groups int, locals uint32) {
	total := uint64(len(m.types[m.funcs[index]].params))
	groups = r.count()
	for n := groups; n > 0 && r.err == nil; n-- {
		total += uint64(r.u32())
		r.valType()
		if total > maxLocals {
			r.fail(fail.Unsupported, "a function has too many local variables")
		}
	}
	return groups, uint32(total)
}

// assemble writes the module. Sections without change are copied.
func (m *module) assemble(v *replacer, code []byte) []byte {
	m.raw[secType] = vector(m.types, func(b []byte, t funcType) []byte { return t.append(b) })
	if len(v.added) > 0 {
		m.raw[secFunc] = appendUint(nil, uint64(len(m.funcs)-m.imported+len(v.added)))
		for _, t := range m.funcs[m.imported:] {
			m.raw[secFunc] = appendUint(m.raw[secFunc], uint64(t))
		}
		for _, f := range v.added {
			m.raw[secFunc] = appendUint(m.raw[secFunc], uint64(f.typ))
		}
	}
	if len(m.memories) > 0 {
		m.raw[secMemory] = vector(m.memories, func(b []byte, l limits) []byte { return l.append(b) })
	}
	if len(m.globals) > 0 {
		m.raw[secGlobal] = vector(m.globals, appendGlobal)
	}
	if v.tagged {
		m.raw[secTag] = vector(m.tags, func(b []byte, t uint32) []byte {
			return appendUint(append(b, 0), uint64(t))
		})
	}
	m.raw[secExport] = vector(m.exports(), appendExport)
	if m.raw[secCode] != nil || len(v.added) > 0 {
		m.raw[secCode] = code
	}
	out := append(make([]byte, 0, len(code)+len(m.raw[secData])+4096), "\x00asm\x01\x00\x00\x00"...)
	for _, sec := range order {
		if m.raw[sec] != nil {
			out = appendUint(append(out, sec), uint64(len(m.raw[sec])))
			out = append(out, m.raw[sec]...)
		}
	}
	return out
}

// exports returns the module's exports and the added ones.
func (m *module) exports() []Export {
	out := m.info.Exports[:len(m.info.Exports):len(m.info.Exports)]
	if m.info.MemoryExport == memoryName && !m.exported(memoryName) {
		out = append(out, Export{Name: memoryName, Kind: Memory})
	}
	for _, g := range m.info.Globals {
		out = append(out, Export{Name: g.ExportName(), Kind: Global, Index: g.Index})
	}
	return out
}

func (m *module) exported(name string) bool {
	for _, e := range m.info.Exports {
		if e.Name == name {
			return true
		}
	}
	return false
}

func appendExport(b []byte, e Export) []byte {
	return appendUint(append(appendName(b, e.Name), byte(e.Kind)), uint64(e.Index))
}

func appendGlobal(b []byte, g globalDef) []byte {
	b = append(b, g.typ...)
	if g.mutable {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	return append(b, g.init...)
}

func vector[T any](items []T, add func([]byte, T) []byte) []byte {
	b := appendUint(nil, uint64(len(items)))
	for _, it := range items {
		b = add(b, it)
	}
	return b
}
