package main

import (
	"context"
	"fmt"
	"time"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// tokenProgram is a small ledger: each message moves one unit, in integers of
// any size, from the account "bank" to one of a thousand others.
const tokenProgram = `
balances = { bank = 1000000000000000000000000 }
function compute(base, assignment)
  local m = assignment.body or {}
  if m.action == "Transfer" then
    local to, n = m.recipient, m.quantity
    if balances.bank < n then error("not enough") end
    balances.bank = balances.bank - n
    balances[to] = (balances[to] or 0) + n
  end
  base.results = { output = { body = "bank " .. balances.bank } }
  return base
end
`

// lua measures a token process in Lua: transfers one by one, and many scheduled
// ones computed in one request.
func (b *bench) lua() error {
	b.heading("a token process in Lua")
	address, err := b.address()
	if err != nil {
		return err
	}
	module, err := sign(b.ctx, message.Of(message.P("content-type", message.Binary("application/lua")), message.P("body", message.Binary(tokenProgram))), b.key)
	if err != nil {
		return err
	}
	if _, err := b.post(b.ctx, "/content-type", module, nil); err != nil {
		return err
	}
	moduleID, err := commit.SignedID(b.ctx, module)
	if err != nil {
		return err
	}
	id, err := b.spawn(definition("lua", moduleID.String(), address))
	if err != nil {
		return err
	}
	few, many := min(60, b.Messages), b.Messages
	all, err := b.presign(few+many, func(i int) *message.Message {
		return message.Of(message.P("target", message.Binary(id)), message.P("type", message.Binary("Message")), message.P("action", message.Binary("Transfer")),
			message.P("recipient", message.Binary(fmt.Sprint("account-", i%1000))), message.P("quantity", message.Int(i)))
	})
	if err != nil {
		return err
	}
	b.print(drive(b.ctx, "Transfer: schedule, compute, read, one client", 1, time.Hour, few, func(ctx context.Context, i int) error {
		if err := b.send1(ctx, "/"+id+"~process@1.0/schedule", all[i]); err != nil {
			return err
		}
		_, err := b.results(ctx, id, int64(i+1))
		return err
	}))
	return b.batch(id, all[few:], int64(few+many))
}

// batch schedules messages and computes them in one request for the last slot.
func (b *bench) batch(id string, all []*message.Message, last int64) error {
	fill := drive(b.ctx, "", b.Connections, time.Hour, len(all), func(ctx context.Context, i int) error {
		return b.send1(ctx, "/"+id+"~process@1.0/schedule", all[i])
	})
	if fill.failed > 0 {
		return fmt.Errorf("scheduling: %s", fill.reason)
	}
	run := drive(b.ctx, fmt.Sprintf("compute of %d scheduled messages in one request", len(all)), 1, time.Hour, 1, func(ctx context.Context, _ int) error {
		_, err := b.results(ctx, id, last)
		return err
	})
	b.print(run)
	if run.done > 0 {
		b.print(load{name: "  messages of it", done: len(all), elapsed: run.elapsed})
	}
	return nil
}
