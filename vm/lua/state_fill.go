package lua

import (
	"crypto/sha256"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// fillAll gives the objects their contents: functions first, because threads
// need them complete.
func (d *decoder) fillAll() error {
	for pass := range 2 {
		for pid := 1; pid < len(d.objects); pid++ {
			o := d.objects[pid]
			if o.ch != nil || (o.v.Kind() == KindThread) != (pass == 1) {
				continue
			}
			d.r = wireReader{b: d.records[pid]}
			if err := d.fill(o.v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *decoder) fill(v Value) error {
	r := &d.r
	switch v.Kind() {
	case KindTable:
		return d.fillTable(v.table())
	case kindCell:
		v.cell().v = d.value()
	case KindFunction:
		d.fillFunction(v.fn())
	case KindHost:
		h := v.host()
		h.name = r.bytes()
		h.up = make([]Value, r.count())
		for i := range h.up {
			h.up[i] = d.value()
		}
		fn, err := d.vm.hostByName(h.name)
		if err != nil {
			return err
		}
		h.fn, h.special = fn.fn, fn.special
	case KindThread:
		d.fillThread(v.thread())
	}
	return r.err
}

// ref returns the object of a number.
func (d *decoder) ref() savedObject {
	n := d.r.uint()
	if n >= uint64(len(d.objects)) {
		d.r.fail("reference to nothing")
		return savedObject{}
	}
	return d.objects[n]
}

// value reads a value that a program can see.
func (d *decoder) value() Value {
	v := d.slot()
	if v.Kind() == kindCell {
		d.r.fail("a variable in place of a value")
		return Value{}
	}
	return v
}

// slot reads a value or a captured variable.
func (d *decoder) slot() Value {
	switch tag := d.r.byte(); tag {
	case wireString:
		return d.vm.intern(d.r.bytes())
	case wireHost:
		h, err := d.vm.hostByName(d.r.bytes())
		if err != nil {
			if d.r.err == nil {
				d.r.err = err
			}
			return Value{}
		}
		return h.value()
	case wireRef:
		o := d.ref()
		if o.v.isNil() {
			d.r.fail("reference to nothing")
		}
		return o.v
	default:
		v, ok := d.r.scalar(tag)
		if !ok {
			d.r.fail("unknown value")
		}
		return v
	}
}

// hostByName returns the host function with a name.
func (vm *VM) hostByName(name string) (*hostFunction, error) {
	if h, ok := vm.hosts[name]; ok {
		return h, nil
	}
	if fn := internalFunction(vm.dialect, name); fn != nil {
		return vm.builtin(name, fn).host(), nil
	}
	return nil, fail.New(fail.Unsupported, "lua.Restore", "host function %q is not registered", name)
}

// internalFunction returns a function that programs meet only as the result of
// another one.
func internalFunction(d Dialect, name string) HostFunction {
	luerl := d == Luerl
	switch {
	case name == "ipairs.next" && luerl:
		return luerlIPairsNext
	case name == "ipairs.next":
		return ipairsNext
	case name == "utf8.codes.next" && luerl:
		return luerlCodesNext
	case name == "utf8.codes.next":
		return utf8CodesNext
	case name == "string.gmatch.next" && !luerl:
		return gmatchNext
	case name == "coroutine.wrap.next" && !luerl:
		return wrapNext
	}
	return nil
}

func (d *decoder) fillFunction(f *function) {
	o := d.ref()
	index := d.r.uint()
	f.id = d.r.uint()
	n := d.r.count()
	if o.ch == nil || index >= uint64(len(o.ch.protos)) {
		d.r.fail("function without code")
		return
	}
	f.proto = o.ch.protos[index]
	if n != len(f.proto.up) {
		d.r.fail("wrong number of upvalues")
		return
	}
	f.up = make([]*cell, n)
	for i := range f.up {
		c := d.ref().v
		if c.Kind() != kindCell {
			d.r.fail("upvalue that is no variable")
			return
		}
		f.up[i] = c.cell()
	}
}

func (d *decoder) fillTable(t *Table) error {
	r := &d.r
	r.uint() // the number was read before
	if mt := d.value(); mt.Kind() == KindTable {
		t.meta = mt.table()
	} else if !mt.isNil() {
		r.fail("metatable that is no table")
	}
	t.top = int64(r.uint())
	arr, entries, index := r.sizes()
	if r.err != nil {
		return r.err
	}
	if index > 0 {
		t.hash = &hashPart{}
	}
	if d.get != nil && (arr > arrSegment || entries > hashSegment) {
		return d.fillSegments(t, arr, entries, index)
	}
	d.readSlots(t, arr)
	d.readEntries(t, entries)
	return d.closeTable(t, index)
}

func (d *decoder) readSlots(t *Table, n int) {
	for ; n > 0 && d.r.err == nil; n-- {
		v := d.value()
		if v.isNil() {
			t.holes++
		}
		t.arr = append(t.arr, v)
	}
}

func (d *decoder) readEntries(t *Table, n int) {
	for ; n > 0 && d.r.err == nil; n-- {
		k, v := d.value(), d.value()
		if k.isNil() || isNaN(k) || normalKey(k) != k {
			d.r.fail("bad key of a table")
			return
		}
		t.hash.entries = append(t.hash.entries, entry{k, v, d.vm.hashValue(k)})
		if !v.isNil() {
			t.hash.live++
			if k.isInt() && int64(k.n) > 0 {
				t.hash.ints++
			}
		}
	}
}

// closeTable builds the index and checks the invariants of both parts.
func (d *decoder) closeTable(t *Table, index int) error {
	if d.r.err != nil {
		return d.r.err
	}
	if n := len(t.arr); n > 0 && t.arr[n-1].isNil() {
		d.r.fail("array part ends with nil")
	}
	if t.hash == nil {
		return d.r.err
	}
	if index > 64 && index > 64*(len(t.hash.entries)+1) {
		d.r.fail("index of a table is too large")
		return d.r.err
	}
	t.hash.reindex(index)
	for i := range t.hash.entries {
		e := &t.hash.entries[i]
		if t.hash.find(e.key, e.hash) != i {
			d.r.fail("key of a table is there twice")
		}
		if e.key.isInt() && e.key.n-1 < uint64(len(t.arr)) && !e.val.isNil() {
			d.r.fail("key of a table is in both parts")
		}
	}
	return d.r.err
}

// fillSegments reads the parts of a large table from their chunks.
func (d *decoder) fillSegments(t *Table, arr, entries, index int) error {
	t.track = &tableTrack{}
	ids := d.r.b
	part := func(s *segments, n, size int, read func(n int)) error {
		for i := 0; i < n; i += size {
			if len(ids) < sha256.Size {
				d.r.fail("it ends early")
				return d.r.err
			}
			id := ChunkID(ids)
			ids = ids[sha256.Size:]
			b, err := d.fetch(id)
			if err != nil {
				return err
			}
			s.ids = append(s.ids, id)
			d.r = wireReader{b: b}
			read(min(size, n-i))
			if d.r.err == nil && len(d.r.b) > 0 {
				d.r.fail("bytes after the end")
			}
			if d.r.err != nil {
				return d.r.err
			}
		}
		s.dirty = make([]uint64, len(s.ids)/64+1)
		return nil
	}
	if err := part(&t.track.arr, arr, arrSegment, func(n int) { d.readSlots(t, n) }); err != nil {
		return err
	}
	if err := part(&t.track.hash, entries, hashSegment, func(n int) { d.readEntries(t, n) }); err != nil {
		return err
	}
	return d.closeTable(t, index)
}

// fillThread reads a coroutine and checks that its frames fit together and to
// the code: the machine trusts them afterwards.
func (d *decoder) fillThread(th *thread) {
	r := &d.r
	th.id = r.uint()
	th.status = status(r.byte())
	th.start = d.value()
	n := r.count()
	if th.status != dead && th.status != suspended {
		r.fail("coroutine that is running")
		return
	}
	if n == 0 {
		if th.status == suspended && !th.start.IsFunction() {
			r.fail("coroutine without function")
		}
		return
	}
	r.uint()
	for i := range n {
		th.frames = append(th.frames, d.frame(th, i == n-1))
		if r.err != nil {
			return
		}
	}
	size := r.count()
	if r.err == nil && len(th.liveSlots()) != size {
		r.fail("stack of the wrong size")
	}
	if r.err != nil {
		return
	}
	for i := range th.frames { // what frames of damaged states need may not be in their order
		if fn := th.frames[i].fn; fn != nil && th.frames[i].base+fn.proto.stack > th.need() {
			r.fail("bad frame of a coroutine")
			return
		}
	}
	th.stack = make([]Value, stackSize(max(th.need(), size)))
	for i := range size {
		th.stack[i] = d.slot()
	}
	if r.err == nil {
		d.checkCells(th, size)
	}
}

// frame reads one frame and checks it against the one below.
func (d *decoder) frame(th *thread, last bool) frame {
	r := &d.r
	const most = 1 << 24
	fr := frame{kind: frameKind(r.byte()), cont: continuation(r.byte())}
	if fr.kind == frameLua {
		if f := d.ref().v; f.Kind() == KindFunction && f.fn().proto != nil {
			fr.fn = f.fn()
		} else {
			r.fail("frame without function")
			return fr
		}
	}
	fr.base, fr.pc, fr.ret, fr.aux = int(r.int()), int(r.int()), int(r.int()), int(r.int())
	want, va := r.int(), r.int()
	fr.want, fr.va = int32(want), int32(va)
	ok := fr.kind <= frameYield && fr.cont <= contConcat && (fr.kind == frameYield) == last &&
		fr.base >= 0 && fr.base < most && fr.ret >= 0 && fr.ret < most && fr.ret < fr.base &&
		want >= -1 && want <= 255 && va >= 0 && va <= int64(fr.base)
	if ok && fr.fn != nil {
		ok = fr.pc >= 1 && fr.pc < len(fr.fn.proto.code)
	}
	if len(th.frames) == 0 {
		ok = ok && fr.cont == contHost && fr.ret == 0 && want == -1
	} else if ok {
		ok = fr.follows(&th.frames[len(th.frames)-1])
	}
	if !ok {
		r.fail("bad frame of a coroutine")
	}
	return fr
}

// follows reports whether a frame can have been called from the one below it:
// its continuation must be the one that the calling instruction gives.
func (fr *frame) follows(below *frame) bool {
	want := int(fr.want)
	if below.fn == nil {
		return fr.cont == contPcall && want == -1 && fr.ret > below.ret && below.kind != frameYield
	}
	p := below.fn.proto
	i := p.code[below.pc-1]
	op, a, b, c := i.op(), int(i.a()), int(i.b()), int(i.c())
	if fr.cont != contCall && fr.ret != below.base+p.stack {
		return false
	}
	switch fr.cont {
	case contCall:
		switch op {
		case opCall:
			return want == c-1 && fr.ret == below.base+a
		case opTailCall:
			return want == -1 && fr.ret == below.base+a
		case opTForCall:
			return want == c && fr.ret == below.base+a+3
		}
	case contStore:
		return fr.aux == a && (op >= opGetTabUp && op <= opGetInt && op != opSetTabUp || op >= opSelf && op <= opBNot && op != opNot)
	case contJump:
		return op >= opEq && op <= opGeK && (fr.aux == i.d() || fr.aux == i.d()^1)
	case contDrop:
		return op == opSetTabUp || op >= opSetIndex && op <= opSetInt
	case contConcat:
		total := fr.aux - b + 1
		return op == opConcat && total >= 1 && total < c
	}
	return false
}

// checkCells checks that exactly the captured locals hold variables.
func (d *decoder) checkCells(th *thread, size int) {
	cells := make([]bool, size)
	for i := range th.frames {
		fr := &th.frames[i]
		if fr.fn == nil {
			continue
		}
		for _, l := range fr.fn.proto.locals {
			if at := fr.pc - 1; l.captured && l.start <= at && (l.end < 0 || at < l.end) && fr.base+l.reg < size {
				cells[fr.base+l.reg] = true
			}
		}
	}
	for i, want := range cells {
		if (th.stack[i].Kind() == kindCell) != want {
			d.r.fail("variables of a coroutine do not fit its code")
			return
		}
	}
}

// finish reads the values of the head.
func (d *decoder) finish() error {
	d.r = wireReader{b: d.globals}
	g := d.value()
	if g.Kind() != KindTable {
		d.r.fail("no table of globals")
		return d.r.err
	}
	d.vm.globals = g.table()
	for i := range d.vm.typeMeta {
		d.vm.typeMeta[i] = nil
		if mt := d.value(); mt.Kind() == KindTable {
			d.vm.typeMeta[i] = mt.table()
		} else if !mt.isNil() {
			d.r.fail("metatable that is no table")
		}
	}
	return d.r.err
}
