// Package patch is the device patch@1.0: messages that change the state.
package patch

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "patch@1.0"

const doc = `Moves parts of a message to another place in it.

The source is the path under "patch-from" (or "from"), the target that under "patch-to" (or "to"), each looked up in the request,
then in the base, and "/" when missing. A source path that begins with "req:" is in the request, which then is the result.

"compute" and "patches" take those messages out of the source that have the method PATCH or the device patch@1.0, and merge them
into the target; the others stay. A process uses it to let its program publish state: the program puts patches into its outbox,
and the device, behind the program in the stack, applies them. "all" moves the source whole.`

// New returns the device.
func New() *ao.Device {
	const reads = "request, base: patch-from, patch-to, from, to"
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "compute", Doc: "The base with the patches of the source applied to the target.", Reads: reads, Run: patches},
			{Name: "patches", Doc: "The same as compute.", Reads: reads, Run: patches},
			{Name: "all", Doc: "The base with the whole source moved to the target.", Reads: reads, Run: all},
			{Name: "init", Doc: "The base.", Run: base},
			{Name: "normalize", Doc: "The base.", Run: base},
			{Name: "snapshot", Doc: "The base.", Run: base},
		},
		Examples: []ao.Example{
			{Path: `/~patch@1.0&x=(~message@1.0&v=1)/all&patch-from=x&patch-to=y`, Answer: "{\"device\":\"patch@1.0\",\"y\":{\"device\":\"message@1.0\",\"v\":\"1\"}}"},
		},
	}
}

func base(c *ao.Call) (message.Value, error) { return c.Base, nil }
