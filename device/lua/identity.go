package lua

import (
	"encoding/binary"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// programKeys are the keys of a base that its program depends on, besides the
// process.
var programKeys = [...]string{"module", "sandbox", "device-sandbox", "lua-dialect"}

// identity returns a text that is equal for bases with equal programs, and for
// no others. It rests on content only: the IDs that the commitments of a
// message claim could be anyone's. IDs of content are kept by messages, so
// asking again costs little.
func identity(c *ao.Call) (string, error) {
	f := fingerprint{call: c, text: make([]byte, 0, 160)}
	for _, k := range programKeys {
		v, ok := c.Base.Get(k)
		if !ok {
			f.add('-', "")
			continue
		}
		if err := f.value(v, 0); err != nil {
			return "", err
		}
	}
	v, _, err := c.Lookup(c.Base, "process")
	if err != nil {
		return "", err
	}
	if m, ok := v.(*message.Message); ok {
		i, err := commit.EveryID(c.Ctx, m)
		if err != nil {
			return "", err
		}
		f.add('p', string(i[:]))
	}
	return string(f.text), nil
}

// fingerprint is an injective text of values.
type fingerprint struct {
	call *ao.Call
	text []byte
}

func (f *fingerprint) add(kind byte, s string) {
	f.text = append(f.text, kind)
	f.text = binary.AppendUvarint(f.text, uint64(len(s)))
	f.text = append(f.text, s...)
}

func (f *fingerprint) value(v message.Value, depth int) error {
	if depth > maxModuleDepth {
		return fail.New(fail.Exhausted, Name+"/init", "modules nest deeper than %d levels", maxModuleDepth)
	}
	switch x := v.(type) {
	case message.Link:
		f.add('l', x.ID)
	case *message.List:
		f.add('[', strconv.Itoa(x.Len()))
		for _, item := range x.All() {
			if err := f.value(item, depth+1); err != nil {
				return err
			}
		}
	case *message.Message:
		return f.message(x, depth)
	case message.Binary:
		f.add('b', string(x))
	case message.Atom:
		f.add('a', string(x))
	default:
		text, _ := message.Text(v)
		f.add('t', text)
	}
	return nil
}

// message adds a message: one without others in it by the ID of its content.
func (f *fingerprint) message(m *message.Message, depth int) error {
	if flat(m) {
		i, err := commit.CalculatedID(f.call.Ctx, m)
		if err != nil {
			return err
		}
		f.add('m', string(i[:]))
		return nil
	}
	f.add('{', strconv.Itoa(m.Len()))
	for k, v := range m.All() {
		if k == message.CommitmentsKey {
			continue
		}
		f.add('k', k)
		if err := f.value(v, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// flat reports whether no key of a message but its commitments has a message or
// list.
func flat(m *message.Message) bool {
	for k, v := range m.All() {
		switch v.(type) {
		case *message.Message, *message.List:
			if k != message.CommitmentsKey {
				return false
			}
		}
	}
	return true
}
