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
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// ans104 is the codec whose requests are items: headers are no part of them.
const ans104 = "ans104@1.0"

// decode returns the message that a request carries, verified and normalised
// (spec 02, 11).
func (s *Server) decode(ctx context.Context, w *wire, set *settings) (*message.Message, error) {
	c, err := s.inbound(w, set)
	if err != nil {
		return nil, err
	}
	var m *message.Message
	if c.Name() == httpsig.Name {
		m, err = s.decodeHTTP(ctx, c, w)
	} else {
		m, err = s.decodeBody(ctx, c, w)
	}
	if err != nil {
		return nil, invalid(err)
	}
	if set.clientSigs && m.Commitments().Len() == 0 {
		if m, err = withClientSignature(m, w); err != nil {
			return nil, err
		}
	} else if m, err = s.verified(ctx, m, set); err != nil {
		return nil, err
	}
	signed := m.Commitments().Len() > 0
	if !signed && set.forceRequests {
		return nil, fail.New(fail.Unauthorized, "server.Verify", "this node takes signed requests only")
	}
	if signed && set.storeSigned && !carriesSecret(m) {
		if _, err := s.engine.Cache.Write(ctx, m, store.Lazy); err != nil {
			return nil, err
		}
	}
	if c.Name() != httpsig.Name && c.Name() != ans104 && !signed {
		if m, err = s.underHeaders(w, m); err != nil {
			return nil, err
		}
	}
	return s.normalise(m, w, set), nil
}

// invalid makes sure that what is wrong with a request is not reported as a
// fault of this node. A missing link is the client's to send.
func invalid(err error) error {
	switch fail.KindOf(err) {
	case fail.Internal, fail.NotFound, fail.Failed:
		return fail.New(fail.Invalid, "server.Decode", "%s", fail.Sentence(err))
	}
	return err
}

// decodeHTTP reads a message from header fields and body (spec 02, 11.3).
func (s *Server) decodeHTTP(ctx context.Context, c codec.Codec, w *wire) (*message.Message, error) {
	fields := w.fields.Without("body") // the body of a request is its HTTP body, even when there is none
	if w.body != "" {
		fields = fields.Set("body", message.Binary(w.body))
	} else if strings.HasPrefix(fields.Text("content-type"), "multipart/") {
		fields = fields.Without("content-type")
	}
	m, err := s.decodeWith(ctx, c, fields)
	if err != nil {
		return nil, err
	}
	if m.Commitments().Len() == 0 && m.Has(path.Key) && w.query.Len() > 0 {
		m = m.Merge(w.query.Without(path.Key)) // the message's path hides that of the URL, not its query
	}
	return m, nil
}

// decodeBody reads a message from a body that holds all of it (spec 02, 11.4
// and 11.5).
func (s *Server) decodeBody(ctx context.Context, c codec.Codec, w *wire) (*message.Message, error) {
	if w.body == "" && c.Name() != ans104 {
		return message.Empty(), nil
	}
	if c.Name() == flat.Name {
		return s.decodeWith(ctx, c, flat.Lines(w.body))
	}
	return s.decodeWith(ctx, c, message.Binary(w.body))
}

// decodeWith decodes to a rich message. A list becomes numbered, text becomes
// the body.
func (s *Server) decodeWith(ctx context.Context, c codec.Codec, encoded message.Value) (*message.Message, error) {
	env := commit.Env(s.engine.Cache)
	tabm, err := c.Decode(ctx, env, encoded, codec.Options{})
	if err != nil {
		return nil, err
	}
	rich, err := structured.FromTABM(tabm)
	if err != nil {
		return nil, err
	}
	switch x := rich.(type) {
	case *message.Message:
		return x, nil
	case *message.List:
		return x.Numbered(), nil
	}
	return message.Of(message.P("body", rich)), nil
}

// underHeaders lays an unsigned message over the header fields and the query.
func (s *Server) underHeaders(w *wire, m *message.Message) (*message.Message, error) {
	v, err := structured.FromTABM(w.fields.Without("content-digest", "signature", "signature-input"))
	if err != nil {
		return nil, invalid(err)
	}
	fields, ok := v.(*message.Message)
	if !ok {
		return m, nil
	}
	if m.Has(path.Key) {
		fields = fields.Merge(w.query.Without(path.Key))
	}
	return fields.Merge(m), nil
}
