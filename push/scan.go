package push

import (
	"context"
	"maps"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// scan is what has been read of a schedule: the slots of its messages, from one
// slot to another. Schedules only grow, so what has been read of that of another
// node serves all letters that may have arrived there: after a node was down
// they are many, and each would read all that has come since.
type scan struct {
	from, to int64
	slots    map[string]int64 // by the ID of the message
}

// maxScanned bounds the messages that are remembered of other schedules.
const maxScanned = 50_000

// search returns the slot after the given one in which a letter is, -1 when it
// has not arrived.
func (s *Service) search(ctx context.Context, env *ao.Env, to destination, letter string, after int64) (int64, error) {
	c := &scan{from: after + 1, to: after, slots: map[string]int64{}}
	if to.node != "" {
		name := to.node + "/" + to.process.ID
		leave, err := s.enter(ctx, name)
		if err != nil {
			return 0, err
		}
		defer leave()
		c = s.scanned(name, c)
	}
	if slot, ok := c.slots[letter]; ok && slot > after {
		return slot, nil
	}
	for {
		slot, more, err := s.scan(ctx, env, to, c, letter)
		if err != nil || slot > after || !more {
			return slot, err
		}
	}
}

// scanned returns what has been read of a schedule if it goes back to the
// beginning of fresh, else fresh, which takes its place.
func (s *Service) scanned(name string, fresh *scan) *scan {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.scans[name]; c != nil && c.from <= fresh.from && fresh.from <= c.to+1 {
		return c
	}
	total := 0
	for _, c := range s.scans {
		total += len(c.slots)
	}
	if total > maxScanned || s.scans == nil {
		s.scans = map[string]*scan{}
	}
	s.scans[name] = fresh
	return fresh
}

// scan reads on. It returns the slot of a letter if that is there, else -1, and
// whether it got any further.
func (s *Service) scan(ctx context.Context, env *ao.Env, to destination, c *scan, letter string) (at int64, more bool, err error) {
	found, err := s.assignments(ctx, env, to, c.to+1)
	if err != nil {
		return 0, false, err
	}
	at = -1
	last, read := c.to, make(map[string]int64, len(found))
	for _, a := range found {
		slot, err := schedule.Slot(a)
		if err != nil {
			return 0, false, err
		}
		last = max(last, slot)
		body, ok := a.Get("body")
		if !ok {
			continue
		}
		i, err := commit.LinkID(ctx, body)
		if err != nil {
			return 0, false, err
		}
		read[i.String()] = slot
		if i.String() == letter {
			at = slot
		}
	}
	s.mu.Lock() // scanned counts
	defer s.mu.Unlock()
	if len(c.slots) > maxScanned {
		c.from, c.slots = c.to+1, map[string]int64{}
	}
	maps.Copy(c.slots, read)
	more = last > c.to
	c.to = last
	return at, more, nil
}
