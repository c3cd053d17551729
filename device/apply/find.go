package apply

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// named returns the path under a key of the request, else of the base.
func named(c *ao.Call, key string) (string, bool, error) {
	for _, m := range [...]*message.Message{c.Request(), c.Base} {
		v, ok, err := c.Lookup(m, key)
		if err != nil {
			return "", false, err
		}
		if !ok {
			continue
		}
		s, ok := message.NormalizeKey(v)
		if !ok {
			return "", false, refuse("Path `" + key + "` is invalid.")
		}
		return s, true, nil
	}
	return "", false, nil
}

// find returns what a name leads to; base stands for the base of the call (spec
// 03, 8.3.2).
func find(c *ao.Call, name string, base *message.Message) (message.Value, bool, error) {
	keys := message.Parts(name)
	if len(keys) == 0 {
		return nil, false, refuse("Path `" + name + "` is invalid.")
	}
	holder, first, prefixed := strings.Cut(keys[0], ":")
	if !prefixed {
		for _, m := range [...]*message.Message{c.Request(), base} {
			if v, ok, err := c.LookupPath(m, keys); err != nil || ok {
				return v, ok, err
			}
		}
		return nil, false, nil
	}
	m := c.Request()
	switch holder {
	case "base":
		m = base.Without("device")
	case "request", "req":
	default:
		return nil, false, refuse("Path `" + name + "` is invalid.")
	}
	if first == "" {
		keys = keys[1:]
	} else {
		keys[0] = first
	}
	return c.LookupPath(m, keys)
}
