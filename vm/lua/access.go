package lua

import "github.com/hyperbeam-go/hyperbeam/fail"

// NewTable returns an empty table with room for arr elements and hash fields.
func (vm *VM) NewTable(arr, hash int) *Table { return vm.newTable(max(arr, 0), max(hash, 0)) }

// Get returns t[k] without metamethods.
func (vm *VM) Get(t *Table, k Value) Value { return vm.get(t, k) }

// GetField returns t[name] without metamethods.
func (vm *VM) GetField(t *Table, name string) Value { return vm.getStr(t, vm.intern(name)) }

// Set stores t[k] = v without metamethods; nil removes the key. It fails with
// kind Invalid when k is nil or NaN.
func (vm *VM) Set(t *Table, k, v Value) error {
	if k.isNil() || isNaN(k) {
		return fail.New(fail.Invalid, "lua.Set", "nil and NaN cannot be keys of a table")
	}
	vm.set(t, k, v)
	return nil
}

// SetField stores t[name] = v without metamethods.
func (vm *VM) SetField(t *Table, name string, v Value) { vm.set(t, vm.intern(name), v) }

// SetIndex stores t[i] = v without metamethods.
func (vm *VM) SetIndex(t *Table, i int64, v Value) { vm.setInt(t, i, v) }

// Len returns the length of a table as the operator # gives it without
// metamethods.
func (vm *VM) Len(t *Table) int64 { return vm.length(t) }

// Count returns the number of keys that have a value.
func (vm *VM) Count(t *Table) int {
	n := len(t.arr) - t.holes
	if t.hash != nil {
		n += t.hash.live
	}
	return n
}

// Each calls f for every key and value in the dialect's order until f returns
// false. f may replace or remove values of existing keys, but not add keys.
func (vm *VM) Each(t *Table, f func(k, v Value) bool) {
	for i := 0; i < len(t.arr); i++ {
		if v := t.arr[i]; !v.isNil() && !f(Int(int64(i)+1), v) {
			return
		}
	}
	h := t.hash
	if h == nil {
		return
	}
	if vm.dialect == Luerl {
		var all []uint32
		for _, c := range h.ordered().chunks {
			all = append(all, c...)
		}
		for _, at := range all {
			if e := h.entries[at]; !e.val.isNil() && !f(e.key, e.val) {
				return
			}
		}
		return
	}
	for i := 0; i < len(h.entries); i++ {
		if e := h.entries[i]; !e.val.isNil() && !f(e.key, e.val) {
			return
		}
	}
}

// Next returns the key and value after k in the dialect's order; k nil begins,
// and a nil key ends the traversal.
func (vm *VM) Next(t *Table, k Value) (key, val Value) {
	key, val, _ = vm.next(t, k)
	return key, val
}

// Metatable returns the metatable of a table, or nil.
func (t *Table) Metatable() *Table { return t.meta }

// SetMetatable sets the metatable of a table; mt may be nil.
func (vm *VM) SetMetatable(t, mt *Table) {
	t.meta = mt
	if t.track != nil {
		vm.touchTable(t)
	}
}

// ToText returns what tostring gives for a value, without calling metamethods.
func (vm *VM) ToText(v Value) string { return vm.rawText(v) }
