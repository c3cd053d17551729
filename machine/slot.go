package machine

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// Prefix returns the output prefix of a state as a path without empty parts
// (spec 03, 7.7), "" for the root.
func Prefix(state *message.Message) string {
	v, _ := state.Get("output-prefix")
	s, _ := message.Text(v)
	if !strings.Contains(s, "/") {
		return s
	}
	return strings.Join(message.Parts(s), "/")
}

// shelf is the machines of a state by output prefix; there are few.
type shelf struct {
	prefix  string
	machine *Machine
	next    *shelf
}

var shelfSlot = message.NewSlot[*shelf]("machines")

// Of returns the machine that a state has under an output prefix, or nil.
func Of(state *message.Message, prefix string) *Machine {
	s, _ := shelfSlot.In(state)
	for ; s != nil; s = s.next {
		if s.prefix == prefix {
			return s.machine
		}
	}
	return nil
}

// With returns the state with another machine under an output prefix, or none
// when m is nil. It is private state of the message, and goes with it as long
// as the message is in memory.
func With(state *message.Message, prefix string, m *Machine) *message.Message {
	s, _ := shelfSlot.In(state)
	rest := s.without(prefix)
	if m != nil {
		rest = &shelf{prefix, m, rest}
	}
	if rest == nil {
		return shelfSlot.Clear(state)
	}
	return shelfSlot.Set(state, rest)
}

func (s *shelf) without(prefix string) *shelf {
	if s == nil {
		return nil
	}
	if s.prefix == prefix {
		return s.next
	}
	return &shelf{s.prefix, s.machine, s.next.without(prefix)}
}

// Exit is the error with which a library ends the program that called it.
type Exit struct{ Code int64 }

// Error describes the end.
func (e *Exit) Error() string {
	return "the program ended with exit code " + message.Int(e.Code).String()
}
