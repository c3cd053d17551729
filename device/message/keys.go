package message

import (
	"slices"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// keys lists the public keys in wire order (spec 01, 8.8).
func keys(c *ao.Call) (message.Value, error) {
	return message.Strings(c.Base.WireKeys()), nil
}

// reserved reports whether set leaves a key of its request alone.
func reserved(key string) bool {
	switch key {
	case "id", message.CommitmentsKey, "committers", "keys", path.Key, "set", "remove", "verify", "set-mode":
		return true
	}
	return false
}

// set merges the keys of the request into the base (spec 01, 8.7).
func set(c *ao.Call) (message.Value, error) {
	changes := message.NewBuilder(c.Request().Len())
	var unset, touched []string
	for k, v := range c.Request().All() {
		switch {
		case reserved(k) || v == message.Value(message.Undefined):
			continue
		case v == message.Value(message.Unset):
			unset = append(unset, k)
		default:
			changes.Set(k, v)
		}
		touched = append(touched, k)
	}
	deep := message.Deep{Load: func(v message.Value) (message.Value, error) { return message.Loaded(c.Ctx, c.Cache, v) }}
	out := c.Base
	var err error
	for _, k := range unset {
		if out, err = deep.Set(out.Without(k), message.Parts(k), message.Unset); err != nil {
			return nil, err
		}
	}
	if c.Request().Text("set-mode") == "explicit" {
		out = out.Merge(changes.Message())
	} else if out, err = deep.Merge(out, changes.Message()); err != nil {
		return nil, err
	}
	return uncommit(c.Base, out, touched), nil
}

// uncommit drops the commitments of a changed message when one of the touched
// keys was covered and the content is not what it was.
func uncommit(before, after *message.Message, touched []string) *message.Message {
	if before.Commitments() == nil {
		return after
	}
	ids, err := commit.Signed().Of(before)
	if err != nil {
		ids = before.Commitments().Keys()
	}
	covered := before.Committed(ids, false)
	hit := slices.ContainsFunc(touched, func(k string) bool {
		first := message.Parts(k)
		return slices.Contains(covered, k) || (len(first) > 0 && slices.Contains(covered, first[0]))
	})
	if !hit || message.Equal(before, after) {
		return after
	}
	return after.Without(message.CommitmentsKey)
}

// setPath sets or removes the path of the base (spec 01, 8.7).
func setPath(c *ao.Call) (message.Value, error) {
	v, ok := c.Request().Get("value")
	if !ok {
		return nil, fail.New(fail.Invalid, "message@1.0/set-path", "the request has no value")
	}
	out := c.Base.Without(path.Key)
	if v != message.Value(message.Unset) {
		out = c.Base.Set(path.Key, v)
	}
	return uncommit(c.Base, out, []string{path.Key}), nil
}

// remove drops keys; commitments stay.
func remove(c *ao.Call) (message.Value, error) {
	item, ok, err := c.Lookup(c.Request(), "item")
	if err != nil {
		return nil, err
	}
	if !ok {
		if item, ok, err = c.Lookup(c.Request(), "items"); err != nil {
			return nil, err
		}
	}
	if m, isMsg := item.(*message.Message); isMsg {
		if item, err = m.List(); err != nil {
			return nil, err
		}
	}
	switch x := item.(type) {
	case *message.List:
		out := c.Base
		for _, v := range x.All() {
			if k, ok := message.NormalizeKey(v); ok {
				out = out.Without(k)
			}
		}
		return out, nil
	default:
		if k, isKey := message.NormalizeKey(x); ok && isKey {
			return c.Base.Without(k), nil
		}
	}
	return nil, fail.New(fail.Invalid, "message@1.0/remove", "the request has neither item nor items")
}

// get reads a key as message@1.0 does, also on messages of other devices.
func get(c *ao.Call) (message.Value, error) {
	k := c.Request().Text("key")
	if k == "" {
		return nil, fail.New(fail.Invalid, "message@1.0/get", "the request has no key")
	}
	plain := c.With(c.Base, nil)
	plain.Key = k
	return ao.Literal(plain)
}
