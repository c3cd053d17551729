package push

import (
	"context"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/store"
)

const (
	pendingDir = "~push@1.0/pending"
	sentDir    = "~push@1.0/sent"
	here       = "here" // target of the link of an errand of this node
)

// errand is something that has to be pushed: a slot of a process, or the slot
// of a message that is being scheduled.
type errand struct {
	process string
	slot    int64 // -1 when message is set
	hops    int64 // deliveries that led here
	message string
	after   int64  // the message is in a later slot than this
	node    string // URL of the node that pushes it, "" for this one
}

// name returns the name of the errand's link.
func (e errand) name() string {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	parts := []string{e.process, "s", n(e.slot), n(e.hops)}
	if e.message != "" {
		parts = []string{e.process, "m", e.message, n(e.after)}
	}
	return pendingDir + "/" + strings.Join(parts, ".")
}

// target returns what the link leads to.
func (e errand) target() string {
	if e.node == "" {
		return here
	}
	return "node." + id.Encode([]byte(e.node))
}

// parseErrand reads the name of a link below [pendingDir] and its target.
func parseErrand(name, target string) (errand, bool) {
	parts := strings.Split(name, ".")
	if len(parts) != 4 {
		return errand{}, false
	}
	e := errand{process: parts[0], slot: -1}
	var err error
	switch parts[1] {
	case "m":
		e.message = parts[2]
		e.after, err = strconv.ParseInt(parts[3], 10, 64)
	case "s":
		if e.slot, err = strconv.ParseInt(parts[2], 10, 64); err == nil {
			e.hops, err = strconv.ParseInt(parts[3], 10, 64)
		}
	default:
		return errand{}, false
	}
	if err != nil || e.process == "" || (parts[1] == "m") != (e.message != "") || parts[1] == "s" && (e.slot < 0 || e.hops < 0) {
		return errand{}, false
	}
	if node, ok := strings.CutPrefix(target, "node."); ok {
		b, err := id.Decode(node)
		if err != nil {
			return errand{}, false
		}
		e.node = string(b)
	}
	return e, true
}

// add makes the errand pending as part of a batch.
func (e errand) add(b *store.Batch) { b.Link(e.name(), e.target()) }

// remember makes an errand pending.
func (s *Service) remember(ctx context.Context, e errand, d store.Durability) error {
	b := store.NewBatch()
	e.add(b)
	return s.Store.Apply(ctx, b, d)
}

// pending reports whether an errand is pending.
func (s *Service) pending(ctx context.Context, e errand) (bool, error) {
	_, err := s.Store.Target(ctx, e.name())
	if fail.Is(err, fail.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// finish replaces an errand by those that follow from it.
func (s *Service) finish(ctx context.Context, done *errand, next []errand) error {
	b := store.NewBatch()
	for _, e := range next {
		e.add(b)
	}
	if done != nil {
		target, err := s.Store.Target(ctx, done.name())
		switch {
		case err == nil:
			b.SwapLink(done.name(), target, "")
		case !fail.Is(err, fail.NotFound):
			return err
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return s.Store.Apply(ctx, b, store.Lazy)
}

// errands returns what is pending, and how many links were unreadable.
func (s *Service) errands(ctx context.Context) (found []errand, bad int, err error) {
	names, err := s.Store.List(ctx, pendingDir, store.Page{})
	if fail.Is(err, fail.NotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	for _, name := range names {
		target, err := s.Store.Target(ctx, pendingDir+"/"+name)
		if err != nil {
			return nil, 0, err
		}
		e, ok := parseErrand(name, target)
		if !ok {
			bad++
			continue
		}
		found = append(found, e)
	}
	return found, bad, nil
}
