package lua

import "math"

// Table is a Lua table: an array part for the keys 1..len(arr) and a hash part
// for the rest. Both keep their layout as a function of the operations alone,
// never of addresses or hash seeds, so that iteration is deterministic and a
// restored table behaves as the saved one.
//
// Methods of [VM] read and write tables; a Table value itself can be compared
// for identity.
type Table struct {
	kind   Kind
	absent uint8 // metamethods known to be absent when this is a metatable
	id     uint64
	arr    []Value // no nil at its end
	holes  int     // nils inside arr
	top    int64   // largest index of an element that was removed again, or lies in hash (Luerl)
	hash   *hashPart
	meta   *Table
	track  *tableTrack // set once the table is part of a saved state
}

// ID returns the number of the table, unique and deterministic within its VM:
// tables count from 0 in the order of creation.
func (t *Table) ID() uint64 { return t.id }

// Costs of objects against the memory limit, in bytes.
const (
	costTable    = 96
	costSlot     = 16
	costEntry    = 48
	costString   = 48
	costFunction = 64
	costCell     = 32
	costFrame    = 64
)

func (vm *VM) newTable(arr, hash int) *Table {
	t := &Table{kind: KindTable, id: vm.tables}
	vm.tables++
	vm.mem += costTable
	if arr > 0 {
		t.arr = make([]Value, 0, min(arr, 1<<10))
	}
	if hash > 0 {
		t.hash = newHashPart(min(hash, 1<<10))
	}
	return t
}

// getInt returns t[i].
func (vm *VM) getInt(t *Table, i int64) Value {
	if uint64(i-1) < uint64(len(t.arr)) {
		return t.arr[i-1]
	}
	if t.hash == nil {
		return Value{}
	}
	return vm.getHash(t, Int(i))
}

// getStr returns t[s] for a string value.
func (vm *VM) getStr(t *Table, k Value) Value {
	h := t.hash
	if h == nil {
		return Value{}
	}
	if i := h.findString((*stringObject)(k.p), vm.hashString(k)); i >= 0 {
		return h.entries[i].val
	}
	return Value{}
}

// get returns t[k] without metamethods.
func (vm *VM) get(t *Table, k Value) Value {
	switch k.Kind() {
	case KindNil:
		return Value{}
	case KindString:
		return vm.getStr(t, k)
	case KindInt:
		return vm.getInt(t, int64(k.n))
	case KindFloat:
		if i, ok := floatToInt(k.float()); ok {
			return vm.getInt(t, i)
		}
	}
	return vm.getHash(t, k)
}

func (vm *VM) getHash(t *Table, k Value) Value {
	if t.hash == nil {
		return Value{}
	}
	if i := t.hash.find(k, vm.hashValue(k)); i >= 0 {
		return t.hash.entries[i].val
	}
	return Value{}
}

// floatToInt converts a float with an integral value that fits 64 bits.
func floatToInt(f float64) (int64, bool) {
	if f >= -0x1p63 && f < 0x1p63 {
		if i := int64(f); float64(i) == f {
			return i, true
		}
	}
	return 0, false
}

// normalKey turns integral floats into integers.
func normalKey(k Value) Value {
	if k.isFloat() {
		if i, ok := floatToInt(k.float()); ok {
			return Int(i)
		}
	}
	return k
}

// set stores t[k] = v without metamethods. k must be neither nil nor NaN.
func (vm *VM) set(t *Table, k, v Value) {
	switch k.Kind() {
	case KindString:
		vm.setHash(t, k, v)
	case KindInt:
		vm.setInt(t, int64(k.n), v)
	case KindFloat:
		k = normalKey(k)
		if k.isInt() {
			vm.setInt(t, int64(k.n), v)
			return
		}
		vm.setHash(t, k, v)
	default:
		vm.setHash(t, k, v)
	}
}

