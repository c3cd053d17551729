package legacynet

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/hyperbeam-go/hyperbeam/id"
)

// items is how the server is told that a body is a data item.
var items = http.Header{"Content-Type": {"application/ans104"}, "Codec-Device": {"ans104@1.0"}}

// received is the answer to a posted item: that of a messenger unit and of a
// scheduler unit in one.
type received struct {
	Message   string `json:"message"`
	ID        string `json:"id"`
	Timestamp string `json:"timestamp"` // milliseconds
	Process   string `json:"process,omitempty"`
	Slot      *int64 `json:"slot,omitempty"`
}

func (x *exchange) now() string {
	return strconv.FormatInt(x.h.Env().Now().UnixMilli(), 10)
}

// item takes a message, a process or a module (spec 06, 5).
func (x *exchange) item(a about) {
	switch a.kind {
	case "Process":
		x.schedule(a, "/~scheduler@1.0/schedule?"+asJSON, "Processing Process")
	case "Module":
		x.module(a)
	default:
		if a.target == "" {
			x.refuse(http.StatusBadRequest, "the message has no target: it must be the ID of a process")
			return
		}
		x.schedule(a, "/"+a.target+"~process@1.0/push&push-mode=async?"+asJSON, "Processing DataItem")
	}
}

// schedule has the server verify and schedule an item, and push it if it is a
// message.
func (x *exchange) schedule(a about, target, said string) {
	out := x.ask(http.MethodPost, target, items, x.r.Body)
	if !out.ok() {
		x.refuse(out.status, out.reason())
		return
	}
	answer := received{Message: said, ID: a.id, Timestamp: x.now(), Process: out.field("process")}
	if slot, err := strconv.ParseInt(out.field("slot"), 10, 64); err == nil {
		answer.Slot = &slot
		x.h.slots.note(answer.Process, a.id, slot)
	}
	x.send(http.StatusAccepted, answer)
}

// module keeps a module, so that processes can name it.
func (x *exchange) module(a about) {
	out := x.ask(http.MethodPost, "/~message@1.0/commitments?"+asJSON, items, x.r.Body)
	if !out.ok() {
		x.refuse(out.status, out.reason())
		return
	}
	if out := x.ask(http.MethodHead, "/"+a.id, nil, nil); !out.ok() {
		x.refuse(http.StatusForbidden, "this node does not keep what is posted to it (option store_all_signed)")
		return
	}
	x.send(http.StatusAccepted, received{Message: "Module stored", ID: a.id, Timestamp: x.now()})
}

// assign gives a message that the node has to a process (spec 03, 5.1). What
// would change the message on its way to the process is refused.
func (x *exchange) assign() {
	process, given := x.query.Get("process-id"), x.query.Get("assign")
	if !id.Is(given) {
		x.refuse(http.StatusBadRequest, "assign must be the ID of a message")
		return
	}
	if x.query.Get("exclude") != "" {
		x.refuse(http.StatusNotImplemented, "this node cannot leave fields out of a message that it assigns")
		return
	}
	whole := x.ask(http.MethodGet, "/"+given, http.Header{"Accept": {"application/ans104"}}, nil)
	if !whole.ok() {
		x.refuse(whole.status, "the message "+given+" cannot be assigned: this node does not have it as a data item")
		return
	}
	out := x.ask(http.MethodPost, "/"+process+"~process@1.0/schedule?"+asJSON, items, &whole.body)
	if !out.ok() {
		x.refuse(out.status, out.reason())
		return
	}
	var assignment struct {
		Commitments map[string]json.RawMessage `json:"commitments"`
		Slot        int64                      `json:"slot"`
	}
	if err := json.Unmarshal(out.body.Bytes(), &assignment); err != nil {
		x.refuse(http.StatusBadGateway, "the scheduler did not answer with an assignment")
		return
	}
	answer := received{Message: "Processing assignment", ID: given, Timestamp: x.now(), Process: process, Slot: &assignment.Slot}
	x.h.slots.note(process, given, assignment.Slot)
	x.ask(http.MethodGet, "/"+process+"~process@1.0/push&slot="+strconv.FormatInt(assignment.Slot, 10)+"&push-mode=async?"+asJSON, nil, nil)
	x.send(http.StatusAccepted, answer)
}

// timestamp answers as a scheduler unit: the time and the newest block.
func (x *exchange) timestamp() {
	block, err := x.h.Order.Blocks.Current(x.ctx())
	if err != nil {
		x.fail(err)
		return
	}
	x.send(http.StatusOK, map[string]string{"timestamp": x.now(), "block_height": height(block.Height)})
}

// status says that the compute unit is there.
func (x *exchange) status() {
	x.send(http.StatusOK, map[string]any{"status": "ok", "address": x.h.Env().Address(), "timestamp": x.h.Env().Now().UTC().Format(time.RFC3339)})
}

// info describes the scheduler unit.
func (x *exchange) info() {
	x.send(http.StatusOK, map[string]any{"Unit": "Scheduler", "Timestamp": x.now(), "Address": x.h.Env().Address(), "Processes": x.h.Order.Processes()})
}
