package rewrite

import (
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Limits of the parser. They are those that WebAssembly engines agree on, or
// below.
const (
	MaxImage   = 64 << 20 // bytes of a module
	maxParams  = 1000     // of one function type
	maxLocals  = 50_000   // of one function, with its parameters
	maxNesting = 50_000   // open blocks in one function
)

// Section numbers of the binary format.
const (
	secCustom = 0
	secType   = 1
	secImport = 2
	secFunc   = 3
	secTable  = 4
	secMemory = 5
	secGlobal = 6
	secExport = 7
	secStart  = 8
	secElem   = 9
	secCode   = 10
	secData   = 11
	secCount  = 12
	secTag    = 13
	numSecs   = 14
)

// order lists the non-custom sections as they must follow each other.
var order = [...]byte{secType, secImport, secFunc, secTable, secMemory, secTag, secGlobal,
	secExport, secStart, secElem, secCount, secCode, secData}

// limits are the bounds of a memory or table in its binary encoding.
type limits struct {
	flags    byte
	min, max uint64
}

func (l limits) hasMax() bool { return l.flags&1 != 0 }
func (l limits) is64() bool   { return l.flags&4 != 0 }

func (r *reader) limits() limits {
	l := limits{flags: r.byte()}
	if l.flags&^5 != 0 {
		r.fail(fail.Unsupported, "shared memories and custom page sizes")
		return l
	}
	bits := uint(32)
	if l.is64() {
		bits = 64
	}
	l.min = r.uint(bits)
	if l.hasMax() {
		l.max = r.uint(bits)
	}
	return l
}

func (l limits) append(b []byte) []byte {
	b = appendUint(append(b, l.flags), l.min)
	if l.hasMax() {
		b = appendUint(b, l.max)
	}
	return b
}

// globalDef is a defined global; init is its expression with the final end.
type globalDef struct {
	typ     valType
	mutable bool
	init    []byte
}

// module is a parsed module without its code.
type module struct {
	raw      [numSecs][]byte // section contents; nil when absent
	types    []funcType
	typeIdx  map[string]uint32 // first index of a type by key
	funcs    []uint32          // type index of every function, imports first
	imported int               // of funcs
	tables   []limits
	memories []limits
	globals  []globalDef
	tags     []uint32 // type index of every tag
	info     Info
}

// Inspect parses what surrounds the code of a module. It is cheap: cost does
// not grow with the code.
//
// # Errors
//
// [fail.Invalid] for malformed input, [fail.Unsupported] for what no AO module
// may use: imports other than functions, threads, garbage-collected types.
func Inspect(image []byte) (*Info, error) {
	m, err := parse(image)
	if err != nil {
		return nil, err
	}
	return &m.info, nil
}

func parse(image []byte) (*module, error) {
	if len(image) > MaxImage {
		return nil, fail.New(fail.TooLarge, "rewrite.Rewrite", "module of %d bytes exceeds %d", len(image), MaxImage)
	}
	if len(image) < 8 || string(image[:8]) != "\x00asm\x01\x00\x00\x00" {
		return nil, fail.New(fail.Invalid, "rewrite.Rewrite", "not a WebAssembly module (no \\0asm version 1 header)")
	}
	m := &module{typeIdx: map[string]uint32{}}
	if err := m.split(image[8:]); err != nil {
		return nil, err
	}
	steps := [...]struct {
		sec  byte
		read func(*reader)
	}{
		{secType, m.readTypes}, {secImport, m.readImports}, {secFunc, m.readFuncs}, {secTable, m.readTables},
		{secMemory, m.readMemories}, {secTag, m.readTags}, {secGlobal, m.readGlobals}, {secExport, m.readExports},
		{secData, m.readData},
	}
	for _, s := range steps {
		if m.raw[s.sec] == nil {
			continue
		}
		r := &reader{b: m.raw[s.sec]}
		s.read(r)
		if r.err == nil && !r.done() {
			r.invalid("section has trailing bytes")
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	if err := m.summarise(); err != nil {
		return nil, err
	}
	return m, nil
}

// split finds the sections and checks their order.
func (m *module) split(b []byte) error {
	r := &reader{b: b}
	at := 0
	for !r.done() && r.err == nil {
		sec := r.byte()
		body := r.take(uint64(r.u32()))
		if r.err != nil {
			break
		}
		if sec == secCustom {
			(&reader{b: body}).name()
			continue
		}
		for at < len(order) && order[at] != sec {
			at++
		}
		if at == len(order) {
			r.invalid("unknown section, or sections out of order")
			break
		}
		at++
		if body == nil {
			body = []byte{}
		}
		m.raw[sec] = body
	}
	return r.err
}

func (m *module) readTypes(r *reader) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		if r.byte() != 0x60 {
			r.fail(fail.Unsupported, "types other than functions")
			return
		}
		m.internType(funcType{r.valTypes(), r.valTypes()}, true)
	}
}

// internType returns the index of t, adding it when it is new or when always is
// set.
func (m *module) internType(t funcType, always bool) uint32 {
	k := t.key()
	i, ok := m.typeIdx[k]
	if ok && !always {
		return i
	}
	n := uint32(len(m.types))
	m.types = append(m.types, t)
	if !ok {
		m.typeIdx[k] = n
	}
	return n
}

// typeAt reads a type index and returns its type.
func (m *module) typeAt(r *reader) (uint32, funcType) {
	i := r.u32()
	if r.err == nil && int(i) >= len(m.types) {
		r.invalid("type index out of range")
	}
	if r.err != nil {
		return 0, funcType{}
	}
	return i, m.types[i]
}

func (m *module) readImports(r *reader) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		im := Import{Module: r.name(), Name: r.name()}
		if r.byte() != byte(Func) {
			r.fail(fail.Unsupported, "it imports something other than a function: "+im.Module+"."+im.Name)
			return
		}
		i, t := m.typeAt(r)
		im.Type = t.signature()
		if r.err == nil && !im.Type.Scalar() {
			r.fail(fail.Unsupported, "an imported function passes vectors or references: "+im.Module+"."+im.Name)
		}
		m.funcs = append(m.funcs, i)
		m.info.Imports = append(m.info.Imports, im)
	}
	m.imported = len(m.funcs)
}

