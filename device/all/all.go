// Package all is the list of devices of a node: one line each.
package all

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/message"
)

// Devices returns every device.
func Devices() []*ao.Device {
	return []*ao.Device{
		message.New(),
	}
}
