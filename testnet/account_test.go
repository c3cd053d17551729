package testnet

import (
	"errors"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// bookOf returns the book of a process that was given messages like "Send 1".
func bookOf(id string, peer int, messages ...string) book {
	b := book{of: place{on: &Node{Name: "node"}, id: id, peer: peer}, times: map[string]map[string]int{"Send": {}, "Note": {}, "Noted": {}}}
	for _, m := range messages {
		action, number, _ := strings.Cut(m, " ")
		b.slots = append(b.slots, message.Of(message.P("action", message.Binary(action)), message.P("n", message.Binary(number))))
		if b.times[action] != nil {
			b.times[action][number]++
		}
	}
	return b
}

// The account of a soak finds what was lost, doubled and invented.
func TestAccount(t *testing.T) {
	for _, x := range []struct {
		name  string
		a, b  []string
		acked map[int64]string // of a
		wrong string
		late  string
	}{
		{name: "all is well", a: []string{"Process", "Send 1", "Noted 1"}, b: []string{"Process", "Note 1"}, acked: map[int64]string{1: "1"}},
		{name: "not acknowledged", a: []string{"Process", "Send 1", "Noted 1"}, b: []string{"Process", "Note 1"}},
		{name: "lost", a: []string{"Process"}, b: []string{"Process"}, acked: map[int64]string{1: "1"}, wrong: "message 1 is not in its slot 1"},
		{name: "in another slot", a: []string{"Process", "Send 2", "Send 1", "Noted 1", "Noted 2"}, b: []string{"Process", "Note 1", "Note 2"},
			acked: map[int64]string{1: "1"}, wrong: "message 1 is not in its slot 1"},
		{name: "twice", a: []string{"Process", "Send 1", "Send 1", "Noted 1"}, b: []string{"Process", "Note 1"}, wrong: "was scheduled 2 times"},
		{name: "effect lost", a: []string{"Process", "Send 1", "Noted 1"}, b: []string{"Process"}, late: "its note was lost"},
		{name: "effect twice", a: []string{"Process", "Send 1", "Noted 1"}, b: []string{"Process", "Note 1", "Note 1"}, wrong: "its note came 2 times"},
		{name: "answer lost", a: []string{"Process", "Send 1"}, b: []string{"Process", "Note 1"}, late: "the answer to it was lost"},
		{name: "answer twice", a: []string{"Process", "Send 1", "Noted 1", "Noted 1"}, b: []string{"Process", "Note 1"}, wrong: "the answer to it came 2 times"},
		{name: "invented note", a: []string{"Process"}, b: []string{"Process", "Note 1"}, wrong: "was never sent"},
		{name: "invented answer", a: []string{"Process", "Noted 1"}, b: []string{"Process"}, wrong: "is to nothing"},
	} {
		t.Run(x.name, func(t *testing.T) {
			f := compare([]book{bookOf("a", 1, x.a...), bookOf("b", 0, x.b...)}, map[string]map[int64]string{"a": x.acked})
			for got, want := range map[string]string{strings.Join(f.wrong, "; "): x.wrong, strings.Join(f.late, "; "): x.late} {
				if (want == "") != (got == "") || !strings.Contains(got, want) {
					t.Errorf("found %q, want %q", got, want)
				}
			}
		})
	}
	broken := bookOf("a", 0, "Process")
	broken.bad = errors.New("a signature")
	if f := compare([]book{broken}, nil); len(f.wrong) != 1 {
		t.Error(f)
	}
}

func TestMemory(t *testing.T) {
	mib := func(n ...int64) (m Memory) {
		for _, x := range n {
			m.Samples = append(m.Samples, x<<20)
		}
		return m
	}
	for _, x := range []struct {
		m    Memory
		flat bool
	}{
		{mib(50, 100, 150, 160, 160, 161, 170, 165, 171), true},
		{mib(50, 100, 150, 200, 250, 300, 350, 400, 450), false},
		{mib(450, 400, 350, 300, 250, 200, 150, 100, 50), true},
		{Memory{}, true},
	} {
		if x.m.Flat() != x.flat {
			t.Errorf("%v is flat: %v", x.m.thirds(), !x.flat)
		}
	}
}
