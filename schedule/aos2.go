package schedule

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// LegacyPage returns a page of a schedule as JSON text, in the form
// "application/aos-2" that compute units of legacynet read (spec 03, 3.7.4).
//
// # Errors
//
// Those of the store and of [LegacyMessage].
func (s *Service) LegacyPage(ctx context.Context, p Process, page Page) (string, error) {
	edges := make([]message.Value, len(page.IDs))
	for i, aid := range page.IDs {
		v, err := s.Cache.Read(ctx, aid)
		if err != nil {
			return "", err
		}
		a, ok := v.(*message.Message)
		if !ok {
			return "", fail.New(fail.Internal, "schedule.LegacyPage", "not a message").At(aid)
		}
		node, err := s.legacyNode(ctx, a)
		if err != nil {
			return "", err
		}
		edges[i] = message.Of(message.P("cursor", message.Int(page.From+int64(i))), message.P("node", node))
	}
	block, err := s.Blocks.Current(ctx)
	if err != nil {
		return "", err
	}
	return json.Format(message.Of(
		message.P("edges", message.NewList(edges...)),
		message.P("page_info", message.Of(
			message.P("block-hash", message.Binary(block.Hash)),
			message.P("block-height", message.Binary(message.Int(block.Height).String())),
			message.P("has_next_page", message.Bool(page.More)),
			message.P("process", message.Binary(p.ID)),
			message.P("timestamp", message.Binary(message.Int(block.Timestamp).String()))))))
}

// legacyNode returns assignment and message side by side.
func (s *Service) legacyNode(ctx context.Context, a *message.Message) (*message.Message, error) {
	assignment, err := s.LegacyMessage(ctx, a.Without("body"))
	if err != nil {
		return nil, err
	}
	body, _ := a.Get("body")
	m, ok := body.(*message.Message)
	if !ok {
		m = message.Of(message.P("data", body))
	}
	msg, err := s.LegacyMessage(ctx, m)
	if err != nil {
		return nil, err
	}
	return message.Of(message.P("assignment", assignment), message.P("message", msg)), nil
}

// notTags are the keys of a message that have fields of their own.
var notTags = [...]string{"id", "anchor", "owner", "data", "target", "signature", message.CommitmentsKey}

// LegacyMessage returns a message in the form of legacynet: Anchor, Data, From,
// Id, Owner, Signature, Tags and Target (spec 03, 9.2). Bytes that are not
// UTF-8 have no form in JSON and are replaced.
//
// # Errors
//
// [fail.Invalid] when a value has no wire form.
func (s *Service) LegacyMessage(ctx context.Context, m *message.Message) (*message.Message, error) {
	i, err := commit.SignedID(ctx, m)
	if err != nil {
		return nil, err
	}
	v, err := structured.ToTABM(ctx, s.Cache.Env(), m.Without(message.CommitmentsKey))
	if err != nil {
		return nil, err
	}
	flat, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, "schedule.LegacyMessage", "only messages have a legacy form")
	}
	owner := ""
	if who := commit.Committers(m); len(who) > 0 {
		owner = who[0]
	}
	from := owner
	if p := flat.Text("from-process"); p != "" {
		from = human(p)
	}
	return message.Of(
		message.P("Anchor", utf8(flat.Text("anchor"))),
		message.P("Data", utf8(flat.Text("data"))),
		message.P("From", utf8(from)),
		message.P("Id", message.Binary(i.String())),
		message.P("Owner", utf8(owner)),
		message.P("Signature", utf8(signature(flat))),
		message.P("Tags", tags(m, flat)),
		message.P("Target", utf8(human(flat.Text("target"))))), nil
}

func signature(flat *message.Message) string {
	if s := flat.Text("signature"); len(s) == 512 {
		return id.Encode([]byte(s))
	} else {
		return s
	}
}

// human returns the human form of an ID, and any other text as it is.
func human(s string) string {
	if h, err := id.Human(s); err == nil {
		return h
	}
	return s
}

func utf8(s string) message.Binary { return message.Binary(strings.ToValidUTF8(s, "\uFFFD")) }

// tags returns the tags of a message: those of its data item as they were, else
// one for each key (spec 03, 9.3).
func tags(m, flat *message.Message) *message.List {
	for _, v := range m.Commitments().All() {
		c, _ := v.(*message.Message)
		if original := c.Message("original-tags"); original != nil {
			if l, err := original.List(); err == nil {
				return validTags(l)
			}
		}
	}
	var out []message.Value
next:
	for _, k := range flat.MapKeys() {
		for _, not := range notTags {
			if k == not {
				continue next
			}
		}
		v, _ := flat.Get(k)
		text, ok := message.Text(v)
		if !ok {
			continue
		}
		out = append(out, tag(headerCase(k), text))
	}
	return message.NewList(out...)
}

func tag(name, value string) *message.Message {
	return message.Of(message.P("name", utf8(name)), message.P("value", utf8(value)))
}

func validTags(l *message.List) *message.List {
	out := make([]message.Value, 0, l.Len())
	for _, v := range l.All() {
		t, _ := v.(*message.Message)
		out = append(out, tag(t.Text("name"), t.Text("value")))
	}
	return message.NewList(out...)
}

// headerCase makes the first letter of each part of a name upper-case.
func headerCase(name string) string {
	parts := strings.Split(name, "-")
	for i, p := range parts {
		if p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "-")
}
