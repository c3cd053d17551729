package store

import (
	"bytes"
	"context"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Kind is the kind of an entry.
type Kind uint8

// The kinds of entries. None is the absence of one.
const (
	None Kind = iota
	Value
	Link
	Group
)

// Entry is what lies at exactly one path.
type Entry struct {
	Kind   Kind
	Data   []byte // of a Value; never modified
	Target string // of a Link
}

// Engine is what a driver implements: a map from exact paths to entries that
// is ordered by component, with atomic commits. It is given valid paths only
// and never follows a link. All methods may be called concurrently, and return
// Unavailable after Close.
type Engine interface {
	// Look returns the entry at exactly path; Kind None when there is none.
	Look(ctx context.Context, path string) (Entry, error)

	// Names returns the names of the immediate children of path, whatever
	// lies at path itself. The path "" is the top level.
	Names(ctx context.Context, path string, page Page) ([]string, error)

	// Commit applies ops atomically. What each operation does is decided by
	// [Plan], which the engine calls under a lock on the paths concerned.
	Commit(ctx context.Context, ops []Op, d Durability) error

	Syncer
	Resetter
	Close() error
}

// Write is a change that [Plan] has decided on: Entry is what will lie at
// Path, None to remove what lies there, and Old what lies there at the moment.
type Write struct {
	Path  string
	Entry Entry
	Old   Kind
}

// Plan decides what a batch does. It checks ops in order against the entries
// that look returns, each operation seeing those before it, and returns the
// changes, at most one a path. No change at all is a nil slice.
//
// # Errors
//
// Conflict when an operation does not apply, and those of look.
func Plan(ops []Op, look func(path string) (Entry, error)) ([]Write, error) {
	if len(ops) == 1 {
		cur, err := look(ops[0].Path)
		if err != nil {
			return nil, err
		}
		next, change, err := decide(&ops[0], cur)
		if err != nil || !change {
			return nil, err
		}
		return []Write{{ops[0].Path, next, cur.Kind}}, nil
	}
	type state struct {
		cur   Entry
		write int // index in writes, or -1
	}
	seen := make(map[string]state, len(ops))
	writes := make([]Write, 0, len(ops))
	for i := range ops {
		op := &ops[i]
		s, ok := seen[op.Path]
		if !ok {
			cur, err := look(op.Path)
			if err != nil {
				return nil, err
			}
			s = state{cur, -1}
		}
		next, change, err := decide(op, s.cur)
		if err != nil {
			return nil, err
		}
		switch {
		case change && s.write >= 0:
			writes[s.write].Entry, s.cur = next, next
		case change:
			writes = append(writes, Write{op.Path, next, s.cur.Kind})
			s = state{next, len(writes) - 1}
		}
		seen[op.Path] = s
	}
	if len(writes) == 0 {
		return nil, nil
	}
	return writes, nil
}

// decide returns what op makes of the entry cur, and whether that is a change.
func decide(op *Op, cur Entry) (next Entry, change bool, err error) {
	switch op.Verb {
	case OpPut:
		switch {
		case cur.Kind == None:
			return Entry{Kind: Value, Data: op.Value}, true, nil
		case cur.Kind == Value && bytes.Equal(cur.Data, op.Value):
			return cur, false, nil
		case cur.Kind == Value:
			return cur, false, conflict("store.Put", op.Path, "another value is stored under this path; values are written once")
		}
		return cur, false, conflict("store.Put", op.Path, "a link or a group lies under this path")
	case OpLink:
		if cur.Kind == Value {
			return cur, false, conflict("store.Link", op.Path, "a value lies under this name")
		}
		same := op.Path == op.Target || cur.Kind == Link && cur.Target == op.Target
		return Entry{Kind: Link, Target: op.Target}, !same, nil
	case OpSwap:
		is := cur.Kind == None && op.Old == "" || cur.Kind == Link && cur.Target == op.Old
		if !is {
			return cur, false, conflict("store.SwapLink", op.Path, "the link has another target than expected")
		}
		if op.Target == "" {
			return Entry{}, cur.Kind != None, nil
		}
		return Entry{Kind: Link, Target: op.Target}, op.Old != op.Target, nil
	case OpBind:
		next := Entry{Kind: Link, Target: op.Target}
		switch {
		case cur.Kind == None:
			return next, true, nil
		case cur.Kind == Link && cur.Target == op.Target:
			return cur, false, nil
		}
		return cur, false, conflict("store.Bind", op.Path, "something else lies under this name")
	case OpGroup:
		if cur.Kind == Value {
			return cur, false, conflict("store.MakeGroup", op.Path, "a value lies under this path")
		}
		return Entry{Kind: Group}, cur.Kind == None, nil
	}
	return cur, false, fail.New(fail.Invalid, "store.Apply", "unknown operation %d", op.Verb).At(op.Path)
}

func conflict(op, path, text string) error {
	return &fail.Error{Kind: fail.Conflict, Op: op, Path: path, Text: text}
}

// Closed returns the error of an operation on a closed store.
func Closed(op string) error {
	return &fail.Error{Kind: fail.Unavailable, Op: op, Text: "the store is closed"}
}
