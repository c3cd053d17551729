package pay

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Words is a sequence as the text that templates are compared with: what really
// runs, each message by its device and its key, as in /~meta@1.0/info.
type Words struct {
	parts []string
	text  string // of the parts
	open  bool   // parts of it are known only when it runs
}

// WordsOf reads a sequence (package path). A sub-path anywhere in it, also as
// an argument, makes it one of which nobody knows beforehand what it runs.
func WordsOf(seq []message.Value) Words {
	var w Words
	for _, v := range seq {
		w.element(v, "")
	}
	if w.text = "/" + strings.Join(w.parts, "/"); w.open {
		w.text += "/(...)"
	}
	return w
}

// String returns the words as a path.
func (w Words) String() string { return w.text }

func (w *Words) add(word string) {
	if word != "" {
		w.parts = append(w.parts, word)
	}
}

// element adds the word of an element that is seen through a device.
func (w *Words) element(v message.Value, device string) {
	switch x := v.(type) {
	case message.Binary:
		w.add(string(x))
	case *message.As:
		name, ok := message.Text(x.Device)
		w.open = w.open || !ok || device != ""
		w.element(x.Message, "~"+name)
	case *message.Message:
		w.message(x, device)
	default:
		w.open = true
	}
}

func (w *Words) message(m *message.Message, device string) {
	for k, v := range m.All() {
		if k != message.CommitmentsKey && k != path.Key && k != "device" {
			w.argument(v, message.MaxDepth)
		}
	}
	if v, ok := m.Get("device"); ok {
		name, isText := message.Text(v)
		w.open = w.open || !isText || device != ""
		device = "~" + name
	}
	key := ""
	switch p, _ := m.Get(path.Key); x := p.(type) {
	case nil:
	case *message.As:
		name, ok := message.Text(x.Device)
		inner, isText := message.NormalizeKey(x.Message)
		w.open = w.open || !ok || !isText || device != ""
		key, device = inner, "~"+name
	default:
		text, ok := message.NormalizeKey(x)
		w.open = w.open || !ok
		key = text
	}
	w.add(strings.Trim(key, "/") + device)
}

// argument looks for sub-paths in a value.
func (w *Words) argument(v message.Value, depth int) {
	if depth == 0 {
		w.open = true
		return
	}
	switch x := v.(type) {
	case *message.Resolve, *message.As:
		w.open = true
	case *message.Message:
		for _, e := range x.All() {
			w.argument(e, depth-1)
		}
	case *message.List:
		for _, e := range x.All() {
			w.argument(e, depth-1)
		}
	}
}
