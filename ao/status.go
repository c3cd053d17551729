package ao

import (
	"errors"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Status is the status of a result (spec 02, 1.5). Only [OK] lets a sequence
// continue. Devices may have statuses of their own, such as "pass" and "skip"
// of a stack.
type Status string

// The statuses that have an HTTP status.
const (
	OK           Status = "ok"
	Created      Status = "created"
	Failed       Status = "error"
	Unauthorized Status = "unauthorized"
	Forbidden    Status = "forbidden"
	NotFound     Status = "not_found"
	Failure      Status = "failure"
	Unavailable  Status = "unavailable"
)

// HTTP returns the HTTP status of s (spec 02, 12.6), and whether s has one of
// its own. Unknown statuses are 200.
func (s Status) HTTP() (int, bool) {
	switch s {
	case OK:
		return 200, true
	case Created:
		return 201, true
	case Failed:
		return 400, true
	case Unauthorized:
		return 401, true
	case Forbidden:
		return 403, true
	case NotFound:
		return 404, true
	case Failure:
		return 500, true
	case Unavailable:
		return 503, true
	}
	return 200, false
}

// Outcome is a result with another status than "ok". It is an error, so that
// it ends whatever sequence it occurs in.
type Outcome struct {
	Status Status
	Value  message.Value
}

// Error describes the outcome.
func (o *Outcome) Error() string {
	s, ok := message.Text(o.Value)
	if m, isMsg := o.Value.(*message.Message); !ok && isMsg {
		s = m.Text("body")
	}
	return "status " + string(o.Status) + ": " + s
}

// Refuse returns an outcome with the status "error" and the message {status,
// body}.
func Refuse(httpStatus int, body string) *Outcome {
	return &Outcome{Failed, message.Of(
		message.P("status", message.Int(httpStatus)),
		message.P("body", message.Binary(body)))}
}

// Missing is the outcome of reading a key that is not there (spec 02, 3.7). It
// is never changed.
var Missing = &Outcome{Failed, message.NotFound}

// Result is the status and value that a resolution ended with.
type Result struct {
	Status Status
	Value  message.Value
	Err    error // the fault, when the resolution failed without an answer
}

// ResultOf sorts the two results of a resolution into status and value.
// Errors that are not outcomes have the status "error", or "failure" when they
// are faults of the node, and a message that says what went wrong.
func ResultOf(v message.Value, err error) Result {
	if err == nil {
		return Result{Status: OK, Value: v}
	}
	var o *Outcome
	if errors.As(err, &o) {
		return Result{Status: o.Status, Value: o.Value}
	}
	return Result{Status: statusOf(err), Value: ErrorMessage(err), Err: err}
}

func statusOf(err error) Status {
	if fail.KindOf(err).HTTPStatus() >= 500 {
		return Failure
	}
	return Failed
}

// ErrorMessage returns the message that tells a client of an error: status,
// kind, body and, where known, the path it happened on.
func ErrorMessage(err error) *message.Message {
	kind := fail.KindOf(err)
	m := message.Of(
		message.P("status", message.Int(kind.HTTPStatus())),
		message.P("error", message.Binary(kind.String())),
		message.P("body", message.Binary(fail.Sentence(err))))
	var e *fail.Error
	if errors.As(err, &e) && e.Path != "" && kind != fail.Internal {
		m = m.Set("error-path", message.Binary(e.Path))
	}
	return m
}

// AsMissing reports whether err says that something is not there.
func AsMissing(err error) bool {
	var o *Outcome
	if errors.As(err, &o) {
		return o.Status == NotFound || o.Value == message.Value(message.NotFound)
	}
	return fail.Is(err, fail.NotFound)
}
