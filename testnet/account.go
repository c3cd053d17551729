package testnet

import (
	"context"
	"strconv"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// account waits until everything has arrived, and checks all of it.
func (k *soaking) account(ctx context.Context) error {
	k.Log("the load is over; waiting until what is under way has arrived")
	deadline := time.Now().Add(k.Settle)
	for {
		if err := k.quiet(ctx, deadline); err != nil {
			return err
		}
		books, err := k.readAll(ctx)
		if err != nil && (ctx.Err() != nil || time.Now().After(deadline)) {
			return err
		}
		if err != nil { // a busy node is asked again
			k.Log("%s", fail.Sentence(err))
			continue
		}
		found := compare(books, k.acked)
		if len(found.late) == 0 || time.Now().After(deadline) {
			for _, b := range books {
				k.state(ctx, b)
				k.report.Slots += len(b.slots)
			}
			k.report.Violations = append(k.report.Violations, append(found.wrong, found.late...)...)
			k.report.memory(len(k.net.Command) > 0)
			return nil
		}
		k.Log("%d messages are still under way", len(found.late))
	}
}

// quiet waits until the schedules have not grown for a while.
func (k *soaking) quiet(ctx context.Context, deadline time.Time) error {
	const calm = 3 * time.Second
	last, since := int64(-1), time.Now()
	for {
		total := int64(0)
		for _, p := range k.places {
			v, err := k.user.Get(ctx, p.on, "/"+p.id+"~process@1.0/slot/current")
			if err != nil {
				return fail.New(fail.KindOf(err), "testnet.Soak", "%s does not say how many messages it has: %w", p.name(), err)
			}
			n, _ := message.AsInt(v)
			total += n
		}
		if total != last {
			last, since = total, time.Now()
		}
		if time.Since(since) > calm || time.Now().After(deadline) {
			return nil
		}
		select {
		case <-time.After(calm / 10):
		case <-ctx.Done():
			return fail.Wrap(fail.Timeout, "testnet.Soak", ctx.Err())
		}
	}
}

// book is what the schedule of a process says.
type book struct {
	of    place
	slots []*message.Message        // the messages
	times map[string]map[string]int // how often a number came with an action
	sums  map[string]int64          // of the numbers that came with an action
	bad   error                     // why the schedule does not hold
}

func (k *soaking) readAll(ctx context.Context) ([]book, error) {
	books := make([]book, len(k.places))
	var err error
	for i, p := range k.places {
		if books[i], err = k.read(ctx, p); err != nil {
			return nil, err
		}
	}
	return books, nil
}

// read reads the schedule of a process.
func (k *soaking) read(ctx context.Context, p place) (book, error) {
	b := book{of: p, times: map[string]map[string]int{"Send": {}, "Note": {}, "Noted": {}}, sums: map[string]int64{}}
	all, err := k.user.Assignments(ctx, p.on, p.id, 0)
	if err != nil {
		return b, fail.New(fail.KindOf(err), "testnet.Soak", "the schedule of %s cannot be read: %w", p.name(), err)
	}
	b.bad = schedule.VerifyChain(ctx, p.id, all)
	for _, a := range all {
		m := a.Message("body")
		b.slots = append(b.slots, m)
		action, number := m.Text("action"), m.Text("n")
		if b.times[action] == nil {
			continue
		}
		b.times[action][number]++
		n, _ := strconv.ParseInt(number, 10, 64)
		b.sums[action] += n
	}
	return b, nil
}

// findings are what is wrong for good, and what may still come right.
type findings struct{ wrong, late []string }

// compare holds the books against each other and against what was acknowledged:
// the numbers of messages by process and slot.
func compare(books []book, acked map[string]map[int64]string) findings {
	var wrong, late Report
	for _, b := range books {
		name := b.of.name()
		if b.bad != nil {
			wrong.violate("%s: its schedule does not hold: %s", name, fail.Sentence(b.bad))
		}
		for slot, number := range acked[b.of.id] {
			if slot >= int64(len(b.slots)) || b.slots[slot].Text("n") != number || b.slots[slot].Text("action") != "Send" {
				wrong.violate("%s: the acknowledged message %s is not in its slot %d", name, number, slot)
			}
		}
		peer := books[b.of.peer]
		for number, times := range b.times["Send"] {
			if times != 1 {
				wrong.violate("%s: message %s was scheduled %d times", name, number, times)
			}
			came("its note", peer.times["Note"][number], name+": message "+number, &wrong, &late)
			came("the answer to it", b.times["Noted"][number], name+": message "+number, &wrong, &late)
		}
		for number := range b.times["Note"] {
			if peer.times["Send"][number] == 0 {
				wrong.violate("%s: note %s was never sent", name, number)
			}
		}
		for number := range b.times["Noted"] {
			if b.times["Send"][number] == 0 {
				wrong.violate("%s: answer %s is to nothing", name, number)
			}
		}
	}
	return findings{wrong.Violations, late.Violations}
}

// came notes when something did not come just once.
func came(what string, times int, of string, wrong, late *Report) {
	switch {
	case times == 0:
		late.violate("%s: %s was lost", of, what)
	case times > 1:
		wrong.violate("%s: %s came %d times", of, what, times)
	}
}

// state checks what a process has computed.
func (k *soaking) state(ctx context.Context, b book) {
	r := k.report
	now, err := k.user.Read(ctx, b.of.on, "/"+b.of.id+"~process@1.0/compute&slot+integer="+strconv.Itoa(len(b.slots)-1))
	if err != nil {
		r.violate("%s: it cannot be computed: %s", b.of.name(), fail.Sentence(err))
		return
	}
	for key, action := range map[string]string{"sent": "Send", "notes": "Note", "noted": "Noted"} {
		count := int64(0)
		for _, times := range b.times[action] {
			count += int64(times)
		}
		for at, want := range map[string]int64{key: count, "sum-" + key: b.sums[action]} {
			v, _ := now.Get(at)
			if got, _ := message.AsInt(v); got != want {
				r.violate("%s: its state says %s is %d, its schedule says %d", b.of.name(), at, got, want)
			}
		}
	}
}
