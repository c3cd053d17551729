package rewrite

import "github.com/hyperbeam-go/hyperbeam/fail"

// try is what must be known of a legacy try before its code can be written.
type try struct {
	enclosing *try // next active try outwards at its start, nil: the caller
	catches   []catch
	delegate  bool // ends in delegate
	target    *try // of delegate, nil: the caller
	resolved  *try // whose handlers see an exception raised in its body
	landing   bool // an inner delegate branches into its body
	exnLocal  uint32
}

// catch is one handler. tag is -1 for catch_all.
type catch struct {
	tag      int64
	rethrown bool // a rethrow needs the reference
}

// handlerOf returns the try whose handlers see an exception raised directly in
// the body of t; nil is the caller of the function. Tries further out must have
// been resolved.
func handlerOf(t *try) *try {
	if t == nil {
		return nil
	}
	return t.resolved
}

// resolve finds handlerOf(t) from the tries further out.
func (t *try) resolve() {
	switch {
	case len(t.catches) > 0:
		t.resolved = t
	case t.delegate:
		t.resolved = handlerOf(t.target)
	default:
		t.resolved = handlerOf(t.enclosing)
	}
}

// plain reports whether a try without handlers needs no handler of its own,
// because exceptions reach their destination by themselves.
func (t *try) plain() bool { return t.resolved == handlerOf(t.enclosing) }

// scanned is the result of looking through one function.
type scanned struct {
	tries   []*try // in the order of their starts
	landing bool   // a delegate leaves the function past active handlers
	calls   bool   // calls a function that is replaced
}

// usage is what the code of the whole module makes use of.
type usage struct {
	memorySize    bool // memory.size or memory.grow
	tables, drops bool // instructions that change tables, drop segments
	legacy        bool // legacy exception handling
}

// scanFrame is an open block during the scan.
type scanFrame struct {
	try     *try
	handler int  // 1-based handler that is being read; 0: the body
	active  *try // innermost try whose handlers catch here; nil: the caller
}

type scanner struct {
	replaced map[uint32]uint32
	use      *usage
	out      scanned
	stack    []scanFrame
}

// scan reads the instructions of a function up to its final end.
func (s *scanner) scan(r *reader) {
	s.stack = append(s.stack[:0], scanFrame{})
	for len(s.stack) > 0 && r.err == nil {
		s.step(r, r.instr())
		if len(s.stack) > maxNesting {
			r.invalid("blocks are nested too deeply")
		}
	}
	if r.err == nil && !r.done() {
		r.invalid("code after the end of a function")
	}
	if r.err == nil {
		s.resolveDelegates()
	}
}

func (s *scanner) step(r *reader, in instr) {
	top := &s.stack[len(s.stack)-1]
	switch in.op {
	case opBlock, opLoop, opIf:
		s.stack = append(s.stack, scanFrame{active: top.active})
	case opTryTable:
		r.clauses(in.index, nil)
		s.stack = append(s.stack, scanFrame{active: top.active})
	case opTry:
		t := &try{enclosing: top.active}
		s.out.tries = append(s.out.tries, t)
		s.stack = append(s.stack, scanFrame{try: t, active: t})
	case opCatch, opCatchAll:
		if top.try == nil || top.handler > 0 && top.try.catches[top.handler-1].tag < 0 {
			r.invalid("catch without try")
			return
		}
		c := catch{tag: -1}
		if in.op == opCatch {
			c.tag = int64(in.index)
		}
		top.try.catches = append(top.try.catches, c)
		top.handler++
		top.active = top.try.enclosing
	case opRethrow:
		f, ok := s.at(in.index)
		if !ok || f.handler == 0 {
			r.invalid("rethrow outside of a handler")
			return
		}
		f.try.catches[f.handler-1].rethrown = true
	case opDelegate:
		t := top.try
		s.stack = s.stack[:len(s.stack)-1]
		if t == nil || top.handler > 0 || int64(in.index) >= int64(len(s.stack)) {
			r.invalid("misplaced delegate")
			return
		}
		t.delegate, t.target = true, s.stack[len(s.stack)-1-int(in.index)].active
	case opEnd:
		s.stack = s.stack[:len(s.stack)-1]
	case opBrTable:
		for n := uint64(in.index) + 1; n > 0 && r.err == nil; n-- {
			r.u32()
		}
	default:
		s.note(in)
	}
}

// note records instructions that matter for the module as a whole.
func (s *scanner) note(in instr) {
	switch in.op {
	case opCall, opRetCall:
		if _, ok := s.replaced[in.index]; ok {
			s.out.calls = true
		}
	case opMemSize, opMemGrow:
		s.use.memorySize = true
	case opTableSet:
		s.use.tables = true
	case opPrefixFC:
		switch in.sub {
		case fcTableInit, fcTableCopy, fcTableGrow, fcTableFill:
			s.use.tables = true
		case fcDataDrop, fcElemDrop:
			s.use.drops = true
		}
	}
}

// at returns the frame of a label.
func (s *scanner) at(depth uint32) (scanFrame, bool) {
	if int64(depth) >= int64(len(s.stack)) {
		return scanFrame{}, false
	}
	return s.stack[len(s.stack)-1-int(depth)], true
}

// resolveDelegates marks the places that delegates branch to.
func (s *scanner) resolveDelegates() {
	for _, t := range s.out.tries { // outer ones first
		s.use.legacy = true
		t.resolve()
		if len(t.catches) > 0 || t.plain() {
			continue
		}
		if t.resolved != nil {
			t.resolved.landing = true
		} else {
			s.out.landing = true
		}
	}
}

// clauses reads the catch clauses of a try_table. Where out is given, they are
// appended to *out with their labels passed through remap.
func (r *reader) clauses(n uint32, w *writer) {
	for ; n > 0 && r.err == nil; n-- {
		kind := r.byte()
		if kind > clauseCatchAllRef {
			r.fail(fail.Invalid, "malformed catch clause")
			return
		}
		w.byte(kind)
		if kind <= clauseCatchRef {
			w.uint(uint64(r.u32()))
		}
		w.label(r, r.u32())
	}
}
