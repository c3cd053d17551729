package schedule

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Process is a process with its definition, the signed message that began it.
// Its ID is that of the definition over the commitments that have a committer.
type Process struct {
	ID         string // 43 characters
	Definition *message.Message
}

// Find is the function [Find], faster for processes that are being scheduled.
func (s *Service) Find(ctx context.Context, procID string, candidates ...*message.Message) (Process, error) {
	s.mu.Lock()
	q := s.live[procID]
	s.mu.Unlock()
	if q != nil {
		return q.proc, nil
	}
	return Find(ctx, s.Cache, procID, candidates...)
}

// Find returns the process with the given ID. The definition is taken from the
// cache, which holds verified messages only, else from the candidates: one that
// has the ID and whose commitments all hold. Candidates may be nil.
//
// # Errors
//
// [fail.NotFound] when neither has it; those of the store.
func Find(ctx context.Context, c *cache.Cache, procID string, candidates ...*message.Message) (Process, error) {
	v, err := c.Read(ctx, procID)
	if err != nil && !fail.Is(err, fail.NotFound) {
		return Process{}, err
	}
	if m, ok := v.(*message.Message); ok {
		return Process{procID, m}, nil
	}
	for _, m := range candidates {
		if m == nil {
			continue
		}
		m = m.OnlyCommitted()
		i, err := commit.SignedID(ctx, m)
		if err != nil || i.String() != procID || commit.VerifyAll(ctx, c.Env(), m) != nil {
			continue
		}
		return Process{procID, m}, nil
	}
	return Process{}, fail.New(fail.NotFound, "schedule.Find", "the process is not known to this node").At(procID)
}

// Scheduler is a scheduler as a process names it.
type Scheduler struct {
	Address string
	Hint    string // URL of its node behind "?hint=", or ""
}

// Named returns the schedulers of the process in its order: those of its
// "scheduler", else of its "scheduler-location" (spec 03, 4.1).
func (p Process) Named() []Scheduler {
	for _, key := range [...]string{"scheduler", "scheduler-location"} {
		v, ok := p.Definition.Get(key)
		if !ok {
			continue
		}
		var out []Scheduler
		for _, text := range Addresses(v) {
			address, hint := CutHint(text)
			out = append(out, Scheduler{address, hint})
		}
		return out
	}
	return nil
}

// Schedulers returns the addresses that may schedule the process.
func (p Process) Schedulers() []string {
	var out []string
	for _, s := range p.Named() {
		out = append(out, s.Address)
	}
	return out
}

// CutHint returns an address or process ID without what follows it, and the URL
// of its hint, as in ID?hint=URL.
func CutHint(text string) (name, hint string) {
	i := strings.IndexAny(text, "?&")
	if i < 0 {
		return text, ""
	}
	_, hint, _ = strings.Cut(text[i:], "hint=")
	hint, _, _ = strings.Cut(hint, "&")
	return text[:i], strings.TrimRight(hint, "/")
}

// Addresses reads addresses: a list, or one text with commas between them, with
// or without quotes (spec 03, 2.1).
func Addresses(v message.Value) []string {
	if m, ok := v.(*message.Message); ok {
		if l, err := m.List(); err == nil {
			v = l
		}
	}
	var out []string
	add := func(v message.Value) {
		text, _ := message.Text(v)
		for _, a := range strings.Split(strings.ReplaceAll(text, `"`, ""), ",") {
			if a = strings.TrimSpace(a); a != "" {
				out = append(out, a)
			}
		}
	}
	if l, ok := v.(*message.List); ok {
		for _, e := range l.All() {
			add(e)
		}
		return out
	}
	add(v)
	return out
}

// signers returns the identities of the node that are schedulers of the
// process, in the order in which the process names them.
func (s *Service) signers(p Process) []keys.Identity { return s.identities.Find(p.Schedulers()) }

// Signers returns the addresses of this node that are schedulers of the
// process, in the order in which the process names them.
func (s *Service) Signers(p Process) []string {
	var out []string
	for _, i := range s.signers(p) {
		out = append(out, i.Address)
	}
	return out
}

// Local returns nil when this node is a scheduler of the process.
//
// # Errors
//
// [fail.NotFound] when others are, [fail.Invalid] when the process names none.
func (s *Service) Local(p Process) error {
	const op = "schedule.Local"
	if len(s.signers(p)) > 0 {
		return nil
	}
	others := p.Schedulers()
	if len(others) == 0 {
		return fail.New(fail.Invalid, op, "No scheduler information provided.").At(p.ID)
	}
	return fail.New(fail.NotFound, op, "the process is scheduled by %.200s, not by this node", strings.Join(others, ", ")).At(p.ID)
}
