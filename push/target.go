package push

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// destination is where a letter goes.
type destination struct {
	process schedule.Process // Definition is nil when only a hint is known
	node    string           // URL of the node that schedules it, "" for this one
}

// find returns where the messages for a target go: the ID of a process or a
// local name, with or without a hint.
//
// # Errors
//
// [fail.NotFound] when the target is not known.
func (s *Service) find(ctx context.Context, env *ao.Env, target string) (destination, error) {
	name, hint := schedule.CutHint(target)
	procID, err := id.Human(name)
	if err != nil {
		if procID, err = named(ctx, env, name); err != nil {
			return destination{}, err
		}
	}
	p, err := s.Order.Find(ctx, procID)
	switch {
	case fail.Is(err, fail.NotFound) && hint != "":
		return destination{schedule.Process{ID: procID}, hint}, nil
	case fail.Is(err, fail.NotFound):
		return destination{}, inaccessible()
	case err != nil:
		return destination{}, err
	}
	return s.locate(ctx, env, p, hint)
}

// inaccessible is the error of a target that is not known.
func inaccessible() error {
	return fail.New(fail.NotFound, "push.Target", "Could not access target process!")
}

// locate finds the node that schedules a process. Without a location the process
// is left to this node, whose scheduler device says what is wrong.
func (s *Service) locate(ctx context.Context, env *ao.Env, p schedule.Process, hint string) (destination, error) {
	switch {
	case s.Order.Local(p) == nil:
		return destination{process: p}, nil
	case hint != "":
		return destination{p, hint}, nil
	}
	node, err := s.Locate.Locate(ctx, env, p)
	if err != nil && !fail.Is(err, fail.NotFound) {
		return destination{}, err
	}
	return destination{p, node}, nil
}

// named returns the process that has a local name (spec 03, 8.6).
func named(ctx context.Context, env *ao.Env, name string) (string, error) {
	const device = "local-name@1.0"
	if name == "" || strings.ContainsRune(name, '/') {
		return "", inaccessible()
	}
	v, err := env.Internal().Resolve(ctx, message.Of(message.P("device", message.Binary(device))), message.Of(
		message.P("path", message.Binary("lookup")), message.P("key", message.Binary(name))))
	if ao.AsMissing(err) {
		return "", inaccessible()
	}
	if err != nil {
		return "", err
	}
	if m, ok := v.(*message.Message); ok {
		i, err := commit.SignedID(ctx, m)
		return i.String(), err
	}
	text, _ := message.Text(v)
	text, _ = schedule.CutHint(text)
	procID, err := id.Human(text)
	if err != nil {
		return "", inaccessible()
	}
	return procID, nil
}
