package httpsig

import (
	"context"
	"crypto/sha256"
	"encoding/base64"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/field"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Encode turns a TABM into header fields and a body (spec 01, 10.1). Values
// other than messages pass unchanged.
//
// # Errors
//
// [fail.NotFound] when a bundle needs a link that cannot be loaded,
// [fail.Invalid] when a value has no TABM form.
func (Codec) Encode(ctx context.Context, env codec.Env, v message.Value, opt codec.Options) (message.Value, error) {
	m, ok := v.(*message.Message)
	if !ok {
		return v, nil
	}
	if opt.Bundle && !opt.Inlined {
		in, err := structured.Inline(ctx, env, m)
		if err != nil {
			return nil, err
		}
		if m, ok = in.(*message.Message); !ok {
			return in, nil
		}
	}
	out, err := encodeContent(ctx, env, m)
	if err != nil {
		return nil, err
	}
	return addSignatures(ctx, env, out, m)
}

// encodeContent encodes everything but the commitments.
func encodeContent(ctx context.Context, env codec.Env, m *message.Message) (*message.Message, error) {
	if flat(m) {
		return m, nil
	}
	s := groupIDs(m)
	inline, addBodyKey := inlineKey(s)
	head := message.NewBuilder(s.Len() + 4)
	body := message.NewBuilder(0)
	if addBodyKey {
		head.Set(keyBodyKey, message.Binary(inline))
	}
	for k, v := range s.All() {
		switch k {
		case message.CommitmentsKey, keySignature, keyInput:
			continue
		}
		b, isBinary := v.(message.Binary)
		switch {
		case k == keyBody || k == inline || !isBinary || len(b) > maxHeaderValue:
			body.Set(k, v)
		default:
			head.Set(k, v)
		}
	}
	text, typ, err := encodeBody(ctx, env, body.Message(), inline)
	if err != nil {
		return nil, err
	}
	if typ != "" {
		head.Set(keyType, message.Binary(typ))
	}
	if text != nil {
		head.Set(keyBody, *text)
		if *text != "" {
			head.Set(keyDigest, contentDigest(*text))
		}
	}
	return head.Message(), nil
}

// encodeBody returns the HTTP body of the body entries and, for a multipart
// body, its content type. There is no body when there are no entries.
func encodeBody(ctx context.Context, env codec.Env, entries *message.Message, inline string) (text *message.Binary, typ string, err error) {
	if entries.Len() == 0 {
		return nil, "", nil
	}
	if entries.Len() == 1 {
		if v, ok := entries.Get(inline); ok {
			if b, ok := v.(message.Binary); ok {
				return &b, "", nil
			}
		}
	}
	parts, err := group(ctx, env, entries)
	if err != nil || parts.Len() == 0 {
		return nil, "", err
	}
	b, boundary := multipart(parts, inline)
	return &b, `multipart/form-data; boundary="` + boundary + `"`, nil
}

// contentDigest returns the RFC 9530 digest field of a body.
func contentDigest(body message.Binary) message.Binary {
	sum := sha256.Sum256([]byte(body))
	buf := make([]byte, 0, 54)
	buf = append(buf, "sha-256=:"...)
	buf = base64.StdEncoding.AppendEncode(buf, sum[:])
	return message.Binary(append(buf, ':'))
}

// inlineKey returns the key whose value is the bare body, and whether it must
// be announced by "ao-body-key" (spec 01, 10.2).
func inlineKey(m *message.Message) (key string, announce bool) {
	if k := m.Text(keyBodyKey); k != "" {
		return k, false
	}
	if m.Has(keyBody) || !m.Has(keyData) {
		return keyBody, false
	}
	return keyData, true
}

// groupIDs moves entries whose keys look like IDs into the dictionary
// "ao-ids", because header names lose their case (spec 01, 10.3).
func groupIDs(m *message.Message) *message.Message {
	var ids []string
	for k, v := range m.All() {
		if _, ok := v.(message.Binary); ok && id.Is(k) {
			ids = append(ids, k)
		}
	}
	if len(ids) == 0 {
		return m
	}
	grouped := m.Without(ids...)
	message.SortWire(ids)
	var dict []byte
	for i, k := range ids {
		if i > 0 {
			dict = append(dict, ", "...)
		}
		dict = append(append(dict, k...), '=')
		v, _ := m.Get(k)
		// Lenient strings print every byte, so this cannot fail.
		dict, _ = field.Lenient.AppendItem(dict, field.Item{Value: field.String(string(v.(message.Binary)))})
	}
	return grouped.Set(keyIDs, message.Binary(dict))
}

// ungroupIDs is the inverse of groupIDs.
func ungroupIDs(m *message.Message) (*message.Message, error) {
	text := m.Text(keyIDs)
	if text == "" {
		return m, nil
	}
	d, err := field.Lenient.ParseDictionary(text)
	if err != nil {
		return nil, fail.New(fail.Invalid, opDecode, "ao-ids is not a structured field dictionary: %w", err)
	}
	m = m.Without(keyIDs)
	for _, e := range d {
		m = m.Set(e.Key, message.BareValue(e.Value))
	}
	return m, nil
}
