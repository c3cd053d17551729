package ans104

import (
	"errors"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Sizes in bytes from which an entry is a member of a bundle instead of a tag
// (spec 01, 13.5).
const (
	maxTagValue = 3072
	maxTagName  = 1024
)

// layout says how the keys of a TABM are spread over an item that has no
// original tags: what is a tag, what a member, what the data (spec 01, 13.5).
type layout struct {
	m       *message.Message
	keys    []string // in the order of their tags
	dataKey string
	inField bool // the target is a field of the item
}

func layoutOf(m *message.Message, keys []string, inField bool) layout {
	return layout{m: m, keys: keys, dataKey: dataKeyOf(m), inField: inField}
}

// dataKeyOf returns the key whose value is the data of the item.
func dataKeyOf(m *message.Message) string {
	if k := m.Text(keyDataKey); k != "" {
		return k
	}
	if m.Has(keyBody) {
		if data, ok := m.Get(keyData); !ok || isEmpty(data) {
			return keyBody
		}
	}
	return keyData
}

func isEmpty(v message.Value) bool { return v == nil || v == message.Value(message.Binary("")) }

// isMember reports whether an entry becomes a member of a bundle.
func isMember(k string, v message.Value) bool {
	switch k {
	case message.CommitmentsKey, keyData, keyTarget:
		return false
	}
	b, ok := v.(message.Binary)
	return !ok || len(b) > maxTagValue || len(k) > maxTagName
}

// errStop ends the iteration over tags.
var errStop = errors.New("stop")

// tags calls yield with each tag in order, until it returns false.
//
// # Errors
//
// [fail.Invalid] when a value that must be a tag is not binary.
func (l *layout) tags(yield func(name, value string) bool) error {
	if l.dataKey != keyData && !yield(keyDataKey, l.dataKey) {
		return errStop
	}
	for _, k := range l.keys {
		if k == message.CommitmentsKey || k == l.dataKey || (k == keyTarget && l.inField) {
			continue
		}
		v, _ := l.m.Get(k)
		if isMember(k, v) {
			continue
		}
		b, ok := v.(message.Binary)
		if !ok {
			return fail.New(fail.Invalid, opEncode, "%q holds a message and must be a tag", k)
		}
		if !yield(k, string(b)) {
			return errStop
		}
	}
	return nil
}
