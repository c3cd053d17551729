package lua

// next returns the key and value that follow key k in the dialect's order; at
// the end the key is nil. found is false when k is not a key of the table.
func (vm *VM) next(t *Table, k Value) (key, val Value, found bool) {
	i := 0
	k = normalKey(k)
	if !k.isNil() {
		i = -1
		if k.isInt() && uint64(k.n-1) < uint64(len(t.arr)) {
			i = int(k.n)
		} else if k.isInt() && int64(k.n) == int64(len(t.arr))+1 && (t.hash == nil || t.hash.ints == 0) {
			i = int(k.n) // the last element, removed during the traversal
		}
	}
	if i >= 0 {
		for ; i < len(t.arr); i++ {
			if !t.arr[i].isNil() {
				return Int(int64(i) + 1), t.arr[i], true
			}
		}
		k = Value{}
	}
	if t.hash == nil {
		return Value{}, Value{}, k.isNil() || k.isInt()
	}
	if vm.dialect == Luerl {
		return vm.nextOrdered(t.hash, k)
	}
	return vm.nextInserted(t, k)
}

// nextOrdered continues in the sorted order; k need not be present.
func (vm *VM) nextOrdered(h *hashPart, k Value) (key, val Value, found bool) {
	o := h.ordered()
	ci, at := 0, 0
	if !k.isNil() {
		ci, at = o.search(h, k, true)
	}
	if ci < len(o.chunks) && at == len(o.chunks[ci]) {
		ci, at = ci+1, 0
	}
	if ci >= len(o.chunks) {
		return Value{}, Value{}, true
	}
	e := &h.entries[o.chunks[ci][at]]
	return e.key, e.val, true
}

// nextInserted continues in the order of insertion.
func (vm *VM) nextInserted(t *Table, k Value) (key, val Value, found bool) {
	h := t.hash
	at := 0
	if !k.isNil() {
		at = h.find(k, vm.hashValue(k)) + 1
		if at == 0 {
			// An element that left the array part by being set to nil.
			if !k.isInt() || int64(k.n) < 1 {
				return Value{}, Value{}, false
			}
		}
	}
	start := at
	for ; at < len(h.entries); at++ {
		if e := &h.entries[at]; !e.val.isNil() {
			vm.work += int64(at - start)
			return e.key, e.val, true
		}
	}
	vm.work += int64(at - start)
	return Value{}, Value{}, true
}
