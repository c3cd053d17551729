package lua

// event is a metamethod.
type event uint8

const (
	evIndex event = iota
	evNewIndex
	evEq
	evLen
	evCall
	evUnm
	evConcat
	evLt
	evLe // the first eight and this one are the frequent ones
	evAdd
	evSub
	evMul
	evDiv
	evMod
	evIDiv
	evPow
	evBAnd
	evBOr
	evBXor
	evShl
	evShr
	evBNot
	evToString
	evPairs
	evIPairs
	evMetatable
	evName
	eventCount
)

var eventNames = [eventCount]string{
	"__index", "__newindex", "__eq", "__len", "__call", "__unm", "__concat", "__lt", "__le",
	"__add", "__sub", "__mul", "__div", "__mod", "__idiv", "__pow", "__band", "__bor", "__bxor",
	"__shl", "__shr", "__bnot", "__tostring", "__pairs", "__ipairs", "__metatable", "__name",
}

// metatable returns the metatable of a value, or nil.
func (vm *VM) metatable(v Value) *Table {
	k := v.Kind()
	switch k {
	case KindTable:
		return v.table().meta
	case KindBig, KindFloat:
		k = KindInt
	case KindHost:
		k = KindFunction
	}
	return vm.typeMeta[k]
}

// metaOf returns the metamethod of a metatable, which may be nil.
func (vm *VM) metaOf(mt *Table, ev event) Value {
	if mt == nil {
		return Value{}
	}
	if ev < 8 && mt.absent&(1<<ev) != 0 {
		return Value{}
	}
	v := vm.getStr(mt, vm.mmNames[ev])
	if v.isNil() && ev < 8 {
		mt.absent |= 1 << ev
	}
	return v
}

// metamethod returns the metamethod of a value, or nil.
func (vm *VM) metamethod(v Value, ev event) Value {
	return vm.metaOf(vm.metatable(v), ev)
}

const maxMetaChain = 2000

// indexChain looks a key up along tables and __index tables. When it ends at a
// function, fn is that function and obj its first argument.
func (vm *VM) indexChain(obj, key Value) (v, fn, self Value, err error) {
	for range maxMetaChain {
		var mm Value
		if obj.Kind() == KindTable {
			t := obj.table()
			if v := vm.get(t, key); !v.isNil() {
				return v, Value{}, Value{}, nil
			}
			mm = vm.metaOf(t.meta, evIndex)
			if mm.isNil() {
				return Value{}, Value{}, Value{}, nil
			}
		} else {
			mm = vm.metamethod(obj, evIndex)
			if mm.isNil() {
				return Value{}, Value{}, Value{}, vm.indexError(obj, key)
			}
		}
		if mm.IsFunction() {
			return Value{}, mm, obj, nil
		}
		obj = mm
		vm.slice--
	}
	return Value{}, Value{}, Value{}, vm.errorf("'__index' chain too long; possibly a loop")
}

// assignChain stores a value along tables and __newindex tables. When it ends
// at a function, fn is that function and self its first argument.
func (vm *VM) assignChain(obj, key, val Value) (fn, self Value, err error) {
	for range maxMetaChain {
		var mm Value
		if obj.Kind() == KindTable {
			t := obj.table()
			if t.meta == nil {
				return Value{}, Value{}, vm.rawAssign(t, key, val)
			}
			mm = vm.metaOf(t.meta, evNewIndex)
			if mm.isNil() || !vm.get(t, key).isNil() {
				return Value{}, Value{}, vm.rawAssign(t, key, val)
			}
		} else {
			mm = vm.metamethod(obj, evNewIndex)
			if mm.isNil() {
				return Value{}, Value{}, vm.indexError(obj, key)
			}
		}
		if mm.IsFunction() {
			return mm, obj, nil
		}
		obj = mm
		vm.slice--
	}
	return Value{}, Value{}, vm.errorf("'__newindex' chain too long; possibly a loop")
}

// rawAssign is set with the checks of the key.
func (vm *VM) rawAssign(t *Table, key, val Value) error {
	if key.isNil() {
		if vm.dialect == Luerl {
			return vm.indexError(t.Value(), key)
		}
		return vm.errorf("table index is nil")
	}
	if isNaN(key) {
		return vm.errorf("table index is NaN")
	}
	if key.isString() {
		vm.slice -= int64(len(key.str())) >> 6
	}
	vm.set(t, key, val)
	return nil
}

// index returns obj[key] with metamethods, for host code.
func (vm *VM) index(obj, key Value) (Value, error) {
	v, fn, self, err := vm.indexChain(obj, key)
	if err != nil || fn.isNil() {
		return v, err
	}
	return vm.call1(fn, self, key)
}

// assign stores obj[key] = val with metamethods, for host code.
func (vm *VM) assign(obj, key, val Value) error {
	fn, self, err := vm.assignChain(obj, key, val)
	if err != nil || fn.isNil() {
		return err
	}
	_, err = vm.call1(fn, self, key, val)
	return err
}
