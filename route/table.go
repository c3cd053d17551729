package route

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// MaxRoutes bounds the routes of a table.
const MaxRoutes = 10_000

// Table is a list of routes, in the order in which they are tried.
type Table struct {
	Routes  []*message.Message
	Trusted bool // the operator wrote it
}

// ReadTable returns the table that a list, or a message with numbered keys, is.
//
// # Errors
//
// [fail.Invalid] for anything else, [fail.TooLarge] over [MaxRoutes].
func ReadTable(v message.Value) (Table, error) {
	const op = "route.ReadTable"
	l, ok := v.(*message.List)
	if m, isMsg := v.(*message.Message); isMsg {
		var err error
		if l, err = m.Without(message.CommitmentsKey, "ao-types", "device", "status").List(); err != nil && m.Len() > 0 {
			return Table{}, fail.New(fail.Invalid, op, "the route table is not a list: %s", fail.Sentence(err))
		}
		ok = true
	}
	if !ok {
		return Table{}, fail.New(fail.Invalid, op, "the route table is not a list")
	}
	if l == nil {
		return Table{}, nil
	}
	if l.Len() > MaxRoutes {
		return Table{}, fail.New(fail.TooLarge, op, "the route table has %d routes, at most %d are read", l.Len(), MaxRoutes)
	}
	t := Table{Routes: make([]*message.Message, 0, l.Len())}
	for i, e := range l.All() {
		m, ok := e.(*message.Message)
		if !ok {
			return Table{}, fail.New(fail.Invalid, op, "route %d is not a message", i+1)
		}
		t.Routes = append(t.Routes, m)
	}
	return t, nil
}

// Value returns the table as a list.
func (t Table) Value() *message.List {
	out := make([]message.Value, len(t.Routes))
	for i, r := range t.Routes {
		out[i] = r
	}
	return message.NewList(out...)
}

// Table returns the table in force: that of the provider when there is one,
// else that of the operator (spec 04, 4.1.1).
//
// # Errors
//
// Those of the provider, and of [ReadTable].
func (s *Service) Table(ctx context.Context, env *ao.Env) (Table, error) {
	opts, _ := OptRouter.In(env).(*message.Message)
	if provider, ok := opts.Get("provider"); ok {
		v, err := s.provide(ctx, env, provider)
		if err != nil {
			return Table{}, err
		}
		return ReadTable(v)
	}
	v, err := s.added.in(ctx, env)
	if err != nil {
		return Table{}, err
	}
	t, err := ReadTable(v)
	t.Trusted = true
	return t, err
}

// provide asks a provider for the table: one request, or the messages that one
// would be.
func (s *Service) provide(ctx context.Context, env *ao.Env, provider message.Value) (message.Value, error) {
	provider, err := message.LoadAll(ctx, env.Cache, provider)
	if err != nil {
		return nil, err
	}
	var v message.Value
	switch p := provider.(type) {
	case *message.List:
		seq := make([]message.Value, p.Len())
		for i, e := range p.All() {
			seq[i] = e
		}
		v, err = env.Internal().Run(ctx, seq)
	case *message.Message:
		v, err = env.Internal().ResolveRequest(ctx, p)
	case message.Binary:
		v, err = env.Internal().ResolveRequest(ctx, message.Of(message.P(path.Key, p)))
	default:
		err = fail.New(fail.Invalid, "route.Table", "the provider of routes is not a request")
	}
	if err != nil {
		return nil, err
	}
	return message.LoadAll(ctx, env.Cache, v)
}
