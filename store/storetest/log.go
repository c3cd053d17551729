package storetest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Log is a log kept in a store, made to find writes that were lost or done in
// part. Entry n is one batch: two values, a link, a group, and the head moved
// from n-1 to n. Logs of different names are independent.
type Log string

func (l Log) path(n int, part string) string { return fmt.Sprintf("log/%s/%d/%s", string(l), n, part) }
func (l Log) head() string                   { return "head/" + string(l) }
func (l Log) target(n int) string            { return "at/" + strconv.Itoa(n) }

// value returns the bytes of a part of entry n; some are large.
func (l Log) value(n int, part string) []byte {
	return []byte(strings.Repeat(l.path(n, part)+"\n", 1+n%7*40))
}

// Append adds entry n. Entry 0 must be added first.
func (l Log) Append(s store.Batcher, n int, d store.Durability) error {
	b := store.NewBatch()
	b.Put(l.path(n, "a"), l.value(n, "a"))
	old := ""
	if n > 0 {
		old = l.target(n - 1)
	}
	b.SwapLink(l.head(), old, l.target(n))
	b.Link(l.path(n, "l"), l.path(n, "b"))
	b.MakeGroup(l.path(n, "g"))
	b.Put(l.path(n, "b"), l.value(n, "b"))
	return s.Apply(bg(), b, d)
}

// Len returns the number of entries by the head.
func (l Log) Len(s store.Linker) (int, error) {
	at, err := s.Target(bg(), l.head())
	if fail.Is(err, fail.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimPrefix(at, "at/"))
	return n + 1, err
}

// Check fails the test unless the log has at least acked entries, every entry
// up to its head is complete, and nothing of the ones after it is there. It
// returns the number of entries.
func (l Log) Check(t testing.TB, s store.Store, acked int) int {
	t.Helper()
	length, err := l.Len(s)
	ok(t, err)
	if length < acked {
		t.Fatalf("log %s: %d entries were acknowledged, %d are there", l, acked, length)
	}
	for n := range length {
		get(t, s, l.path(n, "a"), string(l.value(n, "a")))
		get(t, s, l.path(n, "l"), string(l.value(n, "b")))
		typed(t, s, l.path(n, "g"), store.Composite)
	}
	for n := length; n < length+3; n++ {
		for _, part := range []string{"a", "b", "g", "l"} {
			typed(t, s, l.path(n, part), store.Absent)
		}
		_, err := s.Target(bg(), l.path(n, "l"))
		kind(t, err, fail.NotFound)
	}
	names, err := s.List(bg(), "log/"+string(l), store.Page{})
	if length > 0 {
		ok(t, err)
	}
	if len(names) != length {
		t.Fatalf("log %s has %d entries, but %d are listed", l, length, len(names))
	}
	return length
}
