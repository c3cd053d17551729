package compute

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/attest"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// recompute returns what this node attests about a slot. Its Item is "" when the
// results do not have the message in question.
func (d device) recompute(ctx context.Context, env *ao.Env, q attest.Question) (attest.Claim, error) {
	c := attest.Claim{Process: q.Process, Slot: q.Slot}
	p, err := schedule.Find(ctx, env.Cache, q.Process)
	if err != nil {
		return c, err
	}
	state, err := d.svc.Compute(ctx, env.Internal(), p, q.Slot)
	if err != nil {
		return c, err
	}
	if c.Hashpath, err = d.paths.of(ctx, d.svc.Order, p, q.Slot); err != nil {
		return c, err
	}
	i, err := commit.UnsignedID(ctx, state)
	if err != nil {
		return c, err
	}
	c.State = i.String()
	return c, results(ctx, env, &c, state, q.Item)
}

// results notes the ID of the results in a state, and of the message in their
// outbox that is asked for.
func results(ctx context.Context, env *ao.Env, c *attest.Claim, state *message.Message, item string) error {
	v, ok := state.Get("results")
	if !ok {
		return nil
	}
	if l, isLink := v.(message.Link); isLink {
		c.Results = l.ID
	} else {
		i, err := commit.LinkID(ctx, v)
		if err != nil {
			return err
		}
		c.Results = i.String()
	}
	if item == "" {
		return nil
	}
	v, err := message.LoadAll(ctx, env.Cache, v)
	if err != nil {
		return err
	}
	m, _ := v.(*message.Message)
	sent, _ := m.Get("outbox")
	for _, e := range entries(sent) {
		id, err := attest.ItemID(ctx, e)
		if err != nil {
			return err
		}
		if id == item {
			c.Item = item
		}
	}
	return nil
}

// entries returns the messages of an outbox: a list, or a message of them.
func entries(outbox message.Value) []*message.Message {
	if l, ok := outbox.(*message.List); ok {
		outbox = l.Numbered()
	}
	box, _ := outbox.(*message.Message)
	var out []*message.Message
	for k, e := range box.All() {
		if m, ok := e.(*message.Message); ok && k != message.CommitmentsKey {
			out = append(out, m)
		}
	}
	return out
}
