package lua

const (
	sliceSize = 4096
	maxWork   = 2_000_000_000
)

// tick begins the next slice of fuel: it looks at the limits and the context.
func (vm *VM) tick() error {
	left := vm.fuel + vm.slice
	if left < 0 {
		vm.fuel, vm.slice = 0, left
		return vm.limitErr("fuel", "fuel exhausted after %d units", vm.limits.Fuel)
	}
	vm.slice = min(left, sliceSize)
	vm.fuel = left - vm.slice
	if vm.work > maxWork {
		return vm.limitErr("fuel", "too much work on removed keys")
	}
	if vm.mem > vm.limits.Memory {
		if err := vm.checkMemory(); err != nil {
			return err
		}
	}
	select {
	case <-vm.ctx.Done():
		return vm.limitErr("cancelled", "cancelled: %s", vm.ctx.Err())
	default:
		return nil
	}
}

// spend charges fuel for work of a library function.
func (vm *VM) spend(n int64) error {
	vm.slice -= n
	if vm.slice < 0 {
		return vm.tick()
	}
	return nil
}

// alloc accounts for n bytes before they are allocated. One string, or one
// growth of a table, may take a quarter of the memory: what is built from it
// takes as much again, and the host holds both while it copies.
func (vm *VM) alloc(n int64) error {
	if n < 0 || n > vm.limits.Memory/4 {
		return vm.limitErr("memory", "not enough memory: %d bytes wanted at once, the limit is %d", n, vm.limits.Memory/4)
	}
	vm.mem += n
	if vm.mem > vm.limits.Memory {
		return vm.checkMemory()
	}
	return nil
}

// roomFor reports whether n more bytes can be within the limit at all.
func (vm *VM) roomFor(n int64) bool { return n < vm.limits.Memory/2 }

// checkMemory measures the live objects, and fails when they take more than
// seven eighths of the limit: below that, measuring again costs less than the
// work that filled the account.
func (vm *VM) checkMemory() error {
	live := vm.measure()
	vm.mem = live
	if live > vm.limits.Memory-vm.limits.Memory/8 {
		return vm.limitErr("memory", "not enough memory: %d bytes in use, the limit is %d", live, vm.limits.Memory)
	}
	return nil
}

// meter adds up the sizes of objects that are reachable.
type meter struct {
	vm    *VM
	seen  map[any]struct{}
	todo  []Value
	total int64
}

// measure returns the bytes that live objects take.
func (vm *VM) measure() int64 {
	m := &meter{vm: vm, seen: map[any]struct{}{}}
	vm.reachable(m)
	return m.total
}

// reachable visits every object that the machine can still reach.
func (vm *VM) reachable(m *meter) {
	m.add(vm.globals.Value())
	for _, mt := range vm.typeMeta {
		if mt != nil {
			m.add(mt.Value())
		}
	}
	m.add(vm.main.value())
	m.add(vm.cur.value())
	for _, c := range vm.calls {
		if c.th == nil {
			continue
		}
		m.addAll(c.ret)
		m.addAll(c.hold)
		m.add(c.th.value())
	}
	for len(m.todo) > 0 {
		v := m.todo[len(m.todo)-1]
		m.todo = m.todo[:len(m.todo)-1]
		m.object(v)
	}
}

func (m *meter) addAll(vs []Value) {
	for _, v := range vs {
		m.add(v)
	}
}

// add counts a value once and puts what it refers to on the list.
func (m *meter) add(v Value) {
	k := v.Kind()
	if k < KindBig || m.vm.globals == nil {
		return
	}
	if k == KindString && len(v.str()) <= shortString || k == KindBig {
		m.total += costString // not worth an entry
		return
	}
	var key any = v.p
	if _, ok := m.seen[key]; ok {
		return
	}
	m.seen[key] = struct{}{}
	m.todo = append(m.todo, v)
}

func (m *meter) object(v Value) {
	switch v.Kind() {
	case KindString:
		m.total += costString + int64(len(v.str()))
	case KindTable:
		t := v.table()
		m.total += costTable + int64(len(t.arr))*costSlot
		m.addAll(t.arr)
		if t.meta != nil {
			m.add(t.meta.Value())
		}
		if t.hash != nil {
			m.total += int64(len(t.hash.entries)) * costEntry
			for i := range t.hash.entries {
				m.add(t.hash.entries[i].key)
				m.add(t.hash.entries[i].val)
			}
		}
	case KindFunction:
		f := v.fn()
		m.total += costFunction + int64(len(f.up))*8
		for _, c := range f.up {
			m.add(c.value())
		}
		if _, ok := m.seen[f.proto.chunk]; !ok {
			m.seen[f.proto.chunk] = struct{}{}
			m.total += int64(len(f.proto.chunk.source)) * 8
		}
	case KindHost:
		m.addAll(v.host().up)
	case kindCell:
		m.total += costCell
		m.add(v.cell().v)
	case KindThread:
		m.thread(v.thread())
	}
}

func (m *meter) thread(th *thread) {
	m.total += costTable + int64(max(len(th.stack)-baseStack, 0))*costSlot + int64(len(th.frames))*costFrame
	m.add(th.start)
	for i := range th.frames {
		if fn := th.frames[i].fn; fn != nil {
			m.add(fn.value())
		}
	}
	if th.status == suspended {
		// Only what a saved state would hold counts: two nodes must agree.
		if len(th.frames) > 0 {
			for i, l := range th.liveSlots() {
				if l {
					m.add(th.stack[i])
				}
			}
		}
		return
	}
	end := max(m.vm.stackEnd(th), th.free, th.top)
	m.addAll(th.stack[:min(end, len(th.stack))])
	m.addAll(th.xfer)
}
