package doctor

import (
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// Hooks looks for hooks that nothing raises and handlers whose device does not
// exist: a request hook without its device refuses every request.
func Hooks(c *node.Config) []Finding {
	f := findings{check: "configuration"}
	on := c.Options.Message("on")
	var devices []string
	for _, d := range node.Devices() {
		devices = append(append(devices, d.Name), d.Aliases...)
	}
	raised := []string{ao.HookStart, ao.HookRequest, ao.HookStep, ao.HookResponse}
	handlers := 0
	for name, v := range on.All() {
		if !slices.Contains(raised, name) {
			do := "Devices may raise hooks of their own; if none does, remove it."
			if near := Nearest(name, raised); near != "" {
				do = "Did you mean " + near + "?"
			}
			f.add(Warning, do, "the node itself raises no hook %s", name)
		}
		for _, h := range handlersOf(v) {
			handlers++
			device := h.Text("device")
			if device == "" || slices.Contains(devices, device) {
				continue
			}
			do := "hyperbeam config lists the devices of this node."
			if near := Nearest(device, devices); near != "" {
				do = "Did you mean " + near + "?"
			}
			f.add(Problem, do, "a handler of the hook %s has the device %.64q, which this node does not have", name, device)
		}
	}
	if hosts(on) && text(c, "node_host") == "" {
		f.add(Note, "Set node_host to the host name of the node, such as example.org.", "the hook of name@1.0 takes the first label of every host for a name")
	}
	return f.orGood("%d handlers of hooks have devices", handlers)
}

// handlersOf returns the handlers of one hook.
func handlersOf(v message.Value) []*message.Message {
	l, ok := v.(*message.List)
	m, isMsg := v.(*message.Message)
	if isMsg && m.Len() > 0 && m.IsNumbered() {
		var err error
		l, err = m.List()
		ok = err == nil
	}
	if !ok {
		if m == nil {
			return nil
		}
		return []*message.Message{m}
	}
	var out []*message.Message
	for _, e := range l.All() {
		if m, ok := e.(*message.Message); ok {
			out = append(out, m)
		}
	}
	return out
}

// hosts reports whether the hook of name@1.0 is on.
func hosts(on *message.Message) bool {
	v, _ := on.Get(ao.HookRequest)
	return slices.ContainsFunc(handlersOf(v), func(h *message.Message) bool { return strings.HasPrefix(h.Text("device"), "name@") })
}

// text returns an option of a device as text, "" when it is not set.
func text(c *node.Config, name string) string {
	v, _ := c.Options.Get(name)
	s, _ := message.Text(v)
	return s
}
