package rewrite

import "strings"

// Emscripten compiles setjmp and longjmp without exception handling to calls
// of imported functions: invoke_<types>(index, args...) calls an element of
// the table; if _emscripten_throw_longjmp is called below it, the stack pointer
// is restored and setThrew(1, 0) tells the code after the call. A host would
// need a trap and a re-entry for each of them. The functions below do it inside
// the module, so that type checks, fuel and snapshots cover them.

const (
	invokePrefix = "invoke_"
	throwLongjmp = "_emscripten_throw_longjmp"
)

// invoker holds what the added functions call.
type invoker struct {
	*replacer
	save, restore, threw  uint32
	pointer, threwPointer valType
	tag                   uint32
	table64               bool
}

// addInvokers replaces invoke_* and _emscripten_throw_longjmp, unless the
// module does not export what they need.
func (p *replacer) addInvokers() {
	v := &invoker{replacer: p, tag: uint32(len(p.m.tags))}
	if !v.findHelpers() {
		return
	}
	for i, im := range p.m.info.Imports {
		if im.Module != "env" {
			continue
		}
		t := p.m.types[p.m.funcs[i]]
		switch {
		case im.Name == throwLongjmp && len(t.params) == 0 && len(t.results) == 0:
			v.add(i, v.throwBody())
		case strings.HasPrefix(im.Name, invokePrefix) && len(t.params) > 0 && (t.params[0] == encI32 || t.params[0] == encI64):
			v.add(i, v.invokeBody(t))
		default:
			continue
		}
		if !p.tagged {
			p.tagged = true
			p.m.tags = append(p.m.tags, p.m.internType(funcType{}, false))
		}
	}
}

// findHelpers looks for the exported functions and the table.
func (v *invoker) findHelpers() bool {
	if len(v.m.tables) == 0 {
		return false
	}
	v.table64 = v.m.tables[0].is64()
	var ok [3]bool
	for _, e := range v.m.info.Exports {
		if e.Kind != Func {
			continue
		}
		t := v.m.types[v.m.funcs[e.Index]]
		switch e.Name {
		case "emscripten_stack_get_current", "stackSave":
			if len(t.params) == 0 && len(t.results) == 1 {
				v.save, v.pointer, ok[0] = e.Index, t.results[0], true
			}
		case "_emscripten_stack_restore", "stackRestore":
			if len(t.params) == 1 && len(t.results) == 0 {
				v.restore, ok[1] = e.Index, true
			}
		case "setThrew":
			if len(t.params) == 2 && len(t.results) == 0 && t.params[1] == encI32 {
				v.threw, v.threwPointer, ok[2] = e.Index, t.params[0], true
			}
		}
	}
	return ok[0] && ok[1] && ok[2] &&
		v.m.types[v.m.funcs[v.restore]].params[0] == v.pointer &&
		(v.threwPointer == encI32 || v.threwPointer == encI64)
}

func (v *invoker) throwBody() []byte {
	b := []byte{0, opThrow}
	return append(appendUint(b, uint64(v.tag)), opEnd)
}

// invokeBody returns the body of an invoke function of type t, whose first
// parameter is the element's index.
func (v *invoker) invokeBody(t funcType) []byte {
	target := v.m.internType(funcType{t.params[1:], t.results}, false)
	sp := uint64(len(t.params))
	b := append([]byte{1, 1}, v.pointer...)
	b = appendUint(append(b, opCall), uint64(v.save))
	b = appendUint(append(b, opLocalSet), sp)
	w := &writer{m: v.m, out: b}
	w.open(opBlock, nil, nil)
	w.open(opTryTable, nil, t.results)
	w.byte(1, clauseCatch)
	w.uint(uint64(v.tag))
	w.uint(0)
	for i := range t.params[1:] {
		w.byte(opLocalGet)
		w.uint(uint64(i + 1))
	}
	w.byte(opLocalGet, 0)
	if t.params[0] == encI64 && !v.table64 {
		w.byte(opI32Wrap)
	}
	w.byte(opCallInd)
	w.uint(uint64(target))
	w.uint(0)
	w.close()
	w.byte(opReturn)
	w.close()
	w.byte(opLocalGet)
	w.uint(sp)
	w.byte(opCall)
	w.uint(uint64(v.restore))
	w.constant(v.threwPointer, 1)
	w.constant(encI32, 0)
	w.byte(opCall)
	w.uint(uint64(v.threw))
	for _, res := range t.results {
		w.constant(res, 0)
	}
	w.byte(opEnd)
	return w.out
}

// constant writes a constant of a number type: n (0 to 63), or 0 for floats.
func (w *writer) constant(t valType, n byte) {
	switch t {
	case encI32:
		w.byte(opI32Const, n)
	case encI64:
		w.byte(opI64Const, n)
	case encF32:
		w.byte(opF32Const, 0, 0, 0, 0)
	case encF64:
		w.byte(opF64Const, 0, 0, 0, 0, 0, 0, 0, 0)
	}
}
