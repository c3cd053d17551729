package rewrite

// frame is an open block of the input while its output is written. label is
// the index, among the open blocks of the output, of the one that a branch to
// the input's block goes to.
type frame struct {
	label   int
	try     *try
	outer   int // index of the block around everything, for a try with handlers
	handler int // 1-based handler that is being written; 0: the body
}

// writer writes the new body of one function. A nil writer swallows what the
// scan reads on the way.
type writer struct {
	m        *module
	replaced map[uint32]uint32
	tries    []*try
	landings map[*try]int // open landing blocks; the key nil is the function's
	stack    []frame
	height   int // open blocks of the output
	out      []byte
}

func (w *writer) byte(b ...byte) {
	if w != nil {
		w.out = append(w.out, b...)
	}
}

func (w *writer) uint(v uint64) {
	if w != nil {
		w.out = appendUint(w.out, v)
	}
}

// open writes the start of a block and returns its index.
func (w *writer) open(op byte, params, results []valType) int {
	w.byte(op)
	switch {
	case len(params) == 0 && len(results) == 0:
		w.byte(0x40)
	case len(params) == 0 && len(results) == 1:
		w.byte([]byte(results[0])...)
	default:
		w.out = appendInt(w.out, int64(w.m.internType(funcType{params, results}, false)))
	}
	w.height++
	return w.height - 1
}

func (w *writer) close() {
	w.byte(opEnd)
	w.height--
}

// br branches to the open block of the given index.
func (w *writer) br(index int) {
	w.byte(opBr)
	w.uint(uint64(w.height - 1 - index))
}

// label writes the remapped form of a branch depth of the input.
func (w *writer) label(r *reader, depth uint32) {
	if w == nil {
		return
	}
	if int64(depth) >= int64(len(w.stack)) {
		r.invalid("branch out of its function")
		return
	}
	w.uint(uint64(w.height - 1 - w.stack[len(w.stack)-1-int(depth)].label))
}

// function writes the instructions of a body, r standing at the first one.
func (w *writer) function(r *reader, landing bool) {
	w.stack = append(w.stack[:0], frame{})
	w.height = 1
	w.landings = map[*try]int{}
	if landing {
		w.landings[nil] = w.open(opBlock, nil, []valType{encExnref})
	}
	for len(w.stack) > 0 && r.err == nil {
		start := r.p
		in := r.instr()
		if r.err != nil {
			return
		}
		if !w.control(r, in) {
			w.byte(r.b[start:r.p]...)
		}
	}
	if landing {
		w.out = w.out[:len(w.out)-1] // the function's end
		w.byte(opReturn, opEnd, opThrowRef, opEnd)
	}
}

// control writes instructions that are changed and keeps the stack of blocks.
// It returns false when the instruction is to be copied.
func (w *writer) control(r *reader, in instr) bool {
	switch in.op {
	case opBlock, opLoop, opIf:
		w.stack = append(w.stack, frame{label: w.height})
		w.height++
		return false
	case opTryTable:
		w.tryTable(r, in)
	case opTry:
		w.beginTry(r, in)
	case opCatch, opCatchAll:
		w.nextHandler()
	case opDelegate:
		w.pop()
		w.close()
	case opEnd:
		w.end()
	case opRethrow:
		w.byte(opLocalGet)
		w.uint(uint64(w.stack[len(w.stack)-1-int(in.index)].try.exnLocal))
		w.byte(opThrowRef)
	case opBr, opBrIf, opBrOnNull, opBrOnNonNul:
		w.byte(in.op)
		w.label(r, in.index)
	case opBrTable:
		w.byte(in.op)
		w.uint(uint64(in.index))
		for n := uint64(in.index) + 1; n > 0 && r.err == nil; n-- {
			w.label(r, r.u32())
		}
	case opCall, opRetCall:
		to, ok := w.replaced[in.index]
		if !ok {
			return false
		}
		w.byte(in.op)
		w.uint(uint64(to))
	default:
		return false
	}
	return true
}

func (w *writer) pop() frame {
	f := w.stack[len(w.stack)-1]
	w.stack = w.stack[:len(w.stack)-1]
	return f
}

// tryTable copies a standard try_table with remapped labels.
func (w *writer) tryTable(r *reader, in instr) {
	p, res := w.m.expand(r, in.block)
	index := w.open(opTryTable, p, res)
	w.height-- // labels of clauses are seen from outside
	w.uint(uint64(in.index))
	r.clauses(in.index, w)
	w.height++
	w.stack = append(w.stack, frame{label: index})
}

// expand returns the parameters and results of a block type.
func (m *module) expand(r *reader, b blockType) (params, results []valType) {
	switch {
	case b.index >= 0:
		if b.index >= int64(len(m.types)) {
			r.invalid("type index out of range")
			return nil, nil
		}
		t := m.types[b.index]
		return t.params, t.results
	case b.result != "":
		return nil, []valType{b.result}
	}
	return nil, nil
}

func (w *writer) beginTry(r *reader, in instr) {
	t := w.tries[0]
	w.tries = w.tries[1:]
	params, results := w.m.expand(r, in.block)
	if len(t.catches) > 0 {
		w.beginCatching(r, t, params, results)
		return
	}
	if t.plain() {
		w.stack = append(w.stack, frame{label: w.open(opBlock, params, results), try: t})
		return
	}
	depth := w.height - 1 - w.landings[t.resolved]
	index := w.open(opTryTable, params, results)
	w.byte(1, clauseCatchAllRef)
	w.uint(uint64(depth))
	w.stack = append(w.stack, frame{label: index, try: t})
}

func (w *writer) beginCatching(r *reader, t *try, params, results []valType) {
	outer := w.open(opBlock, params, results)
	for i := len(t.catches) - 1; i >= 0; i-- {
		w.open(opBlock, params, w.m.caught(r, t.catches[i]))
	}
	w.open(opTryTable, params, results)
	w.uint(uint64(len(t.catches)))
	for i, c := range t.catches {
		kind := byte(clauseCatchAll)
		if c.tag >= 0 {
			kind = clauseCatch
		}
		if c.rethrown {
			kind++
		}
		w.byte(kind)
		if c.tag >= 0 {
			w.uint(uint64(c.tag))
		}
		w.uint(uint64(i))
	}
	if t.landing {
		w.landings[t] = w.open(opBlock, params, []valType{encExnref})
	}
	w.stack = append(w.stack, frame{label: outer, outer: outer, try: t})
}

// caught returns what a handler finds on the stack.
func (m *module) caught(r *reader, c catch) []valType {
	var ts []valType
	if c.tag >= 0 {
		if c.tag >= int64(len(m.tags)) {
			r.invalid("tag index out of range")
			return nil
		}
		ts = append(ts, m.types[m.tags[c.tag]].params...)
	}
	if c.rethrown {
		ts = append(ts, encExnref)
	}
	return ts
}

// nextHandler ends the body or a handler and begins the next handler.
func (w *writer) nextHandler() {
	f := &w.stack[len(w.stack)-1]
	if f.handler == 0 {
		if f.try.landing {
			w.br(f.outer)
			w.close()
			w.byte(opThrowRef)
			delete(w.landings, f.try)
		}
		w.close()
	}
	w.br(f.outer)
	w.close()
	if f.try.catches[f.handler].rethrown {
		w.byte(opLocalSet)
		w.uint(uint64(f.try.exnLocal))
	}
	f.handler++
}

// end closes any block. The last handler's end is that of the outer block.
func (w *writer) end() {
	w.pop()
	w.close()
}
