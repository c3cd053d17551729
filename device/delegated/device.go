// Package delegated is the device delegated-compute@1.0: processes that a
// compute unit of legacynet evaluates.
package delegated

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/computeunit"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "delegated-compute@1.0"

const doc = `Leaves the computation of a process to a compute unit of legacynet, over HTTP.

"compute" with an assignment asks the unit for the result of its slot, and notes it under "results": data, outbox and patches as of any process, the result as
the unit gave it under "raw", and as text under "json/body". With any other message it asks the unit to try the message, which changes nothing.
"snapshot" asks the unit to keep what it has computed.

The routes of the node for /result, /dry-run and /snapshot say where the unit is: by default at localhost:6363. It reads the schedule from this node:
GET /~scheduler@1.0/schedule?target=PROCESS&accept=application/aos-2.`

// New returns the device on top of what reaches the unit.
func New(unit computeunit.Remote) *ao.Device {
	d := device{unit}
	return &ao.Device{
		Name:    Name,
		Aliases: []string{"compute-lite@1.0"},
		Doc:     doc,
		Keys: []ao.Key{
			{Name: "init", Doc: "The base.", Run: base},
			{Name: "normalize", Doc: "The base without its snapshot.", Run: normalize},
			{Name: "compute", Doc: "The base with the results of an assignment, or of a message that is only tried.", Reads: "request: type, slot, body, or the message to be tried; base: process, output-prefix", Run: d.compute},
			{Name: "snapshot", Doc: "What the unit says when it is asked to keep the state of the process.", Reads: "base: process", Run: d.snapshot},
		},
		Examples: []ao.Example{{Path: "/~delegated-compute@1.0&a=1&snapshot=old/normalize", Answer: `{"a":"1","device":"delegated-compute@1.0"}`}},
	}
}

type device struct{ unit computeunit.Remote }

func base(c *ao.Call) (message.Value, error) { return c.Base, nil }

func normalize(c *ao.Call) (message.Value, error) { return c.Base.Without("snapshot"), nil }

// compute asks the unit (spec 03, 10.1).
func (d device) compute(c *ao.Call) (message.Value, error) {
	p, err := computeunit.ProcessOf(c)
	if err != nil {
		return nil, err
	}
	raw, err := d.unit.Compute(c, p)
	if err != nil {
		return nil, err
	}
	return computeunit.Noted(c, p, c.Base, raw)
}

// snapshot has the unit keep its state; that it does not is no error of the
// process.
func (d device) snapshot(c *ao.Call) (message.Value, error) {
	p, err := computeunit.ProcessOf(c)
	if err != nil {
		return nil, err
	}
	return d.unit.Kept(c, p), nil
}
