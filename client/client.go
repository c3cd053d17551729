package client

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Options configure a client. Zero fields get the default in brackets.
type Options struct {
	// Codecs are those beside httpsig@1.0 and json@1.0.
	Codecs []codec.Codec
	// Load finds what the links of a request lead to, since requests are sent
	// whole [nothing].
	Load message.Loader
	// Cookies is the private slot of the cookies to send, and in which those of
	// an answer are left [a slot of the client's own]. It should not be that of
	// the server (package codec/cookie): the cookies of a visitor are not for other
	// nodes, and those of other nodes not for a visitor.
	Cookies *message.Slot[*message.Message]
	// Port is the TCP port that peers are told this node serves on [none].
	Port int

	MaxReply       int64         // bytes of an answer's body [64 MiB]
	MaxHeader      int64         // bytes of an answer's headers [1 MiB]
	Timeout        time.Duration // of a whole exchange [60 s]
	ConnectTimeout time.Duration // [5 s]
	IdleTime       time.Duration // of a kept connection [2 min]
	IdlePerPeer    int           // kept connections [32]

	// Carry returns what requests are given to, which passes them on to next: a
	// network of a test, for example [next itself].
	Carry func(next http.RoundTripper) http.RoundTripper

	TLS *tls.Config // [the system's roots]
	// DialControl may refuse a connection: it is called with the IP address
	// and port that is about to be connected to.
	DialControl func(network, address string, c syscall.RawConn) error
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	opt    Options
	codecs map[string]codec.Codec
	env    codec.Env
	http   *http.Transport // HTTP/1.1 in clear, HTTP/2 over TLS
	h2c    *http.Transport // HTTP/2 in clear, for the scheme h2c
}

var _ ao.Transport = (*Client)(nil)

// New returns a client.
func New(opt Options) *Client {
	opt = opt.withDefaults()
	c := &Client{opt: opt, env: commit.Env(opt.Load), codecs: map[string]codec.Codec{httpsig.Name: httpsig.Codec{}, json.Name: json.Codec{}}}
	for _, x := range opt.Codecs {
		c.codecs[x.Name()] = x
	}
	dialer := &net.Dialer{Timeout: opt.ConnectTimeout, Control: opt.DialControl}
	transport := func() *http.Transport {
		return &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        opt.TLS,
			TLSHandshakeTimeout:    opt.ConnectTimeout,
			DisableCompression:     true,
			MaxIdleConnsPerHost:    opt.IdlePerPeer,
			IdleConnTimeout:        opt.IdleTime,
			MaxResponseHeaderBytes: opt.MaxHeader,
			Protocols:              new(http.Protocols),
		}
	}
	c.http, c.h2c = transport(), transport()
	c.http.Protocols.SetHTTP1(true)
	c.http.Protocols.SetHTTP2(true)
	c.h2c.Protocols.SetUnencryptedHTTP2(true)
	return c
}

func (o Options) withDefaults() Options {
	if o.Load == nil {
		o.Load = message.NoLoader{}
	}
	if o.Cookies == nil {
		o.Cookies = message.NewSlot[*message.Message]("cookies of peers")
	}
	if o.MaxReply <= 0 {
		o.MaxReply = 64 << 20
	}
	if o.MaxHeader <= 0 {
		o.MaxHeader = 1 << 20
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = 5 * time.Second
	}
	if o.IdleTime <= 0 {
		o.IdleTime = 2 * time.Minute
	}
	if o.IdlePerPeer <= 0 {
		o.IdlePerPeer = 32
	}
	return o
}

// Close ends idle connections.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
	c.h2c.CloseIdleConnections()
}

// Send sends a request message to the node at a URL (http, https, or h2c for
// HTTP/2 in clear) and returns its answer: the value that "ao-result" names, or
// the message.
//
// # Errors
//
// An [*ao.Outcome] when the node answered with another status than "ok"
// (201 is created, 4xx error, 5xx failure); otherwise those of [Client.Do].
func (c *Client) Send(ctx context.Context, node string, req *message.Message) (message.Value, error) {
	rep, err := c.Do(ctx, node, req)
	if err != nil {
		return nil, err
	}
	return rep.Result()
}

// SignAndDo commits to a request with a key and sends it. spec.Device should be
// the request's codec-device. Errors are those of [commit.Commit] and
// [Client.Do].
func (c *Client) SignAndDo(ctx context.Context, node string, req *message.Message, key *keys.PrivateKey, spec commit.Spec) (*Reply, error) {
	device, hasDevice := req.Get(keyCodec)
	signed, err := commit.Commit(ctx, c.env, req.Without(keyCodec), key, spec)
	if err != nil {
		return nil, err
	}
	if hasDevice {
		signed = signed.Set(keyCodec, device)
	}
	return c.Do(ctx, node, signed)
}

// Do sends a request message and returns the reply, whatever its status.
//
// # Errors
//
// [fail.Invalid] when the request cannot be sent, [fail.Unavailable] when the
// peer cannot be reached, [fail.Timeout] when time ran out, [fail.Upstream]
// when the answer is not an answer: broken, too large, or with a signature that
// does not hold.
func (c *Client) Do(ctx context.Context, node string, req *message.Message) (*Reply, error) {
	const op = "client.Do"
	ctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	h, h2c, err := c.request(ctx, node, req)
	if err != nil {
		return nil, err
	}
	var way http.RoundTripper = c.http
	if h2c {
		way = c.h2c
	}
	if c.opt.Carry != nil {
		way = c.opt.Carry(way)
	}
	res, err := way.RoundTrip(h)
	if err != nil {
		return nil, exchangeError(ctx, node, err)
	}
	defer res.Body.Close()
	if res.ContentLength > c.opt.MaxReply {
		return nil, fail.New(fail.Upstream, op, "the answer of %s has %d bytes, at most %d are read", node, res.ContentLength, c.opt.MaxReply)
	}
	var body strings.Builder
	n, err := io.Copy(&body, io.LimitReader(res.Body, c.opt.MaxReply+1))
	switch {
	case err != nil:
		return nil, exchangeError(ctx, node, err)
	case n > c.opt.MaxReply:
		return nil, fail.New(fail.Upstream, op, "the answer of %s has more than %d bytes", node, c.opt.MaxReply)
	}
	return c.reply(ctx, node, res, body.String())
}

// exchangeError sorts what went wrong between two nodes.
func exchangeError(ctx context.Context, node string, err error) error {
	const op = "client.Do"
	var network net.Error
	var dial *net.OpError
	var own *fail.Error
	switch {
	case errors.As(err, &own): // of DialControl
		return own
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return fail.New(fail.Timeout, op, "%s did not answer in time", node)
	case ctx.Err() != nil:
		return fail.New(fail.Timeout, op, "the request to %s was cancelled", node)
	case errors.As(err, &dial) && dial.Op == "dial":
		return fail.New(fail.Unavailable, op, "%s cannot be reached: %w", node, dial.Err)
	}
	return fail.New(fail.Upstream, op, "the exchange with %s failed: %w", node, err)
}

func portText(port int) message.Binary { return message.Binary(strconv.Itoa(port)) }
