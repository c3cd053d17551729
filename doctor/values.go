package doctor

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// Values looks for options of devices whose values are not of their type: such
// an option has its default, or none, in force.
func Values(options *message.Message) []Finding {
	f := findings{check: "configuration"}
	seen := map[string]bool{}
	for _, d := range node.Devices() {
		for _, o := range d.Options {
			v, ok := options.Get(o.Name)
			if !ok || seen[o.Name] {
				continue
			}
			seen[o.Name] = true
			if takes := mistyped(o, v); takes != "" {
				f.add(Problem, "Give it a value of this type; the default is in: hyperbeam config", "the option %s takes %s", o.Name, takes)
			}
		}
	}
	return f.orGood("options of devices have values of their types")
}

// mistyped returns what an option takes when a value is not of its type, else
// "".
func mistyped(o ao.Option, v message.Value) string {
	text, scalar := message.Text(v)
	_, isMsg := v.(*message.Message)
	_, isList := v.(*message.List)
	switch o.Default.(type) {
	case message.Atom:
		if isMsg && o.Name == "http_monitor" {
			return ""
		}
		if !scalar || text != "true" && text != "false" {
			return "true or false"
		}
	case message.Int:
		if _, ok := message.AsInt(v); !ok {
			return "an integer"
		}
	case *message.List:
		if !isList && !isMsg && !scalar {
			return "a list"
		}
	case *message.Message:
		if !isMsg && !isList {
			return "a message"
		}
	}
	return ""
}
