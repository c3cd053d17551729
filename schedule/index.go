package schedule

import (
	"context"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// index finds assignments by process and slot.
type index struct {
	store store.Store
	cache *cache.Cache
}

// slotPath returns where the ID of the assignment of a slot is stored.
func slotPath(process string, slot int64) string {
	return "~scheduler@1.0/assignments/" + process + "/" + strconv.FormatInt(slot, 10)
}

// assignmentID returns the ID of the assignment of a slot, "" when there is
// none.
func (x index) assignmentID(ctx context.Context, process string, slot int64) (string, error) {
	b, err := x.store.Get(ctx, slotPath(process, slot))
	if fail.Is(err, fail.NotFound) {
		return "", nil
	}
	return string(b), err
}

// assignment returns the assignment of a slot with everything in it, nil when
// there is none.
func (x index) assignment(ctx context.Context, process string, slot int64) (*message.Message, error) {
	m, err := x.stored(ctx, process, slot)
	if m == nil || err != nil {
		return nil, err
	}
	if m, err = fromStored(ctx, x.cache, m); err != nil {
		return nil, fail.New(fail.Internal, "schedule.Read", "the message of the assignment cannot be read: %w", err).At(slotPath(process, slot))
	}
	return m, nil
}

// stored returns what is kept in a slot, nil when there is nothing.
func (x index) stored(ctx context.Context, process string, slot int64) (*message.Message, error) {
	i, err := x.assignmentID(ctx, process, slot)
	if i == "" || err != nil {
		return nil, err
	}
	v, err := x.cache.Read(ctx, i)
	if err != nil {
		return nil, fail.New(fail.Internal, "schedule.Read", "the assignment %s cannot be read: %w", i, err).At(slotPath(process, slot))
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Internal, "schedule.Read", "the assignment %s is not a message", i).At(slotPath(process, slot))
	}
	return m, nil
}

// originPath returns where the slot of the message with an origin is stored.
func originPath(process, origin string) string {
	return "~scheduler@1.0/origins/" + process + "/" + origin
}

// withOrigin returns the assignment of the message with an origin, nil when
// there is none.
func (x index) withOrigin(ctx context.Context, process, origin string) (*message.Message, error) {
	at := originPath(process, origin)
	b, err := x.store.Get(ctx, at)
	if fail.Is(err, fail.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	slot, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return nil, fail.New(fail.Internal, "schedule.Read", "the slot of a message is damaged: %w", err).At(at)
	}
	return x.assignment(ctx, process, slot)
}

// newest returns the newest slot, -1 when there is none. Slots have no gaps
// (S1), so it is found by doubling and halving.
func (x index) newest(ctx context.Context, process string) (int64, error) {
	has := func(slot int64) (bool, error) {
		i, err := x.assignmentID(ctx, process, slot)
		return i != "", err
	}
	low, high := int64(-1), int64(0) // low is there (or -1), high is not in the end
	for {
		ok, err := has(high)
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		low, high = high, 2*high+1
	}
	for high-low > 1 {
		mid := low + (high-low)/2
		ok, err := has(mid)
		if err != nil {
			return 0, err
		}
		if ok {
			low = mid
		} else {
			high = mid
		}
	}
	return low, nil
}
