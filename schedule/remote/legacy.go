package remote

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/itemjson"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// ChainHeight is the block from which on schedulers of legacynet keep their hash
// chain (spec 03, 5.6.3).
const ChainHeight = 1_440_000

// edge is an assignment of a legacynet scheduler with its message, which is nil
// when the scheduler does not show it (spec 03, 5.1).
type edge struct {
	Message    *itemjson.Item `json:"message"`
	Assignment itemjson.Item  `json:"assignment"`
}

// parsePage reads the page of a schedule: edges whose node, or which themselves,
// are assignment and message.
//
// # Errors
//
// [fail.Upstream] when it is not JSON of that form.
func parsePage(text string) ([]edge, error) {
	var page struct {
		Edges []struct {
			edge
			Node *edge `json:"node"`
		} `json:"edges"`
	}
	if err := json.Unmarshal([]byte(text), &page); err != nil {
		return nil, fail.New(fail.Upstream, "remote.Schedule", "the page of the schedule cannot be read: %w", err)
	}
	out := make([]edge, len(page.Edges))
	for i, e := range page.Edges {
		if out[i] = e.edge; e.Node != nil {
			out[i] = *e.Node
		}
	}
	return out, nil
}

// parseEdge reads one assignment with its message. Errors are those of
// parsePage.
func parseEdge(text string) (edge, error) {
	var e struct {
		edge
		Node *edge `json:"node"`
	}
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return edge{}, fail.New(fail.Upstream, "remote.Schedule", "the assignment cannot be read: %w", err)
	}
	if e.Node != nil {
		return *e.Node, nil
	}
	return e.edge, nil
}

