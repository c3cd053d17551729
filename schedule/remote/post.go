package remote

import (
	"context"
	"encoding/json"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Post gives a verified message to the node that schedules its process and
// returns the assignment (spec 03, 4.3). A scheduler of legacynet takes ANS-104
// items only, and its assignment is verified and read as [schedule.FromItem]
// says.
//
// # Errors
//
// Those of the scheduler and of the way there; an [*ao.Outcome] with the status
// 422 when the message has no form that the scheduler takes.
func (s *Service) Post(ctx context.Context, env *ao.Env, p schedule.Process, at Place, msg *message.Message) (*message.Message, error) {
	if at.Variant == schedule.Legacy {
		return s.postItem(ctx, env, p, at, msg)
	}
	v, err := Ask(ctx, s.Peers, env, at.URL, message.Of(
		message.P("path", message.Binary(PathOf(p.ID, msg))),
		message.P("method", message.Binary("POST")),
		message.P("body", msg.WithPrivate(nil))))
	if err != nil {
		return nil, err
	}
	m, ok := v.(*message.Message)
	if _, err := schedule.Slot(m); !ok || err != nil {
		return nil, fail.New(fail.Upstream, "remote.Post", "%s answered with something that is not an assignment", at).At(p.ID)
	}
	return m.WithPrivate(nil), nil
}

// PathOf returns the path by which another node schedules a message for a
// process: that of the process, or of the scheduler device for a definition that
// the node need not know yet (spec 03, 4.3.1 and 6.8).
func PathOf(process string, msg *message.Message) string {
	if msg.Text("type") == "Process" {
		return "/~scheduler@1.0/schedule"
	}
	return "/" + process + "/schedule"
}

// unacceptable is the refusal of a message that a legacynet scheduler would not
// take.
func unacceptable(why string) error {
	return &ao.Outcome{Status: ao.Failed, Value: message.Of(
		message.P("status", message.Int(422)), message.P("body", message.Binary(why)))}
}

// postItem posts a message to a scheduler of legacynet (spec 03, 4.3.2).
func (s *Service) postItem(ctx context.Context, env *ao.Env, p schedule.Process, at Place, msg *message.Message) (*message.Message, error) {
	raw, err := itemOf(ctx, env, msg)
	if err != nil {
		return nil, err
	}
	text, err := s.text(ctx, env, at, message.Of(
		message.P("path", message.Binary("/?proc-id="+p.ID)),
		message.P("method", message.Binary("POST")),
		message.P("content-type", message.Binary("application/octet-stream")),
		message.P("body", raw)))
	if err != nil {
		return nil, err
	}
	var taken struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal([]byte(text), &taken); err != nil || taken.ID == "" {
		return nil, fail.New(fail.Upstream, "remote.Post", "%s did not say what it scheduled", at).At(p.ID)
	}
	if text, err = s.text(ctx, env, at, get("/"+taken.ID+"?process-id="+p.ID)); err != nil {
		return nil, err
	}
	e, err := parseEdge(text)
	if err != nil {
		return nil, err
	}
	slot := e.nonce()
	v := &verifier{s: s, env: env, p: p, at: at, named: p.Schedulers(), tip: tip{slot: slot - 1}}
	item, body, err := v.edge(ctx, e, slot)
	if err != nil {
		return nil, err
	}
	return schedule.FromItem(item, body)
}

// itemOf returns the bytes of the ANS-104 item that a message is signed as.
func itemOf(ctx context.Context, env *ao.Env, msg *message.Message) (message.Binary, error) {
	all := msg.Commitments()
	for _, k := range all.Keys() {
		c := all.Message(k)
		if c.Text(commit.FieldDevice) != ans104.Name || c.Text(commit.FieldCommitter) == "" {
			all = all.Without(k)
		}
	}
	if all.Len() == 0 {
		return "", unacceptable("Process resides on legacy scheduler. Message must be signed with ANS-104.")
	}
	m := msg.Set(message.CommitmentsKey, all).OnlyCommitted().WithPrivate(nil)
	tabm, err := structured.Bundle(ctx, env.Codec(), m)
	if err != nil {
		return "", err
	}
	v, err := ans104.Codec{}.Encode(ctx, env.Codec(), tabm, codec.Options{Bundle: true, Inlined: true})
	raw, ok := v.(message.Binary)
	if err == nil && ok {
		_, err = commit.OpenItem(raw)
	}
	if err != nil || !ok {
		return "", unacceptable("Incorrect encoding. Scheduler has variant: " + schedule.Legacy)
	}
	return raw, nil
}
