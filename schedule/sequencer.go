package schedule

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// unknown is the newest slot of a sequencer that has not read the store yet.
const unknown = math.MinInt64

// sequencer hands out the slots of one process. What is below the line belongs
// to its goroutine.
type sequencer struct {
	s       *Service
	proc    Process
	signers []keys.Identity
	inbox   chan event
	newest  atomic.Int64 // slot that is safely stored
	users   int          // callers; guarded by the mutex of the service

	unsigned []*job // guarded by the mutex of signing
	failed   failed // belongs to the disk

	// ---
	last    place           // of the last slot handed out
	ready   bool            // last is known
	broken  error           // why the jobs under way have been given up
	queue   []*job          // handed out, not given to the disk yet, by slot
	origins map[string]bool // of the jobs that have a slot but are not stored yet
	same    []*job          // that wait for what becomes of those with their origin
	signing int             // jobs that the workers have
	writing int             // jobs that the disk has
	round   uint64          // counts starts from the store, to tell late jobs
}

// job is one message on its way through the schedule.
type job struct {
	ctx    context.Context
	msg    *message.Message
	origin string // "" for messages that may be scheduled any number of times
	id     id.ID
	at     place
	round  uint64
	signed bool
	out    *message.Message // the signed assignment
	outID  string
	reply  chan reply
}

type reply struct {
	assignment *message.Message
	err        error
}

// event is what happens to a sequencer: a message arrives, has been signed, or
// some have been written.
type event struct {
	arrived *job
	signed  *job
	written []*job
	err     error // of signing or writing
}

func newSequencer(s *Service, p Process, signers []keys.Identity) *sequencer {
	q := &sequencer{s: s, proc: p, signers: signers, inbox: make(chan event, 64), origins: map[string]bool{}}
	q.newest.Store(unknown)
	return q
}

// schedule passes a message to the sequencer and waits for the answer.
func (q *sequencer) schedule(ctx context.Context, msg *message.Message, origin string) (*message.Message, error) {
	const op = "schedule.Schedule"
	i, err := commit.SignedID(ctx, msg)
	if err != nil {
		return nil, err
	}
	// What the edge noted in private about the message is not for those who
	// compute it.
	j := &job{ctx: ctx, msg: msg.WithPrivate(nil), origin: origin, id: i, reply: make(chan reply, 1)}
	select {
	case q.inbox <- event{arrived: j}:
	case <-ctx.Done():
		return nil, fail.New(fail.Timeout, op, "the request ended before the message was scheduled").At(q.proc.ID)
	}
	select {
	case r := <-j.reply:
		return r.assignment, r.err
	case <-ctx.Done():
		return nil, fail.New(fail.Timeout, op, "the request ended while the message was being scheduled; it may still get a slot").At(q.proc.ID)
	}
}

// run handles events until the sequencer is idle or the service closed.
func (q *sequencer) run() {
	idle := time.NewTimer(q.s.Idle)
	defer idle.Stop()
	for {
		select {
		case e := <-q.inbox:
			q.handle(e)
			idle.Reset(q.s.Idle)
		case <-idle.C:
			if q.signing == 0 && q.writing == 0 && q.s.retire(q) {
				return
			}
			idle.Reset(q.s.Idle)
		case <-q.s.ctx.Done():
			return
		}
	}
}

func (q *sequencer) handle(e event) {
	switch {
	case e.arrived != nil:
		q.arrived(e.arrived)
	case e.signed != nil:
		q.signing--
		if e.signed.round != q.round || q.broken != nil {
			return
		}
		if e.err != nil {
			q.giveUp(e.err)
			return
		}
		e.signed.signed = true
		q.flush()
	default:
		q.writing -= len(e.written)
		q.ended(e.written)
		if e.err != nil {
			q.giveUp(e.err)
		}
	}
	if q.broken != nil && q.writing == 0 { // start again from what is stored
		q.broken, q.ready = nil, false
		q.round++
	}
	if len(q.same) > 0 && e.arrived == nil {
		waiting := q.same
		q.same = nil
		for _, j := range waiting {
			q.arrived(j)
		}
	}
}

// ended notes that it is decided what becomes of some jobs.
func (q *sequencer) ended(jobs []*job) {
	for _, j := range jobs {
		if j.origin != "" {
			delete(q.origins, j.origin)
		}
	}
}

// arrived hands out the next slot.
func (q *sequencer) arrived(j *job) {
	refuse := func(err error) { j.reply <- reply{err: err} }
	const op = "schedule.Schedule"
	switch {
	case j.ctx.Err() != nil: // S4
		refuse(fail.Wrap(fail.Timeout, op, j.ctx.Err()))
		return
	case q.broken != nil:
		refuse(fail.New(fail.Unavailable, op, "the schedule of the process is being restored, try again").At(q.proc.ID))
		return
	case len(q.queue)+q.writing >= q.s.Pending:
		refuse(fail.New(fail.Busy, op, "%d messages of the process are waiting for their slot, try again", q.s.Pending).At(q.proc.ID))
		return
	}
	if !q.ready {
		if err := q.restore(); err != nil {
			refuse(err)
			return
		}
	}
	block, err := q.s.Blocks.Current(j.ctx)
	if err != nil {
		refuse(err)
		return
	}
	if j.origin != "" { // S5
		if q.origins[j.origin] {
			q.same = append(q.same, j)
			return
		}
		a, err := q.s.index.withOrigin(j.ctx, q.proc.ID, j.origin)
		if a != nil || err != nil {
			j.reply <- reply{a, err}
			return
		}
		q.origins[j.origin] = true
	}
	now := q.s.Clock.Now()
	if now.Before(q.last.time) {
		now = q.last.time
	}
	slot := q.last.slot + 1
	q.last = place{slot, NextChain(slot, q.last.chain, j.id), now, block}
	j.at, j.round = q.last, q.round
	q.queue = append(q.queue, j)
	q.signing++
	q.s.signing.add(q, j)
}

// restore reads from the store where the schedule stands.
func (q *sequencer) restore() error {
	ctx := q.s.ctx
	newest, err := q.s.index.newest(ctx, q.proc.ID)
	if err != nil {
		return err
	}
	q.last = place{slot: newest}
	if newest >= 0 {
		a, err := q.s.index.assignment(ctx, q.proc.ID, newest)
		if err != nil {
			return err
		}
		if q.last.chain, err = id.Parse(a.Text("hash-chain")); err != nil {
			return fail.New(fail.Internal, "schedule.Restore", "the newest assignment has no hash chain: %w", err).At(slotPath(q.proc.ID, newest))
		}
		v, _ := a.Get("timestamp")
		ms, _ := message.AsInt(v)
		q.last.time = time.UnixMilli(ms)
	}
	q.newest.Store(newest)
	q.ready = true
	return nil
}

// flush gives the signed jobs at the head of the queue to the disk (S1).
func (q *sequencer) flush() {
	n := 0
	for n < len(q.queue) && q.queue[n].signed {
		n++
	}
	if n == 0 {
		return
	}
	q.writing += n
	q.s.disk.add(q, q.queue[:n:n])
	q.queue = q.queue[n:]
}

// giveUp answers everything that has a slot but is not at the disk with err.
func (q *sequencer) giveUp(err error) {
	if q.broken == nil {
		q.broken = err
	}
	q.signing -= q.s.signing.drop(q)
	for _, j := range q.queue {
		j.reply <- reply{err: err}
	}
	q.ended(q.queue)
	q.queue = nil
}
