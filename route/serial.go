package route

import (
	"context"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Bounds of waiting between rounds: of the back-off, and of what a node asks for
// with retry-after.
const (
	maxBackoff = 10 * time.Second
	maxWait    = 30 * time.Second
)

// serial asks one node after the other, or, when the route hedges, the next one
// as soon as the answer of those before is late. When there are not enough
// answers, those that failed for the moment are asked again after a pause, as
// often as the route says.
func (m *multi) serial(ctx context.Context) ([]Reply, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var out []Reply
	targets := m.targets
	for left := m.policy.retries; ; left-- {
		var again []Target
		out, again = m.round(ctx, targets, left, out)
		if len(out) >= m.policy.responses || len(again) == 0 || left == 0 || !m.pause(ctx, m.policy.retries-left) {
			break
		}
		targets = again
	}
	switch {
	case len(out) > 0:
		return out, nil
	case m.alone && m.last != nil:
		return []Reply{*m.last}, nil // a single node answers for itself
	}
	return nil, m.none()
}

// round asks targets until there are enough answers, and returns the answers
// and the targets that may do better later. Of the time that is left, each
// attempt has an equal share; left is the number of rounds that may follow.
func (m *multi) round(ctx context.Context, targets []Target, left int, out []Reply) (answers []Reply, again []Target) {
	results := make(chan attempt, len(targets))
	next, running := 0, 0
	launch := func() {
		one, cancel := share(ctx, len(targets)-next+left*len(targets))
		t := targets[next]
		next++
		running++
		m.s.running.Add(1)
		go func() {
			defer m.s.running.Done()
			defer cancel()
			results <- m.try(one, t)
		}()
	}
	launch()
	for running > 0 {
		var late <-chan time.Time
		if m.policy.hedge > 0 && next < len(targets) {
			late = time.After(m.policy.hedge)
		}
		select {
		case <-late:
			launch()
			continue
		case a := <-results:
			running--
			if a.err == nil {
				m.last = &a.reply
			}
			switch {
			case a.ok:
				if out = append(out, a.reply); len(out) >= m.policy.responses {
					return out, nil
				}
			default:
				m.reject(a)
				if m.passing(a) {
					again = append(again, a.target)
				}
			}
			if next < len(targets) && ctx.Err() == nil && (running == 0 || !a.ok) {
				launch()
			}
		}
	}
	return out, again
}

// share returns a context with the n-th part of the time that ctx has left.
func share(ctx context.Context, n int) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok || n <= 1 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(end)/time.Duration(n))
}

// passing reports whether a failure may be over soon, and notes how long the
// node wants to be left alone.
func (m *multi) passing(a attempt) bool {
	if a.err != nil {
		switch fail.KindOf(a.err) {
		case fail.Forbidden, fail.Invalid, fail.TooLarge, fail.Unsupported:
			return false
		}
		return true
	}
	switch a.reply.Status {
	case 408, 425, 429, 500, 502, 503, 504:
	default:
		return false
	}
	v, _ := a.reply.Message.Get("retry-after")
	if n, ok := message.AsInt(v); ok && n > 0 {
		m.wait = max(m.wait, min(time.Duration(min(n, 60))*time.Second, maxWait))
	}
	return true
}

// pause waits before the next round: twice as long each time, at least half of
// it chosen at random so that many nodes do not come back together, and at least
// as long as a node has asked for. It reports whether there is time left.
func (m *multi) pause(ctx context.Context, round int) bool {
	d := min(m.policy.backoff<<min(round, 20), maxBackoff)
	d = max(m.wait, d/2+time.Duration(m.s.Dice.Float64()*float64(d/2)))
	m.wait = 0
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
