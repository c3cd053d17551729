// Package dedup is the device dedup@1.0: what has been seen is skipped.
package dedup

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "dedup@1.0"

const doc = `Keeps the devices behind it in a stack from seeing the same subject twice.

The subject is the value under the key that "dedup-subject" names, in the base or else the request; "body" when nothing names one,
and the whole request when it is "request". Its ID is looked for in "dedup", the list of IDs seen so far, newest first. A known
subject ends the pass with the status "skip"; a new one is added to the list. Only the first pass of a stack looks.`

// Keys that the device reads and sets.
const (
	keySubject = "dedup-subject"
	keySeen    = "dedup"
)

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name:     Name,
		Doc:      doc,
		Handler:  handle,
		Excludes: []string{"set", "keys"},
		Examples: []ao.Example{
			{Path: `/~dedup@1.0/compute&body=x`, Answer: "{\"dedup\":[\"LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE\"],\"device\":\"dedup@1.0\"}"},
		},
	}
}

// handle answers every key (spec 03, 8.2).
func handle(c *ao.Call) (message.Value, error) {
	if first, err := firstPass(c); err != nil || !first {
		return c.Base, err
	}
	v, err := subject(c)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return c.Base, nil
	}
	i, err := commit.LinkID(c.Ctx, v)
	if err != nil {
		return nil, err
	}
	seen, err := seenBy(c)
	if err != nil {
		return nil, err
	}
	this := message.Binary(i.String())
	out := make([]message.Value, 1, seen.Len()+1)
	out[0] = this
	for _, s := range seen.All() {
		if s == message.Value(this) {
			return nil, &ao.Outcome{Status: "skip", Value: c.Base}
		}
		out = append(out, s)
	}
	return ao.Assign(c.Base, keySeen, message.NewList(out...)), nil
}

func firstPass(c *ao.Call) (bool, error) {
	v, ok, err := c.Lookup(c.Base, "pass")
	if err != nil || !ok {
		return err == nil, err
	}
	n, _ := message.AsInt(v)
	return n == 1, nil
}

// subject returns what must not come twice, or nil.
func subject(c *ao.Call) (message.Value, error) {
	name := "body"
	v, err := first(c, keySubject)
	if err != nil {
		return nil, err
	}
	if s, ok := message.NormalizeKey(v); v != nil && ok {
		name = s
	}
	if name == "request" {
		return c.Request(), nil
	}
	return first(c, name)
}

// first returns the value of a key of the base, else of the request, or nil.
func first(c *ao.Call, key string) (message.Value, error) {
	for _, m := range []*message.Message{c.Base, c.Request()} {
		if v, ok, err := c.Lookup(m, key); err != nil || ok {
			return v, err
		}
	}
	return nil, nil
}

// seenBy returns the IDs seen so far.
func seenBy(c *ao.Call) (*message.List, error) {
	v, ok, err := c.Lookup(c.Base, keySeen)
	if err != nil || !ok {
		return message.NewList(), err
	}
	switch x := v.(type) {
	case *message.List:
		return x, nil
	case *message.Message:
		return x.List()
	}
	return nil, ao.Refuse(400, Name+": dedup must be a list of IDs.")
}
