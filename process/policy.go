package process

import (
	"strconv"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Options of the node that computing reads (spec 03, 18).
var (
	OptSnapshotSlots = ao.Option{Name: "process_snapshot_slots", Default: message.False,
		Doc: "A snapshot of a process is stored at every slot that this number divides; false turns that off."}
	OptSnapshotTime = ao.Option{Name: "process_snapshot_time", Default: message.Int(60),
		Doc: "A snapshot of a busy process is stored after this many seconds; false turns that off."}
	OptSlotTime = ao.Option{Name: "process_slot_time", Default: message.Int(60_000),
		Doc: "The computation of one slot fails after this many milliseconds; 0 means never."}
	OptAsync = ao.Option{Name: "process_async_cache", Default: message.True,
		Doc: "Results are written behind the computation; false writes each before it is answered."}
)

// Policy says when snapshots are stored besides when a worker stops. Zero
// fields mean never.
type Policy struct {
	Slots int64         // at every slot that this divides
	Time  time.Duration // after this time since the last one
}

// policyOf reads the options of the node.
func policyOf(env *ao.Env) Policy {
	return Policy{
		Slots: positive(OptSnapshotSlots.In(env)),
		Time:  time.Duration(positive(OptSnapshotTime.In(env))) * time.Second,
	}
}

// positive reads a number that may be turned off.
func positive(v message.Value) int64 {
	text, _ := message.Text(v)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return max(n, 0)
}

// due reports whether a snapshot is due after a slot.
func (p Policy) due(slot int64, since time.Duration) bool {
	return (p.Slots > 0 && slot%p.Slots == 0) || (p.Time > 0 && since >= p.Time)
}
