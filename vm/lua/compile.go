package lua

import (
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/vm/lua/syntax"
)

const maxRegisters = 250

// compiler turns the tree of one chunk into protos.
type compiler struct {
	vm    *VM
	chunk *chunk
}

// funcState is the state of one function while it is compiled.
type funcState struct {
	c      *compiler
	parent *funcState
	p      *proto
	free   int // first free register
	line   int
	consts map[constKey]int
	active []*syntax.Var
	blocks []*blockState
	gotos  []pendingGoto
}

type constKey struct {
	kind Kind
	bits uint64
	s    string
}

// blockState is a block in progress.
type blockState struct {
	active int // locals visible when it began
	gotos  int // pending gotos when it began
	labels []label
	loop   bool
	breaks []int
}

type label struct {
	name   string
	pc     int
	active int
}

type pendingGoto struct {
	name   string
	pc     int
	line   int
	active int
}

// limitError stops a compilation through compilePanic; it never leaves this file.
type limitError struct{ err *syntax.Error }

// fail abandons the compilation of the chunk.
func (f *funcState) fail(line int, format string, args ...any) {
	panic(limitError{&syntax.Error{Chunk: displayName(f.c.chunk.name), Line: line, Msg: fmt.Sprintf(format, args...)}})
}

// function compiles a chunk's main function.
func (c *compiler) function(fn *syntax.FuncDef, parent *funcState) (p *proto, err error) {
	defer func() {
		if r := recover(); r != nil {
			l, ok := r.(limitError)
			if !ok {
				panic(r)
			}
			err = l.err
		}
	}()
	return c.body(fn, parent), nil
}

// body compiles one function, inner functions first.
func (c *compiler) body(fn *syntax.FuncDef, parent *funcState) *proto {
	p := &proto{chunk: c.chunk, name: fn.Name, line: fn.Line, params: len(fn.Params), vararg: fn.Vararg}
	f := &funcState{c: c, parent: parent, p: p, consts: map[constKey]int{}, line: fn.Line}
	for _, u := range fn.Upvalues {
		info := upvalueInfo{name: u.Name, index: u.Index}
		if u.Local != nil {
			info.local, info.index = true, u.Local.Reg
		}
		p.up = append(p.up, info)
	}
	f.enterBlock(false)
	for _, v := range fn.Params {
		f.declare(v, f.alloc(1))
	}
	for _, v := range fn.Params {
		if v.Captured {
			f.emit(opNewCell, v.Reg, 0, 0, 0)
		}
	}
	f.stmts(fn.Body)
	f.line = fn.EndLine
	f.leaveBlock()
	f.emit(opReturn0, 0, 0, 0, 0)
	p.stack += 2
	p.cache = make([]uint32, len(p.code))
	p.index = len(c.chunk.protos)
	p.id = c.vm.protos
	c.vm.protos++
	c.chunk.protos = append(c.chunk.protos, p)
	return p
}

// emit appends an instruction and returns its address.
func (f *funcState) emit(op opcode, a, b, c, d int) int {
	f.p.code = append(f.p.code, mk(op, a, b, c, d))
	f.p.lines = append(f.p.lines, int32(f.line))
	f.p.live = append(f.p.live, uint8(f.free))
	return len(f.p.code) - 1
}

func (f *funcState) pc() int { return len(f.p.code) }

// alloc reserves n registers and returns the first.
func (f *funcState) alloc(n int) int {
	r := f.free
	f.free += n
	if f.free > maxRegisters {
		f.fail(f.line, "function or expression needs too many registers")
	}
	f.p.stack = max(f.p.stack, f.free)
	return r
}

// constant returns the index of a constant.
func (f *funcState) constant(v Value) int {
	key := constKey{kind: v.Kind(), bits: v.n}
	switch key.kind {
	case KindString:
		key.s = v.str()
	case KindBig:
		key.s = v.big().String()
	}
	if i, ok := f.consts[key]; ok {
		return i
	}
	if key.kind == KindString {
		v = f.c.vm.intern(key.s)
	}
	i := len(f.p.k)
	f.p.k = append(f.p.k, v)
	f.consts[key] = i
	return i
}

func (f *funcState) str(s string) int { return f.constant(f.c.vm.intern(s)) }

func numberValue(t syntax.Token) Value {
	switch t.Kind {
	case syntax.Int:
		return Int(t.Int)
	case syntax.BigInt:
		return BigInt(t.Big)
	}
	return Float(t.Float)
}

// declare makes a local visible in a register.
func (f *funcState) declare(v *syntax.Var, reg int) {
	v.Reg = reg
	f.active = append(f.active, v)
	f.p.locals = append(f.p.locals, localInfo{name: v.Name, reg: reg, captured: v.Captured, start: f.pc(), end: -1})
}

func (f *funcState) enterBlock(loop bool) *blockState {
	b := &blockState{active: len(f.active), gotos: len(f.gotos), loop: loop}
	f.blocks = append(f.blocks, b)
	return b
}

// leaveBlock ends the scope of the block's locals and hands its open gotos to
// the enclosing block.
func (f *funcState) leaveBlock() {
	b := f.blocks[len(f.blocks)-1]
	f.blocks = f.blocks[:len(f.blocks)-1]
	ended := len(f.active) - b.active
	for i := len(f.p.locals) - 1; ended > 0; i-- {
		if f.p.locals[i].end < 0 {
			f.p.locals[i].end = f.pc()
			ended--
		}
	}
	if len(f.active) > b.active {
		f.free = f.active[b.active].Reg
	}
	f.active = f.active[:b.active]
	for i := b.gotos; i < len(f.gotos); i++ {
		g := &f.gotos[i]
		g.active = min(g.active, b.active)
		if len(f.blocks) == 0 {
			f.fail(g.line, "no visible label '%s' for goto at line %d", g.name, g.line)
		}
	}
	for _, pc := range b.breaks {
		f.patch(pc, f.pc())
	}
}

// patch sets the target of a jump.
func (f *funcState) patch(pc, target int) {
	i := f.p.code[pc]
	d := target
	if op := i.op(); op >= opEq && op <= opGeK {
		d = target<<1 | i.d()&1
	}
	f.p.code[pc] = i&0xFFFFFFFF | instr(uint32(int32(d)))<<32
}

func (f *funcState) patchAll(list []int, target int) {
	for _, pc := range list {
		f.patch(pc, target)
	}
}
