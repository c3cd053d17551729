package schedule

import (
	"context"
	"time"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// place is where a message stands in the schedule of a process.
type place struct {
	slot  int64
	chain id.ID
	time  time.Time
	block Block
}

// NextChain returns the hash chain after a message with the given ID: SHA-256
// over the value before it, nothing for slot 0, and the text of the ID (spec
// 03, 3.4.4).
func NextChain(slot int64, before id.ID, msg id.ID) id.ID {
	text := msg.String()
	if slot == 0 {
		return id.Hash([]byte(text))
	}
	return id.Chain(before, []byte(text))
}

// assignment returns the assignment of a message, unsigned (spec 03, 3.4.1).
func assignment(process string, at place, msg *message.Message) *message.Message {
	b := message.NewBuilder(14)
	b.Set("block-hash", message.Binary(at.block.Hash))
	b.Set("block-height", message.Int(at.block.Height))
	b.Set("block-timestamp", message.Int(at.block.Timestamp))
	b.Set("body", msg)
	b.Set("data-protocol", message.Binary("ao"))
	b.Set("epoch", message.Binary("0"))
	b.Set("hash-chain", message.Binary(at.chain.String()))
	b.Set("path", assignedPath(msg))
	b.Set("process", message.Binary(process))
	b.Set("slot", message.Int(at.slot))
	b.Set("timestamp", message.Int(at.time.UnixMilli()))
	b.Set("type", message.Binary("assignment"))
	b.Set("variant", message.Binary("ao.N.1"))
	return b.Message()
}

// assignedPath returns the key that the execution device will be asked for: the
// parts of the path that the author signed, as a list, else "compute" (spec 03,
// 3.4.3).
func assignedPath(msg *message.Message) message.Value {
	v, ok := msg.Get("path")
	if !ok {
		return message.Binary("compute")
	}
	if l, isList := v.(*message.List); isList {
		return l
	}
	text, _ := message.NormalizeKey(v)
	return message.Strings(message.Parts(text))
}

// sign signs an assignment by every signer, the last one first (spec 03,
// 3.4.2).
func (s *Service) sign(ctx context.Context, a *message.Message, signers []keys.Identity) (*message.Message, error) {
	var err error
	for i := len(signers) - 1; i >= 0; i-- {
		if a, err = commit.Commit(ctx, s.Cache.Env(), a, signers[i].Key, commit.Spec{}); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Slot returns the slot of an assignment.
//
// # Errors
//
// [fail.Invalid] when it has none.
func Slot(a *message.Message) (int64, error) {
	v, _ := a.Get("slot")
	n, ok := message.AsInt(v)
	if !ok || n < 0 {
		return 0, fail.New(fail.Invalid, "schedule.Slot", "the assignment has no slot")
	}
	return n, nil
}

// VerifyChain returns nil when the assignments are consecutive slots of the
// process and each continues the hash chain of the one before. The chain of the
// first is checked when it is slot 0.
//
// # Errors
//
// [fail.Unauthorized] names the slot where the chain breaks.
func VerifyChain(ctx context.Context, process string, assignments []*message.Message) error {
	const op = "schedule.VerifyChain"
	var before id.ID
	for i, a := range assignments {
		slot, err := Slot(a)
		if err != nil {
			return err
		}
		at := process + "/" + message.Int(slot).String()
		if first, _ := Slot(assignments[0]); slot != first+int64(i) || a.Text("process") != process {
			return fail.New(fail.Unauthorized, op, "the assignment is of process %.43s, slot %d", a.Text("process"), slot).At(at)
		}
		chain, err := id.Parse(a.Text("hash-chain"))
		if err != nil {
			return fail.New(fail.Unauthorized, op, "the hash chain is not an ID").At(at)
		}
		if i > 0 || slot == 0 {
			body, err := bodyID(ctx, a)
			if err != nil {
				return err
			}
			if NextChain(slot, before, body) != chain {
				return fail.New(fail.Unauthorized, op, "the hash chain does not continue with this message").At(at)
			}
		}
		before = chain
	}
	return nil
}

// bodyID returns the ID of the message that an assignment assigns.
func bodyID(ctx context.Context, a *message.Message) (id.ID, error) {
	v, ok := a.Get("body")
	if !ok {
		return id.ID{}, fail.New(fail.Invalid, "schedule.VerifyChain", "the assignment has no body")
	}
	return commit.LinkID(ctx, v)
}
