package wasm

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/machine"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

const keySnapshot = "snapshot"

// limits returns the limits of a call.
func limits(c *ao.Call) vm.Limits {
	l := machine.LimitsOf(&c.Env)
	l.RawNumbers = optRaw.Bool(&c.Env)
	return l
}

// init makes an instance (spec 03, 11.2).
func (d device) init(c *ao.Call) (message.Value, error) {
	module, err := d.module(c)
	if err != nil {
		return nil, err
	}
	lib := newLibrary(c, c.Base)
	ctx, cancel := machine.Timed(c.Ctx, &c.Env)
	defer cancel()
	m, err := machine.Start(ctx, module, machine.Run{Limits: limits(c), Imports: lib.answer})
	if err != nil {
		return nil, fail.Wrap(fail.Internal, Name+"/init", err)
	}
	return machine.With(lib.state, lib.prefix, m), nil
}

// normalize makes sure that there is an instance (spec 03, 11.6).
func (d device) normalize(c *ao.Call) (message.Value, error) {
	base, _, err := d.normalized(c)
	return base, err
}

// normalized returns the base with its instance, and the instance.
func (d device) normalized(c *ao.Call) (*message.Message, *machine.Machine, error) {
	prefix := machine.Prefix(c.Base)
	if m := machine.Of(c.Base, prefix); m != nil {
		if c.Base.Has(keySnapshot) {
			return c.Base.Without(keySnapshot), m, nil
		}
		return c.Base, m, nil
	}
	path := []string{keySnapshot}
	if place, ok := c.Base.Get("device-key"); ok {
		if k, isKey := message.NormalizeKey(place); isKey {
			path = append(path, k)
		}
	}
	v, err := at(c, c.Base, path)
	if err != nil {
		return nil, nil, err
	}
	saved, ok := v.(*message.Message)
	if !ok {
		return nil, nil, fail.New(fail.Conflict, Name+"/normalize", "no_wasm_instance_or_snapshot: the message has neither an instance nor a snapshot of one")
	}
	module, err := d.module(c)
	if err != nil {
		return nil, nil, err
	}
	m, err := machine.Restore(c.Ctx, module, saved, c.Cache, machine.Run{Limits: limits(c)})
	if err != nil {
		return nil, nil, fail.Wrap(fail.Internal, Name+"/normalize", err)
	}
	return machine.With(c.Base.Without(keySnapshot), prefix, m), m, nil
}

// snapshot returns the state of the instance (spec 03, 11.5).
func (d device) snapshot(c *ao.Call) (message.Value, error) {
	_, m, err := d.normalized(c)
	if err != nil {
		return nil, err
	}
	var out *message.Message
	switch format, _ := c.Request().Get("format"); format {
	case nil, message.Binary("pages"):
		out, err = m.Snapshot(c.Ctx)
	case message.Binary("memory"):
		out, err = m.Flat(c.Ctx)
	default:
		return nil, fail.New(fail.Invalid, Name+"/snapshot", "the format of a snapshot is pages or memory")
	}
	if err != nil {
		return nil, fail.Wrap(fail.Internal, Name+"/snapshot", err)
	}
	return out, nil
}

// terminate frees the instance (spec 03, 11.7).
func (d device) terminate(c *ao.Call) (message.Value, error) {
	prefix := machine.Prefix(c.Base)
	m := machine.Of(c.Base, prefix)
	if m == nil {
		return c.Base, nil
	}
	if err := m.Stop(c.Ctx); err != nil {
		return nil, err
	}
	return machine.With(c.Base, prefix, nil), nil
}
