package testnet

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Liar is a proxy in front of a node that shows other schedules than the node
// does. Everything else it passes on. A process that names its scheduler with
// the hint ?hint=URL of a liar is read through it. It must be closed.
type Liar struct {
	of     *Node
	change func(process string, assignments map[int64]*message.Message)
	user   *User
	rest   *httputil.ReverseProxy
	server *http.Server
	host   string
}

// Lie starts a liar in front of a node. change gets each part of a schedule that
// is asked for, the assignments by their slots, and may do with it what it
// wants; it is called by one goroutine at a time for each request.
func Lie(of *Node, change func(process string, assignments map[int64]*message.Message)) (*Liar, error) {
	target, err := url.Parse(of.URL())
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
	if err != nil {
		return nil, fail.Wrap(fail.Unavailable, "testnet.Lie", err)
	}
	l := &Liar{of: of, change: change, rest: httputil.NewSingleHostReverseProxy(target), host: ln.Addr().String()}
	if l.user, err = NewUser(); err != nil {
		return nil, err
	}
	l.server = &http.Server{Handler: l}
	go func() { _ = l.server.Serve(ln) }()
	return l, nil
}

// URL returns where the liar listens, without a slash at the end.
func (l *Liar) URL() string { return "http://" + l.host }

// Close ends the liar.
func (l *Liar) Close() error {
	l.user.Close()
	return l.server.Close()
}

// ServeHTTP implements [http.Handler].
func (l *Liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := regexp.MustCompile(`^/([A-Za-z0-9_-]{43})(~process@1\.0)?/schedule\b`).FindStringSubmatch(r.URL.Path)
	if r.Method != http.MethodGet || at == nil {
		l.rest.ServeHTTP(w, r)
		return
	}
	body, err := l.page(r.Context(), at[1], r.URL.RequestURI())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("codec-device", json.Name)
	w.Header().Set("content-type", "application/json")
	_, _ = w.Write([]byte(body))
}

// page returns a part of a schedule, changed, as JSON.
func (l *Liar) page(ctx context.Context, process, at string) (string, error) {
	m, err := l.user.Read(ctx, l.of, at)
	if err != nil {
		return "", err
	}
	slots := map[int64]*message.Message{}
	for k, v := range m.Message("assignments").All() {
		if n, err := strconv.ParseInt(k, 10, 64); err == nil {
			slots[n], _ = v.(*message.Message)
		}
	}
	l.change(process, slots)
	b := message.NewBuilder(len(slots))
	for n, a := range slots {
		b.Set(strconv.FormatInt(n, 10), a)
	}
	env := commit.Env(message.NoLoader{})
	tabm, err := structured.Bundle(ctx, env, m.Without(message.CommitmentsKey).Set("assignments", b.Message()).WithPrivate(nil))
	if err != nil {
		return "", err
	}
	v, err := json.Codec{}.Encode(ctx, env, tabm, codec.Options{Bundle: true, Inlined: true})
	if err != nil {
		return "", err
	}
	text, _ := message.Text(v)
	return text, nil
}
