package legacynet

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/aos"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// maxPage is the greatest number of messages in a page of a scheduler unit.
const maxPage = 1000

// elsewhere sends a client to the node that schedules a process, if this one
// does not and knows which does (spec 03, 5.1). It reports whether it has.
func (x *exchange) elsewhere(process string) bool {
	if x.h.Locate == nil {
		return false
	}
	p, err := x.h.Order.Find(x.ctx(), process)
	if err != nil || !fail.Is(x.h.Order.Local(p), fail.NotFound) {
		return false
	}
	if newest, err := x.h.Order.Current(x.ctx(), p); err == nil && newest >= 0 {
		return false // its schedule is here
	}
	node, err := x.h.Locate.Locate(x.ctx(), x.h.Env(), p)
	if err != nil {
		return false
	}
	u, err := url.Parse(node)
	if err != nil || u.Host == "" {
		return false
	}
	x.w.Header().Set("Location", strings.TrimSuffix(u.String(), "/")+x.r.URL.RequestURI())
	x.refuse(http.StatusTemporaryRedirect, "this node does not schedule the process "+process)
	return true
}

// unitMessage is a message or assignment as scheduler units write it (spec 03,
// 5.2).
type unitMessage struct {
	ID        string `json:"id"`
	Owner     owner  `json:"owner"`
	Data      string `json:"data,omitempty"`
	Tags      []tag  `json:"tags"`
	Signature string `json:"signature"`
	Anchor    string `json:"anchor"`
	Target    string `json:"target"`
}

type owner struct {
	Address string `json:"address"`
	Key     string `json:"key"`
}

// unitNode is a message with its assignment.
type unitNode struct {
	Message    unitMessage `json:"message"`
	Assignment unitMessage `json:"assignment"`
}

type unitEdge struct {
	Node   unitNode `json:"node"`
	Cursor string   `json:"cursor"`
}

type unitPage struct {
	PageInfo struct {
		HasNextPage bool `json:"has_next_page"`
	} `json:"page_info"`
	Edges []unitEdge `json:"edges"`
}

// transaction answers with one message of a process, or with a page of its
// schedule when the process itself is asked for.
func (x *exchange) transaction(which string) {
	process := x.query.Get("process-id")
	if process == "" {
		process = which
	}
	p, newest, ok := x.scheduled(process)
	if !ok {
		return
	}
	if which == process {
		x.page(p, newest)
		return
	}
	slot, err := x.h.slots.find(x.ctx(), process, which)
	if err != nil {
		x.fail(err)
		return
	}
	x.one(p, slot)
}

// latest answers with the newest message of a process.
func (x *exchange) latest(process string) {
	if p, newest, ok := x.scheduled(process); ok {
		x.one(p, newest)
	}
}

// scheduled returns a process whose schedule is here, with its newest slot.
// Otherwise it has answered.
func (x *exchange) scheduled(process string) (schedule.Process, int64, bool) {
	if x.elsewhere(process) {
		return schedule.Process{}, 0, false
	}
	newest, ok := x.newest(process)
	if !ok {
		return schedule.Process{}, 0, false
	}
	p, err := x.h.Order.Find(x.ctx(), process)
	if err != nil {
		x.fail(err)
		return p, 0, false
	}
	return p, newest, true
}

func (x *exchange) one(p schedule.Process, slot int64) {
	nodes, err := x.nodes(p, slot, 1)
	switch {
	case err != nil:
		x.fail(err)
	case len(nodes) == 0:
		x.refuse(http.StatusNotFound, "there is no such message in the schedule")
	default:
		x.send(http.StatusOK, nodes[0])
	}
}

// page answers with a part of a schedule. from and to are times in milliseconds,
// as scheduler units have it, or slots when they are small; from-nonce and
// to-nonce are slots.
func (x *exchange) page(p schedule.Process, newest int64) {
	limit, err := x.number("limit", maxPage)
	if err == nil {
		limit = max(1, min(limit, maxPage))
	}
	from, to, err2 := x.bounds(p, newest)
	if err != nil || err2 != nil {
		x.refuse(http.StatusBadRequest, "from, to, from-nonce, to-nonce and limit must be numbers")
		return
	}
	out := unitPage{Edges: []unitEdge{}}
	if from <= to {
		nodes, err := x.nodes(p, from, int(min(limit, to-from+1)))
		if err != nil {
			x.fail(err)
			return
		}
		for i, n := range nodes {
			out.Edges = append(out.Edges, unitEdge{n, strconv.FormatInt(from+int64(i), 10)})
		}
		out.PageInfo.HasNextPage = from+int64(len(nodes)) <= to
	}
	x.send(http.StatusOK, out)
}

func (x *exchange) number(key string, otherwise int64) (int64, error) {
	text := x.query.Get(key)
	if text == "" || text == "undefined" { // what JavaScript makes of an argument that is left out
		return otherwise, nil
	}
	return strconv.ParseInt(text, 10, 64)
}

// timeFrom is the least number that is a time in milliseconds, and no slot.
const timeFrom = 100_000_000_000

