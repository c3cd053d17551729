// Package all is the list of devices of a node: one line each.
package all

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/message"
	"github.com/hyperbeam-go/hyperbeam/device/meta"
)

// Deps are the parts of a node that devices work with. The zero value gives
// devices that can be listed and documented; keys that need what is missing
// must not be called.
type Deps struct {
	Node meta.Node
}

// Devices returns every device.
func Devices(d Deps) []*ao.Device {
	return []*ao.Device{
		message.New(),
		meta.New(d.Node),
	}
}
