// Package fail is the vocabulary of errors.
//
// Every error that crosses a package boundary of this project is (or wraps) an
// [*Error]: a kind from a small closed set, the operation that failed, the path
// or key it failed on, a sentence for the person who reads it, and the cause.
// The kind alone decides the AO-Core status and the HTTP status, and that
// mapping happens once, at the edge ([Kind.HTTPStatus]). Code in between
// returns errors and never logs them.
//
//	return fail.New(fail.Invalid, "httpsig.Decode", "content-type %q is not a structured field item", ct)
//	return fail.Wrap(fail.Internal, "cache.Read", err).At(id)
package fail

import (
	"errors"
	"fmt"
	"strings"
)

// Kind classifies an error. The zero value is [Internal], so that a forgotten
// kind is reported as our fault and never as the client's.
type Kind uint8

// The kinds. The order is part of no format: kinds travel as their names.
const (
	Internal     Kind = iota // a fault of this node: 500
	Invalid                  // the input cannot be understood: 400
	Unauthorized             // no identity, or a bad signature where one is needed: 401
	Payment                  // the request must be paid first: 402
	Forbidden                // identity known, permission missing: 403
	NotFound                 // nothing under this name: 404
	NotAllowed               // the method or operation does not apply: 405
	Conflict                 // the state does not permit it: 409
	TooLarge                 // the input exceeds a size limit: 413
	Unsupported              // a codec, device or type that this node does not have: 415
	Exhausted                // an execution hit its time, fuel, memory, output or depth limit: 422
	Busy                     // too many requests, try again: 429
	Upstream                 // a peer answered wrongly or not at all: 502
	Unavailable              // this node cannot serve it at the moment: 503
	Timeout                  // the deadline passed: 504
	Failed                   // the program that was run reported an error: 400
)

var kinds = [...]struct {
	name string
	http int
}{
	Internal:     {"internal", 500},
	Invalid:      {"invalid", 400},
	Unauthorized: {"unauthorized", 401},
	Payment:      {"payment-required", 402},
	Forbidden:    {"forbidden", 403},
	NotFound:     {"not-found", 404},
	NotAllowed:   {"not-allowed", 405},
	Conflict:     {"conflict", 409},
	TooLarge:     {"too-large", 413},
	Unsupported:  {"unsupported", 415},
	Exhausted:    {"limit-exceeded", 422},
	Busy:         {"busy", 429},
	Upstream:     {"upstream", 502},
	Unavailable:  {"unavailable", 503},
	Timeout:      {"timeout", 504},
	Failed:       {"failed", 400},
}

// String returns the wire name of the kind, e.g. "not-found".
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k].name
	}
	return kinds[Internal].name
}

// HTTPStatus returns the HTTP status code of the kind.
func (k Kind) HTTPStatus() int {
	if int(k) < len(kinds) {
		return kinds[k].http
	}
	return 500
}

// Error is the error value of the project. Its fields are read-only once the
// value has been returned.
type Error struct {
	Kind Kind
	Op   string // "package.Function" that failed
	Path string // key, ID, path or file it failed on; may be empty
	Text string // one sentence for the reader; may be empty when Err says it all
	Err  error  // the cause, or nil
}

// New returns an error with a formatted sentence. The verb %w wraps a cause as
// in [fmt.Errorf].
// What is wrapped appears in the sentence by its own sentence, without its
// operation.
func New(kind Kind, op, format string, args ...any) *Error {
	var cause error
	for i, a := range args {
		if err, ok := a.(error); ok {
			cause = err
			args[i] = worded{err}
		}
	}
	e := fmt.Errorf(format, args...)
	if errors.Unwrap(e) == nil {
		cause = nil // printed, not wrapped
	}
	return &Error{Kind: kind, Op: op, Text: e.Error(), Err: cause}
}

// worded is an error that prints as its sentence.
type worded struct{ error }

func (w worded) Error() string {
	if e, ok := w.error.(*Error); ok {
		return Sentence(e)
	}
	return w.error.Error()
}

// Wrap returns err with a kind and an operation, or nil when err is nil. A
// cause that already is an [*Error] keeps its own kind when kind is [Internal].
func Wrap(kind Kind, op string, err error) error {
	if err == nil {
		return nil
	}
	if kind == Internal {
		kind = KindOf(err)
	}
	return &Error{Kind: kind, Op: op, Err: err}
}

// At returns a copy of the error that names the path it happened on.
func (e *Error) At(path string) *Error {
	c := *e
	c.Path = path
	return &c
}

// Error formats as "op path: text: cause"; empty parts are left out.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Path != "" {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(e.Path)
	}
	sep := func() {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
	}
	switch {
	case e.Text != "":
		sep()
		b.WriteString(e.Text)
	case e.Err != nil:
		sep()
		b.WriteString(e.Err.Error())
	default:
		sep()
		b.WriteString(e.Kind.String())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first [*Error] in the chain of err, or
// [Internal] when there is none. KindOf(nil) is [Internal].
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err has the given kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Sentence returns what a client may read of err: the texts of the chain
// without operations. It never contains host paths or stack traces, because
// those are never put into Text.
func Sentence(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return "internal error"
	}
	if e.Text != "" {
		return e.Text
	}
	if e.Err != nil {
		if s := Sentence(e.Err); s != "internal error" {
			return s
		}
	}
	return e.Kind.String()
}