func (m *module) readFuncs(r *reader) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		i, _ := m.typeAt(r)
		m.funcs = append(m.funcs, i)
	}
}

func (m *module) readTables(r *reader) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		init := r.peek() == 0x40
		if init {
			r.byte()
			if r.byte() != 0 {
				r.invalid("malformed table")
			}
		}
		r.valType()
		m.tables = append(m.tables, r.limits())
		if init {
			r.constExpr()
		}
	}
}

func (m *module) readMemories(r *reader) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		m.memories = append(m.memories, r.limits())
	}
}

func (m *module) readTags(r *reader) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		if r.byte() != 0 {
			r.invalid("malformed tag")
		}
		i, _ := m.typeAt(r)
		m.tags = append(m.tags, i)
	}
}

func (m *module) readGlobals(r *reader) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		g := globalDef{typ: r.valType()}
		mut := r.byte()
		if mut > 1 {
			r.fail(fail.Unsupported, "shared globals")
		}
		g.mutable = mut == 1
		g.init = r.constExpr()
		m.globals = append(m.globals, g)
	}
}

func (m *module) readExports(r *reader) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		e := Export{Name: r.name(), Kind: Kind(r.byte()), Index: r.u32()}
		if e.Kind > Tag {
			r.invalid("unknown kind of export")
			return
		}
		if e.Kind == Func {
			if int(e.Index) >= len(m.funcs) {
				r.invalid("function index out of range")
				return
			}
			e.Type = m.types[m.funcs[e.Index]].signature()
		}
		m.info.Exports = append(m.info.Exports, e)
	}
}

func (m *module) readData(r *reader) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		mode, mem := r.u32(), uint32(0)
		if mode > 2 {
			r.invalid("malformed data segment")
			return
		}
		if mode == 2 {
			mem = r.u32()
		}
		var off []byte
		if mode != 1 {
			off = r.constExpr()
		}
		body := r.take(uint64(r.u32()))
		if mode == 1 || mem != 0 {
			continue
		}
		if at, ok := constOffset(off); ok {
			m.info.Data = append(m.info.Data, Range{at, uint64(len(body))})
		} else {
			m.info.DataUnknown = true
		}
	}
}

// constOffset evaluates "i32.const n end" and "i64.const n end".
func constOffset(expr []byte) (uint64, bool) {
	r := &reader{b: expr}
	var v uint64
	switch r.byte() {
	case opI32Const:
		v = uint64(uint32(r.int(32)))
	case opI64Const:
		v = uint64(r.int(64))
	default:
		return 0, false
	}
	return v, r.byte() == opEnd && r.done() && r.err == nil
}

// constExpr reads a constant expression and returns it with its end.
func (r *reader) constExpr() []byte {
	start := r.p
	for r.err == nil {
		if r.instr().op == opEnd {
			return r.b[start:r.p]
		}
	}
	return nil
}

func globalName(i uint32) string { return fmt.Sprintf("ao:g%d", i) }

const memoryName = "ao:memory"

// summarise fills the rest of info.
func (m *module) summarise() error {
	m.info.HasStart = m.raw[secStart] != nil
	for i, g := range m.globals {
		if g.mutable {
			m.info.Globals = append(m.info.Globals, MutableGlobal{uint32(i), g.typ.public()})
		}
	}
	m.info.Memories = len(m.memories)
	if len(m.memories) > 0 {
		m.info.Memory64, m.info.MinPages = m.memories[0].is64(), m.memories[0].min
		m.info.MemoryExport = memoryName
	}
	seen := map[string]bool{}
	for _, e := range m.info.Exports {
		if seen[e.Name] {
			return fail.New(fail.Invalid, "rewrite.Rewrite", "export %q occurs twice", e.Name)
		}
		seen[e.Name] = true
		if e.Kind == Memory && e.Index == 0 && m.info.MemoryExport == memoryName {
			m.info.MemoryExport = e.Name
		}
	}
	for _, g := range m.info.Globals {
		if seen[g.ExportName()] {
			return fail.New(fail.Invalid, "rewrite.Rewrite", "export %q is reserved", g.ExportName())
		}
	}
	return nil
}
