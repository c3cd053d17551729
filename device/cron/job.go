package cron

import (
	"context"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// job is one task. Its request, path and owner do not change; the rest belongs
// to the service.
type job struct {
	ID       string
	Path     string
	Interval string        // as it was asked for; "" for once
	Every    time.Duration // 0 for once
	Request  *message.Message
	Signers  []string // in whose name it runs
	Created  time.Time

	Next    time.Time // when it is due
	Runs    int64
	Failure string // of the last run, "" when it went well
	running bool
	cancel  context.CancelFunc // of the run under way
	record  string             // where the store has it
}

// owner is who a job counts for.
func (j *job) owner() string {
	if len(j.Signers) == 0 {
		return ""
	}
	return j.Signers[0]
}

// describe returns a job as the key "list" shows it.
func (j *job) describe() *message.Message {
	m := message.Of(
		message.P("task", message.Binary(j.ID)),
		message.P("cron-path", message.Binary(j.Path)),
		message.P("created", message.Int(j.Created.UnixMilli())),
		message.P("next", message.Int(j.Next.UnixMilli())),
		message.P("running", message.Bool(j.running)),
		message.P("runs", message.Int(j.Runs)),
		message.P("signers", message.Strings(j.Signers)))
	if j.Interval != "" {
		m = m.Set("interval", message.Binary(j.Interval))
	}
	if j.Failure != "" {
		m = m.Set("failure", message.Binary(j.Failure))
	}
	return m
}

// Keys of a record. The commitments of the request lie beside it, so that the
// whole request is kept: the cache would drop what they do not cover.
const (
	keyPath     = "cron-path"
	keyInterval = "interval"
	keyRequest  = "request"
	keyProofs   = "proofs"
	keySigners  = "signers"
	keyCreated  = "created"
)

// message returns a job as it is stored.
func (j *job) message() *message.Message {
	m := message.Of(
		message.P(keyPath, message.Binary(j.Path)),
		message.P(keyRequest, j.Request.Without(message.CommitmentsKey)),
		message.P(keySigners, message.Strings(j.Signers)),
		message.P(keyCreated, message.Int(j.Created.UnixMilli())))
	if c := j.Request.Commitments(); c.Len() > 0 {
		m = m.Set(keyProofs, c)
	}
	if j.Interval != "" {
		m = m.Set(keyInterval, message.Binary(j.Interval))
	}
	return m
}

// readJob is the inverse of job.message. The signers were verified before the
// record was written.
func readJob(id string, v message.Value) (*job, error) {
	m, _ := v.(*message.Message)
	j := &job{ID: id, Path: m.Text(keyPath), Interval: m.Text(keyInterval), Request: m.Message(keyRequest)}
	created, _ := m.Get(keyCreated)
	at, ok := message.AsInt(created)
	if j.Path == "" || j.Request == nil || !ok {
		return nil, fail.New(fail.Internal, "cron.Load", "the record of a task is damaged").At(id)
	}
	j.Created = time.UnixMilli(at)
	if j.Interval != "" {
		var err error
		if j.Every, err = ParseInterval(j.Interval); err != nil {
			return nil, err
		}
	}
	signers, _ := m.Get(keySigners)
	if l, ok := signers.(*message.List); ok {
		for _, s := range l.All() {
			if t, ok := message.Text(s); ok {
				j.Signers = append(j.Signers, t)
			}
		}
	}
	if proofs := m.Message(keyProofs); proofs != nil {
		j.Request = ao.WithSigners(j.Request.Set(message.CommitmentsKey, proofs), j.Signers...)
	}
	return j, nil
}
