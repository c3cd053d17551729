package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

const (
	keyCodec  = "codec-device"
	keyBundle = "accept-bundle"
	keyPort   = "ao-peer-port"
	ans104    = "ans104@1.0"
	opRequest = "client.Request"
)

// request writes a request message as HTTP, and reports whether the node is to
// be spoken to in HTTP/2 without TLS (spec 02, 14.2).
func (c *Client) request(ctx context.Context, node string, m *message.Message) (*http.Request, bool, error) {
	base, h2c, err := nodeURL(node)
	if err != nil {
		return nil, false, err
	}
	name := httpsig.Name
	if s, ok := message.Text(get(m, keyCodec)); ok && s != "" {
		name = s
	}
	enc, ok := c.codecs[name]
	if !ok {
		return nil, false, fail.New(fail.Unsupported, opRequest, "no codec %.64q to send a request with", name)
	}
	p, _ := message.Text(get(m, path.Key))
	method, _ := message.Text(get(m, "method"))
	header, body, err := c.encode(ctx, enc, m)
	if err != nil {
		return nil, false, err
	}
	if method == "" {
		method = http.MethodGet
		if body != "" || m.Commitments().Len() > 0 {
			method = http.MethodPost
		}
	}
	h, err := http.NewRequestWithContext(ctx, method, base, http.NoBody)
	if err != nil {
		return nil, false, fail.New(fail.Invalid, opRequest, "method %.32q or URL %.200q cannot be sent: %w", method, base, err)
	}
	// Opaque is sent as it is: the target is what the path says, byte for byte.
	h.URL = &url.URL{Scheme: h.URL.Scheme, Host: h.URL.Host, Opaque: Target(strings.TrimSuffix(h.URL.EscapedPath(), "/"), p)}
	h.Header = header
	if body != "" || method == http.MethodPost || method == http.MethodPut {
		h.Body, h.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		h.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }
	}
	if cookies, _ := c.opt.Cookies.In(m); cookies.Len() > 0 {
		h.Header.Set("Cookie", cookie.Header(cookies))
	}
	return h, h2c, nil
}

// nodeURL returns the URL of a node with a scheme that net/http knows.
func nodeURL(node string) (base string, h2c bool, err error) {
	if rest, ok := strings.CutPrefix(node, "h2c://"); ok {
		node, h2c = "http://"+rest, true
	}
	if !strings.Contains(node, "://") {
		node = "https://" + node
	}
	u, err := url.Parse(node)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return "", false, fail.New(fail.Invalid, opRequest, "%.200q is not the URL of a node", node)
	}
	u.RawQuery, u.Fragment = "", ""
	return u.String(), h2c, nil
}

// Target returns the request target of a path below a prefix: one slash in
// front, and percent-encoded what a request line cannot hold. Servers decode
// paths before they read them, so this changes nothing.
func Target(prefix, p string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.WriteString(prefix)
	b.WriteByte('/')
	p = strings.TrimLeft(p, "/")
	for i := 0; i < len(p); i++ {
		c := p[i]
		bare := c == '%' && (i+2 >= len(p) || !isHex(p[i+1]) || !isHex(p[i+2]))
		if c <= ' ' || c >= 0x7f || bare || strings.IndexByte("\"<>\\^`{|}#", c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// encode returns header fields and body of a request.
func (c *Client) encode(ctx context.Context, enc codec.Codec, m *message.Message) (http.Header, string, error) {
	signed := m.Commitments().Len() > 0
	committed := map[string]bool{}
	if signed {
		for _, k := range m.Committed(m.Commitments().Keys(), false) {
			committed[k] = true
		}
	}
	if enc.Name() != httpsig.Name { // it is said by a header field
		m = m.Without(keyCodec)
	}
	for _, k := range []string{"method", path.Key, keyCodec} { // these are in the request line, or go without saying
		if !committed[k] {
			m = m.Without(k)
		}
	}
	// As text they leave the ao-types that was signed as it is.
	extra := message.Of(message.P(keyBundle, message.Binary("true")))
	if c.opt.Port > 0 {
		extra = extra.Set(keyPort, portText(c.opt.Port))
	}
	if enc.Name() == ans104 && len(commit.Committers(m)) > 0 {
		m = m.OnlyCommitted()
	}
	if enc.Name() == httpsig.Name {
		for k, v := range extra.All() {
			if !m.Has(k) {
				m = m.Set(k, v)
			}
		}
	}
	tabm, err := structured.Bundle(ctx, c.env, m)
	if err != nil {
		return nil, "", err
	}
	encoded, err := enc.Encode(ctx, c.env, tabm, codec.Options{Bundle: true, Inlined: true})
	if err != nil {
		return nil, "", err
	}
	switch x := encoded.(type) {
	case *message.Message:
		if enc.Name() == httpsig.Name {
			return fields(x)
		}
	case message.Binary:
		header := http.Header{keyCodec: {enc.Name()}, "User-Agent": nil}
		if t := enc.ContentType(); t != "" {
			header["Content-Type"] = []string{t}
		}
		for k, v := range extra.All() {
			text, _ := message.Text(v)
			header[k] = []string{text}
		}
		return header, string(x), nil
	}
	return nil, "", fail.New(fail.Unsupported, opRequest, "%s cannot be sent over HTTP", enc.Name())
}

// fields returns the header fields and the body of an httpsig encoding.
func fields(encoded *message.Message) (http.Header, string, error) {
	encoded, err := httpsig.Carry(encoded)
	if err != nil {
		return nil, "", err
	}
	header := make(http.Header, encoded.Len()+1)
	header["User-Agent"] = nil // net/http would add its own, which becomes a key of the message
	for k, v := range encoded.All() {
		text, _ := message.Text(v)
		switch k {
		case "body":
		case "host", "connection", "cookie", "expect", "date":
			// of the connection: net/http writes these
		case "content-type":
			header["Content-Type"] = []string{text}
		default:
			header[k] = []string{text}
		}
	}
	return header, encoded.Text("body"), nil
}

func get(m *message.Message, key string) message.Value {
	v, _ := m.Get(key)
	return v
}
