package server

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// reply is an answer as HTTP. It is shared and does not change.
type reply struct {
	status  int
	lines   []line
	body    string
	cookies []string
	allow   string // value of access-control-allow-headers
	secret  bool   // holds secrets
}

// line is a header field.
type line struct {
	name   string
	values []string
}

// add appends a header field. Names that net/http looks at are in its
// spelling.
func (r *reply) add(name, value string) {
	switch name {
	case "content-type":
		name = "Content-Type"
	case "date":
		name = "Date"
	case "connection":
		name = "Connection"
		if value != "close" && value != "keep-alive" {
			return
		}
	}
	r.lines = append(r.lines, line{name, []string{value}})
}

func (r *reply) weight() int {
	n := len(r.body)
	for _, l := range r.lines {
		n += len(l.name) + len(l.values[0]) + 64
	}
	return n
}

func (r *reply) has(name string) bool {
	for _, l := range r.lines {
		if l.name == name {
			return true
		}
	}
	return false
}

// reply turns a result into HTTP: signed, encoded, with page and cookies (spec
// 02, 12.5 and 13).
func (s *Server) reply(ctx context.Context, req *request, out result, signable bool, set *settings) (*reply, error) {
	m, cookies := setCookies(out.message, req)
	c := req.want.codecFor(m, s.codecs[httpsig.Name])
	plain := c.Name() == httpsig.Name && !req.want.bundle
	secret := ao.IsConfidential(out.message)
	if plain && (out.status == http.StatusNotFound || out.status == http.StatusInternalServerError) {
		page := errorPage(out.status, m, req.want.headers)
		page.cookies = cookies
		return page, nil
	}
	e, err := s.sealed(ctx, m, form{codec: c, bundle: req.want.bundle || secret, sign: signable && set.forceSigned, secret: secret})
	if err != nil {
		return nil, err
	}
	rep := *e.rep
	rep.secret = secret
	rep.status, rep.cookies, rep.allow = out.status, cookies, req.want.headers
	if plain && !secret && set.index && rep.body == "" && !rep.has("Content-Type") {
		s.addIndex(ctx, &rep, e.signed, req, set)
	}
	return &rep, nil
}

// failure returns the reply to a request that could not be read or answered:
// an unsigned message with status, kind and reason, in the form that was asked
// for.
func (s *Server) failure(ctx context.Context, err error, want wishes, set *settings) *reply {
	out := embed(ao.ResultOf(nil, err))
	c := want.codecFor(out.message, s.codecs[httpsig.Name])
	if c.Name() == ans104 {
		c = s.codecs[httpsig.Name]
	}
	rep, encErr := s.encode(ctx, out.message, form{codec: c, bundle: want.bundle})
	if encErr != nil {
		return s.plain(err)
	}
	rep.status, rep.allow = out.status, want.headers
	if c.Name() == httpsig.Name {
		rep.add("content-type", "text/plain; charset=utf-8")
	}
	return rep
}

// plain returns the reply to a request that nothing is known of.
func (s *Server) plain(err error) *reply {
	m := ao.ErrorMessage(err)
	out := embed(ao.Result{Value: m})
	rep := &reply{status: out.status, body: m.Text("body")}
	rep.add("status", strconv.Itoa(out.status))
	rep.add("error", m.Text("error"))
	rep.add("content-type", "text/plain; charset=utf-8")
	return rep
}

// Values of header fields that every reply has.
var (
	anyOrigin  = []string{"*"}
	allMethods = []string{"GET, POST, PUT, DELETE, OPTIONS"}
	none       []string
)

// preflight answers OPTIONS on any path (spec 02, 10.2).
var preflight = &reply{status: http.StatusNoContent, allow: "*", lines: []line{
	{"access-control-allow-methods", []string{"GET, POST, PUT, DELETE, OPTIONS, PATCH"}},
}}

// write sends a reply.
func (s *Server) write(w http.ResponseWriter, r *http.Request, rep *reply, seen *Observation) {
	h := w.Header()
	h["access-control-allow-origin"] = anyOrigin
	h["access-control-allow-methods"] = allMethods
	if rep != preflight {
		h["access-control-expose-headers"] = anyOrigin
	}
	if rep.allow != "" && httpsig.ValidValue(rep.allow) {
		h["access-control-allow-headers"] = []string{rep.allow}
	}
	h["Content-Type"] = none // no guessing
	for i := range rep.lines {
		h[rep.lines[i].name] = rep.lines[i].values
	}
	if len(rep.cookies) > 0 {
		h["Set-Cookie"] = rep.cookies
	}
	if (len(rep.cookies) > 0 || rep.secret) && !rep.has("cache-control") {
		h["Cache-Control"] = noStore
	}
	status := rep.status
	if status < 200 || status > 599 {
		status = http.StatusOK // the status key tells what the line cannot
	}
	bodyless := status == http.StatusNoContent || status == http.StatusNotModified
	if !bodyless {
		h["Content-Length"] = []string{strconv.Itoa(len(rep.body))}
	}
	w.WriteHeader(status)
	seen.Status = status
	if !bodyless && r.Method != http.MethodHead {
		n, _ := io.WriteString(w, rep.body)
		seen.BytesOut = n
	}
}

// addIndex gives a reply without a body the page that the message's key
// "index" makes (spec 02, 13.6). Without one the reply stays as it is.
func (s *Server) addIndex(ctx context.Context, rep *reply, m *message.Message, req *request, set *settings) {
	v, err := set.env.Internal().Resolve(ctx, m, req.message.Without(message.CommitmentsKey).Set("path", message.Binary("index")))
	page, ok := v.(*message.Message)
	if err != nil || !ok {
		return
	}
	body, ok := message.Text(mustGet(page, "body"))
	if !ok {
		return
	}
	old := rep.lines
	rep.lines = make([]line, 0, len(old)+page.Len())
	for k, e := range page.All() {
		if text, ok := message.Text(e); ok && k != "body" && k != "status" && httpsig.ValidName(k) && httpsig.ValidValue(text) && !httpsig.Framing(k) {
			rep.add(k, text)
		}
	}
	for _, l := range old {
		if l.name != "content-digest" {
			rep.lines = append(rep.lines, l) // later lines win
		}
	}
	rep.body = body
}
