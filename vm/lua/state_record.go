package lua

// Records of objects.

// record appends the record of an object. Segments of large tables are written
// through seg when it is given, and in place otherwise.
func (e *encoder) record(o savedObject, seg func(t *Table) error) error {
	if o.ch != nil {
		e.byte(recordChunk)
		e.bytes(o.ch.name)
		e.bytes(o.ch.source)
		e.uint(o.ch.protos[0].id)
		return nil
	}
	v := o.v
	switch v.Kind() {
	case KindString:
		e.byte(recordString)
		e.bytes(v.str())
	case KindTable:
		e.byte(recordTable)
		return e.table(v.table(), seg)
	case kindCell:
		e.byte(recordCell)
		e.value(v.cell().v)
	case KindFunction:
		f := v.fn()
		e.byte(recordFunction)
		e.chunk(f.proto.chunk)
		e.uint(uint64(f.proto.index))
		e.uint(f.id)
		e.uint(uint64(len(f.up)))
		for _, c := range f.up {
			e.object(c.value())
		}
	case KindHost:
		h := v.host()
		e.byte(recordHost)
		e.bytes(h.name)
		e.uint(uint64(len(h.up)))
		for _, u := range h.up {
			e.value(u)
		}
	case KindThread:
		e.byte(recordThread)
		e.thread(v.thread())
	}
	return nil
}

// table writes head, then array part and hash part, each in place or as the
// chunks of its segments.
func (e *encoder) table(t *Table, seg func(t *Table) error) error {
	e.uint(t.id)
	meta := Value{}
	if t.meta != nil {
		meta = t.meta.Value()
	}
	e.value(meta)
	e.uint(uint64(t.top))
	e.uint(uint64(len(t.arr)))
	entries, index := 0, 0
	if t.hash != nil {
		entries, index = len(t.hash.entries), len(t.hash.index)
	}
	e.uint(uint64(entries))
	e.uint(uint64(index))
	if seg != nil && (len(t.arr) > arrSegment || entries > hashSegment) {
		return seg(t)
	}
	e.slots(t, 0, len(t.arr))
	e.entries(t, 0, entries)
	return nil
}

func (e *encoder) slots(t *Table, from, to int) {
	for _, v := range t.arr[from:to] {
		e.value(v)
	}
}

func (e *encoder) entries(t *Table, from, to int) {
	if t.hash == nil {
		return
	}
	for i := from; i < to; i++ {
		e.value(t.hash.entries[i].key)
		e.value(t.hash.entries[i].val)
	}
}

// thread writes a coroutine. Only registers that are still needed are kept.
func (e *encoder) thread(th *thread) {
	e.uint(th.id)
	e.byte(byte(th.status))
	e.value(th.start)
	e.uint(uint64(len(th.frames)))
	if len(th.frames) == 0 {
		return
	}
	e.uint(compilerVersion)
	for i := range th.frames {
		fr := &th.frames[i]
		e.byte(byte(fr.kind))
		e.byte(byte(fr.cont))
		if fr.kind == frameLua {
			e.object(fr.fn.value())
		}
		for _, n := range []int{fr.base, fr.pc, fr.ret, fr.aux, int(fr.want), int(fr.va)} {
			e.int(int64(n))
		}
	}
	live := th.liveSlots()
	e.uint(uint64(len(live)))
	for i, l := range live {
		if l {
			e.value(th.stack[i])
		} else {
			e.byte(wireNil)
		}
	}
}

// liveSlots says which slots of a suspended coroutine's stack can still be read.
func (th *thread) liveSlots() []bool {
	end := 0
	for i := range th.frames {
		fr := &th.frames[i]
		end = max(end, fr.ret+1)
		if fr.fn != nil {
			end = max(end, fr.base+int(fr.fn.proto.live[fr.pc-1]))
		}
	}
	live := make([]bool, end)
	for i := range th.frames {
		fr := &th.frames[i]
		if fr.kind == frameXpcall {
			live[fr.ret] = true
		}
		if fr.fn == nil {
			continue
		}
		for s := fr.base - int(fr.va); s < fr.base+int(fr.fn.proto.live[fr.pc-1]); s++ {
			live[s] = true
		}
	}
	return live
}

// head writes what belongs to the machine as a whole.
func (e *encoder) head(vm *VM) {
	e.b = append(e.b, stateMagic...)
	e.byte(StateVersion)
	e.byte(byte(vm.dialect))
	for _, n := range []uint64{vm.tables, vm.functions, vm.protos, vm.threads} {
		e.uint(n)
	}
	e.int(vm.mem)
	for _, w := range vm.random.ring {
		e.fixed(w)
	}
	e.byte(byte(vm.random.at))
	e.value(vm.globals.Value())
	for _, mt := range vm.typeMeta {
		if mt == nil {
			e.byte(wireNil)
		} else {
			e.value(mt.Value())
		}
	}
}

const stateMagic = "HBLUA"
