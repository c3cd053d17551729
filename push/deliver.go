package push

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// delivery is what became of a letter.
type delivery struct {
	entry   entry
	state   progress
	to      destination
	receipt *delivery // of a spawn: the letter that tells the parent
	fresh   bool      // it was not delivered before
	err     error     // it has to be tried again
}

// parcel is a letter before it is given away.
type parcel struct {
	to     destination
	letter *message.Message // signed
	assign bool             // schedule it although it may have another target
	raw    *message.Message // unsigned, for signing it in another way
}

// deliver brings one entry of an outbox as far as it gets. What cannot be
// delivered is part of the delivery; errors are those of the store.
func (s *Service) deliver(ctx context.Context, env *ao.Env, from origin, e entry) (delivery, error) {
	name := sentName(from.process.ID, from.slot, from.entry)
	d := delivery{entry: e}
	var err error
	if d.state, err = s.progress(ctx, name); err != nil {
		return d, err
	}
	switch d.state.stage {
	case sent:
		d.to, err = s.resume(ctx, env, e, d.state)
	case signed:
		err = s.again(ctx, env, name, from, &d)
	case unsent:
		d.fresh = true
		err = s.first(ctx, env, name, from, &d)
	case failed:
	}
	if err == nil {
		if d.fresh {
			s.total.Add(1)
		}
		return d, nil
	}
	if !lasting(err) || ctx.Err() != nil {
		d.err = err
		return d, nil
	}
	d.state = progress{stage: failed}
	d.state.status, d.state.reason = statusOf(err)
	return d, s.note(ctx, name, d.state, store.Lazy)
}

// first makes the letter of an entry and gives it away.
func (s *Service) first(ctx context.Context, env *ao.Env, name string, from origin, d *delivery) error {
	p, err := s.parcel(ctx, env, from, d.entry)
	if err != nil {
		return err
	}
	return s.post(ctx, env, name, from, d, p)
}

// post stores a letter and gives it away.
func (s *Service) post(ctx context.Context, env *ao.Env, name string, from origin, d *delivery, p parcel) error {
	i, err := commit.SignedID(ctx, p.letter)
	if err != nil {
		return err
	}
	after, err := s.current(ctx, env, p.to)
	if err != nil {
		return err
	}
	if _, err := s.Cache.Write(ctx, p.letter, store.Lazy); err != nil {
		return err
	}
	d.to = p.to
	d.state = progress{stage: signed, letter: i.String(), target: p.to.process.ID, slot: after}
	safe := store.Lazy
	if p.to.node != "" {
		safe = store.Durable
	}
	if err := s.note(ctx, name, d.state, safe); err != nil {
		return err
	}
	slot, err := s.hand(ctx, env, p)
	if status, _ := statusOf(err); err != nil && status == 422 && p.raw != nil {
		// The scheduler takes items only.
		p.letter, err = s.sign(ctx, env, p.raw, p.to.process.Definition, "", commit.Spec{Device: ans104.Name})
		if err != nil {
			return err
		}
		p.raw = nil
		return s.post(ctx, env, name, from, d, p)
	}
	if err != nil {
		return err
	}
	d.state.stage, d.state.slot = sent, slot
	return s.note(ctx, name, d.state, store.Lazy)
}

// hand gives a parcel away and returns its slot.
func (s *Service) hand(ctx context.Context, env *ao.Env, p parcel) (int64, error) {
	var a *message.Message
	var err error
	if p.assign && p.to.node == "" {
		a, err = s.Order.Schedule(ctx, p.to.process, p.letter)
	} else {
		a, err = s.give(ctx, env, p.to, p.letter)
	}
	if err != nil {
		return 0, err
	}
	return schedule.Slot(a)
}

// again goes on with a letter that may have been given away before.
func (s *Service) again(ctx context.Context, env *ao.Env, name string, from origin, d *delivery) error {
	v, err := s.Cache.Read(ctx, d.state.letter)
	if fail.Is(err, fail.NotFound) { // it was not stored, so it has not left
		return s.first(ctx, env, name, from, d)
	}
	if err != nil {
		return err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return fail.New(fail.Internal, "push.Deliver", "the letter is not a message").At(d.state.letter)
	}
	if d.to, err = s.resume(ctx, env, d.entry, d.state); err != nil {
		return err
	}
	slot, err := s.search(ctx, env, d.to, d.state.letter, d.state.slot)
	if err != nil {
		return err
	}
	if slot < 0 {
		slot, err = s.hand(ctx, env, parcel{to: d.to, letter: m, assign: d.entry.assigns()})
	}
	if err != nil {
		return err
	}
	d.state.stage, d.state.slot = sent, slot
	return s.note(ctx, name, d.state, store.Lazy)
}

// resume returns where a letter went.
func (s *Service) resume(ctx context.Context, env *ao.Env, e entry, state progress) (destination, error) {
	_, hint := schedule.CutHint(e.msg.Text("target"))
	p, err := s.Order.Find(ctx, state.target)
	if fail.Is(err, fail.NotFound) && hint != "" {
		return destination{schedule.Process{ID: state.target}, hint}, nil
	}
	if err != nil {
		return destination{}, err
	}
	return s.locate(ctx, env, p, hint)
}

