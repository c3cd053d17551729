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
	var types annotations
	var buf [maxFew]annotation
	if s, ok := m.Get(TypesKey); ok {
		text, isText := s.(message.Binary)
		if !isText {
			return nil, fail.New(fail.Invalid, op, "ao-types is not text")
		}
		var err error
		if types, err = parseAnnotations(string(text), buf[:0]); err != nil {
			return nil, err
		}
	}
	out, err := decodeEntries(m, &types, depth)
	if err != nil {
		return nil, err
	}
	if types.of(listType) == "list" {
		return out.List()
	}
	return out, nil
}

// decodeEntries returns m itself when there is nothing to decode in it.
func decodeEntries(m *message.Message, types *annotations, depth int) (*message.Message, error) {
	var b *message.Builder // nil as long as every entry has stayed the same
	done := 0
	for k, v := range m.All() {
		name, d, err := decodeEntry(k, v, types, depth)
		if err != nil {
			return nil, err
		}
		if b == nil && (name != k || !unchanged(v, d)) {
			b = message.NewBuilder(m.Len())
			copyFirst(b, m, done)
		}
		if b != nil {
			b.Set(name, d)
		}
		done++
	}
	if b == nil {
		return m, nil
	}
	return b.Message().WithPrivate(m.Private()), nil
}

// unchanged reports whether decoding v to d has done nothing.
func unchanged(v, d message.Value) bool {
	if _, ok := v.(message.Binary); ok {
		_, ok = d.(message.Binary)
		return ok
	}
	return v == d
}

// copyFirst copies the first n entries of m.
func copyFirst(b *message.Builder, m *message.Message, n int) {
	if n == 0 {
		return
	}
	for k, v := range m.All() {
		b.Set(k, v)
		if n--; n == 0 {
			return
		}
	}
}

// decodeEntry returns an entry with its name; the value is nil for ao-types.
func decodeEntry(k string, v message.Value, types *annotations, depth int) (string, message.Value, error) {
	switch x := v.(type) {
	case message.Binary:
		if k == TypesKey {
			return k, nil, nil
		}
		if name, ok := strings.CutSuffix(k, message.LinkSuffix); ok {
			return name, message.Link{ID: string(x)}, nil
		}
		typ := types.of(k)
		if typ == "" || typ == "empty-message" || typ == "empty-list" || typ == "empty-binary" {
			return k, v, nil
		}
		d, err := message.ParseTyped(typ, string(x))
		if err != nil {
			return k, nil, fail.New(fail.KindOf(err), "structured.FromTABM", "key %q: %w", k, err)
		}
		return k, d, nil
	case *message.Message:
		// Its own ao-types say whether it is a list, not those around it.
		d, err := decode(x, depth-1)
		return k, d, err
	}
	return k, v, nil
}
