package process

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// slotArg reads the number of a slot from the request, as text or integer.
func slotArg(call *ao.Call, keys ...string) (slot int64, ok bool, err error) {
	for _, key := range keys {
		v, err := call.Arg(key)
		if err != nil {
			return 0, false, err
		}
		if v == nil || v == message.Value(message.Binary("")) {
			continue
		}
		n, isInt := message.AsInt(v)
		if !isInt || n < 0 {
			return 0, false, fail.New(fail.Invalid, "process.Compute", "%q must be the number of a slot", key)
		}
		return n, true, nil
	}
	return 0, false, nil
}

// compute answers "compute" (spec 03, 2.5.1).
func (d device) compute(call *ao.Call) (message.Value, error) {
	p, err := d.svc.Of(call.Ctx, call.Base)
	if err != nil {
		return nil, err
	}
	slot, ok, err := slotArg(call, "compute", "slot")
	if err != nil {
		return nil, err
	}
	if ok {
		return state(d.svc.Compute(call.Ctx, &call.Env, p, slot))
	}
	return d.latest(call, p, false)
}

// now answers "now" (spec 03, 2.10.1).
func (d device) now(call *ao.Call) (message.Value, error) {
	p, err := d.svc.Of(call.Ctx, call.Base)
	if err != nil {
		return nil, err
	}
	mode := optFromCache.Text(&call.Env)
	if mode == "false" {
		return state(d.svc.Now(call.Ctx, &call.Env, p))
	}
	return d.latest(call, p, mode == "always")
}

// latest returns the newest computed state, and computes one only when there is
// none.
func (d device) latest(call *ao.Call, p schedule.Process, never bool) (message.Value, error) {
	m, err := d.svc.Latest(call.Ctx, p)
	if m != nil || err != nil {
		return state(m, err)
	}
	if never {
		return nil, &ao.Outcome{Status: ao.Failure, Value: message.Binary("No cached state available.")}
	}
	return state(d.svc.Now(call.Ctx, &call.Env, p))
}

// state turns the result of the service into that of a key.
func state(m *message.Message, err error) (message.Value, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}

// results answers "results": the key of the state, or that of the state after
// the slot that the request names, as in compute/results=5 (spec 06, 15.4).
func (d device) results(call *ao.Call) (message.Value, error) {
	slot, ok, err := slotArg(call, "results")
	if err != nil || !ok {
		return ao.Literal(call)
	}
	p, err := d.svc.Of(call.Ctx, call.Base)
	if err != nil {
		return nil, err
	}
	m, err := d.svc.Compute(call.Ctx, &call.Env, p, slot)
	if err != nil {
		return nil, err
	}
	v, ok, err := call.Lookup(m, "results")
	if err == nil && !ok {
		return nil, ao.Missing
	}
	return v, err
}

// runAs returns the function of a key that the device of a role answers (spec
// 03, 2.10.2).
func (d device) runAs(r process.Role) ao.Func {
	return func(call *ao.Call) (message.Value, error) {
		p, err := d.svc.Of(call.Ctx, call.Base)
		base := call.Base
		switch {
		case err == nil:
			base = process.WithProcess(base, p.Definition)
		case !fail.Is(err, fail.NotFound):
			return nil, err
		}
		return process.RunAs(call.Ctx, &call.Env, r, base, call.Request())
	}
}

// snapshot answers "snapshot" (spec 03, 2.7.3).
func (d device) snapshot(call *ao.Call) (message.Value, error) {
	p, err := d.svc.Of(call.Ctx, call.Base)
	if err != nil {
		return nil, err
	}
	return state(d.svc.Snapshot(call.Ctx, &call.Env, p))
}

// as answers "as" (spec 03, 2.3.4).
func (d device) as(call *ao.Call) (message.Value, error) {
	role := process.Execution
	for _, key := range [...]string{"as", "as-device"} {
		if v, err := call.Arg(key); err != nil {
			return nil, err
		} else if text, ok := message.Text(v); ok && text != "" {
			role = process.Role(text)
			break
		}
	}
	p, err := d.svc.Of(call.Ctx, call.Base)
	if err != nil {
		return nil, err
	}
	m, err := d.svc.Fork(call.Ctx, &call.Env, p)
	if err != nil {
		return nil, err
	}
	return state(process.Swap(role, m))
}
