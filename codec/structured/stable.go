package structured

import "github.com/hyperbeam-go/hyperbeam/message"

// Stable reports whether a TABM of binaries stays byte for byte the same when
// it is read as rich values and written again. It does unless its ao-types or a
// typed text was written by someone who spells them differently.
func Stable(m *message.Message) bool {
	rich, err := FromTABM(m)
	if err != nil {
		return false
	}
	flat, ok := rich.(*message.Message)
	if !ok {
		return false
	}
	b := message.NewBuilder(m.Len())
	var types []byte
	for k, v := range flat.All() {
		switch x := v.(type) {
		case message.Binary:
			b.Set(k, x)
		case message.Link:
			b.Set(k+message.LinkSuffix, message.Binary(x.ID))
		default:
			s, ok := encodeScalar(v)
			if !ok {
				return false
			}
			b.Set(k, message.Binary(s))
			types = AppendType(types, k, scalarType(v))
		}
	}
	if len(types) > 0 {
		b.Set(TypesKey, message.Binary(types))
	}
	return message.Equal(b.Message(), m)
}