// parcel makes the signed letter of an entry, and finds where it goes.
func (s *Service) parcel(ctx context.Context, env *ao.Env, from origin, e entry) (parcel, error) {
	const op = "push.Outbox"
	if e.msg == nil {
		return parcel{}, fail.New(fail.Invalid, op, "the entry is not a message")
	}
	m := e.msg
	switch {
	case e.spawns():
		return s.spawn(ctx, env, from, m)
	case m.Text("target") == "":
		return parcel{}, fail.New(fail.NotFound, op, "Target process not available.")
	}
	to, err := s.find(ctx, env, m.Text("target"))
	if err != nil {
		return parcel{}, err
	}
	if e.assigns() {
		return s.assign(ctx, m, to)
	}
	if m.Has("resolve") {
		if m, err = s.resolved(ctx, env, from, e); err != nil {
			return parcel{}, err
		}
		if m.Text("resolve") == "error" {
			to = destination{process: from.process}
		}
	}
	if m, err = vouched(ctx, env, from, m, to.process.Definition); err != nil {
		return parcel{}, err
	}
	raw, err := from.compose(ctx, m, to.process.ID)
	if err != nil {
		return parcel{}, err
	}
	letter, err := s.sign(ctx, env, raw, to.process.Definition, from.tag(), commit.Spec{})
	return parcel{to: to, letter: letter, raw: raw}, err
}

// spawn makes the definition of a new process.
func (s *Service) spawn(ctx context.Context, env *ao.Env, from origin, m *message.Message) (parcel, error) {
	raw, err := from.compose(ctx, m, "")
	if err != nil {
		return parcel{}, err
	}
	definition, err := s.sign(ctx, env, raw, nil, from.tag(), commit.Spec{})
	if err != nil {
		return parcel{}, err
	}
	i, err := commit.SignedID(ctx, definition)
	if err != nil {
		return parcel{}, err
	}
	to, err := s.locate(ctx, env, schedule.Process{ID: i.String(), Definition: definition}, "")
	return parcel{to: to, letter: definition}, err
}

// assign reads the message that an entry assigns.
func (s *Service) assign(ctx context.Context, m *message.Message, to destination) (parcel, error) {
	const op = "push.Assign"
	v, err := s.Cache.Read(ctx, m.Text("message"))
	if fail.Is(err, fail.NotFound) {
		return parcel{}, fail.New(fail.NotFound, op, "The message to assign is not available.")
	}
	if err != nil {
		return parcel{}, err
	}
	msg, ok := v.(*message.Message)
	if !ok || len(commit.Committers(msg)) == 0 {
		return parcel{}, fail.New(fail.Invalid, op, "The message to assign is not signed.")
	}
	if to.node != "" {
		return parcel{}, fail.New(fail.Unsupported, op, "messages are assigned to processes of this node only")
	}
	return parcel{to: to, letter: msg, assign: true}, nil
}

// receipt tells the parent of a new process its ID.
func (s *Service) receipt(ctx context.Context, env *ao.Env, from origin, child delivery) (delivery, error) {
	from.entry += "r"
	m := message.Of(
		message.P("action", message.Binary("Spawned")),
		message.P("process", message.Binary(child.state.target)),
		message.P("target", message.Binary(from.process.ID)))
	if v, ok := child.entry.msg.Get("reference"); ok {
		m = m.Set("reference", v)
	}
	return s.deliver(ctx, env, from, entry{key: child.entry.key, index: from.entry, msg: m})
}

// resolved returns the entry with its content replaced by what the path in its
// "resolve" leads to, if the operator permits such paths. What goes wrong is for
// the sender itself (spec 03, 6.4.1).
func (s *Service) resolved(ctx context.Context, env *ao.Env, from origin, e entry) (*message.Message, error) {
	at := e.msg.Text("resolve")
	var reason string
	if permitted(env, at) {
		v, err := env.Internal().WithForce(true).ResolveRequest(ctx, e.msg.Without("target", "resolve").Set("path", message.Binary(at)))
		m, ok := v.(*message.Message)
		switch {
		case err == nil && ok:
			return m.WithPrivate(nil).Set("target", message.Binary(e.msg.Text("target"))), nil
		case err != nil && !lasting(err):
			return nil, err
		case err != nil:
			_, reason = statusOf(err)
		default:
			reason = "the result is not a message"
		}
	} else {
		reason = "this node does not resolve the path for processes (option push_resolve)"
	}
	return message.Of(
		message.P("resolve", message.Binary("error")),
		message.P("target", message.Binary(from.process.ID)),
		message.P("status", message.Int(400)),
		message.P("outbox-index", message.Binary(e.key)),
		message.P("reason", message.Binary(reason)),
		message.P("source", e.msg)), nil
}

// permitted reports whether processes may have a path resolved.
func permitted(env *ao.Env, at string) bool {
	v := OptResolve.In(env)
	if m, ok := v.(*message.Message); ok {
		if l, err := m.List(); err == nil {
			v = l
		}
	}
	l, ok := v.(*message.List)
	if !ok {
		return false
	}
	for _, p := range l.All() {
		if text, _ := message.Text(p); text != "" && (at == text || strings.HasPrefix(at, strings.TrimRight(text, "/")+"/")) {
			return true
		}
	}
	return false
}
