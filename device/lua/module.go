package lua

import (
	"encoding/binary"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

// Bounds of what is loaded for one program.
const (
	maxModules     = 256
	maxModuleDepth = 16
)

// collector gathers the modules of a program.
type collector struct {
	c       *ao.Call
	modules []module
	size    int
}

// add adds the modules that a value stands for (spec 03, 14.2.1).
func (m *collector) add(v message.Value, name string, depth int) error {
	const op = Name + "/init"
	if depth > maxModuleDepth {
		return fail.New(fail.Exhausted, op, "modules nest deeper than %d levels", maxModuleDepth)
	}
	v, err := message.Loaded(m.c.Ctx, m.c.Cache, v)
	if err != nil {
		return err
	}
	switch x := v.(type) {
	case message.Binary:
		return m.addID(string(x), depth)
	case *message.List:
		for _, item := range x.All() {
			if err := m.add(item, "", depth+1); err != nil {
				return err
			}
		}
		return nil
	case *message.Message:
		if isSource(x) {
			return m.addSource(x, name)
		}
		for k, item := range x.All() {
			if k == message.CommitmentsKey {
				continue
			}
			if err := m.add(item, "", depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	return fail.New(fail.Invalid, op, "a module is an ID, a message or a list of these")
}

// addID adds a module that is stored.
func (m *collector) addID(name string, depth int) error {
	const op = Name + "/init"
	if !id.Is(name) {
		return fail.New(fail.Invalid, op, "a text under \"module\" must be the ID of a stored module; a source text goes into the body of a message with content-type application/lua")
	}
	v, err := m.c.Cache.ReadLazy(m.c.Ctx, name)
	if fail.Is(err, fail.NotFound) {
		return ao.Refuse(404, "Lua module '"+name+"' not found.")
	}
	if err != nil {
		return err
	}
	if text, ok := v.(message.Binary); ok {
		return m.push(module{name, string(text)})
	}
	return m.add(v, name, depth+1)
}

// isSource reports whether a message is a module itself.
func isSource(m *message.Message) bool {
	switch strings.ToLower(m.Text("content-type")) {
	case "application/lua", "text/x-lua":
		return true
	}
	return false
}

// addSource adds a module that is a message.
func (m *collector) addSource(x *message.Message, name string) error {
	v, ok, err := m.c.Lookup(x, "body")
	if err == nil && !ok {
		v, _, err = m.c.Lookup(x, "data")
	}
	if err != nil {
		return err
	}
	text, ok := v.(message.Binary)
	if !ok {
		return fail.New(fail.Invalid, Name+"/init", "a module has no source text as its body")
	}
	if own := x.Text("name"); own != "" {
		name = own
	}
	if name == "" {
		i, err := commit.LinkID(m.c.Ctx, x)
		if err != nil {
			return err
		}
		name = i.String()
	}
	return m.push(module{name, string(text)})
}

func (m *collector) push(src module) error {
	m.size += len(src.text)
	if len(m.modules) == maxModules || m.size > vm.MaxSource {
		return fail.New(fail.TooLarge, Name+"/init", "a program has more than %d modules or %d bytes", maxModules, vm.MaxSource)
	}
	m.modules = append(m.modules, src)
	return nil
}

// read reads a program from the base.
func read(c *ao.Call, key string) (*program, error) {
	v, ok := c.Base.Get("module")
	if !ok {
		return nil, &ao.Outcome{Status: ao.Failed, Value: message.Binary("no-modules-found")}
	}
	m := &collector{c: c}
	if err := m.add(v, "", 0); err != nil {
		return nil, err
	}
	p := &program{key: key, modules: m.modules, start: c.Now()}
	p.root = &point{prog: p}
	var err error
	if p.dialect, err = dialectOf(c); err != nil {
		return nil, err
	}
	if p.sandbox, err = sandboxOf(c); err != nil {
		return nil, err
	}
	if p.devices, err = devicesOf(c); err != nil {
		return nil, err
	}
	return p, p.plant(c)
}

// plant sets clock and seed. They follow from the process, if there is one:
// every node that computes it sees the same.
func (p *program) plant(c *ao.Call) error {
	if !optRepeat.Bool(&c.Env) {
		p.seed = uint64(c.Now().UnixNano())
		return nil
	}
	origin := id.Hash([]byte(p.key))
	v, ok, err := c.Lookup(c.Base, "process")
	if err != nil {
		return err
	}
	if m, isMsg := v.(*message.Message); ok && isMsg {
		if origin, err = commit.EveryID(c.Ctx, m); err != nil {
			return err
		}
		p.start = timestampOf(m)
	}
	p.seed = binary.BigEndian.Uint64(origin[:8])
	return nil
}

// dialectOf returns the language that a base asks for.
func dialectOf(c *ao.Call) (vm.Dialect, error) {
	v, ok, err := c.Lookup(c.Base, "lua-dialect")
	if err != nil || !ok {
		return vm.Luerl, err
	}
	text, _ := message.Text(v)
	for _, d := range []vm.Dialect{vm.Luerl, vm.Standard} {
		if text == d.String() {
			return d, nil
		}
	}
	return 0, fail.New(fail.Unsupported, Name+"/init", "no dialect %.32q: lua-dialect is %s or %s", text, vm.Luerl, vm.Standard)
}
