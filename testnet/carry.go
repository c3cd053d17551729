package testnet

import (
	"io"
	"net/http"
	"sync/atomic"
)

// body is the body of an answer that ends with its link.
type body struct {
	io.ReadCloser
	done func()
}

// Close ends the exchange.
func (b *body) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}

// carrier gives what a node sends to its links. Requests to anybody else than
// the nodes of the testnet are not its business.
type carrier struct {
	net  *Net
	from int
	dead *atomic.Bool
	next http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (c carrier) RoundTrip(req *http.Request) (*http.Response, error) {
	if c.dead.Load() {
		return nil, lost(req, "the sender is dead")
	}
	to, ok := c.net.hosts[req.URL.Host]
	if !ok {
		return c.next.RoundTrip(req)
	}
	return c.net.Link(c.from, to).send(req, c.next)
}
