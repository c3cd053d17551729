package compute

import (
	"context"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// maxPaths bounds the processes whose hashpath is remembered.
const maxPaths = 10_000

// page is how many assignments are read at once.
const page = 64

// hashpaths calculates the hashpaths of states of processes: the ID of the
// process, and every assignment rolled onto it (spec 02, 5.3; spec 05, 3.2). The
// newest of each process is remembered, so that going on from it is cheap.
type hashpaths struct {
	mu     sync.Mutex
	newest map[string]rolled
}

// rolled is the hashpath of a process after a slot.
type rolled struct {
	slot int64
	path string
}

func newHashpaths() *hashpaths { return &hashpaths{newest: map[string]rolled{}} }

// of returns the hashpath of the state after a slot.
//
// # Errors
//
// [fail.NotFound] when the slot is not scheduled; those of the schedule.
func (h *hashpaths) of(ctx context.Context, order process.Order, p schedule.Process, slot int64) (string, error) {
	at := h.before(p.ID, slot)
	alg := p.Definition.Text("hashpath-alg")
	for at.slot < slot {
		found, err := order.Read(ctx, p, at.slot+1, int(min(page, slot-at.slot)))
		if err != nil {
			return "", err
		}
		if len(found) == 0 {
			return "", fail.New(fail.NotFound, "compute.Attest", "slot %d is not scheduled", at.slot+1).At(p.ID)
		}
		for _, a := range found {
			i, err := commit.SignedID(ctx, a)
			if err != nil {
				return "", err
			}
			if at.path, err = ao.CombineHashpath(at.path, i.String(), alg); err != nil {
				return "", err
			}
			at.slot++
		}
	}
	h.keep(p.ID, at)
	return at.path, nil
}

// before returns the newest hashpath that is remembered and leads to a slot.
func (h *hashpaths) before(processID string, slot int64) rolled {
	h.mu.Lock()
	defer h.mu.Unlock()
	if at, ok := h.newest[processID]; ok && at.slot <= slot {
		return at
	}
	return rolled{-1, processID}
}

func (h *hashpaths) keep(processID string, at rolled) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.newest) >= maxPaths {
		clear(h.newest)
	}
	if old, ok := h.newest[processID]; !ok || old.slot < at.slot {
		h.newest[processID] = at
	}
}
