package server

import (
	"context"
	"crypto/rand"
	"errors"
	"hash/maphash"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Server answers HTTP requests with an engine. It is an [http.Handler] and
// safe for concurrent use.
type Server struct {
	engine   *ao.Engine
	opt      Options
	codecs   codecs
	empty    *message.Message
	settings atomic.Pointer[settings]
	active   atomic.Int64
	seed     maphash.Seed
	requests *recent[*request]
	seals    *recent[*seal]
}

// New returns a server.
//
// # Errors
//
// [fail.Conflict] when two codecs have the same name.
func New(engine *ao.Engine, opt Options) (*Server, error) {
	opt.Limits = opt.Limits.withDefaults()
	c, err := newCodecs(opt.Codecs)
	if err != nil {
		return nil, err
	}
	return &Server{
		engine:   engine,
		opt:      opt,
		codecs:   c,
		empty:    message.Empty(),
		seed:     maphash.MakeSeed(),
		requests: newRecent[*request](opt.Limits.MemoryBytes),
		seals:    newRecent[*seal](opt.Limits.MemoryBytes),
	}, nil
}

// ServeHTTP answers one request. It never panics, and never answers a mistake
// of the client with a status of 500 or above.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	seen := Observation{Method: r.Method}
	v := &visit{}
	defer v.answered(w)
	defer s.recovered(w, r)
	set := s.current()
	if n := s.active.Add(1); n > set.maxConcurrent {
		s.active.Add(-1)
		w.Header().Set("Retry-After", "1")
		s.write(w, r, s.plain(fail.New(fail.Busy, "server", "this node already serves %d requests, try again", n-1)), &seen)
		return
	}
	defer s.active.Add(-1)
	if r.Method == http.MethodOptions {
		s.write(w, r, preflight, &seen)
	} else if isRoot(r.RequestURI) && !set.hooked && s.root(w, r, set) {
		seen.Status = http.StatusOK
	} else {
		ctx, cancel := context.WithTimeout(r.Context(), set.timeout)
		if rep := s.answer(ctx, v, w, r, set, &seen); rep != nil {
			s.write(w, r, rep, &seen)
		} else if s.root(w, r, set) {
			seen.Status = http.StatusOK
		} else {
			s.write(w, r, s.plain(namesNothing()), &seen)
		}
		cancel()
	}
	if s.opt.Observe != nil {
		seen.Duration = time.Since(start)
		s.opt.Observe(seen)
	}
}

// answer returns the reply to a request, nil when it is for "/" and the request
// hook leaves it so (spec 05, 3.13).
func (s *Server) answer(ctx context.Context, v *visit, w http.ResponseWriter, r *http.Request, set *settings, seen *Observation) *reply {
	req, want, err := s.request(ctx, w, r, set)
	if err != nil {
		if isRoot(r.RequestURI) {
			return nil
		}
		return s.failure(ctx, err, want, set)
	}
	seen.Device, seen.BytesIn = req.device, req.size
	v.caller = s.callerOf(r, set)
	result, signable := s.execute(ctx, v, req, set)
	if result.message == nil {
		if isRoot(r.RequestURI) {
			return nil
		}
		return s.failure(ctx, namesNothing(), want, set)
	}
	rep, err := s.reply(ctx, req, result, signable, set)
	if err != nil {
		s.fault(req.message, err)
		return s.failure(ctx, err, want, set)
	}
	return rep
}

// recovered answers a request whose handling panicked: 500 with a number by
// which the operator finds the fault in the log.
func (s *Server) recovered(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p) // net/http's own way to end a connection
	}
	number := rand.Text()[:12]
	s.engine.Log.Error("a request caused a fault", "fault", number, "method", r.Method, "panic", p, "stack", string(debug.Stack()))
	s.write(w, r, s.plain(fail.New(fail.Internal, "server", "internal error, number %s in the log of the node", number)), &Observation{})
}

// fault logs an error that is the node's own.
func (s *Server) fault(req *message.Message, err error) {
	if err != nil && fail.KindOf(err) == fail.Internal {
		s.engine.Log.Warn("a request failed", "method", req.Text("method"), "path", req.Text("path"), "error", err)
	}
}

// root answers "/", and reports whether it did.
func (s *Server) root(w http.ResponseWriter, r *http.Request, set *settings) bool {
	switch {
	case s.opt.Root != nil:
		s.opt.Root.ServeHTTP(w, r)
	case set.defaultRequest != "" && httpsig.ValidValue(set.defaultRequest):
		w.Header()["Location"] = []string{set.defaultRequest}
		w.WriteHeader(http.StatusFound)
	default:
		return false
	}
	return true
}

// isRoot reports whether a request target is "/" without a query.
func isRoot(target string) bool { return target == "/" || target == "/?" }
