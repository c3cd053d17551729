package route

import (
	"context"
	"strconv"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// monitoring marks the context of a report: what a report sends is not
// reported.
type monitoring struct{}

// report tells the monitor of the node how long an exchange took (spec 04,
// 4.12.1). It does so in the background; when too much is under way there, the
// report is left out.
func (s *Service) report(ctx context.Context, env *ao.Env, t Target, req *message.Message, r Reply, took time.Duration) {
	monitor, ok := OptMonitor.In(env).(*message.Message)
	if !ok || env.Key() == nil || ctx.Value(monitoring{}) != nil {
		return
	}
	class := "error"
	if r.Status > 0 {
		class = strconv.Itoa(r.Status/100) + "xx"
	}
	body := message.Of(
		message.P(path.Key, message.Binary("duration")),
		message.P("method", message.Binary("POST")),
		message.P("request-method", message.Binary(textOf(req, "method"))),
		message.P("request-path", message.Binary(textOf(req, path.Key))),
		message.P("status-class", message.Binary(class)),
		message.P("duration", message.Int(took.Milliseconds())))
	if ref := textOf(t.Opts, "http_reference"); ref != "" {
		body = body.Set("reference", message.Binary(ref))
	} else if v, ok := env.Config().Get("http_reference"); ok {
		body = body.Set("reference", v)
	}
	s.Go(context.WithValue(ctx, monitoring{}, true), func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, timeoutOf(env))
		defer cancel()
		signed, err := commit.Commit(ctx, env.Codec(), body, env.Key(), commit.Spec{})
		if err == nil {
			_, err = env.Internal().ResolveRequest(ctx, monitor.Set("body", signed))
		}
		if err != nil {
			s.Log.Warn("the monitor of requests failed", "error", err)
		}
	})
}
