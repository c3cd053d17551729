package schedule

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Adopt keeps consecutive assignments by other schedulers of a process, the
// first of them in the slot from. Assignments of ao.N.1 are kept with their
// message; of ao.TN.1 the signed item alone, whose message must be in the cache
// (see [FromItem]). The caller has verified them, since whoever reads the
// schedule believes it.
//
// # Errors
//
// [fail.Conflict] when a slot holds another assignment, or the node schedules
// the process itself; [fail.Invalid] when the slot before the first is empty
// (S1); those of the store.
func (s *Service) Adopt(ctx context.Context, p Process, from int64, assignments []*message.Message) error {
	const op = "schedule.Adopt"
	if len(assignments) == 0 {
		return nil
	}
	if s.Local(p) == nil {
		return fail.New(fail.Conflict, op, "the node schedules the process itself").At(p.ID)
	}
	if from > 0 {
		before, err := s.index.assignmentID(ctx, p.ID, from-1)
		if err != nil {
			return err
		}
		if before == "" {
			return fail.New(fail.Invalid, op, "slot %d is not known", from-1).At(p.ID)
		}
	}
	b := store.NewBatch()
	for i, a := range assignments {
		if _, err := s.Cache.Write(ctx, a, store.Lazy); err != nil {
			return err
		}
		aid, err := commit.SignedID(ctx, a)
		if err != nil {
			return err
		}
		b.Put(slotPath(p.ID, from+int64(i)), []byte(aid.String()))
	}
	return s.Store.Apply(ctx, b, store.Lazy)
}

// Stored returns the signed assignment of a slot as it is kept, nil when there
// is none: of ao.TN.1 the item, without its message. Errors are those of the
// store.
func (s *Service) Stored(ctx context.Context, p Process, slot int64) (*message.Message, error) {
	return s.index.stored(ctx, p.ID, slot)
}

// Newest returns the newest slot that is stored here, whoever scheduled it, -1
// when there is none. Errors are those of the store.
func (s *Service) Newest(ctx context.Context, p Process) (int64, error) {
	return s.index.newest(ctx, p.ID)
}

// Whole returns the assignment that is kept as m, with its message. Errors are
// those of the store and of [FromItem].
func (s *Service) Whole(ctx context.Context, m *message.Message) (*message.Message, error) {
	return fromStored(ctx, s.Cache, m)
}
