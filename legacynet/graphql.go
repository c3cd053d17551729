package legacynet

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Limits of queries.
const (
	maxQuery = 1 << 20 // bytes
	maxIDs   = 100     // transactions in one answer
)

// locationTTL is how long a client may believe where a scheduler is, in
// milliseconds.
const locationTTL = "300000"

// wanted is what a query for transactions asks for.
type wanted struct {
	ids, owners []string
	tags        map[string][]string
}

// graphql answers queries for transactions by their IDs from what this node has,
// and says of its own address where it is as a scheduler. That is what SDKs
// need of a gateway to spawn a process and to find its scheduler (spec 06, 5).
// Every node has all fields, whichever were asked for.
func (x *exchange) graphql() {
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxQuery))
	var q struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
	}
	if err == nil {
		err = json.Unmarshal(body, &q)
	}
	if err != nil {
		x.graphqlError("the body must be JSON with query and variables")
		return
	}
	args, err := queryArguments(q.Query, q.Variables)
	if err != nil {
		x.graphqlError(err.Error())
		return
	}
	w, ok := wantedOf(args)
	if !ok || len(w.ids) > maxIDs {
		x.graphqlError("this node answers queries for at most 100 transactions by their ids, and for the Scheduler-Location of its own address; ask a gateway for others")
		return
	}
	edges := []map[string]any{}
	for _, i := range w.ids {
		if n := x.graphqlNode(i); n != nil && w.matches(n) {
			edges = append(edges, map[string]any{"cursor": i, "node": n})
		}
	}
	if len(w.ids) == 0 && slices.Contains(w.owners, x.h.Env().Address()) {
		edges = append(edges, map[string]any{"cursor": "", "node": x.location()})
	}
	x.send(http.StatusOK, map[string]any{"data": map[string]any{"transactions": map[string]any{
		"pageInfo": map[string]bool{"hasNextPage": false}, "edges": edges}}})
}

func (x *exchange) graphqlError(why string) {
	x.send(http.StatusBadRequest, map[string]any{"errors": []map[string]string{{"message": why}}})
}

// wantedOf sorts the arguments of a query. It reports whether this node can
// answer it.
func wantedOf(args map[string]any) (wanted, bool) {
	w := wanted{ids: texts(args["ids"]), owners: texts(args["owners"]), tags: map[string][]string{}}
	list, _ := args["tags"].([]any)
	for _, v := range list {
		if t, ok := v.(map[string]any); ok {
			name, _ := t["name"].(string)
			w.tags[name] = texts(t["values"])
		}
	}
	return w, len(w.ids) > 0 || len(w.owners) > 0 && slices.Contains(w.tags["Type"], "Scheduler-Location")
}

// texts returns a list of texts, of which one may stand alone.
func texts(v any) []string {
	switch t := v.(type) {
	case string:
		return []string{t}
	case []any:
		var out []string
		for _, e := range t {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// matches reports whether a node has one of the values of each tag, and one of
// the owners.
func (w wanted) matches(n map[string]any) bool {
	if o, _ := n["owner"].(owner); len(w.owners) > 0 && !slices.Contains(w.owners, o.Address) {
		return false
	}
	tags, _ := n["tags"].([]tag)
	for name, values := range w.tags {
		if !slices.ContainsFunc(tags, func(t tag) bool { return t.Name == name && slices.Contains(values, t.Value) }) {
			return false
		}
	}
	return true
}

// graphqlNode returns what the node has under an ID, nil for nothing.
func (x *exchange) graphqlNode(i string) map[string]any {
	if !id.Is(i) || !x.ask(http.MethodHead, "/"+i, nil, nil).ok() { // what the client may not read is not there
		return nil
	}
	v, err := x.h.Order.Cache.ReadLazy(x.ctx(), i)
	m, ok := v.(*message.Message)
	if err != nil || !ok {
		return nil
	}
	u, err := x.unit(m)
	if err != nil {
		return nil
	}
	contentType := ""
	for _, t := range u.Tags {
		if strings.EqualFold(t.Name, "content-type") {
			contentType = t.Value
		}
	}
	none := map[string]string{"winston": "0", "ar": "0"}
	return map[string]any{
		"id": i, "anchor": u.Anchor, "signature": u.Signature, "recipient": u.Target, "owner": u.Owner, "tags": u.Tags,
		"fee": none, "quantity": none, "block": nil, "parent": nil, "bundledIn": nil,
		"data": map[string]string{"size": strconv.Itoa(len(u.Data)), "type": contentType},
	}
}

// location says where this node is, as the client sees it.
func (x *exchange) location() map[string]any {
	scheme := "http"
	if x.r.TLS != nil {
		scheme = "https"
	}
	address := x.h.Env().Address()
	return map[string]any{"id": "", "owner": owner{Address: address}, "recipient": "", "block": nil, "tags": []tag{
		{"Data-Protocol", "ao"}, {"Type", "Scheduler-Location"}, {"Url", scheme + "://" + x.r.Host}, {"Time-To-Live", locationTTL}}}
}
