package push

import (
	"context"
	"errors"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
)

// give schedules a message and returns its assignment (spec 03, 6.7 and 6.8).
//
// # Errors
//
// Those of the scheduler and of the transport.
func (s *Service) give(ctx context.Context, env *ao.Env, to destination, m *message.Message) (*message.Message, error) {
	if to.node != "" {
		return s.send(ctx, env, to.node, "", to.process.ID, m)
	}
	v, err := env.Internal().Resolve(ctx, processOf(to.process), message.Of(
		message.P("path", message.Binary("schedule")),
		message.P("method", message.Binary("POST")),
		message.P("body", m)))
	if err != nil {
		return nil, err
	}
	if location := remote.RedirectOf(v); location != "" {
		node, at, err := remote.Split("", location)
		if err != nil {
			return nil, err
		}
		return s.send(ctx, env, node, at, to.process.ID, m)
	}
	return assignmentOf(v)
}

// processOf returns a process as a base.
func processOf(p schedule.Process) *message.Message {
	return message.Of(message.P("device", message.Binary("process@1.0")), message.P("process", p.Definition))
}

func assignmentOf(v message.Value) (*message.Message, error) {
	m, ok := v.(*message.Message)
	if _, err := schedule.Slot(m); !ok || err != nil {
		return nil, fail.New(fail.Upstream, "push.Schedule", "the scheduler answered with something that is not an assignment")
	}
	return m, nil
}

// send posts a message to a path of the node that schedules its process, "" for
// the usual one.
func (s *Service) send(ctx context.Context, env *ao.Env, node, at, process string, m *message.Message) (*message.Message, error) {
	if at == "" {
		at = remote.PathOf(process, m)
	}
	v, err := s.ask(ctx, env, node, message.Of(
		message.P("path", message.Binary(at)),
		message.P("method", message.Binary("POST")),
		message.P("body", m.WithPrivate(nil))))
	if err != nil {
		return nil, err
	}
	a, err := assignmentOf(v)
	if err == nil {
		slot, _ := schedule.Slot(a)
		s.saw(process, slot)
	}
	return a, err
}

// ask sends a request to another node, following redirects.
func (s *Service) ask(ctx context.Context, env *ao.Env, node string, req *message.Message) (message.Value, error) {
	return remote.Ask(ctx, s.Peers, env, node, req)
}

// saw notes a slot of a process on another node.
func (s *Service) saw(process string, slot int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.newest) >= maxSeen {
		clear(s.newest)
	}
	if old, ok := s.newest[process]; !ok || slot > old {
		s.newest[process] = slot
	}
}

// maxSeen bounds the remote processes whose newest slot is remembered.
const maxSeen = 10_000

// current returns a slot of the destination that nothing which is given away
// from this moment on can be in, nor in an older one.
func (s *Service) current(ctx context.Context, env *ao.Env, to destination) (int64, error) {
	if to.node == "" {
		if to.process.Definition == nil || s.Order.Local(to.process) != nil {
			return -1, nil
		}
		return s.Order.Current(ctx, to.process)
	}
	s.mu.Lock()
	slot, ok := s.newest[to.process.ID]
	s.mu.Unlock()
	if ok {
		return slot, nil
	}
	v, err := s.ask(ctx, env, to.node, message.Of(
		message.P("path", message.Binary("/"+to.process.ID+"/slot")), message.P("method", message.Binary("GET"))))
	if status, _ := statusOf(err); err != nil && status == 404 {
		return -1, nil // a process that does not exist there yet
	}
	if err != nil {
		return 0, err
	}
	m, _ := v.(*message.Message)
	now, _ := m.Get("current")
	slot, ok = message.AsInt(now)
	if !ok {
		return 0, fail.New(fail.Upstream, "push.Slot", "%s did not say which slot is the newest", to.node).At(to.process.ID)
	}
	s.saw(to.process.ID, slot)
	return slot, nil
}

// page is how many assignments are read at once.
const page = 100

// assignments returns some assignments of a process from a slot on, none when
// there are none.
func (s *Service) assignments(ctx context.Context, env *ao.Env, to destination, from int64) ([]*message.Message, error) {
	if to.node == "" {
		found, err := s.Order.Read(ctx, to.process, from, page)
		if err != nil && s.Order.Local(to.process) != nil {
			return nil, nil // it cannot have been given to anybody
		}
		return found, err
	}
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	v, err := s.ask(ctx, env, to.node, message.Of(
		message.P("path", message.Binary("/"+to.process.ID+"/schedule?from="+n(from)+"&to="+n(from+page-1))), message.P("method", message.Binary("GET"))))
	if err != nil {
		return nil, err
	}
	m, _ := v.(*message.Message)
	all, err := message.LoadAll(ctx, env.Cache, m)
	if err != nil {
		return nil, err
	}
	var out []*message.Message
	for k, v := range all.(*message.Message).Message("assignments").All() {
		a, ok := v.(*message.Message)
		if slot, err := strconv.ParseInt(k, 10, 64); ok && err == nil && slot >= from {
			out = append(out, a)
		}
	}
	return out, nil
}

// lasting reports whether an error will be the same next time.
func lasting(err error) bool {
	var o *ao.Outcome
	if errors.As(err, &o) {
		status, _ := o.Status.HTTP()
		if m, ok := o.Value.(*message.Message); ok {
			v, _ := m.Get("status")
			if n, ok := message.AsInt(v); ok {
				status = int(n)
			}
		}
		return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429
	}
	switch fail.KindOf(err) {
	case fail.Invalid, fail.Unauthorized, fail.Payment, fail.Forbidden, fail.NotFound, fail.NotAllowed,
		fail.TooLarge, fail.Unsupported, fail.Failed:
		return true
	}
	return false
}

// statusOf returns the HTTP status that an error carries, 0 for none, and its
// sentence.
func statusOf(err error) (status int, reason string) {
	var o *ao.Outcome
	if !errors.As(err, &o) {
		return fail.KindOf(err).HTTPStatus(), fail.Sentence(err)
	}
	m, ok := o.Value.(*message.Message)
	if !ok {
		reason, _ = message.Text(o.Value)
		status, _ = o.Status.HTTP()
		return status, reason
	}
	v, _ := m.Get("status")
	n, ok := message.AsInt(v)
	if !ok {
		known, _ := o.Status.HTTP()
		n = int64(known)
	}
	for _, key := range [...]string{"reason", "body", "details"} {
		if reason = m.Text(key); reason != "" {
			break
		}
	}
	return int(n), reason
}

func timeout(ctx context.Context) error {
	return fail.New(fail.Timeout, "push.Push", "the push was interrupted: %w", context.Cause(ctx))
}
