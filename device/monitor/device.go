// Package monitor is the device monitor@1.0: a member of a stack that tells
// others of results.
package monitor

import (
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Name is the name of the device.
const Name = "monitor@1.0"

const doc = `Tells monitors of each result of a process; a member of a stack.

The list "monitors" of the base has messages with a device. After the last pass of each "compute", each of them is resolved with its
own "path" (default "monitor"), and with "state" and "message" in the request. A monitor that answers "done" is removed. What a
monitor does otherwise, and its failure, changes nothing in the state.

Without monitors it changes nothing:

    curl 'http://localhost:8734/~monitor@1.0&x=1/compute/x'    # 1`

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "init", Doc: "The base as it is.", Reads: "base", Run: func(c *ao.Call) (message.Value, error) { return c.Base, nil }},
			{Name: "compute", Doc: "The base, after its monitors were told of it.", Reads: "base: monitors, pass, passes", Run: compute},
		},
	}
}

// compute tells the monitors, on the last pass (spec 03, 8.7; spec 04, 8.9).
func compute(c *ao.Call) (message.Value, error) {
	if number(c.Base, "pass") < number(c.Base, "passes") {
		return c.Base, nil
	}
	v, ok, err := c.Lookup(c.Base, "monitors")
	if err != nil || !ok {
		return c.Base, err
	}
	l, isList := v.(*message.List)
	if m, isMsg := v.(*message.Message); isMsg {
		l, err = m.List()
		isList = err == nil
	}
	if !isList {
		return c.Base, nil
	}
	var left []message.Value
	for i, e := range l.All() {
		done, err := tell(c, e)
		if err != nil {
			if c.Ctx.Err() != nil {
				return nil, err
			}
			c.Log.Info("a monitor failed", "monitor", strconv.Itoa(i+1), "error", err)
		}
		if !done {
			left = append(left, e)
		}
	}
	if len(left) == l.Len() {
		return c.Base, nil
	}
	return c.Base.Set("monitors", message.NewList(left...)), nil
}

// tell resolves a monitor and reports whether it is done.
func tell(c *ao.Call, monitor message.Value) (bool, error) {
	v, err := message.Loaded(c.Ctx, c.Cache, monitor)
	if err != nil {
		return false, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return false, nil
	}
	p := m.Text(path.Key)
	if p == "" {
		p = "monitor"
	}
	answer, err := c.Internal().Resolve(c.Ctx, m.Without(path.Key), message.Of(
		message.P(path.Key, message.Binary(p)), message.P("state", c.Base), message.P("message", c.Request())))
	text, _ := message.Text(answer)
	return err == nil && text == "done", err
}

// number returns a number of a message, 0 without one.
func number(m *message.Message, key string) int64 {
	v, _ := m.Get(key)
	n, _ := message.AsInt(v)
	return n
}
