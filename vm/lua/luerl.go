package lua

import (
	"math"
	"strings"
)

// The library of the Luerl dialect (spec 03, 14.5). Functions take their
// arguments as the reference's do: what is missing counts as absent, not nil,
// and what cannot be converted is one error for the whole call.

// badarg is the error of a library function for unusable arguments.
func (c *Call) badarg(where string) error {
	return c.vm.luerlErr("badarg", where, c.args...)
}

// conversion names a type that an argument is converted to.
type conversion uint8

const (
	toStr conversion = iota // text of strings and numbers
	toIntg
	toAny
	toBoolean
)

// convertArgs converts leading arguments; it stops at the shorter of the two lists.
func (c *Call) convertArgs(to ...conversion) (out []Value, ok bool) {
	for i, t := range to {
		if i >= len(c.args) {
			break
		}
		v := c.args[i]
		switch t {
		case toStr:
			s, ok := c.vm.toText(v)
			if !ok {
				return nil, false
			}
			if !v.isString() {
				v = c.vm.String(s)
			}
		case toIntg:
			if v, ok = c.vm.toInteger(v); !ok {
				return nil, false
			}
		case toBoolean:
			v = Bool(v.Truth())
		}
		out = append(out, v)
	}
	return out, true
}

// integers converts all arguments.
func (c *Call) integers() ([]Value, bool) {
	out := make([]Value, len(c.args))
	for i, v := range c.args {
		n, ok := c.vm.toInteger(v)
		if !ok {
			return nil, false
		}
		out[i] = n
	}
	return out, true
}

// clip returns an integer value as an int64, clipped to the range.
func clip(v Value) int64 {
	if v.isInt() {
		return int64(v.n)
	}
	if v.big().Sign() > 0 {
		return math.MaxInt64
	}
	return math.MinInt64
}

// pushFloat adds a float, which must be finite.
func (c *Call) pushFloat(f float64) error {
	if f-f != 0 {
		return c.vm.hostFault("badarith")
	}
	return c.push(Float(f))
}

// installLuerl installs the library in the reference's order, so that tables
// get the same numbers.
func (vm *VM) installLuerl() {
	vm.SetGlobal("_VERSION", vm.intern("Lua 5.3"))
	for _, f := range luerlBase() {
		vm.SetGlobal(f.name, vm.builtin(f.name, f.fn))
	}
	vm.specials()
	vm.luerlPackage()
	vm.library("bit32", bit32Functions())
	vm.library("io", []libFunction{{"flush", luerlFlush}, {"write", luerlWrite}})
	m := vm.library("math", luerlMath())
	vm.SetField(m, "huge", Float(math.MaxFloat64))
	vm.SetField(m, "maxinteger", Int(math.MaxInt64))
	vm.SetField(m, "mininteger", Int(math.MinInt64))
	vm.SetField(m, "pi", Float(math.Pi))
	vm.library("os", luerlOS())
	str := vm.library("string", luerlString())
	vm.setStringMeta(str)
	u := vm.library("utf8", luerlUTF8())
	vm.SetField(u, "charpattern", vm.intern("[\x00-\x7F\xC2-\xF4][\x80-\xBF]*"))
	vm.library("table", luerlTable())
	vm.library("debug", luerlDebug())
	vm.SetGlobal("_G", vm.globals.Value())
	if loaded, ok := vm.packageTable("loaded"); ok {
		vm.SetField(loaded, "_G", vm.globals.Value())
	}
}

func (vm *VM) luerlPackage() {
	vm.SetGlobal("require", vm.builtin("require", luerlRequire))
	searchers := vm.newTable(2, 0)
	vm.setInt(searchers, 1, vm.builtin("package.preload_searcher", luerlPreload))
	vm.setInt(searchers, 2, vm.builtin("package.lua_searcher", luerlNoFile))
	loaded, preload, p := vm.newTable(0, 12), vm.newTable(0, 0), vm.newTable(0, 6)
	vm.SetField(p, "config", vm.intern("/\n;\n?\n!\n-\n"))
	vm.SetField(p, "loaded", loaded.Value())
	vm.SetField(p, "preload", preload.Value())
	vm.SetField(p, "path", vm.intern("./?.lua;./?/init.lua"))
	vm.SetField(p, "searchers", searchers.Value())
	vm.SetField(p, "searchpath", vm.builtin("package.searchpath", luerlNoFile))
	vm.SetGlobal("package", p.Value())
	vm.SetField(loaded, "package", p.Value())
}