// setInt stores t[i] = v.
func (vm *VM) setInt(t *Table, i int64, v Value) {
	n := len(t.arr)
	switch {
	case uint64(i-1) < uint64(n):
		vm.setSlot(t, int(i-1), v)
	case i == int64(n)+1:
		if v.isNil() {
			if t.hash != nil {
				vm.setHash(t, Int(i), v)
			}
			return
		}
		if t.hash != nil && t.hash.ints > 0 {
			vm.takeFromHash(t, i)
			vm.appendSlot(t, v)
			vm.migrate(t)
			return
		}
		vm.appendSlot(t, v)
	default:
		vm.setHash(t, Int(i), v)
	}
}

// setSlot replaces an existing element of the array part.
func (vm *VM) setSlot(t *Table, i int, v Value) {
	old := t.arr[i]
	t.arr[i] = v
	if t.track != nil {
		vm.touchSlot(t, i)
	}
	if v.isNil() {
		if !old.isNil() {
			t.holes++
		}
		if i == len(t.arr)-1 {
			vm.stretch(t, int64(i)+1)
			t.trim()
			if t.track != nil {
				vm.touchTable(t)
			}
		}
	} else if old.isNil() {
		t.holes--
	}
}

// stretch records that index i was in use once: table.sort of the Luerl dialect
// also looks at elements that have been removed.
func (vm *VM) stretch(t *Table, i int64) {
	if i > t.top {
		t.top = i
		if t.track != nil {
			vm.touchTable(t)
		}
	}
}

// trim drops nils at the end of the array part.
func (t *Table) trim() {
	n := len(t.arr)
	for n > 0 && t.arr[n-1].isNil() {
		n--
		t.holes--
	}
	t.arr = t.arr[:n]
}

func (vm *VM) appendSlot(t *Table, v Value) {
	t.arr = append(t.arr, v)
	vm.mem += costSlot
	if t.track != nil {
		vm.touchSlot(t, len(t.arr)-1)
		vm.touchTable(t)
	}
}

// takeFromHash removes integer key i from the hash part.
func (vm *VM) takeFromHash(t *Table, i int64) {
	k := Int(i)
	if at := t.hash.find(k, vm.hashValue(k)); at >= 0 {
		vm.removeEntry(t, at)
	}
}

// migrate moves keys that continue the array part out of the hash part.
func (vm *VM) migrate(t *Table) {
	for t.hash.ints > 0 {
		k := Int(int64(len(t.arr)) + 1)
		at := t.hash.find(k, vm.hashValue(k))
		if at < 0 || t.hash.entries[at].val.isNil() {
			return
		}
		v := t.hash.entries[at].val
		vm.removeEntry(t, at)
		vm.appendSlot(t, v)
	}
}

// length returns a border of the table. The Luerl dialect defines which one:
// the first, except that a missing first element is passed over when the
// second exists (spec 03, 14.5.4).
func (vm *VM) length(t *Table) int64 {
	n := int64(len(t.arr))
	if t.holes == 0 || vm.dialect == Standard {
		if n == 0 && vm.dialect == Luerl && t.hash != nil && t.hash.ints > 0 {
			return vm.sparseLength(t)
		}
		if n == 0 && t.hash != nil && t.hash.ints > 0 && !vm.getInt(t, 1).isNil() {
			return vm.sparseLength(t)
		}
		return n
	}
	if t.arr[0].isNil() && (n < 2 || t.arr[1].isNil()) {
		return 0
	}
	for i := int64(1); i < n; i++ {
		if t.arr[i].isNil() {
			vm.slice -= i >> 4
			return i
		}
	}
	return n
}

// sparseLength is length for a table whose integers are all in the hash part.
func (vm *VM) sparseLength(t *Table) int64 {
	if vm.getInt(t, 1).isNil() && vm.getInt(t, 2).isNil() {
		return 0
	}
	i := int64(2)
	for !vm.getInt(t, i).isNil() {
		i++
	}
	vm.slice -= i >> 2
	return i - 1
}

func isNaN(v Value) bool { return v.isFloat() && math.IsNaN(v.float()) }
