package structured

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// FromTABM converts a TABM to a rich value (spec 01, 4.4): typed texts become
// values, "NAME+link" becomes a [message.Link] under NAME, numbered messages
// that are marked as lists become lists.
//
// # Errors
//
// [fail.Invalid] for a damaged ao-types, a text that is not of its type or a
// list with gaps; [fail.Unsupported] for an unknown type; [fail.Exhausted] when
// messages nest deeper than [message.MaxDepth].
func FromTABM(v message.Value) (message.Value, error) { return decode(v, message.MaxDepth) }

func decode(v message.Value, depth int) (message.Value, error) {
	const op = "structured.FromTABM"
	if depth == 0 {
		return nil, fail.New(fail.Exhausted, op, "message nests deeper than %d levels", message.MaxDepth)
	}
	m, ok := v.(*message.Message)
	if !ok {
		return v, nil
	}
	if rich(m) {
		return m, nil
	}
	var types map[string]string
	if s, ok := m.Get(TypesKey); ok {
		text, isText := s.(message.Binary)
		if !isText {
			return nil, fail.New(fail.Invalid, op, "ao-types is not text")
		}
		var err error
		if types, err = Types(string(text)); err != nil {
			return nil, err
		}
	}
	b := message.NewBuilder(m.Len())
	for k, v := range m.All() {
		if k == TypesKey {
			continue
		}
		if name, ok := strings.CutSuffix(k, message.LinkSuffix); ok {
			if target, ok := v.(message.Binary); ok {
				b.Set(name, message.Link{ID: string(target)})
				continue
			}
		}
		d, err := decodeEntry(k, v, types[k], depth)
		if err != nil {
			return nil, err
		}
		b.Set(k, d)
	}
	out := b.Message().WithPrivate(m.Private())
	if types[listType] == "list" {
		return out.List()
	}
	return out, nil
}

func decodeEntry(k string, v message.Value, typ string, depth int) (message.Value, error) {
	switch x := v.(type) {
	case message.Binary:
		if typ == "" || typ == "empty-message" || typ == "empty-list" || typ == "empty-binary" {
			return x, nil
		}
		d, err := message.ParseTyped(typ, string(x))
		if err != nil {
			return nil, fail.New(fail.KindOf(err), "structured.FromTABM", "key %q: %w", k, err)
		}
		return d, nil
	case *message.Message:
		d, err := decode(x, depth-1)
		if err != nil {
			return nil, err
		}
		if n, ok := d.(*message.Message); ok && typ == "list" {
			return n.List()
		}
		return d, nil
	}
	return v, nil
}

// rich reports whether m has nothing to decode.
func rich(m *message.Message) bool {
	for k, v := range m.All() {
		switch v.(type) {
		case *message.Message:
			return false
		}
		if k == TypesKey || strings.HasSuffix(k, message.LinkSuffix) {
			return false
		}
	}
	return true
}
