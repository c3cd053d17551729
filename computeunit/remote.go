package computeunit

import (
	"context"
	"strconv"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/route"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Remote is the compute unit that the route table leads to: by default the one
// at localhost:6363.
type Remote struct{ Routes *route.Service }

// statusTime is how long a compute unit may take to say that it is there.
const statusTime = 2 * time.Second

// Available reports whether the route for results leads to a compute unit that
// answers. Only routes of the operator are tried.
func (r Remote) Available(ctx context.Context, env *ao.Env) bool {
	if r.Routes == nil {
		return false
	}
	f, err := r.Routes.Find(ctx, env, message.Of(message.P(path.Key, message.Binary("/result/0"))))
	if err != nil || len(f.Targets) == 0 || !f.Targets[0].Trusted {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, statusTime)
	defer cancel()
	reply, err := r.Routes.SendToPeer(ctx, env, f.Targets[0].Peer, message.Of(
		message.P(path.Key, message.Binary("/status")), message.P("method", message.Binary("GET"))))
	return err == nil && reply.Status == 200
}

// Result asks for the result of an assignment (spec 03, 10.1). The unit gets the
// assignment along, so that it need not read the schedule when that is the next.
//
// # Errors
//
// Those of the network, and [fail.Unavailable] with what the unit says when it
// refuses.
func (r Remote) Result(ctx context.Context, env *ao.Env, process string, a *message.Message) (*message.Message, error) {
	slot, err := schedule.Slot(a)
	if err != nil {
		return nil, err
	}
	node, err := schedule.LegacyNode(ctx, env.Cache.Env(), a)
	if err != nil {
		return nil, err
	}
	page, err := json.Format(message.Of(
		message.P("edges", message.NewList(message.Of(message.P("cursor", message.Int(slot)), message.P("node", node)))),
		message.P("page_info", message.Of(message.P("has_next_page", message.False), message.P("process", message.Binary(process))))))
	if err != nil {
		return nil, err
	}
	return r.ask(ctx, env, "/result/"+strconv.FormatInt(slot, 10)+"?process-id="+process, page)
}

// Dry has a message tried, with the fields of [DryFields]. Errors are those of
// Result.
func (r Remote) Dry(ctx context.Context, env *ao.Env, process string, m *message.Message) (*message.Message, error) {
	text, err := json.Format(m)
	if err != nil {
		return nil, err
	}
	return r.ask(ctx, env, "/dry-run?process-id="+process, text)
}

// Snapshot asks the unit to keep the state of a process, and returns what it
// says. Errors are those of Result.
func (r Remote) Snapshot(ctx context.Context, env *ao.Env, process string) (*message.Message, error) {
	return r.ask(ctx, env, "/snapshot/"+process, "{}")
}

// ask posts JSON and returns the object that is answered.
func (r Remote) ask(ctx context.Context, env *ao.Env, target, body string) (*message.Message, error) {
	const op = "computeunit.Remote"
	if r.Routes == nil {
		return nil, fail.New(fail.Unavailable, op, "this node sends no requests, so there is no compute unit to ask")
	}
	replies, err := r.Routes.Send(ctx, env, message.Of(
		message.P(path.Key, message.Binary(target)),
		message.P("method", message.Binary("POST")),
		message.P("content-type", message.Binary("application/json")),
		message.P("body", message.Binary(body))))
	if err != nil {
		return nil, fail.New(fail.Unavailable, op, "the compute unit of the route for %s cannot be reached: %w", target, err)
	}
	if len(replies) == 0 {
		return nil, fail.New(fail.Unavailable, op, "the compute unit of the route for %s gave no answer", target)
	}
	text := replies[0].Message.Text("body")
	if replies[0].Status != 200 {
		return nil, fail.New(fail.Unavailable, op, "the compute unit answered %s with %d: %.500s", target, replies[0].Status, text)
	}
	v, err := json.Parse(text)
	m, ok := v.(*message.Message)
	if err != nil || !ok {
		return nil, fail.New(fail.Unavailable, op, "the compute unit answered %s with something that is not a JSON object", target)
	}
	return m, nil
}
