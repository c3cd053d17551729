package route

import "github.com/hyperbeam-go/hyperbeam/message"

// order is the mark of a base of relay@1.0 that a hook of the operator made.
// Private state does not travel, so no request can claim it.
type order struct{ trusted bool }

var orderSlot = message.NewSlot[order]("relay order")

// Order marks a base of relay@1.0 as made by a hook of the operator, which may
// have the relayed request signed. trusted says that the "peer" of the base is
// from the operator's route table.
func Order(m *message.Message, trusted bool) *message.Message {
	return orderSlot.Set(m, order{trusted})
}

// Ordered reports whether a base was marked by [Order], and whether its peer is
// trusted.
func Ordered(m *message.Message) (ok, trusted bool) {
	o, ok := orderSlot.In(m)
	return ok, o.trusted
}
