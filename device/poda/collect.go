package poda

import (
	"context"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/attest"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// collect answers "push": it wraps a message of an outbox with the attestations
// of the authorities of its receiver, each asked at its own node.
//
// # Errors
//
// [fail.Unavailable] when too few attest it: it should be tried again.
func (d device) collect(c *ao.Call) (message.Value, error) {
	const op = "poda.Push"
	r, err := rulesOf(c.Ctx, &c.Env, definition(c))
	if err != nil {
		return nil, err
	}
	v, err := c.Arg("body")
	if err != nil {
		return nil, err
	}
	if v, err = message.LoadAll(c.Ctx, c.Cache, v); err != nil {
		return nil, err
	}
	item, ok := v.(*message.Message)
	slot, isNumber := message.AsInt(first(c.Request(), "slot"))
	if !ok || !isNumber {
		return nil, fail.New(fail.Invalid, op, `the request must have the "process" and "slot" of the sender, and the message as its body`)
	}
	if item, err = attest.Item(item); err != nil {
		return nil, err
	}
	itemID, err := attest.ItemID(c.Ctx, item)
	if err != nil {
		return nil, err
	}
	found, err := d.ask(c, r, attest.Question{Process: c.Request().Text("process"), Slot: slot, Item: itemID})
	if err != nil {
		return nil, err
	}
	return message.Of(message.P("attestations", message.NewList(found...).Numbered()), message.P("body", item)), nil
}

// answer is what came from the node of an authority.
type answer struct {
	authority string
	m         *message.Message
	err       error
}

// ask asks all authorities at once and returns the first attestations that make
// a quorum.
func (d device) ask(c *ao.Call, r rules, q attest.Question) ([]message.Value, error) {
	ctx, cancel := context.WithCancel(c.Ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	answers := make(chan answer, len(r.authorities))
	for _, a := range r.authorities {
		wg.Go(func() {
			m, err := d.askOne(ctx, &c.Env, a, q)
			answers <- answer{a, m, err}
		})
	}
	t := tally{rules: r, by: map[attest.Claim]map[string]bool{}}
	said := map[attest.Claim][]message.Value{}
	most := 0
	for range r.authorities {
		a := <-answers
		if a.err != nil {
			c.Log.Info("an authority attests nothing", "authority", a.authority, "process", q.Process, "slot", q.Slot, "error", a.err)
			continue
		}
		before := t.support()
		claim, reached, err := t.add(ctx, &c.Env, a.m, q.Process, q.Item)
		if err != nil {
			return nil, err
		}
		if claim.Slot != q.Slot || t.support() == before {
			continue // about another slot, or by nobody who counts
		}
		said[claim] = append(said[claim], a.m.OnlyCommitted())
		if reached {
			return said[claim], nil
		}
		most = max(most, len(t.by[claim]))
	}
	return nil, fail.New(fail.Unavailable, "poda.Push", "%d of %d authorities attest the message, and %d are needed", most, len(r.authorities), r.quorum).At(q.Process)
}

// askOne asks the node of one authority.
func (d device) askOne(ctx context.Context, env *ao.Env, authority string, q attest.Question) (*message.Message, error) {
	node := ""
	if address(authority) != env.Address() {
		var err error
		if node, err = d.node(ctx, env, authority); err != nil {
			return nil, err
		}
	}
	return attest.Ask(ctx, env, node, q)
}

// node returns the URL of the node of an authority: its hint, or its location
// record.
func (d device) node(ctx context.Context, env *ao.Env, authority string) (string, error) {
	if d.locate == nil {
		return "", fail.New(fail.NotFound, "poda.Push", "this node knows no locations").At(authority)
	}
	return d.locate.Locate(ctx, env, schedule.Process{
		ID: address(authority), Definition: message.Of(message.P("scheduler", message.Binary(authority)))})
}
