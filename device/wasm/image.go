package wasm

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// module returns the compiled module of the base (spec 03, 11.2).
func (d device) module(c *ao.Call) (*vm.Module, error) {
	const op = Name + "/init"
	if d.engine == nil {
		return nil, fail.New(fail.Unavailable, op, "this node has no WebAssembly engine")
	}
	in := append(prefixOf(c.Base, "input-prefix"), "image")
	image, err := at(c, c.Base, in)
	if err != nil {
		return nil, err
	}
	if err := checkMode(c, in[:len(in)-1]); err != nil {
		return nil, err
	}
	if image == nil {
		if image, _, err = c.Lookup(c.Base, "body"); err != nil {
			return nil, err
		}
	}
	code, err := moduleBytes(c, image)
	if err != nil {
		return nil, err
	}
	return d.engine.Compile(c.Ctx, code)
}

// moduleBytes returns the module that an image names, carries or is.
func moduleBytes(c *ao.Call, image message.Value) ([]byte, error) {
	const op = Name + "/init"
	if name, ok := image.(message.Binary); ok && id.Is(string(name)) {
		v, err := c.Cache.ReadLazy(c.Ctx, string(name))
		if err != nil {
			return nil, fail.New(fail.KindOf(err), op, "image %s: %w", name, err)
		}
		image = v
	}
	if m, ok := image.(*message.Message); ok {
		body, _, err := c.Lookup(m, "body")
		if err != nil {
			return nil, err
		}
		image = body
	}
	code, ok := image.(message.Binary)
	if !ok {
		return nil, fail.New(fail.Invalid, op, "the message has no image: neither an ID, nor a message with the module as its body, nor a module")
	}
	return []byte(code), nil
}

// checkMode refuses modes that do not exist. Modules that were compiled ahead of
// time for another engine cannot be run, so both modes take WebAssembly.
func checkMode(c *ao.Call, in []string) error {
	v, err := at(c, c.Base, append(in, "Mode"))
	if err != nil {
		return err
	}
	switch mode, _ := message.Text(v); mode {
	case "", "WASM", "AOT":
		return nil
	default:
		return fail.New(fail.Invalid, Name+"/init", "no mode %.32q: it is WASM", mode)
	}
}

// prefixOf returns the parts of a prefix of the base (spec 03, 7.7).
func prefixOf(m *message.Message, key string) []string {
	v, _ := m.Get(key)
	s, _ := message.Text(v)
	return message.Parts(s)
}

// at returns the value at a path of keys, or nil. Links on the way are loaded.
func at(c *ao.Call, m *message.Message, path []string) (message.Value, error) {
	v, _, err := c.LookupPath(m, path)
	return v, err
}
