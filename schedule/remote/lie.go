package remote

import (
	"fmt"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Lie is what a scheduler, or who speaks for it, has said and cannot be.
type Lie struct {
	Scheduler string // address, or those that the process names
	URL       string // of the node that said it
	Process   string
	Slot      int64
	Reason    string
}

// Error says who, where and what.
func (l *Lie) Error() string {
	return fmt.Sprintf("scheduler %s at %s, slot %d of process %s: %s", l.Scheduler, l.URL, l.Slot, l.Process, l.Reason)
}

// lie returns an error of kind [fail.Upstream] that wraps a [*Lie].
func lie(at Place, p schedule.Process, slot int64, format string, args ...any) error {
	who := at.Address
	if who == "" {
		who = strings.Join(p.Schedulers(), ", ")
	}
	return fail.New(fail.Upstream, "remote.Verify", "the schedule is refused: %w",
		&Lie{Scheduler: who, URL: at.URL, Process: p.ID, Slot: slot, Reason: fmt.Sprintf(format, args...)}).At(p.ID)
}
