package ao

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// Func answers a key: it returns the result of resolving call.Request on
// call.Base. An error that is an [*Outcome] is an answer with another status.
type Func func(call *Call) (message.Value, error)

// Device is one device: what it is called, what it says about itself, and what
// its keys do. Devices are immutable and shared by all requests; what a device
// keeps between calls is in the closure of its functions.
type Device struct {
	Name    string   // e.g. "dedup@1.0"
	Aliases []string // other names of the same device
	Doc     string   // an essay in Markdown; its first sentence is the summary

	Keys []Key

	// Handler answers every key but those in Excludes, whatever Keys says.
	Handler Func
	// Default answers the keys that are not in Keys. Without it they are
	// answered by message@1.0.
	Default Func
	// Excludes are keys that message@1.0 answers although the device has a
	// Handler or Default.
	Excludes []string

	// Group names the group of a call; equal calls of a group that are under
	// way at the same time share one result (spec 02, 8.1). "" joins nothing.
	Group func(call *Call) string

	// Options are the node options that the device reads.
	Options []Option

	// Examples show the device at work. Tests try them.
	Examples []Example

	index map[string]Func
}

// Key is one key of a device.
type Key struct {
	Name  string // as in paths; "_" and "-" are the same, case does not matter
	Doc   string // one line
	Reads string // what it reads of base and request, for the documentation
	Run   Func
}

// Example is a sentence of the path language with its answer: the text of a
// scalar, JSON of anything else.
type Example struct {
	Path   string
	Answer string
}

// fold returns the form of a key name that tables are searched by (spec 02,
// 3.5).
func fold(key string) string {
	for i := 0; i < len(key); i++ {
		if c := key[i]; c == '_' || (c >= 'A' && c <= 'Z') {
			return strings.ReplaceAll(strings.ToLower(key), "_", "-")
		}
	}
	return key
}

// indexed returns a copy of d whose keys can be searched.
func (d *Device) indexed() *Device {
	c := *d
	c.index = make(map[string]Func, len(d.Keys))
	for _, k := range d.Keys {
		c.index[fold(k.Name)] = k.Run
	}
	return &c
}

// find returns the function that answers key on d, or nil when message@1.0
// does (spec 02, 3.6).
func (d *Device) find(key string) Func {
	f := fold(key)
	for _, x := range d.Excludes {
		if fold(x) == f {
			return nil
		}
	}
	if f == "info" {
		if own := d.index[f]; own != nil {
			return own
		}
		if d.Handler == nil && d.Default == nil {
			return d.info
		}
	}
	switch {
	case d.Handler != nil:
		return d.Handler
	case d.index[f] != nil:
		return d.index[f]
	}
	return d.Default
}

// info answers the key "info" of a device that does not define it: its name,
// its summary and its keys.
func (d *Device) info(*Call) (message.Value, error) {
	keys := message.NewBuilder(len(d.Keys))
	for _, k := range d.Keys {
		keys.Set(k.Name, message.Binary(k.Doc))
	}
	return message.Of(
		message.P("name", message.Binary(d.Name)),
		message.P("description", message.Binary(d.Summary())),
		message.P("keys", keys.Message())), nil
}

// Summary returns the first sentence of the documentation.
func (d *Device) Summary() string {
	text := strings.Join(strings.Fields(strings.SplitN(d.Doc, "\n\n", 2)[0]), " ")
	if i := strings.Index(text, ". "); i >= 0 {
		return text[:i+1]
	}
	return text
}
