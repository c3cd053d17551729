package rewrite

import "strings"

// ValType is the type of a value at the border of a module.
type ValType byte

// The value types. Ref stands for every reference type.
const (
	I32 ValType = iota
	I64
	F32
	F64
	V128
	Ref
)

// String returns the letter of the reference's signatures: i, I, f, F; v and r
// for types that cannot be passed.
func (t ValType) String() string { return "iIfFvr"[t : t+1] }

// Signature is the type of a function.
type Signature struct{ Params, Results []ValType }

// String formats as "(iI)F" (spec 03, 11.9).
func (s Signature) String() string {
	var b strings.Builder
	b.WriteByte('(')
	for _, t := range s.Params {
		b.WriteString(t.String())
	}
	b.WriteByte(')')
	for _, t := range s.Results {
		b.WriteString(t.String())
	}
	return b.String()
}

// Scalar reports whether all values are numbers of 32 or 64 bits.
func (s Signature) Scalar() bool {
	for _, list := range [][]ValType{s.Params, s.Results} {
		for _, t := range list {
			if t > F64 {
				return false
			}
		}
	}
	return true
}

// Kind is what an import or export is.
type Kind byte

// The kinds, numbered as in the binary format.
const (
	Func Kind = iota
	Table
	Memory
	Global
	Tag
)

// String returns "func", "table", "memory", "global" or "tag".
func (k Kind) String() string {
	return [...]string{"func", "table", "memory", "global", "tag"}[k]
}

// Import is something a module asks for. Type is set for functions.
type Import struct {
	Module, Name string
	Kind         Kind
	Type         Signature
}

// Export is something a module offers. Index counts imports first; Type is set
// for functions.
type Export struct {
	Name  string
	Kind  Kind
	Index uint32
	Type  Signature
}

// MutableGlobal is a global that is part of the state of an instance.
type MutableGlobal struct {
	Index uint32
	Type  ValType
}

// ExportName returns the name under which [Rewrite] exports the global.
func (g MutableGlobal) ExportName() string { return globalName(g.Index) }

// Range is a span of bytes of linear memory.
type Range struct{ Start, Len uint64 }

// Info is what can be learned of a module without its code.
type Info struct {
	Imports  []Import
	Exports  []Export
	Globals  []MutableGlobal
	Memories int    // number of memories defined
	Memory64 bool   // memory 0 has 64-bit addresses
	MinPages uint64 // of memory 0, as declared
	// MemoryExport is the name under which memory 0 is exported after the
	// rewrite; "" without memory.
	MemoryExport string
	HasStart     bool
	// Data are the ranges that active segments of constant offset fill. Unknown
	// is set when another offset occurs.
	Data        []Range
	DataUnknown bool
}

// valType is a value type in its binary encoding, e.g. "\x7f".
type valType string

const (
	encI32    valType = "\x7f"
	encI64    valType = "\x7e"
	encF32    valType = "\x7d"
	encF64    valType = "\x7c"
	encV128   valType = "\x7b"
	encExnref valType = "\x69"
)

func (t valType) public() ValType {
	switch t {
	case encI32:
		return I32
	case encI64:
		return I64
	case encF32:
		return F32
	case encF64:
		return F64
	case encV128:
		return V128
	}
	return Ref
}

func public(ts []valType) []ValType {
	out := make([]ValType, len(ts))
	for i, t := range ts {
		out[i] = t.public()
	}
	return out
}

// funcType is a function type of the type section.
type funcType struct{ params, results []valType }

func (t funcType) signature() Signature { return Signature{public(t.params), public(t.results)} }

// key identifies the type among all.
func (t funcType) key() string {
	var b strings.Builder
	for _, p := range t.params {
		b.WriteString(string(p))
	}
	b.WriteByte('|')
	for _, p := range t.results {
		b.WriteString(string(p))
	}
	return b.String()
}

func (t funcType) append(b []byte) []byte {
	b = append(b, 0x60)
	for _, list := range [][]valType{t.params, t.results} {
		b = appendUint(b, uint64(len(list)))
		for _, v := range list {
			b = append(b, v...)
		}
	}
	return b
}

func (r *reader) valType() valType {
	start := r.p
	switch c := r.byte(); c {
	case 0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f, 0x69, 0x74:
	case 0x63, 0x64:
		r.int(33)
	default:
		r.invalid("unknown value type")
	}
	if r.err != nil {
		return encI32
	}
	return valType(r.b[start:r.p])
}

func (r *reader) valTypes() []valType {
	n := r.count()
	if n > maxParams {
		r.invalid("too many parameters")
		return nil
	}
	out := make([]valType, 0, n)
	for range n {
		out = append(out, r.valType())
	}
	return out
}
