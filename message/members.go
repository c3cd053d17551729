package message

// Messages returns the messages among the elements of a list, or among the
// values of a message whatever its keys are, in order.
func Messages(v Value) []*Message {
	var out []*Message
	switch x := v.(type) {
	case *List:
		for _, e := range x.All() {
			if m, ok := e.(*Message); ok {
				out = append(out, m)
			}
		}
	case *Message:
		for _, e := range x.All() {
			if m, ok := e.(*Message); ok {
				out = append(out, m)
			}
		}
	}
	return out
}
