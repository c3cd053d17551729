package schedule

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/aos"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// LegacyPage returns a page of a schedule as JSON text, in the form
// "application/aos-2" that compute units of legacynet read (spec 03, 3.7.4).
//
// # Errors
//
// Those of the store and of [aos.Encode].
func (s *Service) LegacyPage(ctx context.Context, p Process, page Page) (string, error) {
	whole := page.Whole
	for _, aid := range page.IDs {
		v, err := s.Cache.Read(ctx, aid)
		if err != nil {
			return "", err
		}
		a, ok := v.(*message.Message)
		if !ok {
			return "", fail.New(fail.Internal, "schedule.LegacyPage", "not a message").At(aid)
		}
		whole = append(whole, a)
	}
	edges := make([]message.Value, len(whole))
	for i, a := range whole {
		node, err := LegacyNode(ctx, s.Cache.Env(), a)
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

// LegacyNode returns an assignment, and the message in it, side by side in the
// form of legacynet: {assignment, message}.
//
// # Errors
//
// Those of [aos.Encode].
func LegacyNode(ctx context.Context, env codec.Env, a *message.Message) (*message.Message, error) {
	assignment, err := aos.Encode(ctx, env, a.Without("body"), "")
	if err != nil {
		return nil, err
	}
	body, _ := a.Get("body")
	m, ok := body.(*message.Message)
	if !ok {
		m = message.Of(message.P("data", body))
	}
	msg, err := aos.Encode(ctx, env, m, "")
	if err != nil {
		return nil, err
	}
	return message.Of(message.P("assignment", assignment), message.P("message", msg)), nil
}
