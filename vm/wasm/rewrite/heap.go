package rewrite

const pageSize = 65536

// addHostHeap enlarges memory 0 as the reference's engine does to make room for
// its host heap of one page (spec 03, 12.7). Programs see it in memory.size, so
// two nodes must agree on it.
func (m *module) addHostHeap(use *usage) {
	if len(m.memories) == 0 || m.ownsAllocator() {
		return
	}
	mem := &m.memories[0]
	if mem.min >= 1<<16 {
		return
	}
	if base, end := m.constGlobal("__heap_base"), m.constGlobal("__data_end"); base != nil && end != nil {
		v, _ := constOffset(base.init)
		if v+pageSize > 1<<31-1 {
			return
		}
		base.init = append(appendInt([]byte{opI32Const}, int64(v+pageSize)), opEnd)
	} else if !use.memorySize {
		return
	}
	mem.min++
	if mem.hasMax() && mem.max < 1<<16 {
		mem.max++
	}
}

// ownsAllocator reports whether the module exports both malloc (T)->T and
// free (T).
func (m *module) ownsAllocator() bool {
	var malloc, free bool
	for _, e := range m.info.Exports {
		if e.Kind != Func || len(e.Type.Params) != 1 {
			continue
		}
		switch e.Name {
		case "malloc":
			malloc = len(e.Type.Results) == 1 && e.Type.Results[0] == e.Type.Params[0]
		case "free":
			free = len(e.Type.Results) == 0
		}
	}
	return malloc && free
}

// constGlobal returns an exported immutable i32 global with a constant value.
func (m *module) constGlobal(name string) *globalDef {
	for _, e := range m.info.Exports {
		if e.Kind != Global || e.Name != name || int(e.Index) >= len(m.globals) {
			continue
		}
		g := &m.globals[e.Index]
		if _, ok := constOffset(g.init); ok && g.typ == encI32 && !g.mutable {
			return g
		}
	}
	return nil
}
