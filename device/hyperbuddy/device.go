// Package hyperbuddy is the device hyperbuddy@1.0: what people and their tools
// see of a node.
package hyperbuddy

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/metrics"
)

// Name is the name of the device.
const Name = "hyperbuddy@1.0"

const doc = `Shows what a node does, to people and to their tools.

"metrics" are the counters of the node in the text format of Prometheus: requests by method and status, how long they took, messages that
were scheduled, slots that were computed, messages that were delivered, requests to other nodes. The option "prometheus" turns them off.

    curl http://localhost:8734/~hyperbuddy@1.0/metrics
    # process_uptime_seconds`

var optOn = ao.Option{Name: "prometheus", Default: message.True, Doc: "Show the metrics of the node at /~hyperbuddy@1.0/metrics."}

// New returns the device for a node with metrics, which may be nil.
func New(m *metrics.Metrics) *ao.Device {
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "metrics", Doc: "Counters of the node, for Prometheus.", Run: func(c *ao.Call) (message.Value, error) { return show(c, m) }},
		},
		Options: []ao.Option{optOn},
	}
}

// show answers with the metrics (spec 04, 8.7.3).
func show(c *ao.Call, m *metrics.Metrics) (message.Value, error) {
	text, contentType := "Prometheus metrics disabled.", "text/plain"
	if m != nil && optOn.Bool(&c.Env) {
		var err error
		if text, err = m.Text(); err != nil {
			return nil, err
		}
		contentType = metrics.ContentType
	}
	return message.Of(message.P("content-type", message.Binary(contentType)), message.P("body", message.Binary(text))), nil
}
