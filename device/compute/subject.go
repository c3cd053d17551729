package compute

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/attest"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// question reads which slot a call is about: that of an assignment in the body,
// or "slot" of the process that "process" names.
func question(c *ao.Call) (attest.Question, error) {
	const op = "compute.Attest"
	var q attest.Question
	from := c.Request()
	if body := nested(c, c.Request(), "body"); body != nil {
		from = body
		if a := nested(c, body, "assignment"); a != nil {
			from = a
		}
	}
	v, _, err := c.Lookup(from, "slot")
	if err != nil {
		return q, err
	}
	slot, ok := message.AsInt(v)
	if q.Slot = slot; !ok || slot < 0 {
		return q, fail.New(fail.Invalid, op, `name the slot: "slot" is a number from 0 on`)
	}
	process, _, err := c.Lookup(from, "process")
	if err != nil {
		return q, err
	}
	text, _ := message.Text(process)
	i, err := id.Parse(text)
	if err != nil {
		return q, fail.New(fail.Invalid, op, `name the process: "process" is its ID`)
	}
	q.Process = i.String()
	q.Item = c.Request().Text("commit-to")
	return q, nil
}

// nested returns a message under a key, nil when there is none.
func nested(c *ao.Call, m *message.Message, key string) *message.Message {
	v, ok, err := c.Lookup(m, key)
	if err != nil || !ok {
		return nil
	}
	out, _ := v.(*message.Message)
	return out
}

// sign adds the signature of the node.
func sign(c *ao.Call, m *message.Message) (*message.Message, error) {
	key := c.Env.Key()
	if key == nil {
		return nil, fail.New(fail.Unsupported, "compute.Attest", "this node has no key, so it cannot attest anything")
	}
	return commit.Commit(c.Ctx, c.Codec(), m.WithPrivate(nil), key, commit.Spec{})
}
