package httpsig

import (
	"context"
	"crypto/sha256"

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
			if nested.Len() == 0 {
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
	encoded := make([][]byte, 0, parts.Len())
	h := sha256.New()
	size := 0
	for path, v := range parts.All() {
		p := encodePart(path, v, inline)
		if len(encoded) > 0 {
			h.Write([]byte(crlf))
		}
		h.Write(p)
		size += len(p) + 60
		encoded = append(encoded, p)
	}
	boundary := id.Encode(h.Sum(nil))
	out := make([]byte, 0, size+60)
	for _, p := range encoded {
		out = append(out, "--"...)
		out = append(out, boundary...)
		out = append(out, crlf...)
		out = append(out, p...)
		out = append(out, crlf...)
	}
	out = append(out, "--"...)
	out = append(out, boundary...)
	out = append(out, "--"...)
	return message.Binary(out), boundary
}

// encodePart encodes one part: header lines, then, after an empty line, its
// body if it has one.
func encodePart(path string, v message.Value, inline string) []byte {
	m, isMessage := v.(*message.Message)
	name := path
	if isMessage && m.Len() == 1 && m.Has(keyBody) {
		name = path + "/" + keyBody
	}
	disposition := message.Binary("inline")
	if name != inline {
		disposition = message.Binary(`form-data;name="` + name + `"`)
	}
	if !isMessage {
		b, _ := v.(message.Binary)
		out := make([]byte, 0, len(b)+len(disposition)+32)
		out = appendLine(out, keyDisposition, disposition)
		out = append(out, crlf+crlf...)
		return append(out, b...)
	}
	head := m.Without(keyBody).Set(keyDisposition, disposition)
	var out []byte
	for i, k := range head.WireKeys() {
		if i > 0 {
			out = append(out, crlf...)
		}
		out = appendLine(out, k, message.Binary(head.Text(k)))
	}
	if body := m.Text(keyBody); body != "" {
		out = append(out, crlf+crlf...)
		out = append(out, body...)
	}
	return out
}

func appendLine(dst []byte, k string, v message.Binary) []byte {
	dst = append(append(dst, k...), ": "...)
	return append(dst, v...)
}
