package testnet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Soak is a long load with deaths in between, after which everything is
// accounted for: see [Net.Soak].
type Soak struct {
	Time  time.Duration // of the load
	Every time.Duration // a node is killed after each such time; 0 is never
	Down  time.Duration // longest time that a killed node stays down; 0 means 3 s
	Rate  float64       // messages of users in a second; 0 means 10
	Pairs int           // of processes that write to each other; 0 means 2 for each node
	Seed  uint64        // of what is done at random; 0 draws one

	// Settle is how long messages may take to arrive after the load; 0 means
	// 3 minutes.
	Settle time.Duration
	Log    func(format string, args ...any) // gets a line now and then; nil discards
}

func (s *Soak) defaults(nodes int) {
	if s.Down <= 0 {
		s.Down = 3 * time.Second
	}
	if s.Rate <= 0 {
		s.Rate = 10
	}
	if s.Pairs <= 0 {
		s.Pairs = 2 * nodes
	}
	if s.Seed == 0 {
		s.Seed = rand.Uint64()
	}
	if s.Settle <= 0 {
		s.Settle = 3 * time.Minute
	}
	if s.Log == nil {
		s.Log = func(string, ...any) {}
	}
}

// correspondent is the program of the processes of a soak. Told to "Send" a
// number, it sends a "Note" with it; who gets a note answers "Noted". It counts
// and sums what it gets.
const correspondent = `
local function add(base, what, n)
  base[what] = (base[what] or 0) + 1
  base["sum-" .. what] = (base["sum-" .. what] or 0) + n
end
function compute(base, req)
  local m = req.body or {}
  base.results = {}
  local n = math.tointeger(tonumber(m.n or "0"))
  if m.action == "Send" then
    add(base, "sent", n)
    base.results = { outbox = { ["1"] = { target = m.to, action = "Note", n = m.n, back = m.back } } }
  elseif m.action == "Note" then
    add(base, "notes", n)
    base.results = { outbox = { ["1"] = { target = m.back, action = "Noted", n = m.n } } }
  elseif m.action == "Noted" then
    add(base, "noted", n)
  end
  return base
end`

// soaking is one soak.
type soaking struct {
	Soak
	net    *Net
	user   *User
	random *rand.Rand // of the goroutine that deals out work
	places []place
	report *Report

	mu    sync.Mutex
	acked map[string]map[int64]string // number of the message by process and slot
}

// place is a process of a soak.
type place struct {
	on   *Node
	id   string
	peer int // index of the process that it writes to
}

func (p place) target() string { return p.id + "?hint=" + p.on.URL() }

// Soak puts the testnet under load and kills one node after the other, except
// the last, whose memory is watched over the whole time. Then it waits until
// everything that is under way has arrived, and reports whether
//
//   - each message that was acknowledged is in the slot that was named,
//   - each message in a schedule was delivered to its target once, and answered
//     once,
//   - each state has counted just the messages in the schedule,
//   - each schedule is a chain whose signatures hold,
//   - the memory of the nodes stays flat.
//
// # Errors
//
// Those of starting processes and nodes. What the soak finds is in the report.
func (n *Net) Soak(ctx context.Context, s Soak) (*Report, error) {
	s.defaults(len(n.nodes))
	user, err := NewUser()
	if err != nil {
		return nil, err
	}
	defer user.Close()
	k := &soaking{Soak: s, net: n, user: user, random: rand.New(rand.NewPCG(s.Seed, 1)),
		report: &Report{Seed: s.Seed}, acked: map[string]map[int64]string{}}
	if err := k.settleIn(ctx); err != nil {
		return nil, err
	}
	if err := k.run(ctx); err != nil {
		return k.report, err
	}
	err = k.account(ctx)
	return k.report, err
}

// settleIn starts the processes: the two of a pair on different nodes.
func (k *soaking) settleIn(ctx context.Context) error {
	for i := range 2 * k.Pairs {
		x := k.net.nodes[(i/2+i%2)%len(k.net.nodes)]
		id, err := k.user.Spawn(ctx, x, correspondent)
		if err != nil {
			return fail.New(fail.KindOf(err), "testnet.Soak", "a process cannot be started on %s: %w", x.Name, err)
		}
		k.places = append(k.places, place{x, id, i ^ 1})
		k.acked[id] = map[int64]string{}
	}
	return nil
}

