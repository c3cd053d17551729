package location

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Record is what a location record says.
type Record struct {
	URL     string           // scheme and host, without a path
	Variant string           // of the scheduler there: [schedule.Mainnet] or [schedule.Legacy]
	Nonce   int64            // 0 when it has none
	TTL     time.Duration    // 0 when it has none
	Message *message.Message // the signed record
}

// maxURL bounds the bytes of a URL.
const maxURL = 2048

// maxTTL bounds the time to live: what is longer is cut.
const maxTTL = 366 * 24 * time.Hour

// Parse reads a record, whoever signed it. "type" is scheduler-location or
// location, in any case; "url" may also be called "location".
//
// # Errors
//
// [fail.Invalid] says which key is wrong.
func Parse(m *message.Message) (Record, error) {
	const op = "location.Parse"
	switch strings.ToLower(m.Text("type")) {
	case "scheduler-location", "location":
	default:
		return Record{}, fail.New(fail.Invalid, op, "the type of a location record is scheduler-location, not %.32q", m.Text("type"))
	}
	r := Record{Variant: m.Text("variant"), Message: m}
	if r.Variant == "" {
		r.Variant = schedule.Mainnet
	}
	text := m.Text("url")
	if text == "" {
		text = m.Text("location")
	}
	var err error
	if r.URL, err = NodeURL(text); err != nil {
		return Record{}, err
	}
	if r.Nonce, err = number(m, "nonce"); err != nil {
		return Record{}, err
	}
	ttl, err := number(m, "time-to-live")
	if err != nil {
		return Record{}, err
	}
	r.TTL = maxTTL
	if ttl < maxTTL.Milliseconds() {
		r.TTL = time.Duration(ttl) * time.Millisecond
	}
	return r, nil
}

// number reads a key that is a number of 0 or more, as integer or text, 0 when
// it is missing.
func number(m *message.Message, key string) (int64, error) {
	v, ok := m.Get(key)
	if !ok || v == message.Value(message.Binary("")) {
		return 0, nil
	}
	n, ok := message.AsInt(v)
	if !ok || n < 0 {
		return 0, fail.New(fail.Invalid, "location.Parse", "%q of a location record must be a whole number", key)
	}
	return n, nil
}

// NodeURL returns the node that a URL leads to: scheme and host. Path and query
// are dropped (spec 03, 4.3.1).
//
// # Errors
//
// [fail.Invalid] when it is no URL with http or https and a host, or has a user
// in it.
func NodeURL(text string) (string, error) {
	const op = "location.URL"
	if len(text) > maxURL {
		return "", fail.New(fail.Invalid, op, "a URL of %d bytes is too long", len(text))
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return "", fail.New(fail.Invalid, op, "%.200q is not the URL of a node, such as https://node.example", text)
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

// SignedBy returns the record in a message if the address has signed it (L1):
// the message is reduced to what all its signatures cover, and all must hold.
//
// # Errors
//
// [fail.Unauthorized] when it is not signed by the address; those of [Parse].
func SignedBy(ctx context.Context, env codec.Env, m *message.Message, address string) (Record, error) {
	const op = "location.Verify"
	m = m.OnlyCommitted().WithPrivate(nil)
	if err := commit.VerifyAll(ctx, env, m); err != nil {
		return Record{}, fail.New(fail.Unauthorized, op, "the location record of %s does not hold: %s", address, fail.Sentence(err)).At(address)
	}
	for _, who := range commit.VerifiedSigners(ctx, env, m) {
		if who == address {
			return Parse(m)
		}
	}
	return Record{}, fail.New(fail.Unauthorized, op, "the location record is not signed by %s", address).At(address)
}

// isAddress reports whether a text can be an address, and one component of a
// path.
func isAddress(text string) bool {
	return id.Is(text) && len(text) != id.Size && !strings.Contains(text, "/")
}
