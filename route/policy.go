package route

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// MaxParallel bounds the nodes that are asked at the same time.
const MaxParallel = 16

// prefixMulti begins the keys of a request that say how it is sent to several
// nodes.
const prefixMulti = "multirequest-"

// policy says how a message is sent to several nodes, and when there are
// enough answers (spec 04, 4.9).
type policy struct {
	explicit   bool // the request or the route says something about it
	nodes      *message.List
	responses  int
	stopAfter  bool
	admissible *message.Message
	statuses   []int // nil: whatever is not an error
	parallel   int   // nodes at a time

	// What only the operator's route can ask for, as it makes more requests.
	retries int           // further rounds
	backoff time.Duration // before the first of them
	hedge   time.Duration // after which the next node is asked too; 0 never
}

// maxRetries bounds the rounds after the first.
const maxRetries = 10

func policyOf(msg, r *message.Message) policy {
	p := policy{responses: 1, stopAfter: true, parallel: 1, backoff: 100 * time.Millisecond}
	p.persist(r)
	get := func(k string) (message.Value, bool) {
		v, ok := msg.Get(prefixMulti + k)
		if !ok {
			if v, ok = r.Get(k); !ok {
				return nil, false
			}
		}
		p.explicit = p.explicit || k != "nodes"
		return v, true
	}
	if v, ok := msg.Get(prefixMulti + "nodes"); ok {
		p.nodes, _ = v.(*message.List)
		if m, isMsg := v.(*message.Message); isMsg {
			p.nodes, _ = m.List()
		}
	}
	if v, ok := get("responses"); ok {
		if n, isInt := message.AsInt(v); isInt {
			p.responses = int(max(1, min(n, MaxNodes)))
		}
	}
	if v, ok := get("stop-after"); ok {
		p.stopAfter = message.IsTrue(v)
	}
	if v, ok := get("admissible"); ok {
		p.admissible, _ = v.(*message.Message)
	}
	if v, ok := get("admissible-status"); ok {
		p.statuses = statusesOf(v)
	}
	if v, ok := get("parallel"); ok {
		switch n, isInt := message.AsInt(v); {
		case isInt:
			p.parallel = int(max(1, min(n, MaxParallel)))
		case message.IsTrue(v):
			p.parallel = MaxParallel
		}
	}
	return p
}

// persist reads from a route how it goes on when nodes fail or are late.
func (p *policy) persist(r *message.Message) {
	number := func(k string) (int64, bool) {
		v, _ := r.Get(k)
		n, ok := message.AsInt(v)
		return n, ok && n >= 0
	}
	if n, ok := number("retries"); ok {
		p.retries = int(min(n, maxRetries))
	}
	if n, ok := number("backoff"); ok {
		p.backoff = time.Duration(min(n, maxBackoff.Milliseconds())) * time.Millisecond
	}
	if n, ok := number("hedge"); ok {
		p.hedge = time.Duration(min(n, time.Hour.Milliseconds())) * time.Millisecond
	}
}

// statusesOf reads HTTP statuses: a number, a list of them, or text with
// commas. "All" is nil.
func statusesOf(v message.Value) []int {
	if m := numbered(v); m != nil {
		out := []int{}
		for _, e := range m.All() {
			if n, ok := message.AsInt(e); ok {
				out = append(out, int(n))
			}
		}
		return out
	}
	text, _ := message.Text(v)
	if strings.EqualFold(text, "all") {
		return nil
	}
	out := []int{}
	for s := range strings.SplitSeq(text, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// admits reports whether an answer counts (spec 04, 4.9.3).
func (p *policy) admits(ctx context.Context, env *ao.Env, r Reply) bool {
	if p.statuses == nil && (r.Status >= 400 || r.Status == 201) {
		return false
	}
	if p.statuses != nil {
		listed := false
		for _, s := range p.statuses {
			listed = listed || s == r.Status
		}
		if !listed {
			return false
		}
	}
	if p.admissible == nil {
		return true
	}
	key := p.admissible.Text(path.Key)
	if key == "" {
		key = "is-admissible"
	}
	v, err := env.Internal().Resolve(ctx, p.admissible.Without(path.Key), r.Message.Set(path.Key, message.Binary(key)))
	return err == nil && message.IsTrue(v)
}
