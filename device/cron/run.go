package cron

import (
	"context"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// look has the loop look at the clock.
func (s *Service) look() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// loop starts tasks when they are due.
func (s *Service) loop() {
	defer s.ended.Done()
	for {
		var timer <-chan time.Time
		if wait, any := s.due(); any {
			timer = time.After(wait)
		}
		select {
		case <-s.stopped.Done():
			return
		case <-s.wake:
		case <-timer:
		}
	}
}

// due starts what is due, as far as there is room, and returns when to look
// again.
func (s *Service) due() (wait time.Duration, any bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, wait := s.Clock.Now(), s.Look
	for _, j := range s.byID {
		if j.running {
			continue
		}
		any = true
		if d := j.Next.Sub(now); d > 0 {
			wait = min(wait, d)
			continue
		}
		if s.running == workers {
			continue // the end of a run wakes the loop
		}
		s.begin(j)
	}
	return wait, any
}

// begin starts a run. The caller holds the lock.
func (s *Service) begin(j *job) {
	ctx, cancel := context.WithCancel(s.stopped)
	j.running, j.cancel = true, cancel
	s.running++
	s.ended.Add(1)
	go func() {
		defer s.ended.Done()
		defer cancel()
		s.done(ctx, j, s.execute(ctx, j))
	}()
}

// done notes the end of a run.
func (s *Service) done(ctx context.Context, j *job, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	j.running, j.cancel, j.Failure = false, nil, ""
	j.Runs++
	j.Next = s.Clock.Now().Add(j.Every)
	if err != nil {
		j.Failure = fail.Sentence(err)
		s.Log.Info("a task failed", "task", j.ID, "path", j.Path, "error", err)
	}
	if s.stopped.Err() == nil && j.Every == 0 && s.byID[j.ID] == j {
		if err := s.erase(context.WithoutCancel(ctx), j); err != nil {
			s.Log.Error("a task that has run stays in the store", "task", j.ID, "error", err)
			delete(s.byID, j.ID)
		}
	}
	s.look()
}

// execute runs a task as a request over the network is run: with the hooks of
// the node, and no more rights than its signers have (spec 03, 8.4.2).
func (s *Service) execute(ctx context.Context, j *job) error {
	env := s.env().WithRemote().WithForce(true)
	if d := optTimeout.Milliseconds(env); d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	req := j.Request.Set(path.Key, message.Binary(j.Path))
	seq, err := path.Parse(req)
	if err != nil {
		return err
	}
	if env.HasHook(ao.HookRequest) {
		if seq, err = requestHook(ctx, env, req, seq); err != nil {
			return err
		}
	}
	v, err := env.Run(ctx, seq)
	if env.HasHook(ao.HookResponse) {
		r := ao.ResultOf(v, err)
		m, ok := r.Value.(*message.Message)
		if !ok {
			m = message.Of(message.P("body", r.Value))
		}
		if _, hookErr := env.Hook(ctx, ao.HookResponse, message.Of(message.P("request", req), message.P("body", m))); err == nil {
			err = hookErr
		}
	}
	return err
}

// requestHook lets the hook of the node see and replace what is run.
func requestHook(ctx context.Context, env *ao.Env, req *message.Message, seq []message.Value) ([]message.Value, error) {
	v, err := env.Hook(ctx, ao.HookRequest, message.Of(message.P("request", req), message.P("body", message.NewList(seq...))))
	if err != nil {
		return nil, err
	}
	m, _ := v.(*message.Message)
	body, _ := m.Get("body")
	l, ok := body.(*message.List)
	if n, isMsg := body.(*message.Message); isMsg {
		l, err = n.List()
		ok = err == nil
	}
	if !ok {
		return nil, fail.New(fail.Invalid, Name, "the request hook did not return a list of messages")
	}
	out := make([]message.Value, 0, l.Len())
	for _, e := range l.All() {
		out = append(out, e)
	}
	return out, nil
}
