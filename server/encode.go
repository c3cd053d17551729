package server

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/flat"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

const opReply = "server.Encode"

// encode writes a message in a form (spec 02, 13.4).
//
// # Errors
//
// Those of the codec; [fail.Unsupported] when the message cannot be written as
// HTTP fields.
func (s *Server) encode(ctx context.Context, m *message.Message, f form) (*reply, error) {
	if f.codec.Name() == ans104 && len(commit.Committers(m)) > 0 {
		m = m.OnlyCommitted()
	}
	env := commit.Env(s.engine.Cache)
	convert := structured.ToTABM
	if f.bundle {
		convert = structured.Bundle
	}
	tabm, err := convert(ctx, env, m)
	if err != nil {
		return nil, err
	}
	encoded, err := f.codec.Encode(ctx, env, tabm, codec.Options{Bundle: f.bundle, Inlined: f.bundle})
	if err != nil {
		return nil, err
	}
	switch x := encoded.(type) {
	case *message.Message:
		if f.codec.Name() == httpsig.Name {
			return fieldsReply(x)
		}
		text, err := flat.Format(x)
		if err != nil {
			return nil, err
		}
		return bodyReply(f.codec, m, text), nil
	case message.Binary:
		return bodyReply(f.codec, m, string(x)), nil
	}
	return nil, fail.New(fail.Unsupported, opReply, "this result cannot be written as %s", f.codec.Name())
}

// fieldsReply returns the reply of an encoding that is header fields and a
// body.
func fieldsReply(encoded *message.Message) (*reply, error) {
	encoded, err := httpsig.Carry(encoded)
	if err != nil {
		return nil, err
	}
	rep := &reply{lines: make([]line, 0, encoded.Len())}
	for k, v := range encoded.All() {
		text, ok := v.(message.Binary)
		switch {
		case !ok:
			return nil, fail.New(fail.Unsupported, opReply, "the key %.80q has no form as a header field", k)
		case k == "body":
			rep.body = string(text)
		default:
			rep.add(k, string(text))
		}
	}
	return rep, nil
}

// bodyReply returns the reply of an encoding that is all in the body. Header
// fields repeat the short texts of the message, as far as they can be fields.
func bodyReply(c codec.Codec, m *message.Message, body string) *reply {
	rep := &reply{body: body, lines: make([]line, 0, 16)}
	if c.Name() != ans104 {
		for k, v := range m.All() {
			if k == "body" || k == "data" || k == "codec-device" || k == "content-type" || httpsig.Framing(k) || strings.HasSuffix(k, message.LinkSuffix) {
				continue
			}
			if text, ok := message.Text(v); ok && len(text) <= maxFieldValue && httpsig.ValidName(k) && httpsig.ValidValue(text) {
				rep.add(k, text)
			}
		}
	}
	rep.add("codec-device", c.Name())
	if t := c.ContentType(); t != "" {
		rep.add("content-type", t)
	}
	return rep
}

// maxFieldValue is the longest value in bytes that is repeated as a header
// field.
const maxFieldValue = 4096

// keepLinked writes the nested messages of a reply that refers to them by
// their IDs, so that the client can read them at /ID. What is there already is
// not written again. A message with commitments that do not hold is not kept:
// its link leads to the message that they are of, or nowhere.
func (s *Server) keepLinked(ctx context.Context, m *message.Message) error {
	for k, v := range m.All() {
		if k == message.CommitmentsKey {
			continue
		}
		switch v.(type) {
		case *message.Message, *message.List:
			if _, err := s.engine.Cache.Write(ctx, v, store.Lazy); err != nil && !fail.Is(err, fail.Unauthorized) {
				return err
			}
		}
	}
	return nil
}
