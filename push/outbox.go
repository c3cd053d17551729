package push

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/attest"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// entry is one message of an outbox.
type entry struct {
	key   string           // in the outbox, and in the answer
	index string           // "1" for the first
	msg   *message.Message // keys in lower case; nil when it is not a message
}

// types of entries that are not letters.
const (
	typeProcess    = "Process"
	typeAssignment = "Assignment"
)

// spawns reports whether the entry is a new process.
func (e entry) spawns() bool { return e.msg.Text("type") == typeProcess }

// assigns reports whether the entry asks for a stored message to be scheduled
// as it is.
func (e entry) assigns() bool {
	return strings.EqualFold(e.msg.Text("type"), typeAssignment) && e.msg.Has("message")
}

// outboxOf returns the entries of the outbox in results, whole, in the order in
// which they are delivered: by number, then by name (spec 03, 6.4).
func (s *Service) outboxOf(ctx context.Context, results *message.Message) ([]entry, error) {
	v, ok := results.Get("outbox")
	if !ok {
		return nil, nil
	}
	v, err := message.LoadAll(ctx, s.Cache, v)
	if err != nil {
		return nil, err
	}
	if l, isList := v.(*message.List); isList {
		v = l.Numbered()
	}
	box, ok := v.(*message.Message)
	if !ok {
		return nil, nil
	}
	keys := slices.DeleteFunc(box.Keys(), func(k string) bool { return k == message.CommitmentsKey })
	slices.SortStableFunc(keys, byNumber)
	out := make([]entry, len(keys))
	for i, k := range keys {
		e := entry{key: k, index: strconv.Itoa(i + 1)}
		if m := box.Message(k); m != nil {
			if e.msg, err = attest.Item(m); err != nil {
				return nil, err
			}
		}
		out[i] = e
	}
	return out, nil
}

// byNumber puts numbers first and in their order.
func byNumber(a, b string) int {
	x, xErr := strconv.Atoi(a)
	y, yErr := strconv.Atoi(b)
	switch {
	case xErr == nil && yErr == nil:
		return cmp.Compare(x, y)
	case xErr == nil:
		return -1
	case yErr == nil:
		return 1
	}
	return strings.Compare(a, b)
}
