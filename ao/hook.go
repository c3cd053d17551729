package ao

import (
	"context"
	"errors"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Hooks of the node message (spec 02, 9). Devices may raise others.
const (
	HookStart    = "start"
	HookRequest  = "request"
	HookStep     = "step"
	HookResponse = "response"
)

// Handlers returns the handler messages of a hook, in order (spec 02, 9.1).
//
// # Errors
//
// [fail.NotFound] when a handler is a link that cannot be loaded.
func (e *Env) Handlers(ctx context.Context, name string) ([]*message.Message, error) {
	v, ok := e.config.Get("on")
	if !ok {
		return nil, nil
	}
	on, err := message.LoadAll(ctx, e.Cache, v)
	if err != nil {
		return nil, err
	}
	m, _ := on.(*message.Message)
	h, _ := m.Get(name)
	switch x := h.(type) {
	case *message.List:
		return messages(x), nil
	case *message.Message:
		if x.Len() > 0 && x.IsNumbered() {
			return messages(mustList(x)), nil
		}
		return []*message.Message{x}, nil
	}
	return nil, nil
}

func mustList(m *message.Message) *message.List {
	l, err := m.List()
	if err != nil {
		return message.NewList()
	}
	return l
}

func messages(l *message.List) []*message.Message {
	var out []*message.Message
	for _, v := range l.All() {
		if m, ok := v.(*message.Message); ok {
			out = append(out, m)
		}
	}
	return out
}

// HasHook reports whether a hook has handlers.
func (e *Env) HasHook(name string) bool {
	v, ok := e.config.Get("on")
	if !ok {
		return false
	}
	m, isMsg := v.(*message.Message)
	return !isMsg || m.Has(name)
}

// Hook runs the handlers of a hook on a request, each on the result of the one
// before (spec 02, 9.2). Without handlers the result is the request.
//
// # Errors
//
// The first result with another status than "ok" ends the hook as an
// [*Outcome]; a handler that fails gives the status "failure".
func (e *Env) Hook(ctx context.Context, name string, req *message.Message) (message.Value, error) {
	hs, err := e.Handlers(ctx, name)
	if err != nil {
		return nil, err
	}
	return e.pipe(ctx, name, hs, req)
}

// pipe runs handlers, each on the result of the one before.
func (e *Env) pipe(ctx context.Context, name string, hs []*message.Message, req *message.Message) (message.Value, error) {
	var v message.Value = req
	for _, h := range hs {
		in, ok := v.(*message.Message)
		if !ok {
			return nil, &Outcome{Failure, message.Binary("Handler for hook `" + name + "` returned unexpected result.")}
		}
		var err error
		if v, err = e.handle(ctx, name, h, in); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// handle runs one handler (spec 02, 9.3).
func (e *Env) handle(ctx context.Context, name string, h, in *message.Message) (message.Value, error) {
	req := in.Set(path.Key, firstOf(h, path.Key, message.Binary(name))).
		Set("method", firstOf(h, "method", message.Binary("GET")))
	options := h.Message("hook")
	if v, _ := options.Get("commit-request"); message.IsTrue(v) && e.Key() != nil {
		var err error
		if req, err = commit.Commit(ctx, e.Codec(), req, e.Key(), commit.Spec{}); err != nil {
			return nil, err
		}
		req = WithSigners(req, e.Address())
	}
	env := e.Internal()
	env.depth++
	v, err := env.Resolve(ctx, h.Without("hook"), req)
	var o *Outcome
	switch {
	case err != nil && errors.As(err, &o):
		return nil, err
	case err != nil:
		e.Log.Warn("hook failed", "hook", name, "error", err)
		return nil, &Outcome{Failure, ErrorMessage(err)}
	}
	switch options.Text("result") {
	case "ignore":
		return in, nil
	case "error":
		return nil, &Outcome{Failed, v}
	}
	return v, nil
}

func firstOf(m *message.Message, key string, otherwise message.Value) message.Value {
	if v, ok := m.Get(key); ok {
		return v
	}
	return otherwise
}

// stepHook lets the hook "step" see and replace the result of a step (spec 02,
// 9.4). Within the hook there is no step hook.
func (e *Env) stepHook(ctx context.Context, base *message.Message, key string, req *message.Message, v message.Value, err error) (message.Value, error) {
	on := e.config.Message("on")
	if on == nil || !on.Has(HookStep) {
		return v, err
	}
	if req == nil {
		req = message.Of(message.P(path.Key, message.Binary(key)))
	}
	r := ResultOf(v, err)
	in := message.Of(
		message.P("base", base), message.P("request", req),
		message.P("status", message.Binary(r.Status)), message.P("body", r.Value))
	hs, err := e.Handlers(ctx, HookStep)
	if err != nil {
		return nil, err
	}
	quiet := e.WithConfig(e.config.Set("on", on.Without(HookStep)))
	out, err := quiet.pipe(ctx, HookStep, hs, in)
	if err != nil {
		return nil, err
	}
	m, ok := out.(*message.Message)
	if !ok {
		return out, nil
	}
	body, _ := m.Get("body")
	if s := m.Text("status"); s != "" && s != string(OK) {
		return nil, &Outcome{Status(s), body}
	}
	return body, nil
}
