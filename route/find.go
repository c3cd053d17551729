package route

import (
	"context"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// MaxNodes bounds the nodes that one request is sent to.
const MaxNodes = 64

// Found is where a message goes.
type Found struct {
	Route     *message.Message // with its "reference"; {node, reference} for a URL
	Reference string           // "routes/<number, from 1>" or "explicit"
	Several   bool             // the route names several nodes
	Targets   []Target         // in the order in which they are tried
	Value     message.Value    // the answer of the key "route" (spec 04, 4.3)
}

// NoMatch is the outcome of a message without a route.
var NoMatch = ao.Refuse(404, "no_matches")

// Match returns the first route of a table that matches a message, with its
// reference, or nil (spec 04, 4.2).
func (s *Service) Match(t Table, msg *message.Message) *message.Message {
	target := TargetPath(msg)
	for _, p := range [...]string{msg.Text(path.Key), target} {
		if isURL(p) {
			return message.Of(message.P("node", message.Binary(p)), message.P("reference", message.Binary("explicit")))
		}
	}
	msg = msg.Set(path.Key, message.Binary(target))
	for i, r := range t.Routes {
		template, _ := r.Get("template")
		if s.patterns.matches(template, msg, target) {
			return r.Set("reference", message.Binary("routes/"+strconv.Itoa(i+1)))
		}
	}
	return nil
}

// Find returns where a message goes.
//
// # Errors
//
// [NoMatch] without a route, [fail.Invalid] for a route that leads nowhere;
// those of [Service.Table].
func (s *Service) Find(ctx context.Context, env *ao.Env, msg *message.Message) (Found, error) {
	var t Table
	r := s.Match(t, msg) // a URL needs no table
	if r == nil {
		var err error
		if t, err = s.Table(ctx, env); err != nil {
			return Found{}, err
		}
		if r = s.Match(t, msg); r == nil {
			return Found{}, NoMatch
		}
	}
	f := Found{Route: r, Reference: r.Text("reference")}
	if f.Reference == "explicit" {
		url := r.Text("node")
		peer, rest := split(url)
		f.Targets, f.Value = []Target{{Peer: peer, Path: rest}}, message.Binary(url)
		return f, nil
	}
	return f, s.targets(&f, t.Trusted, msg)
}

// targets finds the nodes of a route.
func (s *Service) targets(f *Found, trusted bool, msg *message.Message) error {
	const op = "route.Find"
	target := TargetPath(msg)
	if node, ok := f.Route.Get("node"); ok && node != message.Value(message.Binary("")) {
		one, v, err := s.target(node, trusted, target)
		f.Targets, f.Value = []Target{one}, v
		return err
	}
	v, _ := f.Route.Get("nodes")
	l, ok := v.(*message.List)
	if m, isMsg := v.(*message.Message); isMsg {
		var err error
		if l, err = m.List(); err != nil {
			return fail.New(fail.Invalid, op, "the nodes of %s are not a list", f.Reference)
		}
		ok = true
	}
	if !ok || l.Len() == 0 {
		return fail.New(fail.Invalid, op, "%s has no node", f.Reference)
	}
	all := make([]message.Value, l.Len())
	for i, n := range l.All() {
		all[i] = n
	}
	strategy := f.Route.Text("strategy")
	chosen, err := Choose(all, Choice{
		Strategy: strategy, N: choose(f.Route), Base: s.baseFor(msg, target), By: textOf(msg, "route-by"),
	}, s.Dice)
	if err != nil {
		return err
	}
	if len(chosen) == 0 {
		return NoMatch
	}
	if len(chosen) > MaxNodes {
		return fail.New(fail.TooLarge, op, "%s sends to %d nodes, at most %d are asked", f.Reference, len(chosen), MaxNodes)
	}
	out := make([]message.Value, len(chosen))
	for i, n := range chosen {
		one, v, err := s.target(n, trusted, target)
		if err != nil {
			return err
		}
		f.Targets, out[i] = append(f.Targets, one), v
	}
	f.Several = len(out) > 1 || isAll(strategy)
	switch {
	case isAll(strategy):
		f.Value = f.Route.Set("nodes", message.NewList(out...))
	case len(out) == 1:
		f.Value = out[0]
	default:
		f.Value = message.Of(message.P("nodes", message.NewList(out...)), message.P("reference", message.Binary(f.Reference)))
	}
	return nil
}

// baseFor returns the base of a message: what "route-by" says, or its path.
func (s *Service) baseFor(msg *message.Message, target string) [32]byte {
	if by := textOf(msg, "route-by"); by != "" {
		return baseOf(by)
	}
	return baseOf(target)
}

func isAll(strategy string) bool {
	return strategy == "" || len(strategy) == 3 && (strategy[0]|0x20) == 'a'
}

// choose returns how many nodes a route wants, 0 when it does not say it in
// numbers.
func choose(r *message.Message) int {
	v, ok := r.Get("choose")
	if !ok {
		return 1
	}
	n, ok := message.AsInt(v)
	if !ok || n < 0 {
		return 0
	}
	return int(min(n, MaxNodes))
}

// target returns one node of a route and how the key "route" shows it (spec 04,
// 4.3).
func (s *Service) target(node message.Value, trusted bool, target string) (Target, message.Value, error) {
	m, ok := node.(*message.Message)
	if !ok {
		peer, ok := message.Text(node)
		if !ok || peer == "" {
			return Target{}, nil, fail.New(fail.Invalid, "route.Find", "a node is a URL or a message with a rule")
		}
		return Target{Peer: peer, Trusted: trusted}, message.Binary(peer), nil
	}
	uri, spelled, err := s.patterns.apply(m, target)
	if err != nil {
		return Target{}, nil, err
	}
	peer, rest := split(uri)
	out := m.Set("uri", message.Binary(uri))
	return Target{Peer: peer, Path: rest, Opts: m.Message("opts"), Trusted: trusted && spelled}, out, nil
}

func textOf(m *message.Message, key string) string {
	v, _ := m.Get(key)
	s, _ := message.Text(v)
	return s
}
