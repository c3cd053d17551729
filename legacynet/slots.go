package legacynet

import (
	"context"
	"strconv"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

const (
	// remembered is how many messages a node knows the slot of at once.
	remembered = 20_000
	// searched is how many of the newest slots of a process are searched for a
	// message that has not been computed.
	searched = 20_000
)

// slots finds the slot of a message. Results are asked for by the message's ID,
// schedules are ordered by slots.
type slots struct {
	order *schedule.Service

	mu       sync.Mutex
	new, old map[string]int64 // by process and message; old is the generation before
}

func newSlots(order *schedule.Service) *slots {
	return &slots{order: order, new: map[string]int64{}}
}

// note remembers the slot of a message.
func (s *slots) note(process, msg string, slot int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.new) >= remembered/2 {
		s.new, s.old = map[string]int64{}, s.new
	}
	s.new[process+msg] = slot
}

func (s *slots) known(process, msg string) (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range []map[string]int64{s.new, s.old} {
		if slot, ok := m[process+msg]; ok {
			return slot, true
		}
	}
	return 0, false
}

// find returns the slot of a message in the schedule of a process: what is
// remembered, what has been computed, or the newest that is found in the
// schedule.
//
// # Errors
//
// [fail.NotFound] when it is in none of them; those of the store and of the
// schedule.
func (s *slots) find(ctx context.Context, process, msg string) (int64, error) {
	if slot, ok := s.known(process, msg); ok {
		return slot, nil
	}
	if slot, ok := s.computed(ctx, process, msg); ok {
		s.note(process, msg, slot)
		return slot, nil
	}
	p, err := s.order.Find(ctx, process)
	if err != nil {
		return 0, err
	}
	newest, err := s.order.Current(ctx, p)
	if err != nil {
		return 0, err
	}
	for to := newest; to >= 0 && to > newest-searched; to -= schedule.Window {
		from := max(0, to-schedule.Window+1)
		page, err := s.order.Range(ctx, p, from, to)
		if err != nil {
			return 0, err
		}
		for i := len(page.IDs) - 1; i >= 0; i-- {
			if s.holds(ctx, page.IDs[i], msg) {
				slot := page.From + int64(i)
				s.note(process, msg, slot)
				return slot, nil
			}
		}
	}
	return 0, fail.New(fail.NotFound, "legacynet.Slot", "the message %s is not in the schedule of process %s", msg, process)
}

// computed looks for the state that a message led to (package process).
func (s *slots) computed(ctx context.Context, process, msg string) (int64, bool) {
	v, err := s.order.Cache.ReadLazy(ctx, "computed/"+process+"/"+msg)
	m, ok := v.(*message.Message)
	if err != nil || !ok {
		return 0, false
	}
	at, _ := m.Get("at-slot")
	return message.AsInt(at)
}

// holds reports whether an assignment holds a message.
func (s *slots) holds(ctx context.Context, assignment, msg string) bool {
	v, err := s.order.Cache.ReadLazy(ctx, assignment)
	a, ok := v.(*message.Message)
	if err != nil || !ok {
		return false
	}
	body, _ := a.Get("body")
	i, err := commit.LinkID(ctx, body)
	return err == nil && i.String() == msg
}

// height returns a block's height as scheduler units write it.
func height(n int64) string {
	s := strconv.FormatInt(n, 10)
	for len(s) < 12 {
		s = "0" + s
	}
	return s
}
