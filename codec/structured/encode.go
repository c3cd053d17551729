package structured

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// ToTABM converts a rich value to a TABM whose nested messages and lists are
// links (spec 01, 4.1, linkify mode discard: nothing is stored). Scalars
// become their text without a type.
//
// # Errors
//
// [fail.Exhausted] when values nest deeper than [message.MaxDepth].
func ToTABM(ctx context.Context, env codec.Env, v message.Value) (message.Value, error) {
	m, ok := v.(*message.Message)
	if !ok {
		e := encoder{ctx: ctx, env: env, link: true}
		return e.value(v, message.MaxDepth)
	}
	memo := m.Memo()
	if t := memo.TABM.Load(); t != nil {
		return t, nil
	}
	e := encoder{ctx: ctx, env: env, link: true}
	t, err := e.message(m, message.MaxDepth)
	if err != nil {
		return nil, err
	}
	memo.TABM.Store(t)
	return t, nil
}

// Bundle converts a rich value to a TABM in which everything is embedded:
// links are loaded, and nested messages with commitments are reduced to their
// committed keys, as storing and loading them does (spec 01, 5.2 and 5.3).
//
// # Errors
//
// [fail.NotFound] when a link cannot be loaded, [fail.Exhausted] as [ToTABM].
func Bundle(ctx context.Context, env codec.Env, v message.Value) (message.Value, error) {
	e := encoder{ctx: ctx, env: env}
	return e.value(v, message.MaxDepth)
}

// Inline turns a TABM with links into one without (spec 01, 5.3).
//
// # Errors
//
// Those of [FromTABM] and [Bundle].
func Inline(ctx context.Context, env codec.Env, tabm message.Value) (message.Value, error) {
	rich, err := FromTABM(tabm)
	if err != nil {
		return nil, err
	}
	out, err := Bundle(ctx, env, rich)
	if err != nil {
		return nil, err
	}
	return out, nil
}

type encoder struct {
	ctx  context.Context
	env  codec.Env
	link bool
}

const opEncode = "structured.ToTABM"

func (e *encoder) value(v message.Value, depth int) (message.Value, error) {
	if depth == 0 {
		return nil, fail.New(fail.Exhausted, opEncode, "value nests deeper than %d levels", message.MaxDepth)
	}
	switch x := v.(type) {
	case *message.Message:
		return e.message(x, depth)
	case *message.List:
		return e.list(x, depth)
	case message.Link:
		l, err := message.Loaded(e.ctx, e.env.Load, x)
		if err != nil {
			return nil, err
		}
		return e.value(l, depth-1)
	}
	if s, ok := encodeScalar(v); ok {
		return message.Binary(s), nil
	}
	if b, ok := v.(message.Binary); ok {
		return b, nil
	}
	return message.Empty(), nil
}

// message converts one message. A flat message without typed values is its own
// TABM.
func (e *encoder) message(m *message.Message, depth int) (*message.Message, error) {
	if plain(m) {
		return m, nil
	}
	types := typesOf(m)
	b := message.NewBuilder(m.Len() + 1)
	for k, v := range m.All() {
		if types != nil && k > TypesKey {
			b.Set(TypesKey, message.Binary(types))
			types = nil
		}
		switch k {
		case message.CommitmentsKey:
			b.Set(k, v)
			continue
		case "unsigned_id", "content-digest":
			continue
		}
		if err := e.entry(b, k, v, depth); err != nil {
			return nil, err
		}
	}
	if types != nil {
		b.Set(TypesKey, message.Binary(types))
	}
	return b.Message(), nil
}

// typesOf returns the annotations of the scalars of m, or nil when there are
// none or the message spells them out.
func typesOf(m *message.Message) []byte {
	if _, isText := mustGet(m, TypesKey).(message.Binary); isText {
		return nil
	}
	var types []byte
	for k, v := range m.All() {
		switch k {
		case message.CommitmentsKey, "unsigned_id", "content-digest":
			continue
		}
		if typ := scalarType(v); typ != "" {
			if types == nil {
				types = make([]byte, 0, 64)
			}
			types = AppendType(types, k, typ)
		}
	}
	return types
}

// entry adds one converted entry.
func (e *encoder) entry(b *message.Builder, k string, v message.Value, depth int) error {
	switch x := v.(type) {
	case message.Binary:
		b.Set(k, v) // not x: that would make a new interface value
		return nil
	case *message.As, *message.Resolve:
		return nil // unresolved: not content
	case message.Link:
		if e.link {
			b.Set(k+message.LinkSuffix, message.Binary(x.ID))
			return nil
		}
		return e.nested(b, k, v, depth)
	case *message.Message, *message.List:
		if e.link {
			i, err := e.env.LinkID(e.ctx, v)
			if err != nil {
				return err
			}
			b.Set(k+message.LinkSuffix, message.Binary(i.String()))
			return nil
		}
		return e.nested(b, k, v, depth)
	}
	text, _ := encodeScalar(v)
	b.Set(k, message.Binary(text))
	return nil
}

// nested embeds a value in a bundle.
func (e *encoder) nested(b *message.Builder, k string, v message.Value, depth int) error {
	v, err := message.Loaded(e.ctx, e.env.Load, v)
	if err != nil {
		return fail.New(fail.KindOf(err), opEncode, "cannot embed %q: %w", k, err)
	}
	if c, ok := v.(*message.Message); ok {
		v = c.OnlyCommitted()
	}
	if v, err = e.value(v, depth-1); err != nil {
		return err
	}
	b.Set(k, v)
	return nil
}

// list converts a list to a numbered message with the type ".".
func (e *encoder) list(l *message.List, depth int) (message.Value, error) {
	m, err := e.message(l.Numbered(), depth)
	if err != nil {
		return nil, err
	}
	types := `.="list"`
	if t := m.Text(TypesKey); t != "" {
		types += ", " + t
	}
	return m.Set(TypesKey, message.Binary(types)), nil
}

// plain reports whether m is its own TABM: binaries only, nothing to drop.
func plain(m *message.Message) bool {
	for k, v := range m.All() {
		switch v.(type) {
		case message.Binary:
			if k == "unsigned_id" || k == "content-digest" {
				return false
			}
		default:
			if k != message.CommitmentsKey {
				return false
			}
		}
	}
	return true
}

func mustGet(m *message.Message, k string) message.Value {
	v, _ := m.Get(k)
	return v
}
