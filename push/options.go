package push

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Options of the node message.
var (
	OptAlwaysSign = ao.Option{Name: "push_always_sign", Default: message.True,
		Doc: "Sign messages with the node's own key when the node has no identity that their target asks for, rather than not deliver them."}
	OptResolve = ao.Option{Name: "push_resolve", Default: message.NewList(),
		Doc: "Paths, or beginnings of paths, that messages in outboxes may have resolved by this node before they are delivered, such as /~relay@1.0/call."}
	OptDepth = ao.Option{Name: "push_depth", Default: message.Int(64),
		Doc: "Deliveries in a row that a caller waits for; what follows is pushed in the background."}
	OptHops = ao.Option{Name: "push_hops", Default: message.Int(10_000),
		Doc: "Deliveries in a row after which a chain of messages is ended."}
)
