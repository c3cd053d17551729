package ao

import "github.com/hyperbeam-go/hyperbeam/message"

// OptOperator is the address that may change the node. The node's own address
// when it is empty.
var OptOperator = Option{Name: "operator", Default: message.Binary(""), Doc: "Address that may change the node; its own when empty."}

// Unclaimed is the operator of a node that nobody has claimed: anyone may
// change it.
const Unclaimed = "unclaimed"

// FromOperator reports whether the operator of the node has signed the given
// keys of the request (see [Env.Approved]), or the node is unclaimed (spec 04,
// 1.6).
func (c *Call) FromOperator(keys ...string) bool {
	operator := OptOperator.Text(&c.Env)
	switch operator {
	case Unclaimed:
		return true
	case "":
		if c.Env.Key() == nil {
			return false
		}
		operator = c.Address()
	}
	return c.Approved(c.Ctx, c.Request(), []string{operator}, keys...)
}
