package remote

import (
	"context"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// get returns a request that reads a path.
func get(at string) *message.Message {
	return message.Of(message.P("path", message.Binary(at)), message.P("method", message.Binary("GET")))
}

// Slot returns what the scheduler of a process says about its newest slot (spec
// 03, 4.4.1): process, current, timestamp, block-height, block-hash and
// addresses, as far as it says them. Errors are those of [Service.Current].
func (s *Service) Slot(ctx context.Context, env *ao.Env, p schedule.Process, hint string) (*message.Message, error) {
	stored, err := s.Local.Newest(ctx, p)
	if err != nil {
		return nil, err
	}
	var m *message.Message
	err = s.anywhere(ctx, env, p, hint, func(at Place) error {
		var err error
		if at.Variant == schedule.Legacy {
			m, err = s.latest(ctx, env, p, at)
		} else {
			m, err = s.slotAt(ctx, env, p, at)
		}
		if err != nil {
			return err
		}
		n, ok := message.AsInt(value(m, "current"))
		if !ok || n < -1 {
			return fail.New(fail.Upstream, "remote.Slot", "%s did not say which slot is the newest", at).At(p.ID)
		}
		if n < stored {
			return lie(at, p, stored, "it says that slot %d is the newest, but this one is signed by a scheduler of the process", n)
		}
		s.note(at, p.ID, n)
		return nil
	})
	return m, err
}

// slotAt asks a place for the newest slot.
func (s *Service) slotAt(ctx context.Context, env *ao.Env, p schedule.Process, at Place) (*message.Message, error) {
	v, err := Ask(ctx, s.Peers, env, at.URL, get("/"+p.ID+"/slot"))
	if err != nil {
		return nil, err
	}
	m, _ := v.(*message.Message)
	return m.With("process", "current", "timestamp", "block-height", "block-hash", "cache-control", "addresses").
		Without(message.CommitmentsKey).WithPrivate(nil), nil
}

// fetchAssignments returns the assignments of ao.N.1 that follow the tip.
func (s *Service) fetchAssignments(ctx context.Context, v *verifier, to int64) ([]*message.Message, error) {
	from := v.tip.slot + 1
	found, err := s.page(ctx, v.env, v.at, v.p.ID, from, to)
	if fail.Is(err, fail.Upstream) && to > from {
		// Something in the answer does not hold; alone it is seen what.
		found, err = s.page(ctx, v.env, v.at, v.p.ID, from, from)
	}
	if fail.Is(err, fail.Upstream) {
		return nil, lie(v.at, v.p, from, "the answer cannot be used: %s", fail.Sentence(err))
	}
	if err != nil {
		return nil, err
	}
	var out []*message.Message
	for slot := from; slot <= to && len(found) > 0; slot++ {
		a, ok := found[slot]
		if !ok {
			return out, lie(v.at, v.p, slot, "it is left out, though later slots are there")
		}
		delete(found, slot)
		if a, err = v.accept(ctx, a); err != nil {
			return out, err
		}
		out = append(out, a)
	}
	return out, nil
}

// page asks a place for a part of a schedule and returns the assignments by the
// slots that it says they are in, unverified. Those outside of the part are
// passed over.
func (s *Service) page(ctx context.Context, env *ao.Env, at Place, process string, from, to int64) (map[int64]*message.Message, error) {
	v, err := Ask(ctx, s.Peers, env, at.URL, get("/"+process+"/schedule?from="+decimal(from)+"&to="+decimal(to)))
	if err != nil {
		return nil, err
	}
	m, _ := v.(*message.Message)
	all, ok := value(m, "assignments").(*message.Message)
	if l, isLink := value(m, "assignments").(message.Link); isLink {
		loaded, err := message.Loaded(ctx, s.Local.Cache, l)
		if err != nil {
			return nil, fail.New(fail.Upstream, "remote.Schedule", "%s answered without the assignments", at).At(process)
		}
		all, ok = loaded.(*message.Message)
	}
	if !ok {
		return nil, fail.New(fail.Upstream, "remote.Schedule", "%s answered with something that is not a schedule", at).At(process)
	}
	out := make(map[int64]*message.Message, all.Len())
	for k, e := range all.All() {
		slot, err := strconv.ParseInt(k, 10, 64)
		if err != nil || slot < from || slot > to {
			continue
		}
		if l, isLink := e.(message.Link); isLink {
			if e, err = message.Loaded(ctx, s.Local.Cache, l); err != nil {
				return nil, fail.New(fail.Upstream, "remote.Schedule", "%s answered without the assignment of slot %d", at, slot).At(process)
			}
		}
		a, ok := e.(*message.Message)
		if !ok {
			return nil, fail.New(fail.Upstream, "remote.Schedule", "%s answered with something in slot %d that is not an assignment", at, slot).At(process)
		}
		out[slot] = a
	}
	return out, nil
}
