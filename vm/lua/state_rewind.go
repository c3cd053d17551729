package lua

// counters are the parts of a state that change without any object changing.
type counters struct {
	tables, functions, protos, threads uint64
	mem                                int64
	random                             generator
	typeMeta                           [KindThread + 1]*Table
}

func (vm *VM) counters() counters {
	return counters{vm.tables, vm.functions, vm.protos, vm.threads, vm.mem, vm.random, vm.typeMeta}
}

// Changed reports whether any object that programs can reach may have changed
// since the last checkpoint, or since the machine was restored from one. It is
// true when there is no checkpoint.
func (vm *VM) Changed() bool {
	p := vm.persist
	return p == nil || len(p.tables)+len(p.cells)+len(p.threads)+len(p.hosts) > 0 || vm.typeMeta != p.base.typeMeta
}

// Rewind makes the machine equal to what it was at the last checkpoint, and
// reports whether it could: it can when nothing but counters and the random
// generator has changed, as after a call that only read. Otherwise the caller
// restores the machine from the checkpoint. The cost is constant.
func (vm *VM) Rewind() bool {
	if vm.running || vm.Changed() {
		return false
	}
	b := vm.persist.base
	vm.tables, vm.functions, vm.protos, vm.threads = b.tables, b.functions, b.protos, b.threads
	vm.mem, vm.random = b.mem, b.random
	return true
}
