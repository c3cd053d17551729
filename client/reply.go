package client

import (
	"context"
	"net/http"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/codec/flat"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Reply is the answer of a node.
type Reply struct {
	Status  int              // of HTTP
	Message *message.Message // with its integer "status"; reduced to what is signed, if anything is
	Signers []string         // addresses, verified
	Header  http.Header
	Body    string // as it came
}

// maxCommitments bounds the commitments that are verified in one reply.
const maxCommitments = 4096

// reply reads an answer (spec 02, 14.3).
func (c *Client) reply(ctx context.Context, node string, res *http.Response, body string) (*Reply, error) {
	const op = "client.Reply"
	rep := &Reply{Status: res.StatusCode, Header: res.Header, Body: body}
	m, err := c.decode(ctx, res, body)
	if err != nil {
		return nil, fail.New(fail.Upstream, op, "the answer of %s (status %d) cannot be read: %s", node, res.StatusCode, fail.Sentence(err))
	}
	if rep.Signers, err = commit.VerifyDeep(ctx, c.env, m, maxCommitments); err != nil {
		return nil, fail.New(fail.Upstream, op, "the answer of %s is not what was signed: %s", node, fail.Sentence(err))
	}
	if m.Commitments().Len() > 0 {
		m = ao.WithSigners(m.OnlyCommitted(), rep.Signers...)
	}
	if _, isInt := get(m, "status").(message.Int); !isInt {
		m = m.Set("status", message.Int(res.StatusCode))
	}
	if cookies := cookiesOf(res); cookies.Len() > 0 {
		m = c.opt.Cookies.Set(m, cookies)
	}
	rep.Message = m
	return rep, nil
}

// decode reads the message of an answer in the codec it came in.
func (c *Client) decode(ctx context.Context, res *http.Response, body string) (*message.Message, error) {
	dec, ok := c.codecs[res.Header.Get(keyCodec)]
	if !ok {
		dec = c.codecs[httpsig.Name]
	}
	var encoded message.Value = message.Binary(body)
	switch dec.Name() {
	case httpsig.Name:
		encoded = fieldsOf(res, body)
	case flat.Name:
		encoded = flat.Lines(body)
	}
	tabm, err := dec.Decode(ctx, c.env, encoded, codec.Options{})
	if err != nil {
		return nil, err
	}
	rich, err := structured.FromTABM(tabm)
	if err != nil {
		return nil, err
	}
	switch x := rich.(type) {
	case *message.Message:
		return x, nil
	case *message.List:
		return x.Numbered(), nil
	}
	return message.Of(message.P("ao-result", message.Binary("body")), message.P("body", rich)), nil
}

// fieldsOf returns the header fields that are keys of the message, with the
// body.
func fieldsOf(res *http.Response, body string) *message.Message {
	b := message.NewBuilder(len(res.Header) + 2)
	for k, vs := range res.Header {
		k = strings.ToLower(k)
		switch {
		case httpsig.Framing(k), k == "set-cookie", strings.HasPrefix(k, "access-control-"), k == "server", k == "date":
			continue
		}
		b.Set(k, message.Binary(strings.Join(vs, ", ")))
	}
	signed := res.Header.Get("signature-input")
	if res.Close && strings.Contains(signed, `"connection"`) {
		b.Set("connection", message.Binary("close")) // net/http keeps it to itself
	}
	for _, k := range []string{"date", "server"} {
		if v := res.Header.Get(k); v != "" && strings.Contains(signed, `"`+k+`"`) {
			b.Set(k, message.Binary(v))
		}
	}
	if body != "" || res.Header.Get("ao-result") == "body" {
		b.Set("body", message.Binary(body))
	}
	return b.Message()
}

// cookiesOf returns the cookies that an answer sets, by name.
func cookiesOf(res *http.Response) *message.Message {
	out := message.Empty()
	for _, line := range res.Header.Values("Set-Cookie") {
		if name, v, ok := cookie.ParseSet(line); ok {
			out = out.Set(name, v)
		}
	}
	return out
}

// Value returns what the node answered: the value that "ao-result" names, or
// the message.
//
// # Errors
//
// [fail.Upstream] when the message lacks the named key.
func (r *Reply) Value() (message.Value, error) {
	name := r.Message.Text("ao-result")
	if name == "" {
		return r.Message, nil
	}
	v, ok := r.Message.Get(name)
	switch {
	case ok:
		return v, nil
	case name == "body":
		return message.Binary(""), nil
	}
	return nil, fail.New(fail.Upstream, "client.Reply", "the answer says its result is %.64q, which it lacks", name)
}

// Result returns the value of a reply whose status is below 400, and not 201.
//
// # Errors
//
// An [*ao.Outcome] for other statuses; those of [Reply.Value].
func (r *Reply) Result() (message.Value, error) {
	v, err := r.Value()
	if err != nil {
		return nil, err
	}
	switch {
	case r.Status == http.StatusCreated:
		return nil, &ao.Outcome{Status: ao.Created, Value: v}
	case r.Status < 400:
		return v, nil
	case r.Status < 500:
		return nil, &ao.Outcome{Status: ao.Failed, Value: r.Message}
	}
	return nil, &ao.Outcome{Status: ao.Failure, Value: r.Message}
}
