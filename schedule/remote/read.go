package remote

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// batch is how many assignments are asked for at once.
const batch = 200

// Current returns the newest slot of a process, -1 when it has none, by asking
// its scheduler when that is another node.
//
// # Errors
//
// Those of [schedule.Service.Current] for local processes; otherwise
// [fail.NotFound] when no scheduler can be located, those of asking, and a [*Lie]
// of a scheduler that has signed newer slots than it speaks of.
func (s *Service) Current(ctx context.Context, p schedule.Process) (int64, error) {
	env := s.environment()
	if env == nil || s.Local.Local(p) == nil {
		return s.Local.Current(ctx, p)
	}
	m, err := s.Slot(ctx, env, p, "")
	if err != nil {
		return 0, err
	}
	n, _ := message.AsInt(value(m, "current"))
	return n, nil
}

// Read returns the assignments of a process from a slot on, consecutive and at
// most max, with nested messages loaded. A slot that is not scheduled yet gives
// an empty slice. What is not stored here is read from the schedulers of the
// process, verified, and kept.
//
// # Errors
//
// Those of [schedule.Service.Read] for local processes; otherwise
// [fail.NotFound] when no scheduler can be located, those of asking, and a [*Lie].
func (s *Service) Read(ctx context.Context, p schedule.Process, from int64, max int) ([]*message.Message, error) {
	env := s.environment()
	if env == nil || s.Local.Local(p) == nil {
		return s.Local.Read(ctx, p, from, max)
	}
	newest, err := s.sync(ctx, env, p, "", from)
	if err != nil || newest < from {
		return nil, err
	}
	return s.Local.Read(ctx, p, from, max)
}

// sync reads the schedule of a process until a slot is stored, or no more is
// there, and returns the newest stored slot.
func (s *Service) sync(ctx context.Context, env *ao.Env, p schedule.Process, hint string, upTo int64) (int64, error) {
	newest, err := s.Local.Newest(ctx, p)
	if err != nil || newest >= upTo {
		return newest, err
	}
	leave, err := s.enter(ctx, p.ID)
	if err != nil {
		return 0, err
	}
	defer leave()
	if newest, err = s.Local.Newest(ctx, p); err != nil {
		return 0, err
	}
	for newest < upTo {
		n, err := s.pull(ctx, env, p, hint, newest+1)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			break
		}
		newest += int64(n)
	}
	return newest, nil
}

// pull keeps the next assignments of a process, from the first place that shows
// some, and returns how many they were. It is called by one at a time for each
// process.
func (s *Service) pull(ctx context.Context, env *ao.Env, p schedule.Process, hint string, from int64) (int, error) {
	n := 0
	err := s.anywhere(ctx, env, p, hint, func(at Place) error {
		v, err := s.begin(ctx, env, p, at, from-1, true)
		if err != nil {
			return err
		}
		found, err := s.fetch(ctx, v, from+batch-1)
		if n = len(found); n > 0 {
			return s.Local.Adopt(ctx, p, from, found)
		}
		if err == nil && s.claims(at, p.ID) >= from {
			err = lie(at, p, from, "it shows no assignment, though it says that slot %d is the newest", s.claims(at, p.ID))
		}
		return err
	})
	return n, err
}

