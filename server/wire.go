package server

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// wire is a request as it came: nothing of it has been believed.
type wire struct {
	method string
	target string           // path and query, verbatim
	fields *message.Message // header fields: names in lower case, repeated ones joined (spec 02, 11.1)
	query  *message.Message // keys of the query
	body   string
	peer   string // IP address of the sender
	tls    bool   // of the connection
}

// readWire reads a request, its body at most limit bytes.
//
// # Errors
//
// [fail.TooLarge] for a longer body, [fail.Timeout] when it does not arrive,
// [fail.Invalid] for a damaged query.
func readWire(w http.ResponseWriter, r *http.Request, limit int64) (*wire, error) {
	out := &wire{method: r.Method, target: target(r), fields: fieldsOf(r), query: message.Empty(), tls: r.TLS != nil}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		out.peer = host
	}
	var err error
	if out.query, err = queryOf(out.target); err != nil {
		return out, err
	}
	if r.Body == nil || r.Body == http.NoBody {
		return out, nil
	}
	out.body, err = readBody(w, r, limit)
	return out, err
}

func readBody(w http.ResponseWriter, r *http.Request, limit int64) (string, error) {
	const op = "server.Body"
	if r.ContentLength > limit {
		return "", fail.New(fail.TooLarge, op, "body of %d bytes, at most %d are read", r.ContentLength, limit)
	}
	var b strings.Builder
	if r.ContentLength > 0 {
		b.Grow(int(min(r.ContentLength, 1<<20)))
	}
	_, err := io.Copy(&b, http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	var network net.Error
	switch {
	case err == nil:
		return b.String(), nil
	case errors.As(err, &tooLarge):
		return "", fail.New(fail.TooLarge, op, "body of more than %d bytes", limit)
	case errors.As(err, &network) && network.Timeout():
		return "", fail.New(fail.Timeout, op, "the body did not arrive in time")
	}
	return "", fail.New(fail.Invalid, op, "the body ends early or is not well formed")
}

// target returns the request target without scheme and authority, which proxies
// and HTTP/1.1 clients may send.
func target(r *http.Request) string {
	t := r.RequestURI
	if t == "" {
		t = r.URL.RequestURI()
	}
	if strings.HasPrefix(t, "/") {
		return t
	}
	if _, rest, ok := strings.Cut(t, "://"); ok {
		if i := strings.IndexAny(rest, "/?"); i >= 0 {
			return rest[i:]
		}
		return "/"
	}
	return t
}

// fieldsOf returns the header fields of a request, with "host".
func fieldsOf(r *http.Request) *message.Message {
	b := message.NewBuilder(len(r.Header) + 8)
	for k, vs := range r.Header {
		name := lower(k)
		switch {
		case len(vs) == 1:
			b.Set(name, message.Binary(vs[0]))
		case name == "cookie":
			b.Set(name, message.Binary(strings.Join(vs, "; ")))
		default:
			b.Set(name, message.Binary(strings.Join(vs, ", ")))
		}
	}
	if r.Host != "" {
		b.Set("host", message.Binary(r.Host))
	}
	return b.Message()
}

// lower returns a header name in lower case, without an allocation for the
// usual ones.
func lower(name string) string {
	switch name {
	case "Accept":
		return "accept"
	case "Accept-Encoding":
		return "accept-encoding"
	case "Accept-Language":
		return "accept-language"
	case "Connection":
		return "connection"
	case "Content-Type":
		return "content-type"
	case "Content-Length":
		return "content-length"
	case "User-Agent":
		return "user-agent"
	}
	return strings.ToLower(name)
}

// header returns a value of the query, or else of the header fields.
func (w *wire) header(key string) (message.Value, bool) {
	if v, ok := w.query.Get(key); ok {
		return v, true
	}
	return w.fields.Get(key)
}
