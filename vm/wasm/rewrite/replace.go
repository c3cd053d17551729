package rewrite

import "slices"

// Some functions that Emscripten's modules import from "env" concern nothing
// but the module. They are added to it, and calls go to the added ones; the
// imports stay in the list.

// addedFunc is a function that the rewriter adds.
type addedFunc struct {
	typ  uint32
	body []byte // with its size prefix
}

// replacer collects the added functions of a module.
type replacer struct {
	m        *module
	replaced map[uint32]uint32 // index of an import -> index of the added function
	added    []addedFunc
	tagged   bool // a tag was added to the module
}

// replacements returns all functions to add.
func (m *module) replacements() *replacer {
	p := &replacer{m: m, replaced: map[uint32]uint32{}}
	p.addInvokers()
	p.addMemory()
	return p
}

// add replaces import i by a function of its type.
func (p *replacer) add(i int, body []byte) {
	p.replaced[uint32(i)] = uint32(len(p.m.funcs) + len(p.added))
	p.added = append(p.added, addedFunc{p.m.funcs[i], append(appendUint(nil, uint64(len(body))), body...)})
}

// addMemory replaces _emscripten_memcpy_js(to, from, n) and
// emscripten_resize_heap(bytes).
func (p *replacer) addMemory() {
	if len(p.m.memories) == 0 {
		return
	}
	ptr := encI32
	if p.m.memories[0].is64() {
		ptr = encI64
	}
	for i, im := range p.m.info.Imports {
		if im.Module != "env" {
			continue
		}
		t := p.m.types[p.m.funcs[i]]
		switch {
		case im.Name == "_emscripten_memcpy_js" && slices.Equal(t.params, []valType{ptr, ptr, ptr}) && len(t.results) == 0:
			p.add(i, []byte{0, opLocalGet, 0, opLocalGet, 1, opLocalGet, 2, opPrefixFC, fcMemoryCopy, 0, 0, opEnd})
		case im.Name == "emscripten_resize_heap" && slices.Equal(t.params, []valType{ptr}) && slices.Equal(t.results, []valType{encI32}):
			p.add(i, resizeBody(ptr))
		}
	}
}

// resizeBody grows memory to at least as many bytes as its parameter says, and
// returns 1, or 0 when that is not possible.
func resizeBody(ptr valType) []byte {
	konst, leU, ne, add, sub, shl, shrU := byte(opI32Const), byte(0x4d), byte(0x47), byte(0x6a), byte(0x6b), byte(0x74), byte(0x76)
	if ptr == encI64 {
		konst, leU, ne, add, sub, shl, shrU = opI64Const, 0x58, 0x52, 0x7c, 0x7d, 0x86, 0x88
	}
	size := []byte{opLocalGet, 0, opMemSize, 0, konst, 16, shl} // wanted, has
	return slices.Concat([]byte{0, opBlock, 0x40},
		size, []byte{leU, opBrIf, 0},
		size, []byte{sub, konst, 0xff, 0xff, 0x03, add, konst, 16, shrU, opMemGrow, 0, konst, 0x7f, ne, opReturn, opEnd},
		[]byte{opI32Const, 1, opEnd})
}
