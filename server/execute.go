package server

import (
	"context"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// result is what a request came to: a message that has its status.
type result struct {
	message *message.Message
	status  int
}

// execute resolves a request, with the hooks around it (spec 02, 12). Replies
// that the node has not computed, such as refusals of a hook, are not signed.
// When the request names nothing, also after the hook, there is no message.
func (s *Server) execute(ctx context.Context, v *visit, req *request, set *settings) (out result, signable bool) {
	env, seq := set.env, req.seq
	if !set.initialized {
		if seq = infoOnly(seq); seq == nil {
			return embed(ao.Result{Status: ao.Failed, Value: message.Binary("Node must be initialized before use.")}), false
		}
	}
	before, after := env.HasHook(ao.HookRequest), env.HasHook(ao.HookResponse)
	if !before && !after {
		if len(seq) == 0 {
			return result{}, false
		}
		r := ao.ResultOf(env.Run(ctx, seq))
		s.fault(req.message, r.Err)
		return embed(r), true
	}
	v.begin(ctx, req)
	defer v.end()
	var hooked *message.Message // the request as the hook leaves it
	if before {
		var refused *ao.Result
		if seq, hooked, refused = s.requestHook(v.ctx, env, req, seq); refused != nil {
			return embed(*refused), false
		}
	}
	if len(seq) == 0 {
		return result{}, false
	}
	r := v.run(env, seq)
	s.fault(req.message, r.Err)
	out = embed(r)
	out.message = withHookCookies(out.message, hooked)
	if after {
		out, ok := v.responseHook(env, req, out)
		out.message = withHookCookies(out.message, hooked)
		return out, ok
	}
	return out, true
}

// requestHook lets the hook see and replace the sequence and the request (spec
// 02, 12.3).
func (s *Server) requestHook(ctx context.Context, env *ao.Env, req *request, seq []message.Value) ([]message.Value, *message.Message, *ao.Result) {
	v, err := env.Hook(ctx, ao.HookRequest, message.Of(
		message.P("request", req.message), message.P("body", message.NewList(seq...))))
	if err != nil {
		r := ao.ResultOf(v, err)
		return nil, nil, &r
	}
	m, _ := v.(*message.Message)
	body, _ := m.Get("body")
	if n, ok := body.(*message.Message); ok {
		if l, err := n.List(); err == nil {
			body = l
		}
	}
	l, ok := body.(*message.List)
	if !ok {
		return nil, nil, &ao.Result{Status: ao.Failed, Value: message.Binary("The request hook did not return a list of messages.")}
	}
	out := make([]message.Value, 0, l.Len())
	for _, e := range l.All() {
		out = append(out, e)
	}
	return out, m.Message("request"), nil
}

// infoOnly returns the part of a sequence that a node serves before it is
// initialised: ~meta@1.0/info (spec 02, 12.2).
func infoOnly(seq []message.Value) []message.Value {
	for i := 0; i+1 < len(seq); i++ {
		next, ok := seq[i+1].(*message.Message)
		if !ok || next.Text(path.Key) != "info" {
			continue
		}
		switch base := seq[i].(type) {
		case *message.As:
			if base.Device == message.Value(message.Binary("meta@1.0")) {
				return seq[i : i+2]
			}
		case *message.Message:
			if base.Text("device") == "meta@1.0" {
				return seq[i : i+2]
			}
		}
	}
	return nil
}

// embed gives a result its status as a key (spec 02, 12.6).
func embed(r ao.Result) result {
	m, ok := r.Value.(*message.Message)
	if l, isList := r.Value.(*message.List); isList {
		m, ok = l.Numbered(), true
	}
	if !ok {
		v := r.Value
		switch v.(type) {
		case nil, *message.As, *message.Resolve, message.Link:
			v = message.Binary("")
		}
		m = message.Of(message.P("body", v))
	}
	status := statusOf(m, r.Status)
	if c := m.Commitments(); c != nil {
		for _, k := range m.Committed(c.Keys(), false) {
			if k == "status" {
				return result{m, status}
			}
		}
	}
	return result{m.Set("status", message.Int(status)), status}
}

// statusOf returns the HTTP status of a result.
func statusOf(m *message.Message, s ao.Status) int {
	body, _ := m.Get("body")
	if a, ok := body.(message.Atom); ok {
		code, _ := ao.Status(a).HTTP()
		return code
	}
	v, _ := m.Get("status")
	switch x := v.(type) {
	case message.Int:
		return int(max(0, min(x, 999)))
	case message.Atom:
		code, _ := ao.Status(x).HTTP()
		return code
	case message.Binary:
		if n, err := strconv.Atoi(string(x)); err == nil {
			return max(0, min(n, 999))
		}
		if code, known := ao.Status(x).HTTP(); known {
			return code
		}
	}
	code, _ := s.HTTP()
	return code
}