// nonce returns the slot of an edge, -1 when it has none.
func (e edge) nonce() int64 {
	n, err := strconv.ParseInt(e.Assignment.Tag("Nonce"), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// text sends a request to a place and returns the body of the answer.
func (s *Service) text(ctx context.Context, env *ao.Env, at Place, req *message.Message) (string, error) {
	v, err := Ask(ctx, s.Peers, env, at.URL, req)
	if err != nil {
		return "", err
	}
	if m, ok := v.(*message.Message); ok {
		return m.Text("body"), nil
	}
	text, _ := message.Text(v)
	return text, nil
}

// latest asks a legacynet scheduler for the newest slot.
func (s *Service) latest(ctx context.Context, env *ao.Env, p schedule.Process, at Place) (*message.Message, error) {
	text, err := s.text(ctx, env, at, get("/"+p.ID+"/latest?proc-id="+p.ID))
	if err != nil {
		return nil, err
	}
	e, err := parseEdge(text)
	if err != nil {
		return nil, err
	}
	slot := e.nonce()
	v := &verifier{s: s, env: env, p: p, at: at, named: p.Schedulers(), tip: tip{slot: slot - 1}}
	item, err := v.item(e, slot)
	if err != nil {
		return nil, err
	}
	timestamp, _ := message.AsInt(value(item, "timestamp"))
	height, _ := message.AsInt(value(item, "block-height"))
	return message.Of(
		message.P("process", message.Binary(p.ID)),
		message.P("current", message.Int(slot)),
		message.P("timestamp", message.Int(timestamp)),
		message.P("block-height", message.Int(height)),
		message.P("block-hash", message.Binary(schedule.NoBlock)),
		message.P("cache-control", message.Binary("no-store"))), nil
}

// fetchItems returns the items of ao.TN.1 that follow the tip. Their messages
// are stored.
func (s *Service) fetchItems(ctx context.Context, v *verifier, to int64) ([]*message.Message, error) {
	from := v.tip.slot + 1
	// from-nonce is exclusive (spec 03, 4.4.3).
	text, err := s.text(ctx, v.env, v.at, get("/"+v.p.ID+"?proc-id="+v.p.ID+
		"&from-nonce="+decimal(from-1)+"&to-nonce="+decimal(to)+"&limit=1000"))
	if err != nil {
		return nil, err
	}
	edges, err := parsePage(text)
	if err != nil {
		return nil, lie(v.at, v.p, from, "%s", fail.Sentence(err))
	}
	edges = slices.DeleteFunc(edges, func(e edge) bool { n := e.nonce(); return n >= 0 && (n < from || n > to) })
	var out []*message.Message
	for i, e := range edges {
		slot := from + int64(i)
		item, body, err := v.edge(ctx, e, slot)
		if err != nil {
			return out, err
		}
		if _, err := s.Local.Cache.Write(ctx, body, store.Lazy); err != nil {
			return out, err
		}
		v.tip.slot = slot
		if err := v.move(ctx, item); err != nil {
			return out, err
		}
		out = append(out, item)
	}
	return out, nil
}

// edge verifies an edge as that of a slot (R1 to R3).
func (v *verifier) edge(ctx context.Context, e edge, slot int64) (item, body *message.Message, err error) {
	if item, err = v.item(e, slot); err != nil {
		return nil, nil, err
	}
	if body, err = v.assigned(ctx, e, item, slot); err != nil {
		return nil, nil, err
	}
	if v.tip.known && v.tip.chained && slot > 0 && v.tip.height >= ChainHeight {
		if got, err := id.Parse(item.Text("hash-chain")); err != nil || got != id.Chain(v.tip.id, v.tip.chain[:]) {
			return nil, nil, lie(v.at, v.p, slot, "the hash chain does not continue that of slot %d", slot-1)
		}
	}
	return item, body, nil
}

// item verifies the assignment of an edge by itself and returns its item.
func (v *verifier) item(e edge, slot int64) (*message.Message, error) {
	if e.nonce() != slot || slot < 0 {
		return nil, lie(v.at, v.p, slot, "in its place is the assignment of slot %.32q", e.Assignment.Tag("Nonce"))
	}
	item, owner, err := e.Assignment.Open()
	switch {
	case err != nil:
		return nil, lie(v.at, v.p, slot, "the signature of the assignment does not hold: %s", fail.Sentence(err))
	case !slices.Contains(v.named, owner):
		return nil, lie(v.at, v.p, slot, "the assignment is signed by %s, which is not a scheduler of the process", owner)
	case item.Text("process") != v.p.ID:
		return nil, lie(v.at, v.p, slot, "the assignment is of process %.43s", item.Text("process"))
	case number(item, "nonce") != slot:
		return nil, lie(v.at, v.p, slot, "the assignment has several nonces")
	case number(item, "epoch") != 0:
		return nil, lie(v.at, v.p, slot, "the assignment is of epoch %s", show(item, "epoch"))
	case item.Text("variant") != schedule.Legacy:
		return nil, lie(v.at, v.p, slot, "its variant is %s, not %s", show(item, "variant"), schedule.Legacy)
	}
	return item, nil
}

// assigned returns the message of an edge, verified; one that the scheduler does
// not show is read from the cache (spec 03, 5.4).
func (v *verifier) assigned(ctx context.Context, e edge, item *message.Message, slot int64) (*message.Message, error) {
	name := item.Text("message")
	if e.Message == nil {
		x, err := v.s.Local.Cache.Read(ctx, name)
		m, ok := x.(*message.Message)
		if fail.Is(err, fail.NotFound) || err == nil && !ok {
			return nil, lie(v.at, v.p, slot, "the message %s is not shown, and not known here", name)
		}
		return m, err
	}
	body, _, err := e.Message.Open()
	if err != nil {
		return nil, lie(v.at, v.p, slot, "the signature of the message does not hold: %s", fail.Sentence(err))
	}
	if i, err := commit.SignedID(ctx, body); err != nil || i.String() != name {
		return nil, lie(v.at, v.p, slot, "the message is %s, but %s is assigned", i, name)
	}
	return body, nil
}
