package legacynet

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// maxDryRun is the longest message that is tried, in bytes.
const maxDryRun = 16 << 20

// result answers with the result of a message, by its ID or its slot (spec 03,
// 10.5).
func (x *exchange) result(which string) {
	process := x.query.Get("process-id")
	if x.elsewhere(process) {
		return
	}
	slot, err := strconv.ParseInt(which, 10, 64)
	if !isSlot(which) {
		slot, err = x.h.slots.find(x.ctx(), process, which)
	}
	if err != nil {
		x.fail(err)
		return
	}
	text, out := x.resultOf(process, slot)
	if out != nil {
		x.refuse(out.status, out.reason())
		return
	}
	x.send(http.StatusOK, text)
}

// resultOf returns the result in a slot as compute units give it, or the answer
// that refuses it.
func (x *exchange) resultOf(process string, slot int64) (json.RawMessage, *reply) {
	at := "/" + process + "~process@1.0/compute=" + strconv.FormatInt(slot, 10) + "/results?" + asJSON
	out := x.ask(http.MethodGet, at, nil, nil)
	if !out.ok() {
		return nil, out
	}
	return outcome(out.body.Bytes()), nil
}

// dryRun tries a message (spec 03, 10.5).
func (x *exchange) dryRun() {
	process := x.query.Get("process-id")
	if x.elsewhere(process) {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxDryRun))
	if err != nil {
		x.refuse(http.StatusRequestEntityTooLarge, "a message to be tried may have at most 16 MiB")
		return
	}
	var m dryMessage
	if err := json.Unmarshal(body, &m); err != nil {
		x.refuse(http.StatusBadRequest, "the body must be a message in JSON: Id, Owner, Target, Data, Tags, Anchor")
		return
	}
	if m.Target == "" {
		m.Target = process
	}
	request, err := json.Marshal(map[string]any{"dry-run": m, "body": m.plain()})
	if err != nil {
		x.fail(fail.Wrap(fail.Internal, "legacynet", err))
		return
	}
	out := x.ask(http.MethodPost, "/"+process+"~process@1.0/as=execution/compute?"+asJSON,
		http.Header{"Content-Type": {"application/json"}}, bytes.NewReader(request))
	if !out.ok() {
		x.refuse(out.status, out.reason())
		return
	}
	var state struct {
		Results json.RawMessage `json:"results"`
	}
	if err := json.Unmarshal(out.body.Bytes(), &state); err != nil {
		x.refuse(http.StatusBadGateway, "the process did not answer with a state")
		return
	}
	x.send(http.StatusOK, outcome(state.Results))
}

// snapshot answers for a process whose state can be saved. Nodes save it by
// themselves, and again when they stop, so there is nothing more to do.
func (x *exchange) snapshot(process string) {
	if x.elsewhere(process) || x.get("/"+process+"~process@1.0/snapshot/at-slot") == nil {
		return
	}
	x.send(http.StatusOK, map[string]bool{"success": true})
}

// state answers with the memory of the program of a process.
func (x *exchange) state(process string) {
	if x.elsewhere(process) {
		return
	}
	out := x.get("/" + process + "~process@1.0/as=execution/memory")
	if out == nil {
		return
	}
	x.header("application/octet-stream")
	_, _ = x.w.Write(out.body.Bytes()) // a client that is gone cannot be told
}

// cron answers with the results of cron messages that nobody has scheduled, of
// which there are none: here cron messages are scheduled (see [Monitors]).
func (x *exchange) cron() {
	x.send(http.StatusOK, connection{Edges: []edge{}})
}
