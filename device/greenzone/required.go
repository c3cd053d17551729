package greenzone

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/evidence"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// requiredOptions returns what the operator wants of members, by the names that
// node messages have; the text "self" is the value that this node has (spec 04,
// 7.7.1).
func requiredOptions(c *ao.Call) (*message.Message, error) {
	v, err := message.LoadAll(c.Ctx, c.Cache, optRequired.In(&c.Env))
	if err != nil {
		return nil, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name+"/init", "the option %s is a message of option names to values", optRequired.Name)
	}
	out := message.Empty()
	for k, v := range m.Without(message.CommitmentsKey).All() {
		name := optionName(k)
		if t, _ := message.Text(v); t == "self" {
			own, ok := c.Config().Get(name)
			if !ok {
				return nil, fail.New(fail.Invalid, Name+"/init", "members must have this node's %s, but it has none", name)
			}
			v = own
		}
		out = out.Set(name, v)
	}
	loaded, err := message.LoadAll(c.Ctx, c.Cache, out)
	if err != nil {
		return nil, err
	}
	return loaded.(*message.Message), nil
}

// satisfies checks that a node has the required options and has had them all the
// time: its node message has their values, and no change in its history set
// another one (spec 02, 17.8).
//
// # Errors
//
// Outcomes with the bodies invalid_values and modified_required_key.
func satisfies(node, required *message.Message) error {
	for k, want := range required.All() {
		if got := option(node, k); got == nil || !same(got, want) {
			return evidence.Refuse("invalid_values", "the node does not have the required value of the option "+k)
		}
	}
	history, err := list(node, "node_history")
	if err != nil {
		return err
	}
	for _, v := range history {
		m, ok := v.(*message.Message)
		if !ok {
			return evidence.Refuse("invalid_values", "the history of the node message is not one of changes")
		}
		for k, want := range required.All() {
			if got := option(m, k); got != nil && !same(got, want) {
				return evidence.Refuse("modified_required_key", "the node has had another value of the option "+k)
			}
		}
	}
	return nil
}

// list returns a list in a message, whichever way it is written; nothing is an
// empty one.
func list(m *message.Message, key string) ([]message.Value, error) {
	var l *message.List
	switch v := option(m, key).(type) {
	case nil:
		return nil, nil
	case *message.List:
		l = v
	case *message.Message:
		var err error
		if l, err = v.Without(message.CommitmentsKey).List(); err != nil && v.Len() > 0 {
			return nil, evidence.Refuse("invalid_values", "the history of the node message is not a list")
		}
	default:
		return nil, evidence.Refuse("invalid_values", "the history of the node message is not a list")
	}
	var out []message.Value
	if l != nil {
		for _, e := range l.All() {
			out = append(out, e)
		}
	}
	return out, nil
}

// option returns the value of an option in any spelling of its name. When there
// are several, the one that satisfies nobody counts: a second spelling is a way
// to hide the first.
func option(m *message.Message, name string) message.Value {
	var found message.Value
	for k, v := range m.All() {
		if optionName(k) != name {
			continue
		}
		if found != nil && !same(found, v) {
			return message.Undefined
		}
		found = v
	}
	return found
}

func optionName(key string) string { return strings.ReplaceAll(strings.ToLower(key), "-", "_") }

// same reports whether two values of an option mean the same: equal, or scalars
// with the same text, since options set over HTTP may have come as text.
func same(a, b message.Value) bool {
	if message.Equal(a, b) {
		return true
	}
	x, okX := message.Text(a)
	y, okY := message.Text(b)
	return okX && okY && x == y
}
