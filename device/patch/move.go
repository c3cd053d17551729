package patch

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// move is one call: a source and a target in one message.
type move struct {
	*ao.Call
	holder *message.Message // has the source, gets the target
	from   []string
	to     []string
	source message.Value
}

// newMove finds the source (spec 03, 8.1.2).
func newMove(c *ao.Call) (*move, error) {
	from, err := setting(c, "from")
	if err != nil {
		return nil, err
	}
	to, err := setting(c, "to")
	if err != nil {
		return nil, err
	}
	m := &move{Call: c, holder: c.Base}
	var inRequest bool
	if m.from, inRequest = split(from); inRequest {
		m.holder = c.Request()
	}
	m.to, _ = split(to)
	v, ok, err := c.LookupPath(m.holder, m.from)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ao.Missing
	}
	m.source = v
	return m, nil
}

// setting returns the path under "patch-NAME" or NAME of request and base.
func setting(c *ao.Call, name string) (string, error) {
	for _, key := range [...]string{"patch-" + name, name} {
		for _, m := range [...]*message.Message{c.Request(), c.Base} {
			v, ok, err := c.Lookup(m, key)
			if err != nil {
				return "", err
			}
			if !ok {
				continue
			}
			s, ok := message.NormalizeKey(v)
			if !ok {
				return "", fail.New(fail.Invalid, Name, "%s must be a path", key)
			}
			return s, nil
		}
	}
	return "/", nil
}

// split returns the keys of a path without the prefix that says where it
// begins, and whether that is the request.
func split(p string) (keys []string, inRequest bool) {
	keys = message.Parts(p)
	if len(keys) == 0 {
		return keys, false
	}
	first := keys[0]
	for _, prefix := range [...]string{"base:", "req:"} {
		if rest, ok := strings.CutPrefix(first, prefix); ok {
			inRequest = prefix == "req:"
			if keys[0] = rest; rest == "" {
				keys = keys[1:]
			}
			break
		}
	}
	return keys, inRequest
}

// patches applies the patches of the source (spec 03, 8.1.3).
func patches(c *ao.Call) (message.Value, error) {
	m, err := newMove(c)
	if err != nil {
		return nil, err
	}
	if l, ok := m.source.(*message.List); ok {
		m.source = l.Numbered()
	}
	source, ok := m.source.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name, "the source %s is not a message", "/"+strings.Join(m.from, "/"))
	}
	taken, rest, err := m.take(source)
	if err != nil || taken == nil {
		return m.holder, err
	}
	out := rest.WithPrivate(m.holder.Private())
	if len(m.from) > 0 {
		if out, err = m.put(m.holder, m.from, message.Unset); err != nil {
			return nil, err
		}
		if out, err = m.put(out, m.from, rest); err != nil {
			return nil, err
		}
	}
	return m.put(out, m.to, taken)
}

// take returns the patches among the entries of the source as one message, nil
// when there are none, and the other entries. Later patches win.
func (m *move) take(source *message.Message) (taken, rest *message.Message, err error) {
	rest = source
	for _, k := range source.MapKeys() {
		v, _, err := m.Lookup(source, k)
		if err != nil {
			return nil, nil, err
		}
		p, ok := v.(*message.Message)
		if !ok || (p.Text("method") != "PATCH" && p.Text("device") != Name) {
			continue
		}
		if taken == nil {
			taken = message.Empty()
		}
		taken = taken.Merge(p.Without("method", message.CommitmentsKey))
		rest = rest.Without(k)
	}
	return taken, rest, nil
}

// all moves the source as it is.
func all(c *ao.Call) (message.Value, error) {
	m, err := newMove(c)
	if err != nil {
		return nil, err
	}
	out := message.Empty().WithPrivate(m.holder.Private())
	if len(m.from) > 0 {
		if out, err = m.put(m.holder, m.from, message.Unset); err != nil {
			return nil, err
		}
	}
	return m.put(out, m.to, m.source)
}

// put sets the value at a path of a message; messages are merged.
func (m *move) put(in *message.Message, keys []string, v message.Value) (*message.Message, error) {
	return m.Set(m.Ctx, in, "/"+strings.Join(keys, "/"), v)
}
