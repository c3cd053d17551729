package legacynet

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// reply is the answer of the server to an AO-Core request.
type reply struct {
	status int
	header http.Header
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (r *reply) Header() http.Header { return r.header }

// Write implements [http.ResponseWriter].
func (r *reply) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.body.Write(b)
}

// WriteHeader implements [http.ResponseWriter].
func (r *reply) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// field returns a header field; the server writes names in their spelling on the
// wire.
func (r *reply) field(name string) string {
	for k, v := range r.header {
		if len(v) > 0 && strings.EqualFold(k, name) {
			return v[0]
		}
	}
	return ""
}

// ok reports whether the request was answered as asked.
func (r *reply) ok() bool { return r.status >= 200 && r.status < 300 }

// reason returns what an answer that is not ok says, in one sentence.
func (r *reply) reason() string {
	var said struct{ Body, Reason, Details, Error any }
	if json.Unmarshal(r.body.Bytes(), &said) == nil {
		var parts []string
		for _, v := range []any{said.Body, said.Error, said.Reason, said.Details} {
			if s, ok := v.(string); ok && s != "" {
				parts = append(parts, s)
			}
		}
		if len(parts) > 0 {
			return strings.Join(parts, " ")
		}
	}
	if text := http.StatusText(r.status); text != "" {
		return text
	}
	return "The request failed."
}

// asJSON are the keys with which an answer is whole and in JSON.
const asJSON = "require-codec=application/json&accept-bundle=true"

// ask has the server answer an AO-Core request on behalf of the client: with its
// connection and its signature headers left out, since they sign another
// request.
func (x *exchange) ask(method, target string, header http.Header, body io.Reader) *reply {
	r := x.r.Clone(x.ctx())
	r.Method, r.RequestURI = method, target
	r.URL, _ = url.ParseRequestURI(target)
	if r.URL == nil {
		return &reply{status: http.StatusBadRequest, header: http.Header{}}
	}
	r.Header = http.Header{}
	for _, k := range []string{"X-Real-Ip", "Cookie", "Authorization"} {
		if v := x.r.Header.Values(k); len(v) > 0 {
			r.Header[k] = v
		}
	}
	for k, v := range header {
		r.Header[k] = v
	}
	r.Body, r.ContentLength = http.NoBody, 0
	if body != nil {
		r.Body, r.ContentLength = io.NopCloser(body), -1
	}
	out := &reply{header: http.Header{}}
	x.h.next.ServeHTTP(out, r)
	return out
}

// get reads a path of this node. What is not ok is answered to the client, and
// then the result is nil.
func (x *exchange) get(target string) *reply {
	out := x.ask(http.MethodGet, target, nil, nil)
	if !out.ok() {
		x.refuse(out.status, out.reason())
		return nil
	}
	return out
}
