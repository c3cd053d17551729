package remote

import (
	"context"
	"net/url"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// maxRedirects bounds how often a request is sent on.
const maxRedirects = 5

// Direct sends by the transport of the engine.
type Direct struct{}

// SendTo implements [Peers].
func (Direct) SendTo(ctx context.Context, env *ao.Env, node string, req *message.Message) (message.Value, error) {
	if env.Transport == nil {
		return nil, fail.New(fail.Unavailable, "remote.Send", "this node has no network")
	}
	return env.Transport.Send(ctx, node, req)
}

// Ask sends a request to a node and follows its redirects, five at most (spec
// 03, 4.4.4). A redirect without a path asks the same of another node.
//
// # Errors
//
// Those of the peers; [fail.Upstream] for redirects that lead nowhere.
func Ask(ctx context.Context, peers Peers, env *ao.Env, node string, req *message.Message) (message.Value, error) {
	for range maxRedirects {
		v, err := peers.SendTo(ctx, env, node, req)
		if err != nil {
			return nil, err
		}
		to := RedirectOf(v)
		if to == "" {
			return v, nil
		}
		next, at, err := Split(node, to)
		if err != nil {
			return nil, err
		}
		if node = next; at != "" {
			req = req.Set("path", message.Binary(at))
		}
	}
	return nil, fail.New(fail.Upstream, "remote.Send", "the request was redirected more than %d times", maxRedirects).At(node)
}

// RedirectOf returns where a redirect leads to, "" for other answers.
func RedirectOf(v message.Value) string {
	m, _ := v.(*message.Message)
	status, _ := m.Get("status")
	if n, ok := message.AsInt(status); ok && n >= 301 && n <= 308 && n != 304 {
		return m.Text("location")
	}
	return ""
}

// Split returns the URL of a node and the path in it that a redirect by a node
// leads to; the path is "" when it names none.
//
// # Errors
//
// [fail.Upstream] when it is no URL.
func Split(from, to string) (node, at string, err error) {
	base, err := url.Parse(from)
	if err != nil {
		return "", "", fail.New(fail.Invalid, "remote.Send", "%.200q is not the URL of a node", from)
	}
	u, err := base.Parse(to)
	if err != nil || u.Host == "" {
		return "", "", fail.New(fail.Upstream, "remote.Send", "%.200q is not the URL of a node", to)
	}
	if at = u.RequestURI(); u.Path == "" || u.Path == "/" && u.RawQuery == "" {
		at = ""
	}
	return u.Scheme + "://" + u.Host, at, nil
}
