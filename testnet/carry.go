package testnet

import (
	"context"
	"io"
	"net/http"
)

// carrier gives what a node sends to its links. Requests to anybody else than
// the nodes of the testnet are not its business.
type carrier struct {
	net   *Net
	from  int
	alive context.Context // ends when the node is killed
	next  http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (c carrier) RoundTrip(req *http.Request) (*http.Response, error) {
	return until(c.alive, req, func(req *http.Request) (*http.Response, error) {
		to, ok := c.net.hosts[req.URL.Host]
		if !ok {
			return c.next.RoundTrip(req)
		}
		return c.net.Link(c.from, to).send(req, c.next)
	})
}

// until sends a request whose exchange breaks off when a context ends, be it
// that of the request or the given one.
func until(end context.Context, req *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	if end.Err() != nil {
		return nil, lost(req, "the connection was cut")
	}
	ctx, cancel := context.WithCancel(req.Context())
	unhook := context.AfterFunc(end, cancel)
	done := func() { unhook(); cancel() }
	res, err := send(req.WithContext(ctx))
	if err == nil {
		res.Body = &body{res.Body, done}
		return res, nil
	}
	done()
	if end.Err() != nil {
		err = lost(req, "the connection was cut")
	}
	return nil, err
}

// body is the body of an answer, which ends the exchange when it is closed.
type body struct {
	io.ReadCloser
	done func()
}

// Close ends the exchange.
func (b *body) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}
