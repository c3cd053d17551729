package server

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
	"github.com/hyperbeam-go/hyperbeam/usage"
)

// settleTime is how long what follows an execution may take when the request
// itself has no time left.
const settleTime = 10 * time.Second

// visit is one request on a node with hooks. Requests that are equal, or that
// share a result, are visits of their own: each owes and pays by itself.
// The zero value is that of a node without hooks.
type visit struct {
	caller string
	ctx    context.Context // of the request hook and the execution
	tab    *pay.Tab
	cancel context.CancelCauseFunc
	after  context.Context // of what follows, which happens although the client has gone
	done   context.CancelFunc
}

// begin makes ready what the hooks of the request share.
func (v *visit) begin(ctx context.Context, req *request) {
	ctx, v.tab = pay.NewTab(ctx)
	ctx, v.cancel = context.WithCancelCause(usage.WithCaller(ctx, v.caller))
	var m *usage.Meter
	v.ctx, m = usage.With(ctx, v.cancel)
	m.Note(usage.RequestBytes, uint64(req.wire))
	v.after, v.done = v.ctx, func() {}
}

// run executes a sequence. From here on the request is to be paid, whatever
// comes of it.
func (v *visit) run(env *ao.Env, seq []message.Value) ao.Result {
	v.tab.Run()
	r := func() ao.Result {
		defer usage.CPU(v.ctx)()
		return ao.ResultOf(env.Run(v.ctx, seq))
	}()
	if err := context.Cause(v.ctx); fail.Is(err, fail.Payment) {
		r = ao.ResultOf(nil, err) // it was stopped for what it used
	}
	v.settling()
	return r
}

// settling ends the part that the client may cancel.
func (v *visit) settling() {
	if v.tab.Settle() {
		v.after, v.done = context.WithTimeout(context.WithoutCancel(v.ctx), settleTime)
	}
}

// responseHook lets the hook see and replace the result, also that of an
// execution which failed or was cancelled.
func (v *visit) responseHook(env *ao.Env, req *request, out result) (result, bool) {
	value, err := env.Hook(v.after, ao.HookResponse, message.Of(message.P("request", req.message), message.P("body", out.message)))
	if err != nil {
		return embed(ao.ResultOf(value, err)), false
	}
	if m, ok := value.(*message.Message); ok {
		body, _ := m.Get("body")
		return embed(ao.Result{Status: ao.OK, Value: body}), true
	}
	return out, true
}

// end settles what the hooks have left, also after a panic.
func (v *visit) end() {
	v.settling()
	v.tab.Close(v.after)
	v.done()
	v.cancel(nil)
}

// answered notes that the reply has been written, or could not be: then the
// client has gone.
func (v *visit) answered(w http.ResponseWriter) {
	if v.tab != nil {
		v.tab.Answered(func() { _ = http.NewResponseController(w).Flush() })
	}
}

// callerOf returns the IP address that a request comes from.
func (s *Server) callerOf(r *http.Request, set *settings) string {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	if real := r.Header.Get("X-Real-Ip"); real != "" && s.trusts(peer, set) && net.ParseIP(real) != nil {
		return real
	}
	return peer
}
