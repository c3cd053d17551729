package ao

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// maxUnwrap bounds how often stage 1 may replace a base or request by what it
// stands for.
const maxUnwrap = 64

// step resolves one request on one base: all stages.
func (e *Env) step(ctx context.Context, base, req message.Value) (message.Value, error) {
	for range maxUnwrap {
		var err error
		switch b := base.(type) {
		case message.Link:
			if base, err = message.Loaded(ctx, e.Cache, b); err != nil {
				return nil, err
			}
			continue
		case *message.As:
			if base, err = e.cast(ctx, b); err != nil {
				return nil, err
			}
			continue
		case *message.Resolve:
			if base, err = e.Run(ctx, b.Steps); err != nil {
				return nil, err
			}
			continue
		case *message.List:
			base = b.Numbered()
			continue
		}
		switch r := req.(type) {
		case message.Link:
			if req, err = message.Loaded(ctx, e.Cache, r); err != nil {
				return nil, err
			}
		case *message.As:
			return e.castRequest(ctx, base, r, message.Empty())
		case *message.Resolve:
			if req, err = e.WithForce(false).Run(ctx, r.Steps); err != nil {
				return nil, err
			}
		case *message.List:
			req = r.Numbered()
		case *message.Message:
			p, _ := r.Get(path.Key)
			if as, ok := p.(*message.As); ok {
				return e.castRequest(ctx, base, as, r.Without(path.Key))
			}
			key, ok := requestKey(p)
			if !ok {
				return nil, fail.New(fail.Invalid, opResolve, "Attempted to resolve a message without a path.")
			}
			return e.withBase(ctx, base, key, r)
		default:
			key, ok := message.NormalizeKey(req)
			if !ok {
				return nil, fail.New(fail.Invalid, opResolve, "a request must be a message or a path")
			}
			return e.withBase(ctx, base, key, nil)
		}
	}
	return nil, fail.New(fail.Exhausted, opResolve, "base or request stands for another %d times over", maxUnwrap)
}

// stepKey is step for a bare key.
func (e *Env) stepKey(ctx context.Context, base message.Value, key string) (message.Value, error) {
	if m, ok := base.(*message.Message); ok {
		return e.execute(ctx, m, key, nil)
	}
	return e.step(ctx, base, message.Binary(key))
}

// requestKey returns the first part of a request's path.
func requestKey(p message.Value) (string, bool) {
	text, ok := message.NormalizeKey(p)
	if !ok {
		return "", false
	}
	part, _ := nextPart(text)
	return part, part != ""
}

// withBase performs stages 2 and 3 and goes on with a message as base. req is
// nil for a bare key.
func (e *Env) withBase(ctx context.Context, base message.Value, key string, req *message.Message) (message.Value, error) {
	switch b := base.(type) {
	case *message.Message:
		return e.execute(ctx, b, key, req)
	case message.Binary:
		if id.Is(string(b)) {
			return e.onID(ctx, string(b), key, req)
		}
	}
	return nil, Missing
}

// onID resolves a request on a message that is named by its ID (spec 02, 7.4).
func (e *Env) onID(ctx context.Context, base, key string, req *message.Message) (message.Value, error) {
	cc := e.cache.lookupFor(req)
	if !cc.lookup() {
		return nil, Missing
	}
	if v, ok, err := e.computed(ctx, base, key, req); ok || err != nil {
		return v, err
	}
	if cc.OnlyIfCached == Yes {
		return nil, &Outcome{Failed, message.Of(
			message.P("status", message.Int(504)),
			message.P("cache-status", message.Binary("miss")),
			message.P("body", message.Binary("Computed result not available in cache.")))}
	}
	v, err := e.Cache.Load(ctx, base)
	if fail.Is(err, fail.NotFound) {
		return nil, Refuse(404, "Necessary messages not found in cache.")
	}
	if err != nil {
		return nil, err
	}
	switch m := v.(type) {
	case *message.Message:
		return e.execute(ctx, m, key, req)
	case *message.List:
		return e.execute(ctx, m.Numbered(), key, req)
	}
	return nil, Missing
}

// execute performs stages 4 to 10 on a message.
func (e *Env) execute(ctx context.Context, base *message.Message, key string, req *message.Message) (message.Value, error) {
	if err := e.alive(ctx); err != nil {
		return nil, err
	}
	dev, err := e.deviceOf(ctx, base)
	if err != nil {
		return nil, err
	}
	run := dev.find(key)
	if run == nil {
		dev = e.registry.fallback
		run = dev.find(key)
	}
	if dev == e.registry.fallback && dev.index[fold(key)] == nil {
		v, err := e.literal(ctx, base, key)
		return e.finish(ctx, base, key, req, v, err)
	}
	call := &Call{Env: e.inner(), Ctx: ctx, Key: key, Base: base, request: req}
	var v message.Value
	if dev.Group != nil {
		v, err = e.inflight.join(call, dev.Group(call), run)
	} else {
		v, err = run(call)
	}
	return e.finish(ctx, base, key, req, v, err)
}

// alive returns an error when the context is over or the depth limit reached
// (A3).
func (e *Env) alive(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fail.New(fail.Timeout, opResolve, "the request was cancelled or ran out of time: %w", err)
	}
	if e.depth > e.limits.Depth {
		return &Outcome{Failed, message.Of(
			message.P("status", message.Int(508)),
			message.P("body", message.Binary("Request creates infinite recursion.")))}
	}
	return nil
}

// deviceOf returns the device of a message (spec 02, 3.1).
func (e *Env) deviceOf(ctx context.Context, m *message.Message) (*Device, error) {
	v, ok := m.Get("device")
	if !ok {
		return e.registry.fallback, nil
	}
	v, err := message.Loaded(ctx, e.Cache, v)
	if err != nil {
		return nil, err
	}
	name, ok := message.Text(v)
	if !ok {
		return nil, fail.New(fail.Invalid, "ao.Device", "the device of a message must be a name")
	}
	return e.registry.Device(name)
}

// finish performs stages 6 (forcing) to 10 on the result of a function.
func (e *Env) finish(ctx context.Context, base *message.Message, key string, req *message.Message, v message.Value, err error) (message.Value, error) {
	if e.config != nil && e.config.Has("on") {
		v, err = e.stepHook(ctx, base, key, req, v, err)
	}
	if r, ok := v.(*message.Resolve); ok && err == nil {
		v, err = e.Run(ctx, r.Steps)
	}
	if err != nil {
		return nil, e.forceOutcome(err)
	}
	if e.force {
		v = forceMessage(v)
	}
	m, ok := v.(*message.Message)
	if ok {
		switch e.hashpath {
		case HashpathUpdate:
			h, err := e.nextHashpath(ctx, base, key, req)
			if err != nil {
				return nil, err
			}
			v = m.WithHashpath(h)
		case HashpathReset:
			v = m.WithHashpath(nil)
		}
	}
	if err := e.keep(ctx, base, key, req, v); err != nil {
		return nil, err
	}
	return v, nil
}
