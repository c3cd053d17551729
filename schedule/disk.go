package schedule

import (
	"strconv"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// maxBatch is how many slots one batch writes at most.
const maxBatch = 4096

// disk writes slots. While one batch is being forced to the disk, what becomes
// ready is collected for the next.
type disk struct {
	s      *Service
	mu     sync.Mutex
	some   sync.Cond
	ready  []run
	closed bool
}

// run is some consecutive slots of one process.
type run struct {
	q    *sequencer
	jobs []*job
}

// failed notes that the slots of a sequencer in a round could not be written,
// so that later slots of that round are not written either (S1).
type failed struct {
	round uint64
	err   error
}

func newDisk(s *Service) *disk {
	d := &disk{s: s}
	d.some.L = &d.mu
	return d
}

func (d *disk) add(q *sequencer, jobs []*job) {
	d.mu.Lock()
	d.ready = append(d.ready, run{q, jobs})
	d.mu.Unlock()
	d.some.Signal()
}

func (d *disk) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.some.Signal()
}

// take waits for slots to write. It returns nil when the service closes.
func (d *disk) take() []run {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.ready) == 0 {
		if d.closed {
			return nil
		}
		d.some.Wait()
	}
	n, slots := 0, 0
	for n < len(d.ready) && (n == 0 || slots+len(d.ready[n].jobs) <= maxBatch) {
		slots += len(d.ready[n].jobs)
		n++
	}
	out := d.ready[:n:n]
	d.ready = d.ready[n:]
	return out
}

// work writes slots until the service closes.
func (d *disk) work() {
	for {
		runs := d.take()
		if runs == nil {
			return
		}
		todo := runs[:0]
		for _, r := range runs {
			if err := r.q.failedIn(r.jobs[0].round); err != nil {
				d.answer(r, err)
				continue
			}
			todo = append(todo, r)
		}
		if len(todo) == 0 {
			continue
		}
		err := d.write(todo)
		if len(todo) == 1 || !fail.Is(err, fail.Conflict) {
			for _, r := range todo {
				d.answer(r, err)
			}
			continue
		}
		// A process has been scheduled elsewhere; the others go on.
		for i, r := range todo {
			err := r.q.failedIn(r.jobs[0].round)
			if err == nil {
				err = d.write(todo[i : i+1])
			}
			d.answer(r, err)
		}
	}
}

// write puts assignments into their slots. A durable batch forces everything
// before it to the disk, so the assignments themselves are safe as well (S3).
func (d *disk) write(runs []run) error {
	b := store.NewBatch()
	for _, r := range runs {
		for _, j := range r.jobs {
			b.Put(slotPath(r.q.proc.ID, j.at.slot), []byte(j.outID)) // S2
			if j.origin != "" {
				b.Put(originPath(r.q.proc.ID, j.origin), strconv.AppendInt(nil, j.at.slot, 10)) // S5
			}
		}
	}
	return d.s.Store.Apply(d.s.ctx, b, store.Durable)
}

// failedIn returns why a slot of the round could not be written, or nil.
func (q *sequencer) failedIn(round uint64) error {
	if q.failed.round == round {
		return q.failed.err
	}
	return nil
}

// answer tells the callers and the sequencer.
func (d *disk) answer(r run, err error) {
	if err == nil {
		d.s.hot.add(r.q.proc.ID, r.jobs)
		r.q.newest.Store(r.jobs[len(r.jobs)-1].at.slot)
		d.s.total.Add(int64(len(r.jobs)))
	} else {
		r.q.failed = failed{r.jobs[0].round, err}
	}
	for _, j := range r.jobs {
		if err != nil {
			j.reply <- reply{err: err}
			continue
		}
		j.reply <- reply{assignment: j.out}
	}
	select {
	case r.q.inbox <- event{written: r.jobs, err: err}:
	case <-d.s.ctx.Done():
	}
}
