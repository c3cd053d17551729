package lua

import "strings"

// entry of a library: the name within its table and the function.
type libFunction struct {
	name string
	fn   HostFunction
}

// builtin makes a library function known under its full name and returns it.
func (vm *VM) builtin(name string, fn HostFunction) Value {
	if h, ok := vm.hosts[name]; ok {
		return h.value()
	}
	h := &hostFunction{kind: KindHost, name: name, fn: fn}
	vm.hosts[name] = h
	return h.value()
}

// library makes a table of functions and assigns it to a global.
func (vm *VM) library(name string, fns []libFunction) *Table {
	t := vm.newTable(0, len(fns))
	for _, f := range fns {
		vm.SetField(t, f.name, vm.builtin(name+"."+f.name, f.fn))
	}
	vm.SetGlobal(name, t.Value())
	if loaded, ok := vm.packageTable("loaded"); ok {
		vm.SetField(loaded, name, t.Value())
	}
	return t
}

// packageTable returns package.loaded or package.preload.
func (vm *VM) packageTable(name string) (*Table, bool) {
	p, ok := vm.Global("package").AsTable()
	if !ok {
		return nil, false
	}
	return vm.GetField(p, name).AsTable()
}

func (vm *VM) installLibraries(noLoad bool) {
	vm.globals = vm.newTable(0, 32)
	if vm.dialect == Luerl {
		vm.installLuerl()
	} else {
		vm.installStandard()
	}
	if noLoad {
		for _, name := range []string{"load", "loadstring", "dofile", "loadfile"} {
			vm.SetGlobal(name, Value{})
		}
	}
	for name, fn := range vm.registry {
		if _, ok := vm.hosts[name]; !ok {
			vm.hosts[name] = &hostFunction{kind: KindHost, name: name, fn: fn}
		}
	}
}

// installStandard installs the libraries of standard Lua that a process may
// have: no access to files, the environment or other processes.
func (vm *VM) installStandard() {
	vm.SetGlobal("_G", vm.globals.Value())
	vm.SetGlobal("_VERSION", vm.intern("Lua 5.3"))
	vm.installPackage()
	for _, f := range baseFunctions() {
		vm.SetGlobal(f.name, vm.builtin(f.name, f.fn))
	}
	vm.specials()
	str := vm.library("string", append(stringFunctions(), packFunctions()...))
	vm.setStringMeta(str)
	vm.library("table", tableFunctions())
	m := vm.library("math", mathFunctions())
	vm.mathConstants(m)
	u := vm.library("utf8", utf8Functions())
	vm.SetField(u, "charpattern", vm.intern("[\x00-\x7F\xC2-\xF4][\x80-\xBF]*"))
	vm.library("coroutine", coroutineFunctions())
	vm.library("os", osFunctions())
	vm.library("io", []libFunction{{"write", ioWrite}})
	vm.library("debug", []libFunction{{"traceback", debugTraceback}, {"getmetatable", debugGetMetatable}, {"setmetatable", debugSetMetatable}, {"getinfo", debugGetInfo}})
	if loaded, ok := vm.packageTable("loaded"); ok {
		vm.SetField(loaded, "_G", vm.globals.Value())
	}
}

// setStringMeta makes the functions of the string library methods of strings.
func (vm *VM) setStringMeta(str *Table) {
	mt := vm.newTable(0, 1)
	vm.SetField(mt, "__index", str.Value())
	vm.typeMeta[KindString] = mt
}

// specials marks the functions that the machine runs itself.
func (vm *VM) specials() {
	for name, s := range map[string]special{"pcall": specialPcall, "xpcall": specialXpcall, "coroutine.yield": specialYield, "next": specialNext} {
		if h, ok := vm.hosts[name]; ok {
			h.special = s
		} else if s == specialYield && vm.dialect == Standard {
			vm.hosts[name] = &hostFunction{kind: KindHost, name: name, special: s}
		}
	}
}

// runsInMachine is the body of functions that [VM.callSpecial] runs.
func runsInMachine(c *Call) error { return c.Raisef("not callable from here") }

func (vm *VM) installPackage() {
	p := vm.newTable(0, 4)
	vm.SetField(p, "loaded", vm.newTable(0, 8).Value())
	vm.SetField(p, "preload", vm.newTable(0, 0).Value())
	vm.SetField(p, "path", vm.intern(""))
	vm.SetField(p, "cpath", vm.intern(""))
	vm.SetField(p, "config", vm.intern("/\n;\n?\n!\n-\n"))
	vm.SetGlobal("package", p.Value())
	vm.SetGlobal("require", vm.builtin("require", require))
}

// require returns package.loaded[name], or runs package.preload[name].
func require(c *Call) error {
	vm := c.vm
	name, err := c.str(0)
	if err != nil {
		return err
	}
	loaded, ok := vm.packageTable("loaded")
	if !ok {
		return c.Raisef("'package.loaded' must be a table")
	}
	key := vm.String(name)
	if v := vm.get(loaded, key); v.Truth() {
		return c.push(v)
	}
	loader := Value{}
	if pre, ok := vm.packageTable("preload"); ok {
		loader = vm.get(pre, key)
	}
	if loader.isNil() {
		return c.Raisef("module '%s' not found:\n\tno field package.preload['%s']", name, name)
	}
	v, err := vm.call1(loader, key, String(":preload:"))
	if err != nil {
		return err
	}
	if !v.isNil() {
		vm.set(loaded, key, v)
	} else if vm.get(loaded, key).isNil() {
		vm.set(loaded, key, Bool(true))
	}
	return c.push(vm.get(loaded, key))
}

// name returns the function's name without its library.
func (h *hostFunction) shortName() string {
	return h.name[strings.LastIndexByte(h.name, '.')+1:]
}
