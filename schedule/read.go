package schedule

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// Window is the largest difference between the first and the last slot of one
// page of a schedule (spec 03, 3.7.2).
const Window = 1000

// Read returns the assignments of a process from a slot on, consecutive and at
// most max. Their nested messages are loaded. A slot that is not scheduled yet
// gives an empty slice.
//
// # Errors
//
// Those of [Service.Local] when nothing is stored here, and those of the store.
func (s *Service) Read(ctx context.Context, p Process, from int64, max int) ([]*message.Message, error) {
	var out []*message.Message
	for slot := from; len(out) < max; slot++ {
		a := s.hot.get(p.ID, slot)
		if a == nil {
			var err error
			if a, err = s.index.assignment(ctx, p.ID, slot); err != nil {
				return nil, err
			}
		}
		if a == nil {
			break
		}
		out = append(out, a)
	}
	if len(out) == 0 {
		return nil, s.Local(p)
	}
	return out, nil
}

// Page is a part of a schedule.
type Page struct {
	From int64
	IDs  []string // of the assignments, from slot From on
	More bool     // the window was cut to [Window]

	// Whole are the assignments themselves, in place of their IDs, when they
	// are not all to be found by them.
	Whole []*message.Message
}

// Range returns which assignments are in the slots from..to, both included and
// cut to the window (spec 03, 3.7.2). A negative to means the newest. Errors are
// those of Read.
func (s *Service) Range(ctx context.Context, p Process, from, to int64) (Page, error) {
	from = max(from, 0)
	newest, err := s.Current(ctx, p)
	if err != nil {
		return Page{}, err
	}
	if to < 0 {
		to = newest
	}
	page := Page{From: from}
	if to-from > Window {
		to, page.More = from+Window, true
	}
	for slot := from; slot <= min(to, newest); slot++ {
		i, err := s.index.assignmentID(ctx, p.ID, slot)
		if err != nil {
			return Page{}, err
		}
		if i == "" {
			break
		}
		page.IDs = append(page.IDs, i)
	}
	return page, nil
}