// run makes the load while nodes are killed and watched.
func (k *soaking) run(ctx context.Context) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, k.Time)
	defer cancel()
	var beside sync.WaitGroup
	var killing error
	beside.Go(func() { k.watch(ctx) })
	if k.Every > 0 {
		beside.Go(func() {
			if killing = k.kill(ctx); killing != nil {
				cancel()
			}
		})
	}
	k.load(ctx)
	beside.Wait()
	k.report.Time = time.Since(began)
	return killing
}

// load sends messages at the rate of the soak.
func (k *soaking) load(ctx context.Context) {
	const senders = 16
	work := make(chan int)
	var all sync.WaitGroup
	for range senders {
		all.Go(func() {
			for n := range work {
				k.send(n)
			}
		})
	}
	tick := time.NewTicker(time.Duration(float64(time.Second) / k.Rate))
	defer tick.Stop()
	for n := 1; ctx.Err() == nil; n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
		select {
		case work <- n:
		case <-ctx.Done():
		}
	}
	close(work)
	all.Wait()
}

// send has a process send the number n, and notes what became of it. What has
// been sent is waited for after the end of the load too.
func (k *soaking) send(n int) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	from := k.places[n%len(k.places)]
	to := k.places[from.peer]
	number := strconv.Itoa(n)
	text := func(key, value string) message.Pair { return message.P(key, message.Binary(value)) }
	began := time.Now()
	slot, err := k.user.Push(ctx, from.on, from.id, text("action", "Send"), text("n", number), text("to", to.target()), text("back", from.target()))
	k.mu.Lock()
	defer k.mu.Unlock()
	k.report.Sent++
	if err != nil {
		k.report.Refused++
		return
	}
	k.report.Acknowledged++
	k.report.took = append(k.report.took, time.Since(began))
	if was, twice := k.acked[from.id][slot]; twice {
		k.report.violate("%s: slot %d was given to the messages %s and %s", from.id, slot, was, number)
	}
	k.acked[from.id][slot] = number
}

// kill kills one node after the other, and brings each up again.
func (k *soaking) kill(ctx context.Context) error {
	random := rand.New(rand.NewPCG(k.Seed, 2))
	tick := time.NewTicker(k.Every)
	defer tick.Stop()
	victims := k.net.nodes[:max(1, len(k.net.nodes)-1)]
	for i := 0; ; i++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		x := victims[i%len(victims)]
		if err := x.Kill(); err != nil {
			return err
		}
		k.mu.Lock()
		k.report.Kills++
		sent, acked := k.report.Sent, k.report.Acknowledged
		k.mu.Unlock()
		k.Log("%s killed; %d messages sent, %d acknowledged", x.Name, sent, acked)
		select {
		case <-time.After(time.Duration(random.Int64N(int64(k.Down)))):
		case <-ctx.Done():
		}
		if err := x.Start(context.WithoutCancel(ctx)); err != nil {
			k.report.violate("%s did not come up after it was killed: %s", x.Name, fail.Sentence(err))
			return err
		}
	}
}

// watch notes the memory of the nodes.
func (k *soaking) watch(ctx context.Context) {
	every := min(max(k.Time/300, 200*time.Millisecond), 5*time.Second)
	tick := time.NewTicker(every)
	defer tick.Stop()
	k.report.Memory = make([]Memory, len(k.net.nodes))
	for i, x := range k.net.nodes {
		k.report.Memory[i].Node = x.Name
	}
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		for i, x := range k.net.nodes {
			if bytes, err := x.RSS(); err == nil && bytes > 0 {
				k.report.Memory[i].Samples = append(k.report.Memory[i].Samples, bytes)
			}
		}
	}
}

// name tells a process of a soak from the others.
func (p place) name() string { return fmt.Sprintf("process %.8s of %s", p.id, p.on.Name) }
