package lua

import (
	"math"
	"unsafe"
)

// run executes the frames of a thread above stop. With err it begins by
// looking for a pcall that catches it. It returns nil when the frame at stop
// has returned; its results lie where its continuation wants them.
//
// Registers are reached through a pointer to an array of 256, which an 8-bit
// operand cannot exceed; the stack always has that many slots above a base.
// Whatever may call, fail or grow the stack saves pc in the frame first and
// continues at reload.
func (vm *VM) run(th *thread, stop int, err error) error {
	var (
		fr    *frame
		cl    *function
		code  []instr
		k     []Value
		cache []uint32
		reg   *[256]Value
		pc    int
	)
	finite := vm.dialect == Luerl
	wrap := vm.dialect == Standard
	if err != nil {
		goto failed
	}
reload:
	if len(th.frames) <= stop {
		return nil
	}
	fr = &th.frames[len(th.frames)-1]
	cl = fr.fn
	code, k, cache = cl.proto.code, cl.proto.k, cl.proto.cache
	reg = (*[256]Value)(th.stack[fr.base:])
	pc = fr.pc

	for {
		vm.slice--
		if vm.slice < 0 {
			fr.pc = pc
			if err = vm.tick(); err != nil {
				goto failed
			}
		}
		i := code[pc]
		pc++
		switch i.op() {
		case opMove:
			reg[i.a()] = reg[i.b()]
		case opLoadK:
			reg[i.a()] = k[i.d()]
		case opLoadNil:
			a, n := int(i.a()), int(i.b())
			for j := a; j <= a+n; j++ {
				reg[j&0xFF] = Value{}
			}
		case opLoadBool:
			reg[i.a()] = Value{tagBool(), uint64(i.b())}
		case opGetUp:
			reg[i.a()] = cl.up[i.b()].v
		case opSetUp:
			c := cl.up[i.b()]
			c.v = reg[i.a()]
			if c.pid != 0 && !c.dirty {
				vm.touchCell(c)
			}
		case opGetCell:
			reg[i.a()] = reg[i.b()].cell().v
		case opSetCell:
			c := reg[i.a()].cell()
			c.v = reg[i.b()]
			if c.pid != 0 && !c.dirty {
				vm.touchCell(c)
			}
		case opNewCell:
			a := i.a()
			vm.mem += costCell
			reg[a] = (&cell{kind: kindCell, v: reg[a]}).value()

		case opGetTabUp:
			o := cl.up[i.b()].v
			kv := k[i.d()]
			if o.p != nil && (*object)(o.p).kind == KindTable {
				if h := o.table().hash; h != nil {
					if ci := int(cache[pc-1]); ci < len(h.entries) {
						if e := &h.entries[ci]; e.key.p == kv.p && e.val.p != nil {
							reg[i.a()] = e.val
							continue
						}
					}
					if at := h.findString((*stringObject)(kv.p), vm.hashString(kv)); at >= 0 && h.entries[at].val.p != nil {
						cache[pc-1] = uint32(at)
						reg[i.a()] = h.entries[at].val
						continue
					}
				}
			}
			fr.pc = pc
			if err = vm.getSlow(th, o, kv, int(i.a())); err != nil {
				goto failed
			}
			goto reload
		case opGetField, opSelf:
			o := reg[i.b()]
			kv := k[i.d()]
			if o.p != nil && (*object)(o.p).kind == KindTable {
				t := o.table()
				if h := t.hash; h != nil {
					if ci := int(cache[pc-1]); ci < len(h.entries) {
						if e := &h.entries[ci]; e.key.p == kv.p && e.val.p != nil {
							if i.op() == opSelf {
								reg[i.a()+1] = o
							}
							reg[i.a()] = e.val
							continue
						}
					}
					if at := h.findString((*stringObject)(kv.p), vm.hashString(kv)); at >= 0 && h.entries[at].val.p != nil {
						cache[pc-1] = uint32(at)
						if i.op() == opSelf {
							reg[i.a()+1] = o
						}
						reg[i.a()] = h.entries[at].val
						continue
					}
				}
				if t.meta == nil {
					if i.op() == opSelf {
						reg[i.a()+1] = o
					}
					reg[i.a()] = Value{}
					continue
				}
			}
			if i.op() == opSelf {
				reg[i.a()+1] = o
			}
			fr.pc = pc
			v, fn, self, err2 := vm.indexChain(o, kv)
			if err2 != nil {
				err = vm.selfError(err2, i, o, kv)
				goto failed
			}
			if fn.p == nil {
				reg[i.a()] = v
				continue
			}
			if err = vm.callMeta(th, contStore, int(i.a()), fn, self, kv); err != nil {
				goto failed
			}
			goto reload
		case opGetIndex:
			o, key := reg[i.b()], reg[i.c()]
			if o.p != nil && (*object)(o.p).kind == KindTable {
				t := o.table()
				var v Value
				if key.p == tagInt() {
					if j := key.n - 1; j < uint64(len(t.arr)) {
						v = t.arr[j]
					} else if t.hash != nil {
						v = vm.getHash(t, key)
					}
				} else {
					if key.isString() {
						vm.slice -= int64(len(key.str())) >> 6
					}
					v = vm.get(t, key)
				}
				if v.p != nil || t.meta == nil {
					reg[i.a()] = v
					continue
				}
			}
			fr.pc = pc
			if err = vm.getSlow(th, o, key, int(i.a())); err != nil {
				goto failed
			}
			goto reload
		case opGetInt:
			o := reg[i.b()]
			if o.p != nil && (*object)(o.p).kind == KindTable {
				t := o.table()
				v := vm.getInt(t, int64(i.d()))
				if v.p != nil || t.meta == nil {
					reg[i.a()] = v
					continue
				}
			}
			fr.pc = pc
			if err = vm.getSlow(th, o, Int(int64(i.d())), int(i.a())); err != nil {
				goto failed
			}
			goto reload

		case opSetTabUp:
			if o := cl.up[i.b()].v; o.Kind() == KindTable {
				t, kv, v := o.table(), k[i.d()], reg[i.a()]
				if h := t.hash; h != nil && v.p != nil {
					if ci := int(cache[pc-1]); ci < len(h.entries) {
						if e := &h.entries[ci]; e.key.p == kv.p && e.val.p != nil {
							vm.setEntry(t, ci, v)
							continue
						}
					}
					if at := h.findString((*stringObject)(kv.p), vm.hashString(kv)); at >= 0 && h.entries[at].val.p != nil {
						cache[pc-1] = uint32(at)
						vm.setEntry(t, at, v)
						continue
					}
				}
			}
			fr.pc = pc
			if err = vm.setSlow(th, cl.up[i.b()].v, k[i.d()], reg[i.a()]); err != nil {
				goto failed
			}
			goto reload
		case opSetField:
			o := reg[i.a()]
			kv := k[i.d()]
			v := reg[i.c()]
			if o.p != nil && (*object)(o.p).kind == KindTable {
				t := o.table()
				if h := t.hash; h != nil && v.p != nil {
					if ci := int(cache[pc-1]); ci < len(h.entries) {
						if e := &h.entries[ci]; e.key.p == kv.p && e.val.p != nil {
							e.val = v
							if t.track != nil {
								vm.touchEntry(t, ci)
							}
							continue
						}
					}
					if at := h.findString((*stringObject)(kv.p), vm.hashString(kv)); at >= 0 && h.entries[at].val.p != nil {
						cache[pc-1] = uint32(at)
						vm.setEntry(t, at, v)
						continue
					}
				}
				if t.meta == nil {
					vm.setHash(t, kv, v)
					continue
				}
			}
			fr.pc = pc
			if err = vm.setSlow(th, o, kv, v); err != nil {
				goto failed
			}
			goto reload
		case opSetIndex:
			o, key := reg[i.a()], reg[i.b()]
			if o.p != nil && (*object)(o.p).kind == KindTable {
				t := o.table()
				if key.p == tagInt() {
					v := reg[i.c()]
					j := key.n - 1
					if j < uint64(len(t.arr)) {
						if t.track == nil && v.p != nil && t.arr[j].p != nil {
							t.arr[j] = v
							continue
						}
						if t.meta == nil {
							vm.setInt(t, int64(key.n), v)
							continue
						}
					} else if t.meta == nil {
						vm.setInt(t, int64(key.n), v)
						continue
					}
				} else if t.meta == nil && key.isString() {
					vm.slice -= int64(len(key.str())) >> 6
					vm.setHash(t, key, reg[i.c()])
					continue
				}
			}
			fr.pc = pc
			if err = vm.setSlow(th, o, key, reg[i.c()]); err != nil {
				goto failed
			}
			goto reload
		case opSetInt:
			fr.pc = pc
			if err = vm.setSlow(th, reg[i.a()], Int(int64(i.d())), reg[i.c()]); err != nil {
				goto failed
			}
			goto reload

		case opAdd:
			x, y := &reg[i.b()], &reg[i.c()]
			if x.p == tagInt() && y.p == tagInt() {
				m, n := int64(x.n), int64(y.n)
				if s := m + n; wrap || (m^s)&(n^s) >= 0 {
					reg[i.a()] = Value{tagInt(), uint64(s)}
					continue
				}
			} else if x.p == tagFloat() && y.p == tagFloat() {
				if s := x.float() + y.float(); !finite || s-s == 0 {
					reg[i.a()] = Float(s)
					continue
				}
			}
			fr.pc = pc
			if err = vm.arithSlow(th, opAdd, *x, *y, int(i.a())); err != nil {
				goto failed
			}
			goto reload
		case opAddK:
			x, y := &reg[i.b()], &k[i.d()]
			if x.p == tagInt() && y.p == tagInt() {
				m, n := int64(x.n), int64(y.n)
				if s := m + n; wrap || (m^s)&(n^s) >= 0 {
					reg[i.a()] = Value{tagInt(), uint64(s)}
					continue
				}
			} else if x.p == tagFloat() && y.p == tagFloat() {
				if s := x.float() + y.float(); !finite || s-s == 0 {
					reg[i.a()] = Float(s)
					continue
				}
			}
			fr.pc = pc
			if err = vm.arithSlow(th, opAdd, *x, *y, int(i.a())); err != nil {
				goto failed
			}
			goto reload
		case opSub:
			x, y := &reg[i.b()], &reg[i.c()]
			if x.p == tagInt() && y.p == tagInt() {
				m, n := int64(x.n), int64(y.n)
				if s := m - n; wrap || (m^n)&(m^s) >= 0 {
					reg[i.a()] = Value{tagInt(), uint64(s)}
					continue
				}
			} else if x.p == tagFloat() && y.p == tagFloat() {
				if s := x.float() - y.float(); !finite || s-s == 0 {
					reg[i.a()] = Float(s)
					continue
				}
			}
			fr.pc = pc
			if err = vm.arithSlow(th, opSub, *x, *y, int(i.a())); err != nil {
				goto failed
			}
			goto reload
		case opSubK:
			x, y := &reg[i.b()], &k[i.d()]
			if x.p == tagInt() && y.p == tagInt() {
				m, n := int64(x.n), int64(y.n)
				if s := m - n; wrap || (m^n)&(m^s) >= 0 {
					reg[i.a()] = Value{tagInt(), uint64(s)}
					continue
				}
			} else if x.p == tagFloat() && y.p == tagFloat() {
				if s := x.float() - y.float(); !finite || s-s == 0 {
					reg[i.a()] = Float(s)
					continue
				}
			}
			fr.pc = pc
			if err = vm.arithSlow(th, opSub, *x, *y, int(i.a())); err != nil {
				goto failed
			}
			goto reload
		case opMul, opMulK:
			x, y := &reg[i.b()], &reg[i.c()]
			if i.op() == opMulK {
				y = &k[i.d()]
			}
			if x.p == tagInt() && y.p == tagInt() {
				m, n := int64(x.n), int64(y.n)
				if wrap || (m < 1<<31 && m > -1<<31 && n < 1<<31 && n > -1<<31) {
					reg[i.a()] = Value{tagInt(), uint64(m * n)}
					continue
				}
			} else if x.p == tagFloat() && y.p == tagFloat() {
				if s := x.float() * y.float(); !finite || s-s == 0 {
					reg[i.a()] = Float(s)
					continue
				}
			}
			fr.pc = pc
			if err = vm.arithSlow(th, opMul, *x, *y, int(i.a())); err != nil {
				goto failed
			}
			goto reload
		case opMod, opModK, opIDiv, opIDivK, opDiv, opDivK, opPow, opPowK:
			op := i.op()
			x, y := &reg[i.b()], &reg[i.c()]
			if op >= opAddK {
				y = &k[i.d()]
				op -= opAddK - opAdd
			}
			if x.p == tagInt() && y.p == tagInt() && int64(y.n) > 0 {
				if op == opMod {
					r := int64(x.n) % int64(y.n)
					if r < 0 {
						r += int64(y.n)
					}
					reg[i.a()] = Value{tagInt(), uint64(r)}
					continue
				}
				if op == opIDiv {
					reg[i.a()] = Value{tagInt(), uint64(divInt(int64(x.n), int64(y.n)))}
					continue
				}
			}
			if op == opDiv && x.isFloat() && y.isFloat() && y.float() != 0 {
				if s := x.float() / y.float(); !finite || s-s == 0 {
					reg[i.a()] = Float(s)
					continue
				}
			}
			fr.pc = pc
			if err = vm.arithSlow(th, op, *x, *y, int(i.a())); err != nil {
				goto failed
			}
			goto reload
		case opBAnd, opBOr, opBXor, opShl, opShr:
			x, y := &reg[i.b()], &reg[i.c()]
			if x.p == tagInt() && y.p == tagInt() {
				switch i.op() {
				case opBAnd:
					reg[i.a()] = Value{tagInt(), x.n & y.n}
					continue
				case opBOr:
					reg[i.a()] = Value{tagInt(), x.n | y.n}
					continue
				case opBXor:
					reg[i.a()] = Value{tagInt(), x.n ^ y.n}
					continue
				}
			}
			fr.pc = pc
			if err = vm.arithSlow(th, i.op(), *x, *y, int(i.a())); err != nil {
				goto failed
			}
			goto reload
		case opUnm:
			x := &reg[i.b()]
			if x.p == tagInt() && int64(x.n) != math.MinInt64 {
				reg[i.a()] = Value{tagInt(), -x.n}
				continue
			}
			fr.pc = pc
			if err = vm.unarySlow(th, opUnm, *x, int(i.a())); err != nil {
				goto failed
			}
			goto reload
		case opBNot:
			fr.pc = pc
			if err = vm.unarySlow(th, opBNot, reg[i.b()], int(i.a())); err != nil {
				goto failed
			}
			goto reload
		case opNot:
			reg[i.a()] = Bool(reg[i.b()].falsy())
		case opLen:
			x := reg[i.b()]
			switch x.Kind() {
			case KindString:
				reg[i.a()] = Int(int64(len(x.str())))
				continue
			case KindTable:
				if t := x.table(); t.meta == nil || vm.metaOf(t.meta, evLen).isNil() {
					reg[i.a()] = Int(vm.length(t))
					continue
				}
			}
			fr.pc = pc
			if err = vm.unarySlow(th, opLen, x, int(i.a())); err != nil {
				goto failed
			}
			goto reload
		case opConcat:
			fr.pc = pc
			if err = vm.concat(th, fr, i, int(i.c())); err != nil {
				goto failed
			}
			goto reload

		case opJmp:
			pc = i.d()
		case opJmpTrue:
			if x := &reg[i.a()]; x.p != nil && (x.p != tagBool() || x.n != 0) {
				pc = i.d()
			}
		case opJmpFalse:
			if x := &reg[i.a()]; x.p == nil || x.p == tagBool() && x.n == 0 {
				pc = i.d()
			}
		case opEq, opEqK:
			x, y := &reg[i.a()], &reg[i.b()]
			if i.op() == opEqK {
				y = &k[uint16(i>>16)]
			}
			var res bool
			if x.p == y.p && x.p != tagFloat() {
				res = x.n == y.n
			} else if x.p == nil || y.p == nil {
				res = false
			} else if !rawEqual(*x, *y) {
				if x.Kind() == KindTable && y.Kind() == KindTable {
					if mm := vm.equalMeta(*x, *y); !mm.isNil() {
						fr.pc = pc
						if err = vm.callMeta(th, contJump, i.d(), mm, *x, *y); err != nil {
							goto failed
						}
						goto reload
					}
				}
			} else {
				res = true
				if x.isString() {
					vm.slice -= int64(len(x.str())) >> 6
				}
			}
			if d := i.d(); res == (d&1 != 0) {
				pc = d >> 1
			}
		case opLt:
			x, y := &reg[i.a()], &reg[i.b()]
			var res bool
			if x.p == tagInt() && y.p == tagInt() {
				res = int64(x.n) < int64(y.n)
			} else if x.p == tagFloat() && y.p == tagFloat() {
				res = x.float() < y.float()
			} else {
				var ok bool
				if res, ok = vm.less(*x, *y); !ok {
					fr.pc = pc
					if err = vm.compareSlow(th, evLt, *x, *y, i.d()); err != nil {
						goto failed
					}
					goto reload
				}
			}
			if d := i.d(); res == (d&1 != 0) {
				pc = d >> 1
			}
		case opLe:
			x, y := &reg[i.a()], &reg[i.b()]
			var res bool
			if x.p == tagInt() && y.p == tagInt() {
				res = int64(x.n) <= int64(y.n)
			} else if x.p == tagFloat() && y.p == tagFloat() {
				res = x.float() <= y.float()
			} else {
				var ok bool
				if res, ok = vm.lessEqual(*x, *y); !ok {
					fr.pc = pc
					if err = vm.compareSlow(th, evLe, *x, *y, i.d()); err != nil {
						goto failed
					}
					goto reload
				}
			}
			if d := i.d(); res == (d&1 != 0) {
				pc = d >> 1
			}
		case opLtK, opLeK, opGtK, opGeK:
			x, y := &reg[i.a()], &k[uint16(i>>16)]
			var res bool
			if x.p == tagInt() && y.p == tagInt() {
				switch i.op() {
				case opLtK:
					res = int64(x.n) < int64(y.n)
				case opLeK:
					res = int64(x.n) <= int64(y.n)
				case opGtK:
					res = int64(x.n) > int64(y.n)
				default:
					res = int64(x.n) >= int64(y.n)
				}
			} else {
				l, r := *x, *y
				if i.op() == opGtK || i.op() == opGeK {
					l, r = r, l
				}
				ev, ok := evLt, false
				if i.op() == opLtK || i.op() == opGtK {
					res, ok = vm.less(l, r)
				} else {
					ev = evLe
					res, ok = vm.lessEqual(l, r)
				}
				if !ok {
					fr.pc = pc
					if err = vm.compareSlow(th, ev, l, r, i.d()); err != nil {
						goto failed
					}
					goto reload
				}
			}
			if d := i.d(); res == (d&1 != 0) {
				pc = d >> 1
			}

		case opCall:
			at := fr.base + int(i.a())
			n := int(i.b()) - 1
			if n < 0 {
				n = th.top - at - 1
			}
			fr.pc = pc
			f := reg[i.a()]
			if f.p != nil && (*object)(f.p).kind == KindFunction && !f.fn().proto.vararg && len(th.frames) < vm.limits.Depth {
				fn := f.fn()
				p := fn.proto
				base := at + 1
				if base+p.stack+stackSlack > len(th.stack) {
					vm.reserve(th, base+p.stack)
				}
				for ; n < p.params; n++ {
					th.stack[base+n] = Value{}
				}
				nf := len(th.frames)
				if nf == cap(th.frames) {
					th.frames = append(th.frames, frame{})
				} else {
					th.frames = th.frames[:nf+1]
				}
				nfr := &th.frames[nf] // in place: cheaper than building a frame and copying it
				nfr.fn = fn
				nfr.base, nfr.pc, nfr.ret, nfr.aux = base, 0, at, 0
				nfr.want, nfr.va = int32(i.c())-1, 0
				nfr.kind, nfr.cont = frameLua, contCall
				goto reload
			}
			if err = vm.callAt(th, at, n, int(i.c())-1, contCall, 0); err != nil {
				goto failed
			}
			goto reload
		case opTailCall:
			at := fr.base + int(i.a())
			n := int(i.b()) - 1
			if n < 0 {
				n = th.top - at - 1
			}
			fr.pc = pc
			f := reg[i.a()]
			if f.Kind() != KindFunction {
				if err = vm.callAt(th, at, n, -1, contCall, 0); err != nil {
					goto failed
				}
				goto reload // the next instruction returns
			}
			old := *fr
			copy(th.stack[old.ret:], th.stack[at:at+n+1])
			th.frames = th.frames[:len(th.frames)-1]
			if err = vm.pushLua(th, f.fn(), old.ret, n, int(old.want), old.cont, old.aux); err != nil {
				goto failed
			}
			goto reload
		case opReturn1:
			if fr.cont == contCall && fr.want == 1 {
				th.stack[fr.ret] = reg[i.a()]
				th.frames = th.frames[:len(th.frames)-1]
				goto reload
			}
			old := *fr
			th.frames = th.frames[:len(th.frames)-1]
			if err = vm.deliver(th, old.ret, int(old.want), old.cont, old.aux, old.base+int(i.a()), 1); err != nil {
				goto failed
			}
			goto reload
		case opReturn0, opReturn:
			old := *fr
			src, n := old.base, 0
			if i.op() == opReturn {
				src += int(i.a())
				n = int(i.b()) - 1
				if n < 0 {
					n = th.top - src
				}
			}
			th.frames = th.frames[:len(th.frames)-1]
			if err = vm.deliver(th, old.ret, int(old.want), old.cont, old.aux, src, n); err != nil {
				goto failed
			}
			goto reload
		case opVararg:
			a, want, n := fr.base+int(i.a()), int(i.c())-1, int(fr.va)
			if want < 0 {
				want = n
				th.top = a + n
				vm.reserve(th, a+n)
				reg = (*[256]Value)(th.stack[fr.base:])
			}
			src := fr.base - n
			for j := 0; j < want; j++ {
				if j < n {
					th.stack[a+j] = th.stack[src+j]
				} else {
					th.stack[a+j] = Value{}
				}
			}
			vm.slice -= int64(want) >> 2
		case opClosure:
			p := cl.proto.protos[i.d()]
			f := vm.newFunction(p)
			for j := range p.up {
				if u := &p.up[j]; u.local {
					f.up[j] = reg[u.index&0xFF].cell()
				} else {
					f.up[j] = cl.up[u.index]
				}
			}
			reg[i.a()] = Value{p: unsafe.Pointer(f)}
		case opNewTable:
			d := i.d()
			reg[i.a()] = Value{p: unsafe.Pointer(vm.newTable(d&0xFFFF, d>>16))}
		case opSetList:
			at := fr.base + int(i.a())
			n := int(i.b())
			if n == 0 {
				n = th.top - at - 1
			}
			if reg[i.a()].Kind() == KindTable {
				vm.setList(reg[i.a()].table(), i.d(), th.stack[at+1:at+1+n])
			}

		case opForPrep:
			fr.pc = pc
			if err = vm.forPrep(reg, int(i.a()), i.d(), &pc); err != nil {
				goto failed
			}
		case opForLoop:
			a := i.a()
			idx, limit, step := &reg[a], &reg[a+1], &reg[a+2]
			if idx.p == tagInt() && limit.p == tagInt() && step.p == tagInt() {
				if limit.n > 0 {
					limit.n--
					idx.n += step.n
					reg[a+3] = *idx
					pc = i.d()
				}
				continue
			}
			more, bad := vm.forStep(idx, *limit, *step)
			if bad != nil {
				fr.pc, err = pc, bad
				goto failed
			}
			if more {
				reg[a+3] = *idx
				pc = i.d()
			}
		case opTForCall:
			a := i.a()
			f := reg[a]
			if f.p != nil && (*object)(f.p).kind == KindHost && f.host().special == specialNext && reg[a+1].Kind() == KindTable {
				key, val, found := vm.next(reg[a+1].table(), reg[a+2])
				if found {
					reg[a+3], reg[a+4] = key, val
					for j := 2; j < int(i.c()); j++ {
						reg[(int(a)+3+j)&0xFF] = Value{}
					}
					continue
				}
			}
			reg[a+3], reg[a+4], reg[a+5] = f, reg[a+1], reg[a+2]
			fr.pc = pc
			if err = vm.callAt(th, fr.base+int(a)+3, 2, int(i.c()), contCall, 0); err != nil {
				goto failed
			}
			goto reload
		case opTForLoop:
			a := i.a()
			if x := reg[a+3]; x.p != nil && (!finite || !x.falsy()) {
				reg[a+2] = x
				pc = i.d()
			}
		}
	}

failed:
	if err == errYield {
		return err
	}
	if err = vm.unwind(th, stop, vm.asError(err)); err != nil {
		return err
	}
	goto reload
}
