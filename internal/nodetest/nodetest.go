// Package nodetest gives tests whole nodes, as people run them: in memory, and
// behind HTTP on the loopback.
package nodetest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Server is a running node.
type Server struct {
	*node.Node
	URL string

	t testing.TB
}

// Open starts a node with options of the node message, and more devices. It may
// contact others on the loopback, and ends with the test.
func Open(t testing.TB, options []message.Pair, devices ...*ao.Device) Server {
	t.Helper()
	c := node.DefaultConfig()
	c.DataDir, c.KeyType = "", "ed25519"
	Must[any](t)(nil, c.Apply(message.Of(append(options, message.P("relay_private", message.NewList(message.Binary("127.0.0.1"))))...)))
	n := Must[*node.Node](t)(node.Open(t.Context(), c, node.WithDevices(devices...)))
	h := httptest.NewServer(n.Handler())
	t.Cleanup(func() {
		h.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return Server{Node: n, URL: h.URL, t: t}
}

// Must returns a function that fails the test on an error, and else returns the
// value: Must[T](t)(f()).
func Must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Sign signs a message with a key, nil for that of the node.
func (s Server) Sign(m *message.Message, key *keys.PrivateKey) *message.Message {
	s.t.Helper()
	if key == nil {
		key = s.Engine().Key
	}
	return Must[*message.Message](s.t)(commit.Commit(context.Background(), s.Env().Codec(), m, key, commit.Spec{}))
}

// ID returns the signed ID of a message.
func (s Server) ID(m *message.Message) string {
	s.t.Helper()
	i, err := commit.SignedID(context.Background(), m)
	if err != nil {
		s.t.Fatal(err)
	}
	return i.String()
}

// Spawn schedules a process with more keys in its definition, which says where
// its schedule is, and returns its ID.
func (s Server) Spawn(more ...message.Pair) string {
	s.t.Helper()
	m := s.Sign(message.Of(append([]message.Pair{message.P("device", message.Binary("process@1.0")), message.P("type", message.Binary("Process")), message.P("scheduler", message.Binary(s.Address()+"?hint="+s.URL))}, more...)...), nil)
	s.Resolve(m.Set("path", message.Binary("/schedule")).Set("method", message.Binary("POST")))
	return s.ID(m)
}

// Send schedules a message of the node's own key for a process.
func (s Server) Send(process string, pairs ...message.Pair) {
	s.t.Helper()
	m := s.Sign(message.Of(append([]message.Pair{message.P("target", message.Binary(process))}, pairs...)...), nil)
	s.Resolve(message.Of(message.P("path", message.Binary("/"+process+"/schedule")), message.P("method", message.Binary("POST")), message.P("body", m)))
}

// Meet keeps a process of another node, whose schedule is then read from there.
func (s Server) Meet(other Server, process string) {
	s.t.Helper()
	ctx := context.Background()
	v := Must[message.Value](s.t)(other.Engine().Cache.Read(ctx, process))
	v = Must[message.Value](s.t)(message.LoadAll(ctx, other.Engine().Cache, v))
	Must[string](s.t)(s.Engine().Cache.Write(ctx, v, store.Lazy))
}

// Resolve resolves a request without HTTP.
func (s Server) Resolve(req *message.Message) message.Value {
	s.t.Helper()
	return Must[message.Value](s.t)(s.Node.Resolve(context.Background(), req))
}

// Path resolves a path without HTTP.
func (s Server) Path(p string) message.Value {
	s.t.Helper()
	return s.Resolve(message.Of(message.P("path", message.Binary(p))))
}

// Post asks another node over HTTP, as nodes do, and returns its whole answer.
func (s Server) Post(to Server, path string, more ...message.Pair) (*message.Message, error) {
	ctx := context.Background()
	v, err := s.Engine().Transport.Send(ctx, to.URL, message.Of(append(more, message.P("path", message.Binary(path)), message.P("method", message.Binary("POST")))...))
	if err != nil {
		return nil, err
	}
	v, err = message.LoadAll(ctx, s.Engine().Cache, v)
	m, _ := v.(*message.Message)
	return m, err
}

// Get fetches a path over HTTP and returns the body, with the status 200.
func (s Server) Get(path string) string {
	s.t.Helper()
	status, body := s.Status(path)
	if status != http.StatusOK {
		s.t.Fatalf("GET %s: %d %.300s", path, status, body)
	}
	return body
}

// Status fetches a path over HTTP and returns the status and the body.
func (s Server) Status(path string) (int, string) {
	s.t.Helper()
	resp := Must[*http.Response](s.t)(http.Get(s.URL + path))
	defer resp.Body.Close()
	return resp.StatusCode, string(Must[[]byte](s.t)(io.ReadAll(resp.Body)))
}

// Listen serves a node at a free port until the test ends, and closes it then.
// It returns its URL.
func Listen(t testing.TB, n *node.Node) string {
	t.Helper()
	srv := httptest.NewServer(n.Handler())
	t.Cleanup(func() {
		srv.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return srv.URL
}
