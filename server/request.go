package server

import (
	"context"
	"hash/maphash"
	"maps"
	"net/http"
	"slices"

	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// request is a request that is ready to be resolved. It does not change, so
// that equal requests can share it.
type request struct {
	message *message.Message // normalised
	seq     []message.Value  // what its path names
	want    wishes
	device  string // first device in the path, or ""
	size    int    // bytes of the body
	wire    int    // bytes of request line, headers and body

	// What it was made from, for requests that are remembered.
	set                  *settings
	method, target, host string
	header               http.Header
}

// request reads a request, or remembers it. The wishes are valid even when
// there is an error, as far as they could be read.
func (s *Server) request(ctx context.Context, w http.ResponseWriter, r *http.Request, set *settings) (*request, wishes, error) {
	repeatable := repeatable(r)
	var hash uint64
	if repeatable {
		hash = hashRequest(s.seed, r)
		if known, ok := s.requests.get(hash); ok && known.answers(r, set) {
			return known, known.want, nil
		}
	}
	raw, err := readWire(w, r, set.maxBody)
	want, wishErr := s.wishesOf(nil, raw)
	if err == nil {
		err = wishErr
	}
	if err != nil {
		return nil, want, err
	}
	m, err := s.decode(ctx, raw, set)
	if err != nil {
		return nil, want, err
	}
	if want, err = s.wishesOf(m, raw); err != nil {
		return nil, want, err
	}
	req := &request{message: m, want: want, size: len(raw.body), wire: weightOf(r) + len(raw.body)}
	if s.opt.Host != nil && !m.Has("host") {
		m = s.opt.Host.Set(m, r.Host)
		req.message = m
	}
	if req.seq, err = s.sequence(m, set); err != nil {
		return nil, want, err
	}
	req.device = firstDevice(req.seq)
	if repeatable {
		s.settle(ctx, req.seq, set)
		req.set, req.method, req.target, req.host = set, r.Method, r.RequestURI, r.Host
		req.header = maps.Clone(r.Header)
		s.requests.add(hash, req)
		s.requests.weigh(4*weightOf(r) + 1024)
	}
	return req, want, nil
}

// namesNothing is the error of an empty path.
func namesNothing() error {
	return fail.New(fail.Invalid, "server.Path", "the path names nothing; it begins with a device, as in /~meta@1.0/info, or with an ID")
}

// sequence parses the path of a request. It may name nothing when there is a
// request hook, which sees it first.
func (s *Server) sequence(m *message.Message, set *settings) ([]message.Value, error) {
	seq, err := path.Parse(m)
	if err != nil {
		return nil, err
	}
	if len(seq) == 0 && !set.hooked {
		return nil, namesNothing()
	}
	commitments, _ := m.Get(message.CommitmentsKey)
	if err := vet(seq, commitments); err != nil {
		return nil, err
	}
	dropSignedPath(seq, m)
	cookie.Spread(seq, m)
	return seq, nil
}

// dropSignedPath removes the commitments from bases that have no path although
// the request signed one: with a committed key gone they do not hold (observed
// on the reference: they are not part of the base's ID).
func dropSignedPath(seq []message.Value, m *message.Message) {
	c := m.Commitments()
	if c == nil || !slices.Contains(m.Committed(c.Keys(), false), path.Key) {
		return
	}
	for i, v := range seq {
		as, ok := v.(*message.As)
		if !ok {
			continue
		}
		if inner, ok := as.Message.(*message.Message); ok && !inner.Has(path.Key) {
			seq[i] = &message.As{Device: as.Device, Message: inner.Without(message.CommitmentsKey)}
		}
	}
}

// settle replaces a base that is a plain device cast by the message it stands
// for, so that the message, and with it its ID, is made once.
func (s *Server) settle(ctx context.Context, seq []message.Value, set *settings) {
	if len(seq) < 2 {
		return
	}
	as, ok := seq[0].(*message.As)
	if !ok {
		return
	}
	m, ok := as.Message.(*message.Message)
	if _, named := as.Device.(message.Binary); !ok || !named || m.Has(path.Key) {
		return
	}
	for _, v := range m.All() {
		switch v.(type) {
		case *message.Resolve, *message.As, message.Link:
			return
		}
	}
	if v, err := set.env.Run(ctx, seq[:1]); err == nil {
		if base, ok := v.(*message.Message); ok {
			seq[0] = base
		}
	}
}

// firstDevice returns the name of the first device that a path names.
func firstDevice(seq []message.Value) string {
	for _, v := range seq {
		if as, ok := v.(*message.As); ok {
			name, _ := as.Device.(message.Binary)
			return string(name)
		}
	}
	return ""
}

// repeatable reports whether equal requests mean the same: they have no body,
// no signature and nothing that belongs to one client.
func repeatable(r *http.Request) bool {
	if (r.Method != http.MethodGet && r.Method != http.MethodHead) || (r.Body != nil && r.Body != http.NoBody) || len(r.Header) > 40 {
		return false
	}
	for _, k := range [...]string{"Signature", "Cookie", "Authorization", "Ao-Peer-Port"} {
		if _, has := r.Header[k]; has {
			return false
		}
	}
	return weightOf(r) <= 8<<10
}

// weightOf returns the bytes of request line and headers.
func weightOf(r *http.Request) int {
	n := len(r.RequestURI) + len(r.Host)
	for k, vs := range r.Header {
		n += len(k)
		for _, v := range vs {
			n += len(v)
		}
	}
	return n
}

// hashRequest returns a hash of all that [request.answers] compares.
func hashRequest(seed maphash.Seed, r *http.Request) uint64 {
	h := maphash.String(seed, r.RequestURI) ^ 3*maphash.String(seed, r.Host) ^ 5*maphash.String(seed, r.Method)
	for k, vs := range r.Header {
		name := maphash.String(seed, k)
		for _, v := range vs {
			h += (name | 1) * maphash.String(seed, v) // headers have no order
		}
	}
	return h
}

// answers reports whether a remembered request is the same as r.
func (q *request) answers(r *http.Request, set *settings) bool {
	if q.set != set || q.target != r.RequestURI || q.method != r.Method || q.host != r.Host || len(q.header) != len(r.Header) {
		return false
	}
	for k, vs := range r.Header {
		if !slices.Equal(q.header[k], vs) {
			return false
		}
	}
	return true
}
