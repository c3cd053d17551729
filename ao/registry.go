package ao

import (
	"sort"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// MessageDevice is the device of messages that name none, and the one that
// answers what others do not.
const MessageDevice = "message@1.0"

// Registry finds devices by name. It does not change.
type Registry struct {
	byName   map[string]*Device
	list     []*Device
	fallback *Device
}

// NewRegistry returns a registry of the given devices, one of which is
// message@1.0.
//
// # Errors
//
// [fail.Conflict] when two devices have the same name, [fail.Invalid] when
// message@1.0 is missing.
func NewRegistry(devices ...*Device) (*Registry, error) {
	r := &Registry{byName: make(map[string]*Device, len(devices))}
	for _, d := range devices {
		d = d.indexed()
		r.list = append(r.list, d)
		for _, n := range append([]string{d.Name}, d.Aliases...) {
			if r.byName[n] != nil {
				return nil, fail.New(fail.Conflict, "ao.NewRegistry", "two devices are called %q", n)
			}
			r.byName[n] = d
		}
	}
	sort.Slice(r.list, func(i, j int) bool { return r.list[i].Name < r.list[j].Name })
	if r.fallback = r.byName[MessageDevice]; r.fallback == nil {
		return nil, fail.New(fail.Invalid, "ao.NewRegistry", "the device %s is missing", MessageDevice)
	}
	return r, nil
}

// Devices returns all devices by name. The slice must not be changed.
func (r *Registry) Devices() []*Device { return r.list }

// Device returns the device with the given name; the match is exact.
//
// # Errors
//
// [fail.NotFound] when there is none.
func (r *Registry) Device(name string) (*Device, error) {
	if d := r.byName[name]; d != nil {
		return d, nil
	}
	return nil, fail.New(fail.NotFound, "ao.Device", "this node has no device %.80q", name)
}
