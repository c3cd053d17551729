package lua

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// replacement is a global that a program is not to have.
type replacement struct {
	path  []string
	value message.Value
}

// sandboxed is the list for "sandbox": true (spec 03, 14.2.3).
const sandboxed = `io file os.execute os.exit os.getenv os.remove os.rename os.tmpname
	package loadfile require dofile load loadstring`

// sandboxOf reads which globals are replaced.
func sandboxOf(c *ao.Call) ([]replacement, error) {
	v, ok := c.Base.Get("sandbox")
	if !ok {
		return nil, nil
	}
	v, err := message.LoadAll(c.Ctx, c.Cache, v)
	if err != nil {
		return nil, err
	}
	switch x := v.(type) {
	case message.Atom, message.Binary:
		if !message.IsTrue(x) {
			return nil, nil
		}
		return blocked(strings.Fields(sandboxed)), nil
	case *message.List:
		return sandboxList(x)
	case *message.Message:
		if x.Len() > 0 && x.IsNumbered() {
			l, err := x.List()
			if err != nil {
				return nil, err
			}
			return sandboxList(l)
		}
		var out []replacement
		for k, value := range x.All() {
			if k != message.CommitmentsKey {
				out = append(out, replacement{strings.Split(k, "."), value})
			}
		}
		return out, nil
	}
	return nil, notASandbox()
}

func sandboxList(l *message.List) ([]replacement, error) {
	var names []string
	for _, item := range l.All() {
		s, ok := message.Text(item)
		if !ok {
			return nil, notASandbox()
		}
		names = append(names, s)
	}
	return blocked(names), nil
}

func notASandbox() error {
	return fail.New(fail.Invalid, Name+"/init", "a sandbox is true, a list of names, or a message of names to values")
}

func blocked(names []string) []replacement {
	out := make([]replacement, len(names))
	for i, n := range names {
		out[i] = replacement{strings.Split(n, "."), message.Binary("sandboxed")}
	}
	return out
}

// replace sets a global, or a field of one, to its replacement.
func (in *instance) replace(r replacement) error {
	v, err := in.enc.encode(r.value, 0)
	if err != nil {
		return err
	}
	t := in.vm.Globals()
	last := len(r.path) - 1
	for _, name := range r.path[:last] {
		next, ok := in.vm.GetField(t, name).AsTable()
		if !ok {
			return nil // there is nothing to replace
		}
		t = next
	}
	in.vm.SetField(t, r.path[last], v)
	return nil
}

// devicesOf reads which devices the program may use; nil stands for all.
func devicesOf(c *ao.Call) ([]string, error) {
	v, ok := c.Base.Get("device-sandbox")
	if !ok {
		return nil, nil
	}
	v, err := message.LoadAll(c.Ctx, c.Cache, v)
	if err != nil {
		return nil, err
	}
	if m, ok := v.(*message.Message); ok {
		if v, err = m.List(); err != nil {
			return nil, err
		}
	}
	l, ok := v.(*message.List)
	if !ok {
		return nil, fail.New(fail.Invalid, Name+"/init", "a device-sandbox is a list of device names")
	}
	out := []string{}
	for _, item := range l.All() {
		name, _ := message.Text(item)
		if _, err := c.Registry().Device(name); err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, nil
}
