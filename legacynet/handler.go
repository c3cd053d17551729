package legacynet

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/push"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Options of the node message.
var (
	OptEnabled = ao.Option{Name: "legacynet", Default: message.True,
		Doc: "Answer the HTTP interfaces of legacynet's units beside AO-Core: /result, /dry-run, POST of data items to / and others (package legacynet)."}
	OptGraphQL = ao.Option{Name: "legacynet_graphql", Default: message.True,
		Doc: "Answer POST /graphql from what this node has, for SDKs that look for modules and schedulers there."}
)

// NodeOptions returns the options of the node message that the handler reads.
func NodeOptions() []ao.Option { return []ao.Option{OptEnabled, OptGraphQL} }

// Options are what a handler works with.
type Options struct {
	Env   func() *ao.Env    // the environment under the node message in force. Required.
	Order *schedule.Service // Required.

	// Locate finds where processes are scheduled that are not scheduled here.
	// Nil redirects nobody.
	Locate push.Locator
	// Monitors sends the cron messages of processes. Nil refuses to.
	Monitors *Monitors
}

// Handler answers the requests of legacynet and hands the others on.
type Handler struct {
	Options
	next  http.Handler
	slots *slots
}

// New returns a handler before the server.
func New(o Options, next http.Handler) *Handler {
	return &Handler{Options: o, next: next, slots: newSlots(o.Order)}
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if answer := h.recognise(r); answer != nil && OptEnabled.Bool(h.Env()) {
		answer(&exchange{h: h, w: w, r: r, query: r.URL.Query()})
		return
	}
	h.next.ServeHTTP(w, r)
}

// recognise returns what answers a request, nil for requests that are none of
// legacynet's. It looks at the first bytes of the body when nothing else can
// tell, and leaves the body as it was.
func (h *Handler) recognise(r *http.Request) func(*exchange) {
	path := r.URL.Path
	if len(path) == 0 || path[0] != '/' || r.URL.RawPath != "" {
		return nil
	}
	head, rest, deep := strings.Cut(path[1:], "/")
	get := r.Method == http.MethodGet || r.Method == http.MethodHead
	if !deep {
		return h.recogniseTop(r, head, get)
	}
	post := r.Method == http.MethodPost
	switch {
	case head == "result" && (get || post) && (id.Is(rest) || isSlot(rest)) && names(r, "process-id"):
		return func(x *exchange) { x.result(rest) }
	case head == "monitor" && id.Is(rest) && (post || r.Method == http.MethodDelete):
		return func(x *exchange) { x.monitor(rest) }
	case head == "snapshot" && id.Is(rest) && post:
		return func(x *exchange) { x.snapshot(rest) }
	case !get:
	case head == "results" && id.Is(rest):
		return func(x *exchange) { x.results(rest) }
	case head == "state" && id.Is(rest):
		return func(x *exchange) { x.state(rest) }
	case head == "cron" && id.Is(rest):
		return (*exchange).cron
	case head == "processes" && id.Is(rest):
		return func(x *exchange) { x.process(rest) }
	case rest == "latest" && id.Is(head):
		return func(x *exchange) { x.latest(head) }
	}
	return nil
}

// recogniseTop is recognise for paths of one part.
func (h *Handler) recogniseTop(r *http.Request, name string, get bool) func(*exchange) {
	post := r.Method == http.MethodPost
	switch {
	case name == "" && post && r.URL.RawQuery == "":
		if about, ok := peek(r); ok && about.legacy() {
			return func(x *exchange) { x.item(about) }
		}
	case name == "" && post && names(r, "process-id") && names(r, "assign"):
		return (*exchange).assign
	case name == "" && get && names(r, "process-id"):
		return (*exchange).info
	case name == "dry-run" && post && names(r, "process-id"):
		return (*exchange).dryRun
	case name == "graphql" && post && OptGraphQL.Bool(h.Env()):
		return (*exchange).graphql
	case name == "status" && get && r.URL.RawQuery == "":
		return (*exchange).status
	case name == "timestamp" && get:
		return (*exchange).timestamp
	case id.Is(name) && get && names(r, "process-id"), id.Is(name) && get && pages(r):
		return func(x *exchange) { x.transaction(name) }
	}
	return nil
}

// names reports whether a key of the query is an ID.
func names(r *http.Request, key string) bool {
	return r.URL.RawQuery != "" && id.Is(r.URL.Query().Get(key))
}

// pages reports whether the query asks for a page of a scheduler unit.
func pages(r *http.Request) bool {
	if !strings.Contains(r.URL.RawQuery, "limit=") {
		return false
	}
	q := r.URL.Query()
	return q.Has("limit") && (q.Has("from") || q.Has("to"))
}

// isSlot reports whether a text is the number of a slot.
func isSlot(s string) bool {
	if s == "" || len(s) > 18 {
		return false
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// exchange is one request and its answer.
type exchange struct {
	h     *Handler
	w     http.ResponseWriter
	r     *http.Request
	query url.Values
}

func (x *exchange) ctx() context.Context { return x.r.Context() }

// header sets what every answer has: browsers may read it.
func (x *exchange) header(contentType string) {
	x.w.Header().Set("Content-Type", contentType)
	x.w.Header().Set("Access-Control-Allow-Origin", "*")
	x.w.Header().Set("Access-Control-Expose-Headers", "*")
}

// send answers with JSON.
func (x *exchange) send(status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		x.fail(fail.Wrap(fail.Internal, "legacynet", err))
		return
	}
	x.header("application/json")
	x.w.WriteHeader(status)
	_, _ = x.w.Write(text) // a client that is gone cannot be told
}

// fail answers with an error.
func (x *exchange) fail(err error) {
	x.refuse(fail.KindOf(err).HTTPStatus(), fail.Sentence(err))
}

// refuse answers with a status and a sentence.
func (x *exchange) refuse(status int, why string) {
	x.send(status, map[string]string{"error": why})
}