// bounds returns the slots that a page is to begin and end with.
func (x *exchange) bounds(p schedule.Process, newest int64) (from, to int64, err error) {
	read := func(key string, otherwise int64) int64 {
		var n int64
		if err == nil {
			n, err = x.number(key, otherwise)
		}
		return n
	}
	from, to = read("from", 0), read("to", newest)
	from, to = read("from-nonce", from), read("to-nonce", to)
	if err != nil {
		return 0, 0, err
	}
	if from >= timeFrom {
		if from, err = x.since(p, newest, from); err != nil {
			return 0, 0, err
		}
	}
	if to >= timeFrom {
		if to, err = x.since(p, newest, to+1); err != nil {
			return 0, 0, err
		}
		to--
	}
	return max(0, from), min(to, newest), nil
}

// since returns the first slot that was scheduled at a time or later.
func (x *exchange) since(p schedule.Process, newest, t int64) (int64, error) {
	low, high := int64(0), newest+1
	for low < high {
		mid := low + (high-low)/2
		a, err := x.h.Order.Read(x.ctx(), p, mid, 1)
		if err != nil {
			return 0, err
		}
		var at int64
		if len(a) > 0 {
			v, _ := a[0].Get("timestamp")
			at, _ = message.AsInt(v)
		}
		if at < t {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, nil
}

// nodes returns messages of a schedule with their assignments.
func (x *exchange) nodes(p schedule.Process, from int64, n int) ([]unitNode, error) {
	assignments, err := x.h.Order.Read(x.ctx(), p, from, n)
	if err != nil {
		return nil, err
	}
	out := make([]unitNode, len(assignments))
	for i, a := range assignments {
		body, _ := a.Get("body")
		m, _ := body.(*message.Message)
		if m == nil {
			m = message.Of(message.P("data", body))
		}
		if out[i].Message, err = x.unit(m); err != nil {
			return nil, err
		}
		if out[i].Assignment, err = x.unit(a.Without("body")); err != nil {
			return nil, err
		}
		out[i].Assignment.Tags = assignmentTags(a, p.ID, out[i].Message.ID)
		out[i].Assignment.Data = ""
	}
	return out, nil
}

// unit returns a message as scheduler units write it.
func (x *exchange) unit(m *message.Message) (unitMessage, error) {
	encoded, err := aos.Encode(x.ctx(), x.h.Order.Cache.Env(), m, aos.Signature(m))
	if err != nil {
		return unitMessage{}, err
	}
	out := unitMessage{
		ID: encoded.Text("Id"), Owner: owner{encoded.Text("Owner"), keyOf(m)}, Data: encoded.Text("Data"), Tags: []tag{},
		Signature: encoded.Text("Signature"), Anchor: encoded.Text("Anchor"), Target: encoded.Text("Target"),
	}
	l, _ := encoded.Get("Tags")
	list, _ := l.(*message.List)
	for _, v := range list.All() {
		t, _ := v.(*message.Message)
		out.Tags = append(out.Tags, tag{t.Text("name"), t.Text("value")})
	}
	return out, nil
}

// keyOf returns the public key of the first committer, in base64url, or "".
func keyOf(m *message.Message) string {
	all := m.Commitments()
	for _, k := range all.WireKeys() {
		c := all.Message(k)
		if !c.Has(commit.FieldCommitter) {
			continue
		}
		if _, text, ok := strings.Cut(c.Text(commit.FieldKeyID), ":"); ok {
			if key, err := id.Decode(text); err == nil {
				return id.Encode(key)
			}
		}
	}
	return ""
}

// assignmentTags returns the tags of an assignment of legacynet.
func assignmentTags(a *message.Message, process, msg string) []tag {
	number := func(key string) int64 {
		v, _ := a.Get(key)
		n, _ := message.AsInt(v)
		return n
	}
	return []tag{
		{"Process", process},
		{"Epoch", strconv.FormatInt(number("epoch"), 10)},
		{"Nonce", strconv.FormatInt(number("slot"), 10)},
		{"Hash-Chain", a.Text("hash-chain")},
		{"Block-Height", height(number("block-height"))},
		{"Timestamp", strconv.FormatInt(number("timestamp"), 10)},
		{"Data-Protocol", "ao"},
		{"Type", "Assignment"},
		{"Variant", "ao.TN.1"},
		{"Message", msg},
	}
}

// processRecord is what a scheduler unit says of a process.
type processRecord struct {
	ProcessID string `json:"process_id"`
	Block     string `json:"block"`
	Owner     owner  `json:"owner"`
	Tags      []tag  `json:"tags"`
	Timestamp int64  `json:"timestamp"`
	Epoch     int    `json:"epoch"`
	Nonce     int    `json:"nonce"`
	HashChain string `json:"hash_chain"`
	Data      string `json:"data,omitempty"`
}

// process answers with the record of a process.
func (x *exchange) process(which string) {
	p, _, ok := x.scheduled(which)
	if !ok {
		return
	}
	m, err := x.unit(p.Definition)
	if err != nil {
		x.fail(err)
		return
	}
	first, err := x.h.Order.Read(x.ctx(), p, 0, 1)
	if err != nil {
		x.fail(err)
		return
	}
	out := processRecord{ProcessID: which, Owner: m.Owner, Tags: m.Tags, Data: m.Data, Block: height(0)}
	if len(first) > 0 {
		tags := map[string]string{}
		for _, t := range assignmentTags(first[0], which, which) {
			tags[t.Name] = t.Value
		}
		out.Block, out.HashChain = tags["Block-Height"], tags["Hash-Chain"]
		out.Timestamp, _ = strconv.ParseInt(tags["Timestamp"], 10, 64) // written above
	}
	x.send(http.StatusOK, out)
}