// luerlNoFile stands for functions that would read files, of which there are none.
func luerlNoFile(c *Call) error {
	c.Push(Value{}, c.vm.intern(""))
	return nil
}

func luerlPreload(c *Call) error {
	name, ok := c.convertArgs(toStr)
	if !ok || len(name) == 0 {
		return c.badarg("preload_searcher")
	}
	pre, ok := c.vm.packageTable("preload")
	if !ok {
		return nil
	}
	if f := c.vm.get(pre, name[0]); !f.isNil() {
		return c.push(f)
	}
	return nil
}

func luerlRequire(c *Call) error {
	vm := c.vm
	name, ok := c.convertArgs(toStr)
	if !ok || len(name) == 0 {
		return c.badarg("require")
	}
	p, ok := vm.Global("package").AsTable()
	if !ok {
		return vm.indexError(vm.Global("package"), vm.intern("loaded"))
	}
	loaded, ok := vm.GetField(p, "loaded").AsTable()
	if !ok {
		return vm.indexError(vm.GetField(p, "loaded"), name[0])
	}
	if v := vm.get(loaded, name[0]); !v.isNil() {
		return c.push(v)
	}
	searchers, ok := vm.GetField(p, "searchers").AsTable()
	if !ok {
		return vm.hostFault("badrecord")
	}
	for i := int64(1); i <= vm.length(searchers); i++ {
		res, err := c.Call(vm.getInt(searchers, i), name[0])
		if err != nil {
			return err
		}
		if len(res) == 0 || !res[0].IsFunction() {
			continue
		}
		v, err := vm.call1(res[0], append([]Value{name[0]}, res[1:]...)...)
		if err != nil {
			return err
		}
		if v.isNil() {
			v = Bool(true)
		}
		vm.set(loaded, name[0], v)
		return c.push(v)
	}
	return vm.luerlErr("no_module", name[0].str())
}

func luerlFlush(c *Call) error { return c.push(Bool(true)) }

func luerlWrite(c *Call) error {
	for _, a := range c.args {
		s, ok := c.vm.toText(a)
		if !ok {
			return c.badarg("write")
		}
		c.vm.print(s)
	}
	return nil
}

// luerlFunctionName returns the name that tostring prints for a library
// function: the reference's module and function.
func luerlFunctionName(name string) string {
	lib, fn := "basic", name
	if i := strings.IndexByte(name, '.'); i >= 0 {
		lib, fn = name[:i], name[i+1:]
	}
	switch name {
	case "error":
		fn = "error_call"
	case "ipairs.next":
		lib, fn = "basic", "ipairs_next"
	case "require":
		lib = "package"
	case "utf8.char", "utf8.len":
		fn = "utf8_" + fn
	case "os.exit":
		fn = "lua_exit"
	}
	if lib == "bit32" {
		fn = "f" + fn
	}
	return "luerl_lib_" + lib + ":" + fn
}

func luerlDebug() []libFunction {
	return []libFunction{
		{"getmetatable", func(c *Call) error {
			if len(c.args) == 0 {
				return c.badarg("getmetatable")
			}
			return debugGetMetatable(c)
		}},
		{"getuservalue", func(c *Call) error {
			if len(c.args) == 0 {
				return c.badarg("getuservalue")
			}
			return c.push(Value{})
		}},
		{"setmetatable", func(c *Call) error {
			mt, ok := c.Arg(1).AsTable()
			if len(c.args) < 2 || !ok && !c.Arg(1).isNil() {
				return c.badarg("setmetatable")
			}
			if !c.args[0].IsFunction() {
				c.vm.setTypeMeta(c.args[0], mt)
			}
			return c.push(c.args[0])
		}},
		{"setuservalue", func(c *Call) error {
			if len(c.args) < 2 {
				return c.badarg("setuservalue")
			}
			return c.push(c.args[0])
		}},
	}
}
