package message

import (
	"slices"
	"strconv"
	"strings"
)

// CommitmentsKey is the key that holds the commitments of a message: a message
// of commitment ID to commitment (spec 01, 9).
const CommitmentsKey = "commitments"

// LinkSuffix marks a key of a TABM whose value is the ID of a message (spec
// 01, 2.7).
const LinkSuffix = "+link"

// Commitments returns the commitments of m by their IDs, or nil.
func (m *Message) Commitments() *Message { return m.Message(CommitmentsKey) }

// CommittedBy returns the committed keys of one commitment, in order. The list
// may be a list or a numbered message; damaged lists are cut at the damage.
func CommittedBy(commitment *Message) []string {
	v, _ := commitment.Get("committed")
	switch x := v.(type) {
	case *List:
		return texts(x)
	case *Message:
		if out, ok := numberedTexts(x); ok {
			return out
		}
		if l, err := x.List(); err == nil {
			return texts(l)
		}
	}
	return nil
}

// numberedTexts returns the texts under the keys "1" to "n", and false when m
// has other keys or values.
func numberedTexts(m *Message) ([]string, bool) {
	out := make([]string, m.Len())
	for i := range out {
		v, _ := m.Get(strconv.Itoa(i + 1))
		b, ok := v.(Binary)
		if !ok {
			return nil, false
		}
		out[i] = string(b)
	}
	return out, true
}

func texts(l *List) []string {
	out := make([]string, 0, l.Len())
	for _, v := range l.All() {
		if s, ok := Text(v); ok {
			out = append(out, s)
		}
	}
	return out
}

// Committed returns the keys that every one of the given commitments of m
// covers, in the order of the last mention of each; link suffixes are kept when
// raw is set and removed otherwise (spec 01, 8.6).
func (m *Message) Committed(ids []string, raw bool) []string {
	lists := m.Commitments().committedLists(ids)
	if len(lists) == 0 {
		return nil
	}
	out := make([]string, 0, len(lists[0]))
	for i, l := range lists {
		for j, k := range l {
			if slices.Contains(l[j+1:], k) || slices.ContainsFunc(lists[i+1:], func(o []string) bool { return slices.Contains(o, k) }) {
				continue
			}
			if slices.ContainsFunc(lists, func(o []string) bool { return !slices.Contains(o, k) }) {
				continue
			}
			if !raw {
				k = strings.TrimSuffix(k, LinkSuffix)
			}
			out = append(out, k)
		}
	}
	return out
}

// committedLists returns the committed keys of some commitments out of all. A
// list that is equal to the one before it is left out: it changes neither what
// all cover nor the order of the last mentions.
func (all *Message) committedLists(ids []string) [][]string {
	lists := make([][]string, 0, len(ids))
	var before Value
	for _, i := range ids {
		c := all.Message(i)
		v, _ := c.Get("committed")
		if m, ok := v.(*Message); ok && v == before && m != nil {
			continue
		}
		l := CommittedBy(c)
		if n := len(lists); n > 0 && slices.Equal(lists[n-1], l) {
			continue
		}
		before = v
		lists = append(lists, l)
	}
	return lists
}

// OnlyCommitted returns m reduced to its commitments and the keys that all of
// them cover; a message without commitments is returned as it is (spec 01,
// 7.4).
func (m *Message) OnlyCommitted() *Message {
	c, ok := m.Get(CommitmentsKey)
	if !ok {
		return m
	}
	keys := m.Committed(m.Commitments().Keys(), false)
	whole := true
	for k := range m.All() {
		if k != CommitmentsKey && !slices.Contains(keys, k) && !slices.Contains(keys, strings.TrimSuffix(k, LinkSuffix)) {
			whole = false
			break
		}
	}
	if whole {
		return m
	}
	b := NewBuilder(len(keys) + 1)
	b.Set(CommitmentsKey, c)
	for _, k := range keys {
		if v, ok := m.Get(k); ok {
			b.Set(k, v)
		}
		if v, ok := m.Get(k + LinkSuffix); ok {
			b.Set(k+LinkSuffix, v)
		}
	}
	return b.Message()
}
