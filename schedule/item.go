package schedule

import (
	"context"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Variants of schedules: what schedulers speak.
const (
	Mainnet = "ao.N.1"  // assignments are signed messages with their message as body
	Legacy  = "ao.TN.1" // assignments are ANS-104 items that name their message by ID
)

// IsItem reports whether an assignment is the item of a legacynet scheduler.
func IsItem(a *message.Message) bool { return a.Text("variant") == Legacy && !a.Has("body") }

// FromItem returns the assignment that the item of a legacynet scheduler stands
// for, with its message as body: "nonce" is the slot, numbers are integers, and
// the block hash is zeros where there is none (spec 03, 5.4). It has no
// commitments, because it says other things than what was signed; the message
// keeps its own.
//
// # Errors
//
// [fail.Invalid] when the item has no number as nonce.
func FromItem(item, body *message.Message) (*message.Message, error) {
	slot, err := strconv.ParseInt(strings.TrimSpace(item.Text("nonce")), 10, 64)
	if err != nil || slot < 0 {
		return nil, fail.New(fail.Invalid, "schedule.FromItem", "the nonce %.32q of the assignment is not the number of a slot", item.Text("nonce"))
	}
	a := item.OnlyCommitted().Without(message.CommitmentsKey, "data").WithPrivate(nil)
	for _, key := range [...]string{"timestamp", "epoch"} {
		if n, err := strconv.ParseInt(a.Text(key), 10, 64); err == nil {
			a = a.Set(key, message.Int(n))
		}
	}
	if a.Text("block-hash") == "" {
		a = a.Set("block-hash", message.Binary(NoBlock))
	}
	return a.Set("slot", message.Int(slot)).Set("body", body), nil
}

// fromStored returns the assignment that is kept as m.
func fromStored(ctx context.Context, c *cache.Cache, m *message.Message) (*message.Message, error) {
	if !IsItem(m) {
		return m, nil
	}
	v, err := c.Read(ctx, m.Text("message"))
	if err != nil {
		return nil, err
	}
	body, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Internal, "schedule.Read", "what is assigned is not a message").At(m.Text("message"))
	}
	return FromItem(m, body)
}
