// Package genesis is the device genesis-wasm@1.0: processes of legacynet.
package genesis

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/computeunit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/machine"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Name is the name of the device.
const Name = "genesis-wasm@1.0"

const doc = `Computes processes of legacynet: those whose module is a WebAssembly program, compiled with Emscripten, that handles messages in JSON.

The node runs the program itself, without Node.js, and with the same results as the loader of legacynet. Its world is the same on every node: the clock moves
only when it is looked at, random numbers and files depend on nothing but the message, and a result with an error leaves the state as it was. The module is the
message that the process names by "module", and must be in the node: post it as a signed data item.

"results" has data, outbox and patches as of any process, the program's result as it gave it under "raw", and as text under "json/body". Messages in the outbox
with the device patch@1.0 change the state. Calls other than assignments are tried, and change nothing: /PROCESS/as=execution/compute&action=Info.

A node whose route for /result leads to a compute unit that answers (GET /status) can leave the computation to that, see delegated-compute@1.0; the option
genesis_wasm_unit decides. A process stays with what it began with.

    curl "$NODE/$PROCESS~process@1.0/compute=5/results/json/body"
    curl "$NODE/$PROCESS~process@1.0/as=execution/compute&action=Info/results/data"`

var optUnit = ao.Option{
	Name: "genesis_wasm_unit", Default: message.Binary("auto"),
	Doc: "Who computes processes of legacynet: native, this node; external, the unit that the route for /result leads to; auto, the unit if it answers when a process begins, else this node.",
}

// New returns the device. Without an engine only a unit can compute.
func New(native computeunit.Native, unit computeunit.Remote) *ao.Device {
	d := device{native, unit}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "init", Doc: "The base with a new instance of its program.", Reads: "base: process/module; option: genesis_wasm_unit", Run: d.init},
			{Name: "compute", Doc: "The base after an assignment, or with the results of a message that is only tried.", Reads: "request: type, slot, body, or the message to be tried, dry-run; base: process, output-prefix", Run: d.on(d.compute)},
			{Name: "snapshot", Doc: "The state of the program.", Reads: "base: process", Run: d.on(d.snapshot)},
			{Name: "memory", Doc: "The memory of the program in one piece.", Reads: "base: process", Run: d.on(memory)},
			{Name: "normalize", Doc: "The base with an instance, made from its snapshot if there is none.", Reads: "base: snapshot, process", Run: d.on(normalize)},
		},
		Options: append([]ao.Option{optUnit}, machine.NodeOptions()...),
	}
}

type device struct {
	native computeunit.Native
	unit   computeunit.Remote
}

// slotOf is where a state keeps the machine of this device: beside those of
// WebAssembly devices in the same stack.
func slotOf(state *message.Message) string { return machine.Prefix(state) + "/genesis-wasm" }

// external reports whether a unit is to compute a new process.
func (d device) external(c *ao.Call) (bool, error) {
	switch how := optUnit.Text(&c.Env); how {
	case "native":
		return false, nil
	case "external":
		return true, nil
	case "auto":
		return d.unit.Available(c.Ctx, &c.Env), nil
	default:
		return false, fail.New(fail.Invalid, Name+"/init", "the option genesis_wasm_unit is auto, native or external, not %.32q", how)
	}
}

func (d device) init(c *ao.Call) (message.Value, error) {
	outside, err := d.external(c)
	if err != nil || outside {
		return c.Base, err
	}
	p, err := computeunit.ProcessOf(c)
	if err != nil {
		return nil, err
	}
	m, err := d.native.Start(c, p)
	if err != nil {
		return nil, fail.Wrap(fail.Internal, Name+"/init", err)
	}
	return machine.With(c.Base, slotOf(c.Base), m), nil
}

// on returns the function of a key that works on a process and on the base with
// its instance, if the node has one.
func (d device) on(f func(c *ao.Call, p schedule.Process, base *message.Message) (message.Value, error)) ao.Func {
	return func(c *ao.Call) (message.Value, error) {
		p, err := computeunit.ProcessOf(c)
		if err != nil {
			return nil, err
		}
		base, err := d.normalized(c, p)
		if err != nil {
			return nil, err
		}
		return f(c, p, base)
	}
}

// compute evaluates a message (spec 03, 10.2).
func (d device) compute(c *ao.Call, p schedule.Process, base *message.Message) (message.Value, error) {
	place := slotOf(base)
	m := machine.Of(base, place)
	var raw *message.Message
	var err error
	if m == nil {
		raw, err = d.unit.Compute(c, p)
	} else {
		m, raw, base, err = d.native.Compute(c.With(base, c.Request()), p, m)
	}
	if err != nil {
		return nil, fail.Wrap(fail.Internal, Name+"/compute", err)
	}
	state, err := computeunit.Noted(c, p, base, raw)
	if err != nil {
		return nil, err
	}
	if computeunit.Scheduling(c) {
		state = computeunit.Remember(state, c.Request())
	}
	private := state.Private()
	state, err = computeunit.Patched(c.Ctx, &c.Env, state.WithPrivate(nil))
	if err != nil {
		return nil, err
	}
	state = state.WithPrivate(private)
	if m != nil {
		state = machine.With(state, place, m)
	}
	return state, nil
}

func normalize(_ *ao.Call, _ schedule.Process, base *message.Message) (message.Value, error) {
	return base, nil
}

// normalized returns the base without its snapshot, and with an instance made
// from that, unless the snapshot is what a unit has said.
func (d device) normalized(c *ao.Call, p schedule.Process) (*message.Message, error) {
	path := []string{"snapshot"}
	if place, ok := c.Base.Get("device-key"); ok {
		if k, isKey := message.NormalizeKey(place); isKey {
			path = append(path, k)
		}
	}
	v, _, err := c.LookupPath(c.Base, path)
	if err != nil {
		return nil, err
	}
	base := c.Base.Without("snapshot")
	saved, ok := v.(*message.Message)
	if !ok || !saved.Has("state") || machine.Of(base, slotOf(base)) != nil {
		return base, nil
	}
	m, err := d.native.Restore(c, p, saved)
	if err != nil {
		return nil, fail.Wrap(fail.Internal, Name+"/normalize", err)
	}
	return machine.With(base, slotOf(base), m), nil
}

func (d device) snapshot(c *ao.Call, p schedule.Process, base *message.Message) (message.Value, error) {
	m := machine.Of(base, slotOf(base))
	if m == nil {
		return d.unit.Kept(c, p), nil
	}
	out, err := m.Snapshot(c.Ctx)
	if err != nil {
		return nil, fail.Wrap(fail.Internal, Name+"/snapshot", err)
	}
	return out, nil
}

// memory returns the memory of the program, as compute units of legacynet show
// it.
func memory(c *ao.Call, p schedule.Process, base *message.Message) (message.Value, error) {
	m := machine.Of(base, slotOf(base))
	if m == nil {
		return nil, fail.New(fail.NotFound, Name+"/memory", "the memory of process %s is in the unit that computes it", p.ID)
	}
	b, err := m.Memory(c.Ctx)
	if err != nil {
		return nil, fail.Wrap(fail.Internal, Name+"/memory", err)
	}
	return message.Binary(b), nil
}
