package httpsig

import (
	"context"
	"unsafe"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const crlf = "\r\n"

// group flattens nested messages into the parts of a multipart body, keyed by
// path (spec 01, 10.4). A part is a binary or a flat message of binaries.
func group(ctx context.Context, env codec.Env, m *message.Message) (*message.Message, error) {
	g := grouper{ctx: ctx, env: env, parts: message.NewBuilder(m.Len())}
	if err := g.add(m, ""); err != nil {
		return nil, err
	}
	return g.parts.Message(), nil
}

type grouper struct {
	ctx   context.Context
	env   codec.Env
	parts *message.Builder
}

func (g *grouper) add(m *message.Message, parent string) error {
	cur := message.NewBuilder(m.Len())
	n := 0
	for k, v := range m.All() {
		path := k
		if parent != "" {
			path = parent + "/" + k
		}
		nested, err := g.nested(v)
		if err != nil {
			return err
		}
		if nested != nil {
			if isPart(nested) {
				g.parts.Set(path, nested)
			} else if nested.Len() == 0 {
				g.parts.Set(path, message.Of(message.P(keyTypes, message.Binary(typeEmpty))))
			} else if err := g.add(nested, path); err != nil {
				return err
			}
			continue
		}
		text, _ := message.Text(v)
		switch {
		case len(text) > maxHeaderValue || parent == "":
			g.parts.Set(path, message.Binary(text))
		default:
			cur.Set(k, message.Binary(text))
			n++
		}
	}
	if n > 0 {
		g.parts.Set(parent, cur.Message())
	}
	return nil
}

// isPart reports whether a message is one part as it is.
func isPart(m *message.Message) bool {
	for _, v := range m.All() {
		if b, ok := v.(message.Binary); !ok || len(b) > maxHeaderValue {
			return false
		}
	}
	return m.Len() > 0
}

// nested returns v as a TABM when it is a message or a list. Lists occur only
// inside nested commitments.
func (g *grouper) nested(v message.Value) (*message.Message, error) {
	switch x := v.(type) {
	case *message.Message:
		return x, nil
	case *message.List:
		t, err := structured.Bundle(g.ctx, g.env, x)
		if err != nil {
			return nil, err
		}
		m, _ := t.(*message.Message)
		return m, nil
	}
	return nil, nil
}

// multipart joins parts, in bytewise order of their paths, and returns the body
// with its boundary, which is the hash of the parts.
func multipart(parts *message.Message, inline string) (message.Binary, string) {
	var all []byte // the parts, joined as they are hashed
	ends := make([]int, 0, parts.Len())
	for path, v := range parts.All() {
		if len(ends) > 0 {
			all = append(all, crlf...)
		}
		all = appendPart(all, path, v, inline)
		ends = append(ends, len(all))
	}
	boundary := id.Hash(all).String()
	out := make([]byte, 0, len(all)+(len(ends)+1)*(len(boundary)+6))
	start := 0
	for _, end := range ends {
		out = append(append(append(out, "--"...), boundary...), crlf...)
		out = append(append(out, all[start:end]...), crlf...)
		start = end + len(crlf)
	}
	out = append(append(append(out, "--"...), boundary...), "--"...)
	return message.Binary(unsafe.String(unsafe.SliceData(out), len(out))), boundary // out is given away
}

// appendPart encodes one part: header lines, then, after an empty line, its
// body if it has one.
func appendPart(dst []byte, path string, v message.Value, inline string) []byte {
	m, isMessage := v.(*message.Message)
	suffix := ""
	if isMessage && m.Len() == 1 && m.Has(keyBody) {
		suffix = "/" + keyBody
	}
	if !isMessage {
		b, _ := v.(message.Binary)
		dst = appendDisposition(dst, path, suffix, inline)
		dst = append(dst, crlf+crlf...)
		return append(dst, b...)
	}
	body := m.Text(keyBody)
	lines := 0
	line := func(k string) {
		if lines > 0 {
			dst = append(dst, crlf...)
		}
		lines++
		if k == keyDisposition {
			dst = appendDisposition(dst, path, suffix, inline)
			return
		}
		dst = appendLine(dst, k, message.Binary(m.Text(k)))
	}
	if m.Len() < message.SmallSize {
		done := false // with the disposition, which stands in its place among the keys
		for k := range m.All() {
			if k == keyBody || k == keyDisposition {
				continue
			}
			if !done && k > keyDisposition {
				line(keyDisposition)
				done = true
			}
			line(k)
		}
		if !done {
			line(keyDisposition)
		}
	} else {
		for _, k := range m.Without(keyBody).Set(keyDisposition, message.Binary("")).WireKeys() {
			line(k)
		}
	}
	if body != "" {
		dst = append(dst, crlf+crlf...)
		dst = append(dst, body...)
	}
	return dst
}

// appendDisposition writes the header line that names a part.
func appendDisposition(dst []byte, path, suffix, inline string) []byte {
	dst = append(dst, keyDisposition+": "...)
	if path+suffix == inline {
		return append(dst, "inline"...)
	}
	dst = append(dst, `form-data;name="`...)
	return append(append(append(dst, path...), suffix...), '"')
}

func appendLine(dst []byte, k string, v message.Binary) []byte {
	dst = append(append(dst, k...), ": "...)
	return append(dst, v...)
}
