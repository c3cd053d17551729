package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// hostError is the error of a value that the reference could not produce, or
// that exists only inside its host language.
type hostError struct {
	class  string // error, throw, exit: the reference raised; tuple, fun, opaque: a host value
	reason string
}

func (e *hostError) Error() string { return e.class + " " + e.reason }

// object is a JSON object that keeps the order and the raw text of its members.
type object map[string]json.RawMessage

// parseValue reads a typed value (vectors/README.md). The error is a
// *hostError when the value records a crash or a host value.
func parseValue(raw json.RawMessage) (message.Value, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if raw[0] == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		return message.Binary(s), err
	}
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, err
	}
	if len(o) != 1 {
		return nil, fmt.Errorf("typed value with %d members: %.80s", len(o), raw)
	}
	for k, v := range o {
		return parseTyped(k, v)
	}
	return nil, nil
}

func parseTyped(kind string, raw json.RawMessage) (message.Value, error) {
	var s string
	switch kind {
	case "bin":
		err := json.Unmarshal(raw, &s)
		return message.Binary(s), err
	case "atom":
		err := json.Unmarshal(raw, &s)
		return message.Atom(s), err
	case "b64u":
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, err
		}
		b, err := base64.RawURLEncoding.DecodeString(s)
		return message.Binary(b), err
	case "int":
		n, ok := new(big.Int).SetString(string(bytes.Trim(raw, `"`)), 10)
		if !ok {
			return nil, fmt.Errorf("int %s", raw)
		}
		return message.Integer(n), nil
	case "float":
		f, err := strconv.ParseFloat(string(bytes.Trim(raw, `"`)), 64)
		return message.Float(f), err
	case "list":
		return parseItems(raw)
	case "map":
		var o object
		if err := json.Unmarshal(raw, &o); err != nil {
			return nil, err
		}
		return parseMap(o)
	case "entries":
		return parseEntries(raw)
	case "empty":
		switch string(raw) {
		case `"binary"`:
			return message.Binary(""), nil
		case `"list"`:
			return message.NewList(), nil
		}
		return message.Empty(), nil
	case "link":
		var l struct{ ID string }
		err := json.Unmarshal(raw, &l)
		return message.Link{ID: l.ID}, err
	case "as":
		return parseAs(raw)
	case "resolve":
		l, err := parseItems(raw)
		if err != nil {
			return nil, err
		}
		r := &message.Resolve{}
		for _, v := range l.All() {
			r.Steps = append(r.Steps, v)
		}
		return r, nil
	case "error":
		var e struct{ Class, Reason string }
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, &hostError{"error", string(raw)}
		}
		return nil, &hostError{e.Class, e.Reason}
	}
	return nil, &hostError{kind, string(raw)}
}

func parseItems(raw json.RawMessage) (*message.List, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, err
	}
	out := make([]message.Value, len(items))
	for i, r := range items {
		var err error
		if out[i], err = parseValue(r); err != nil {
			return nil, err
		}
	}
	return message.NewList(out...), nil
}

func parseMap(o object) (*message.Message, error) {
	b := message.NewBuilder(len(o))
	for k, r := range o {
		v, err := parseValue(r)
		if err != nil {
			return nil, err
		}
		b.Set(k, v)
	}
	return b.Message(), nil
}

func parseEntries(raw json.RawMessage) (message.Value, error) {
	var pairs [][2]json.RawMessage
	if err := json.Unmarshal(raw, &pairs); err != nil {
		return nil, err
	}
	b := message.NewBuilder(len(pairs))
	for _, p := range pairs {
		k, err := parseValue(p[0])
		if err != nil {
			return nil, err
		}
		v, err := parseValue(p[1])
		if err != nil {
			return nil, err
		}
		key, ok := message.NormalizeKey(k)
		if !ok {
			return nil, fmt.Errorf("key %s", p[0])
		}
		b.Set(key, v)
	}
	return b.Message(), nil
}

func parseAs(raw json.RawMessage) (message.Value, error) {
	var a struct{ Device, Message json.RawMessage }
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, err
	}
	dev, err := parseValue(a.Device)
	if err != nil {
		return nil, err
	}
	msg, err := parseValue(a.Message)
	return &message.As{Device: dev, Message: msg}, err
}

// show prints a value in the vectors' notation, for diffs.
func show(v message.Value) string {
	var b bytes.Buffer
	write(&b, v)
	return b.String()
}

func write(b *bytes.Buffer, v message.Value) {
	switch x := v.(type) {
	case nil:
		b.WriteString("nothing")
	case message.Binary:
		fmt.Fprintf(b, "%q", string(x))
	case *message.Message:
		b.WriteByte('{')
		i := 0
		for k, e := range x.All() {
			if i > 0 {
				b.WriteString(", ")
			}
			i++
			fmt.Fprintf(b, "%s: ", k)
			write(b, e)
		}
		b.WriteByte('}')
	case *message.List:
		b.WriteByte('[')
		for i, e := range x.All() {
			if i > 0 {
				b.WriteString(", ")
			}
			write(b, e)
		}
		b.WriteByte(']')
	case *message.As:
		b.WriteString("AS(")
		write(b, x.Device)
		b.WriteString(", ")
		write(b, x.Message)
		b.WriteByte(')')
	case *message.Resolve:
		b.WriteString("RESOLVE(")
		write(b, message.NewList(x.Steps...))
		b.WriteByte(')')
	case message.Link:
		fmt.Fprintf(b, "LINK(%s)", x.ID)
	case message.Float:
		fmt.Fprintf(b, "%vf", float64(x))
	default:
		s, _ := message.Text(v)
		b.WriteString(s)
	}
}

// same returns nil when two values are equal and a readable difference
// otherwise.
func same(what string, got, want message.Value) error {
	if message.Equal(got, want) {
		return nil
	}
	return fmt.Errorf("%s:\n   got  %s\n   want %s", what, show(got), show(want))
}
