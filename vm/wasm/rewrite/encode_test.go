//go:build cgo

package rewrite_test

// encoder writes a program as a module:
//
//	import t.log (i32), t.choose () -> i32
//	tags: 0 (), 1 (i32)
//	functions as in the program, the first exported as "run"
//
// A block that takes a parameter logs it; one that gives a value gives -2 at
// its end and -3 to a branch, and what follows logs it.
type encoder struct {
	b      []byte
	values []bool // by label: branches carry a value
}

func leb(b []byte, v int) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func uleb(b []byte, v int) []byte {
	for ; v >= 0x80; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v))
}

func (e *encoder) op(b ...byte)   { e.b = append(e.b, b...) }
func (e *encoder) constant(v int) { e.b = leb(append(e.b, 0x41), v) }

// Types of the module's type section.
const (
	typeVoid       = 0 // () -> ()
	typeTakes      = 1 // (i32) -> ()
	typeGives      = 2 // () -> i32
	typeTakesGives = 3 // (i32) -> i32
)

func (e *encoder) list(list []stmt) {
	for i := range list {
		e.stmt(&list[i])
	}
}

// open writes the head of a block and what its body starts with.
func (e *encoder) open(op byte, s *stmt) {
	t := typeVoid
	switch {
	case s.param && s.value:
		t = typeTakesGives
	case s.param:
		t = typeTakes
	case s.value:
		t = typeGives
	}
	if s.param {
		e.constant(-1)
	}
	if t == typeGives {
		t = 0x7f // the short form
	}
	e.op(op, byte(t))
	if s.param {
		e.op(0x10, 0)
	}
	e.values = append(e.values, s.value)
}

// result writes the value at the end of a body.
func (e *encoder) result(s *stmt) {
	if s.value {
		e.constant(-2)
	}
}

// close ends a block with op and logs its value.
func (e *encoder) close(s *stmt, op ...byte) {
	e.op(op...)
	e.values = e.values[:len(e.values)-1]
	if s.value {
		e.op(0x10, 0)
	}
}

func (e *encoder) stmt(s *stmt) {
	switch s.kind {
	case kLog:
		e.constant(s.n)
		e.op(0x10, 0)
	case kThrow:
		e.op(0x08, 0)
	case kThrowValue:
		e.constant(s.n)
		e.op(0x08, 1)
	case kRethrow:
		e.op(0x09, byte(s.n))
	case kBr, kBrIf, kBrTable:
		e.branch(s)
	case kCall:
		e.op(0x10, byte(2+s.n))
	case kReturn:
		e.op(0x0f)
	case kLoop:
		e.op(0x03, 0x40)
		e.values = append(e.values, false)
		e.list(s.body)
		e.close(s, 0x0b)
	case kIf:
		e.op(0x10, 1, 0x04, 0x40)
		e.values = append(e.values, false)
		e.list(s.body)
		e.op(0x05)
		e.list(s.other)
		e.close(s, 0x0b)
	case kBlock:
		e.open(0x02, s)
		e.list(s.body)
		e.result(s)
		e.close(s, 0x0b)
	case kDelegate:
		e.open(0x06, s)
		e.list(s.body)
		e.result(s)
		e.close(s, 0x18, byte(s.n))
	case kTry:
		e.try(s)
	}
}

func (e *encoder) branch(s *stmt) {
	value := e.values[len(e.values)-1-s.n]
	if value {
		e.constant(-3)
	}
	switch s.kind {
	case kBr:
		e.op(0x0c, byte(s.n))
	case kBrIf:
		e.op(0x10, 1, 0x0d, byte(s.n))
		if value {
			e.op(0x1a)
		}
	case kBrTable:
		e.op(0x10, 1, 0x0e, 1, byte(s.n), byte(s.n))
	}
}

func (e *encoder) try(s *stmt) {
	e.open(0x06, s)
	e.list(s.body)
	e.result(s)
	for _, h := range s.handlers {
		switch h.tag {
		case -1:
			e.op(0x19)
		case 1:
			e.op(0x07, 1, 0x10, 0)
		default:
			e.op(0x07, 0)
		}
		e.list(h.body)
		e.result(s)
	}
	e.close(s, 0x0b)
}

func section(b []byte, id byte, body []byte) []byte {
	return append(uleb(append(b, id), len(body)), body...)
}

// encode returns the program as a module with legacy exception handling.
func encode(p program) []byte {
	b := []byte("\x00asm\x01\x00\x00\x00")
	b = section(b, 1, []byte("\x04\x60\x00\x00\x60\x01\x7f\x00\x60\x00\x01\x7f\x60\x01\x7f\x01\x7f"))
	b = section(b, 2, []byte("\x02\x01t\x03log\x00\x01\x01t\x06choose\x00\x02"))
	b = section(b, 3, append(uleb(nil, len(p)), make([]byte, len(p))...))
	b = section(b, 13, []byte("\x02\x00\x00\x00\x01"))
	b = section(b, 7, []byte("\x01\x03run\x00\x02"))
	code := uleb(nil, len(p))
	for _, f := range p {
		e := &encoder{}
		e.op(0)
		e.list(f)
		e.op(0x0b)
		code = append(uleb(code, len(e.b)), e.b...)
	}
	return section(b, 10, code)
}
