package push

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/route"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Peers sends requests to other nodes. Their URLs come from processes, hints
// and location records, so an implementation must treat them as what strangers
// have named.
type Peers interface {
	// SendTo sends a request to the node at a URL and returns its answer; one
	// with another status than "ok" is an [*ao.Outcome].
	SendTo(ctx context.Context, env *ao.Env, node string, req *message.Message) (message.Value, error)
}

// Routed finds and reaches nodes by the routes of the operator: a process whose
// path /PROCESS/schedule has a route is on the node that it leads to. Nodes that
// no route names are reached as strangers are.
type Routed struct {
	Routes *route.Service
}

// Locate implements [Locator].
func (r Routed) Locate(ctx context.Context, env *ao.Env, p schedule.Process) (string, error) {
	targets, err := r.targets(ctx, env, "/"+p.ID+"/schedule")
	if err != nil {
		return "", err
	}
	if len(targets) > 0 {
		return targets[0].Peer, nil
	}
	return "", fail.New(fail.NotFound, "push.Locate", "no route leads to the scheduler of the process").At(p.ID)
}

// targets returns the nodes that the operator's routes name for a path.
func (r Routed) targets(ctx context.Context, env *ao.Env, at string) ([]route.Target, error) {
	f, err := r.Routes.Find(ctx, env, message.Of(message.P("path", message.Binary(at))))
	if ao.AsMissing(err) || lasting(err) {
		return nil, nil
	}
	return f.Targets, err
}

// SendTo implements [Peers].
func (r Routed) SendTo(ctx context.Context, env *ao.Env, node string, req *message.Message) (message.Value, error) {
	targets, err := r.targets(ctx, env, req.Text("path"))
	if err != nil {
		return nil, err
	}
	send := r.Routes.SendTo
	for _, t := range targets {
		if t.Trusted && t.Peer == node {
			send = r.Routes.SendToPeer
		}
	}
	reply, err := send(ctx, env, node, req)
	if err != nil {
		return nil, err
	}
	return reply.Result()
}
