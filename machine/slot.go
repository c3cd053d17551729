package machine

import "github.com/hyperbeam-go/hyperbeam/message"

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
