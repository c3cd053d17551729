package aos

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Encode returns a message as aos knows it: Anchor, Data, From, Id, Owner,
// Signature, Tags and Target (spec 03, 9.2). Owner is the first committer, which
// is a claim unless the message has been verified; signature is the text of
// "Signature", or "" for that of the key "signature". Bytes that are not UTF-8
// have no form in JSON and are replaced by U+FFFD.
//
// # Errors
//
// [fail.Invalid] when a value has no wire form, [fail.NotFound] when a link
// cannot be loaded.
func Encode(ctx context.Context, env codec.Env, m *message.Message, signature string) (*message.Message, error) {
	mid, err := commit.SignedID(ctx, m)
	if err != nil {
		return nil, err
	}
	v, err := structured.ToTABM(ctx, env, m.Without(message.CommitmentsKey))
	if err != nil {
		return nil, err
	}
	flat, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, "aos.Encode", "only messages can be sent to aos")
	}
	owner := ""
	if who := commit.Committers(m); len(who) > 0 {
		owner = who[0]
	}
	from := owner
	if p := flat.Text("from-process"); p != "" {
		from = human(p)
	}
	if signature == "" {
		signature = flat.Text("signature")
	}
	if len(signature) == 512 { // the bytes of an RSA signature
		signature = id.Encode([]byte(signature))
	}
	return message.Of(
		message.P("Anchor", text(flat.Text("anchor"))),
		message.P("Data", text(flat.Text("data"))),
		message.P("From", text(from)),
		message.P("Id", message.Binary(mid.String())),
		message.P("Owner", text(owner)),
		message.P("Signature", text(signature)),
		message.P("Tags", tags(m, flat)),
		message.P("Target", text(human(flat.Text("target"))))), nil
}

// human returns the human form of an ID, and any other text as it is.
func human(s string) string {
	if h, err := id.Human(s); err == nil {
		return h
	}
	return s
}

func text(s string) message.Binary { return message.Binary(strings.ToValidUTF8(s, "\uFFFD")) }

// isField reports whether a key of a message is a field of its own, and no tag.
func isField(key string) bool {
	switch key {
	case "id", "anchor", "owner", "data", "target", "signature", message.CommitmentsKey:
		return true
	}
	return false
}

// tags returns the tags of a message: those of its data item as they were, else
// one for each key (spec 03, 9.3).
func tags(m, flat *message.Message) *message.List {
	for _, v := range m.Commitments().All() {
		c, _ := v.(*message.Message)
		if original := c.Message("original-tags"); original != nil {
			if l, err := original.List(); err == nil {
				return originals(l)
			}
		}
	}
	out := make([]message.Value, 0, flat.Len())
	for _, k := range flat.MapKeys() {
		if isField(k) {
			continue
		}
		v, _ := flat.Get(k)
		if b, ok := v.(message.Binary); ok {
			out = append(out, tag(headerCase(k), string(b)))
		}
	}
	return message.NewList(out...)
}

func tag(name, value string) *message.Message {
	return message.Of(message.P("name", text(name)), message.P("value", text(value)))
}

func originals(l *message.List) *message.List {
	out := make([]message.Value, l.Len())
	for i, v := range l.All() {
		t, _ := v.(*message.Message)
		out[i] = tag(t.Text("name"), t.Text("value"))
	}
	return message.NewList(out...)
}

// headerCase makes the first letter of each part of a name upper-case:
// from-process becomes From-Process.
func headerCase(name string) string {
	b := []byte(name)
	first := true
	for i, c := range b {
		if first && 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
		first = c == '-'
	}
	return string(b)
}

// Signature returns the signature by which the first committer of a message
// signed it, as its commitment has it, or "".
func Signature(m *message.Message) string {
	ids := m.Commitments()
	for _, k := range ids.WireKeys() {
		if one := ids.Message(k); one.Has(commit.FieldCommitter) {
			return one.Text(commit.FieldSignature)
		}
	}
	return ""
}