// anywhere does something at the places of a process until one succeeds. What
// counts of the failures is the first lie, else the first.
func (s *Service) anywhere(ctx context.Context, env *ao.Env, p schedule.Process, hint string, do func(Place) error) error {
	var first error
	seen := map[string]bool{}
	for at, err := range s.places(ctx, env, p, hint) {
		if err == nil {
			if seen[at.URL+at.Variant] {
				continue
			}
			seen[at.URL+at.Variant] = true
			if err = do(at); err == nil {
				return nil
			}
			s.Log.Warn("the schedule of a process cannot be read at one place", "process", p.ID, "place", at.String(), "error", err)
		}
		if first == nil || isLie(err) && !isLie(first) {
			first = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	if first == nil {
		first = s.unlocated(p)
	}
	return first
}

// fetch returns the verified assignments of the slots that follow the tip of a
// verifier, up to a slot at most, in the form in which they are kept. Those
// before the first that is wrong are returned without error.
func (s *Service) fetch(ctx context.Context, v *verifier, to int64) ([]*message.Message, error) {
	from := v.tip.slot + 1
	var out []*message.Message
	var err error
	if v.at.Variant == schedule.Legacy {
		out, err = s.fetchItems(ctx, v, to)
	} else {
		out, err = s.fetchAssignments(ctx, v, to)
	}
	if len(out) > 0 {
		if err != nil {
			s.Log.Warn("a part of a schedule is refused", "process", v.p.ID, "from", from+int64(len(out)), "error", err)
		}
		return out, nil
	}
	if isLie(err) && from > 0 {
		if two := s.equivocates(ctx, v, from-1); two != nil {
			return nil, two
		}
	}
	return nil, err
}

// equivocates looks whether a place shows another assignment than the one that
// is stored for a slot, and returns the lie, or nil.
func (s *Service) equivocates(ctx context.Context, v *verifier, slot int64) error {
	stored, err := s.Local.Stored(ctx, v.p, slot)
	if err != nil || stored == nil {
		return nil
	}
	again := &verifier{s: s, env: v.env, p: v.p, at: v.at, named: v.named, tip: tip{slot: slot - 1, known: slot == 0}}
	var found []*message.Message
	if v.at.Variant == schedule.Legacy {
		found, err = s.fetchItems(ctx, again, slot)
	} else {
		found, err = s.fetchAssignments(ctx, again, slot)
	}
	if err != nil || len(found) == 0 {
		return nil
	}
	a, errA := commit.SignedID(ctx, stored)
	b, errB := commit.SignedID(ctx, found[0])
	if errA != nil || errB != nil || a == b {
		return nil
	}
	return lie(v.at, v.p, slot, "there are two assignments of it, %s and %s, both signed by a scheduler of the process", a, b)
}

// Range returns which assignments are in the slots from..to, as
// [schedule.Service.Range] does, of a process of another scheduler. What is
// stored is not asked for; what is asked for is verified, and kept when it
// follows what is stored. hint is that of the ID by which the process was asked
// for. Errors are those of [Service.Read].
func (s *Service) Range(ctx context.Context, env *ao.Env, p schedule.Process, hint string, from, to int64) (schedule.Page, error) {
	from = max(from, 0)
	page := schedule.Page{From: from}
	end := from + schedule.Window
	if to >= 0 && to <= end {
		end = to
	}
	page.More = to > end
	newest, err := s.Local.Newest(ctx, p)
	if err != nil {
		return page, err
	}
	if from <= newest+1 {
		if newest, err = s.sync(ctx, env, p, hint, end); err != nil || newest < from {
			return page, err
		}
		page.Whole, err = s.Local.Read(ctx, p, from, int(min(end, newest)-from)+1)
		return page, err
	}
	err = s.anywhere(ctx, env, p, hint, func(at Place) error {
		page.Whole, err = s.middle(ctx, env, p, at, from, end)
		return err
	})
	return page, err
}

// middle reads a part of a schedule that does not follow what is stored.
func (s *Service) middle(ctx context.Context, env *ao.Env, p schedule.Process, at Place, from, to int64) ([]*message.Message, error) {
	v, err := s.begin(ctx, env, p, at, from-1, false)
	if err != nil {
		return nil, err
	}
	var out []*message.Message
	for v.tip.slot < to {
		found, err := s.fetch(ctx, v, min(to, v.tip.slot+batch))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			break
		}
		for _, a := range found {
			if a, err = s.Local.Whole(ctx, a); err != nil {
				return nil, err
			}
			out = append(out, a)
		}
	}
	return out, nil
}

// Definition returns the definition of a process that only a hint tells where
// to find: that of its slot 0, where processes begin.
//
// # Errors
//
// [fail.NotFound] when the place does not show it; those of asking.
func (s *Service) Definition(ctx context.Context, env *ao.Env, process string, at Place) (schedule.Process, error) {
	found, err := s.page(ctx, env, at, process, 0, 0)
	if err != nil {
		return schedule.Process{}, err
	}
	var body *message.Message
	if len(found) > 0 {
		body = found[0].Message("body")
	}
	p, err := schedule.Find(ctx, s.Local.Cache, process, body)
	if fail.Is(err, fail.NotFound) {
		return p, fail.New(fail.NotFound, "remote.Find", "the process is not known to this node, and %s does not show its definition", at).At(process)
	}
	return p, err
}
