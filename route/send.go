package route

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Send sends a message where its route leads. The replies are as many as the
// route or the message wants, usually one; a single node's reply is returned
// whatever its status.
//
// # Errors
//
// Those of [Service.Find]; those of the exchange with a single node; an
// [*ao.Outcome] with the body "no_viable_responses" when no node of several
// gave an admissible answer, with what each of them did under "details".
func (s *Service) Send(ctx context.Context, env *ao.Env, req *message.Message) ([]Reply, error) {
	p := policyOf(req, nil)
	f := Found{}
	if p.nodes == nil {
		var err error
		if f, err = s.Find(ctx, env, req); err != nil {
			return nil, err
		}
		p = policyOf(req, f.Route)
	} else if err := s.named(&f, p.nodes, req); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeoutOf(env))
	if len(f.Targets) == 1 && !f.Several && !p.explicit && p.retries == 0 {
		defer cancel()
		r, err := s.exchange(ctx, env, f.Targets[0], req)
		if err != nil {
			return nil, err
		}
		return []Reply{r}, nil
	}
	m := multi{s: s, env: env, req: req, policy: p, alone: !f.Several && !p.explicit, targets: s.health.order(s.Clock.Now(), f.Targets)}
	if p.parallel > 1 {
		return m.parallel(ctx, cancel)
	}
	defer cancel()
	return m.serial(ctx)
}

// SendTo sends a message to a node that whoever asks has named, for the path
// of the message. Errors are those of the exchange.
func (s *Service) SendTo(ctx context.Context, env *ao.Env, peer string, req *message.Message) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, timeoutOf(env))
	defer cancel()
	return s.exchange(ctx, env, Target{Peer: peer}, req)
}

// SendToPeer is [Service.SendTo] for a node that the operator has named.
func (s *Service) SendToPeer(ctx context.Context, env *ao.Env, peer string, req *message.Message) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, timeoutOf(env))
	defer cancel()
	return s.exchange(ctx, env, Target{Peer: peer, Trusted: true}, req)
}

// named finds the nodes that a request itself lists.
func (s *Service) named(f *Found, nodes *message.List, req *message.Message) error {
	if nodes.Len() == 0 || nodes.Len() > MaxNodes {
		return fail.New(fail.Invalid, "route.Send", "multirequest-nodes lists %d nodes; it takes 1 to %d", nodes.Len(), MaxNodes)
	}
	f.Several = true
	for _, v := range nodes.All() {
		t, _, err := s.target(v, false, TargetPath(req))
		if err != nil {
			return err
		}
		f.Targets = append(f.Targets, t)
	}
	return nil
}

// exchange sends a message to one node and notes how it went.
func (s *Service) exchange(ctx context.Context, env *ao.Env, t Target, req *message.Message) (Reply, error) {
	way := s.Peers
	if !t.Trusted {
		if err := allowedHost(env, t.Peer); err != nil {
			return Reply{}, err
		}
		way = s.Strangers
	}
	if way == nil {
		return Reply{}, fail.New(fail.Unavailable, "route.Send", "this node sends no requests")
	}
	out := outgoing(req, t)
	began := s.Clock.Now()
	r, err := way.Exchange(ctx, t.Peer, out)
	took := s.Clock.Now().Sub(began)
	r.Peer = t.Peer
	if !errors.Is(ctx.Err(), context.Canceled) { // who gave up is not the peer
		s.health.note(t.Peer, began, took, r.Status, err)
	}
	if s.Observe != nil {
		s.Observe(textOf(out, "method"), t.Trusted, r.Status, took)
	}
	s.report(ctx, env, t, out, r, took)
	return r, err
}

// outgoing returns a message as it is sent: without what concerns only this
// node, unless somebody signed it.
func outgoing(req *message.Message, t Target) *message.Message {
	signed := req.Committed(req.Commitments().Keys(), false)
	for _, k := range req.Keys() {
		switch {
		case k == "host", k == "route-path", k == "route-by", strings.HasPrefix(k, prefixMulti):
			if !slices.Contains(signed, k) {
				req = req.Without(k)
			}
		}
	}
	if t.Path != "" {
		req = ao.Assign(req, path.Key, message.Binary(t.Path))
	}
	return req
}

// multi is one message on its way to several nodes.
type multi struct {
	s       *Service
	env     *ao.Env
	req     *message.Message
	policy  policy
	targets []Target
	failed  []message.Value // what became of the others
	alone   bool            // the route has a single node, whose answer is that of the route
	last    *Reply          // the last answer, admissible or not
	wait    time.Duration   // that a node has asked for
}

// attempt is what came of one node.
type attempt struct {
	target Target
	reply  Reply
	err    error
	ok     bool
}

func (m *multi) try(ctx context.Context, t Target) attempt {
	a := attempt{target: t}
	if a.err = ctx.Err(); a.err != nil {
		return a
	}
	a.reply, a.err = m.s.exchange(ctx, m.env, t, m.req)
	a.ok = a.err == nil && m.policy.admits(ctx, m.env, a.reply)
	return a
}

// reject notes why the answer of a node does not count.
func (m *multi) reject(a attempt) {
	why := "the answer (status " + message.Int(a.reply.Status).String() + ") is not admissible"
	if a.err != nil {
		why = fail.Sentence(a.err)
	}
	m.failed = append(m.failed, message.Of(
		message.P("node", message.Binary(a.target.Peer)), message.P("reason", message.Binary(why))))
}

func (m *multi) none() error {
	return &ao.Outcome{Status: ao.Failed, Value: message.Of(
		message.P("status", message.Int(502)),
		message.P("body", message.Binary("no_viable_responses")),
		message.P("details", message.NewList(m.failed...)))}
}

// parallel asks all nodes, some at a time. What is still under way when there
// are enough answers is cancelled, or left to end by itself. cancel is called
// when nothing is under way any longer.
func (m *multi) parallel(ctx context.Context, cancel context.CancelFunc) ([]Reply, error) {
	work := ctx
	if !m.policy.stopAfter {
		var stop context.CancelFunc
		work, stop = context.WithTimeout(context.WithoutCancel(ctx), timeoutOf(m.env))
		unhook := context.AfterFunc(m.s.done, stop)
		outer := cancel
		cancel = func() { unhook(); stop(); outer() }
	}
	results := make(chan attempt, len(m.targets))
	next := make(chan Target, len(m.targets))
	for _, t := range m.targets {
		next <- t
	}
	close(next)
	workers := min(m.policy.parallel, len(m.targets))
	ended := make(chan struct{}, workers)
	for range workers {
		m.s.running.Add(1)
		go func() {
			defer m.s.running.Done()
			for t := range next {
				results <- m.try(work, t)
			}
			ended <- struct{}{}
		}()
	}
	finish := func() {
		for range workers {
			<-ended
		}
		cancel()
	}
	var out []Reply
	for range m.targets {
		select {
		case a := <-results:
			if a.ok {
				out = append(out, a.reply)
			} else {
				m.reject(a)
			}
		case <-ctx.Done():
			cancel()
			return m.enough(out)
		}
		if len(out) == m.policy.responses {
			break
		}
	}
	if m.policy.stopAfter {
		cancel()
	} else {
		go finish()
	}
	return m.enough(out)
}

func (m *multi) enough(out []Reply) ([]Reply, error) {
	if len(out) == 0 {
		return nil, m.none()
	}
	return out, nil
}
