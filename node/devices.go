package node

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/all"
)

// Devices returns the devices of a node that are not bound to a running one,
// for their tables: documentation, options.
func Devices() []*ao.Device { return all.Devices(all.Deps{}) }
