package cron_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/cron"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

var ctx = context.Background()

// counter is a device that counts how often it was asked, and by whom.
type counter struct {
	runs    atomic.Int64
	last    atomic.Value // of type []string: the signers
	text    atomic.Value // key "note" of the last request
	blocked chan struct{}
}

func (k *counter) device() *ao.Device {
	return &ao.Device{Name: "counter@1.0", Keys: []ao.Key{
		{Name: "add", Run: func(c *ao.Call) (Value, error) {
			k.last.Store(c.Signers(c.Ctx, c.Request()))
			k.text.Store(c.Request().Text("note"))
			k.runs.Add(1)
			return Binary("ok"), nil
		}},
		{Name: "wait", Run: func(c *ao.Call) (Value, error) {
			k.runs.Add(1)
			<-c.Ctx.Done()
			close(k.blocked)
			return nil, c.Ctx.Err()
		}},
		{Name: "fail", Run: func(*ao.Call) (Value, error) { k.runs.Add(1); return nil, errors.New("no") }},
		{Name: "hook", Run: func(c *ao.Call) (Value, error) { k.runs.Add(100); return c.Request(), nil }},
	}}
}

// node is a node with tasks on a store, whose clock is held by hand.
type node struct {
	aotest.Bench
	k *counter
	s *cron.Service
	c *clock.Manual
}

var base = Of(P("device", Binary(cron.Name)))

func open(t *testing.T, st store.Store, c *clock.Manual, config ...Pair) *node {
	t.Helper()
	n := &node{k: &counter{blocked: make(chan struct{})}, c: c}
	messages := cache.New(st, cache.Options{})
	n.s = cron.NewService(cron.Options{Store: st, Cache: messages, Clock: c, Look: time.Millisecond})
	n.Bench = aotest.With(t, ao.Services{Cache: messages, Clock: c}, Of(config...), cron.New(n.s), n.k.device())
	if err := n.s.Start(func() *ao.Env { return n.Env }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.s.Close() })
	return n
}

func start(t *testing.T, config ...Pair) *node {
	c := &clock.Manual{}
	c.Set(time.Unix(1_700_000_000, 0))
	return open(t, mem.New(mem.Options{}), c, config...)
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

func (n *node) ask(key string, more ...Pair) ao.Result {
	return ao.ResultOf(n.WithRemote().Resolve(ctx, base, Of(append(more, P("path", Binary(key)))...)))
}

func (n *node) tasks(t *testing.T) int {
	t.Helper()
	return n.OK(n.Ask(base, "list")).(*List).Len()
}

const add = "/~counter@1.0/add"

func TestOnce(t *testing.T) { // CONF-CRON-03
	n := start(t)
	id := n.OK(n.ask("once", P("cron-path", Binary(add)), P("note", Binary("hello")))).(Binary)
	if len(id) != 43 {
		t.Fatal(id)
	}
	eventually(t, "run", func() bool { return n.k.runs.Load() == 1 && n.tasks(t) == 0 })
	if n.k.text.Load() != "hello" {
		t.Error("the other keys of the request are not those of the task")
	}
	if r := n.ask("stop", P("task", id)); r.Value != Value(Binary("Task not found.")) || r.Status != ao.Failed {
		t.Error(r)
	}
}

func TestStop(t *testing.T) { // CONF-CRON-01: a running task ends when it is stopped
	n := start(t)
	id := n.OK(n.ask("once", P("cron-path", Binary("/~counter@1.0/wait"))))
	eventually(t, "run", func() bool { return n.k.runs.Load() == 1 })
	m := n.Message(n.ask("stop", P("task", id)))
	if v, _ := m.Get("status"); v != Value(Int(200)) || m.Message("body").Text("message") != "Task stopped successfully" || m.Message("body").Text("task_id") != string(id.(Binary)) {
		t.Fatal(m)
	}
	<-n.k.blocked
	if r := n.ask("stop", P("task", id)); r.Value != Value(Binary("Task not found.")) {
		t.Error(r)
	}
	if r := n.ask("stop"); r.Value != Value(Binary("No task ID found in message.")) {
		t.Error(r)
	}
}

func TestEvery(t *testing.T) { // CONF-CRON-02, 04
	n := start(t)
	id := n.OK(n.ask("every", P("cron-path", Binary(add)), P("interval", Binary("500-milliseconds"))))
	for want := int64(1); want <= 4; want++ {
		eventually(t, "run", func() bool { return n.k.runs.Load() == want })
		eventually(t, "end", func() bool {
			v, _ := n.OK(n.Ask(base, "list")).(*List).At(0).(*Message).Get("runs")
			return v == Value(Int(want))
		})
		n.c.Advance(499 * time.Millisecond)
		time.Sleep(5 * time.Millisecond)
		if n.k.runs.Load() != want {
			t.Fatal("ran before its time")
		}
		n.c.Advance(time.Millisecond)
	}
	n.OK(n.ask("stop", P("task", id)))
	time.Sleep(5 * time.Millisecond)
	before := n.k.runs.Load()
	n.c.Advance(time.Hour)
	time.Sleep(5 * time.Millisecond)
	if n.k.runs.Load() != before || n.tasks(t) != 0 {
		t.Error("a stopped task runs")
	}
}

func TestFailuresGoOn(t *testing.T) {
	n := start(t)
	n.OK(n.ask("every", P("cron-path", Binary("/~counter@1.0/fail")), P("interval", Binary("1-hour"))))
	for want := int64(1); want <= 3; want++ {
		eventually(t, "run", func() bool { return n.k.runs.Load() == want })
		eventually(t, "note of the failure", func() bool { return n.OK(n.Ask(base, "list")).(*List).At(0).(*Message).Has("failure") })
		n.c.Advance(time.Hour)
	}
}

func TestRefusals(t *testing.T) {
	n := start(t)
	for want, r := range map[string]ao.Result{
		"No cron path found in message.": n.ask("once"),
		"No interval found in message.":  n.ask("every", P("cron-path", Binary(add))),
		"Invalid time unit: weeks":       n.ask("every", P("cron-path", Binary(add)), P("interval", Binary("1-weeks"))),
		"Invalid interval value.":        n.ask("every", P("cron-path", Binary(add)), P("interval", Binary("0-days"))),
		"commitments":                    n.ask("once", P("cron-path", Binary("/~counter@1.0&commitments=x/add"))),
		"names nothing":                  n.ask("once", P("cron-path", Binary("/"))),
		"the least":                      n.ask("every", P("cron-path", Binary(add)), P("interval", Binary("1-millisecond"))),
	} {
		text, _ := Text(r.Value)
		if m, ok := r.Value.(*Message); ok {
			text = m.Text("body")
		}
		if r.Status != ao.Failed || !strings.Contains(text, want) {
			t.Errorf("%s: %s %s", want, r.Status, text)
		}
	}
	if n.k.runs.Load() != 0 || n.tasks(t) != 0 {
		t.Error("something ran")
	}
}

func TestIntervals(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"500-milliseconds": 500 * time.Millisecond, "1-second": time.Second, "2-MINUTES": 2 * time.Minute, "3-hour": 3 * time.Hour, "4-days": 96 * time.Hour,
		"-1-days": 0, "1": 0, "x-days": 0, "1-": 0, "9223372036854775807-days": 0, "1.5-days": 0, "": 0,
	} {
		if got, err := cron.ParseInterval(s); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v %v", s, got, err)
		}
	}
}

func FuzzParseInterval(f *testing.F) {
	for _, s := range []string{"1-day", "-", "9-", "99999999999-days"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := cron.ParseInterval(s); (err == nil) != (d > 0) {
			t.Fatal(d, err)
		}
	})
}

func signed(t *testing.T, k *keys.PrivateKey, committed []string, pairs ...Pair) *Message {
	t.Helper()
	m, err := commit.Commit(ctx, commit.Env(NoLoader{}), Of(pairs...), k, commit.Spec{Committed: committed})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestRestart: tasks go on after a restart, in the name of those who signed
// them.
func TestRestart(t *testing.T) {
	st, c, k := mem.New(mem.Options{}), &clock.Manual{}, must.Key(t)
	c.Set(time.Unix(1_700_000_000, 0))
	n := open(t, st, c)
	req := signed(t, k, nil, P("path", Binary("every")), P("cron-path", Binary(add)), P("interval", Binary("1-hour")), P("note", Binary("kept")))
	id := n.OK(ao.ResultOf(n.WithRemote().Resolve(ctx, base, req)))
	n.OK(n.ask("every", P("cron-path", Binary(add)), P("interval", Binary("2-hours")), P("unsigned", Of(P("nested", Int(1))))))
	eventually(t, "run", func() bool { return n.k.runs.Load() == 2 })
	if err := n.s.Close(); err != nil {
		t.Fatal(err)
	}
	n = open(t, st, c)
	if n.tasks(t) != 2 {
		t.Fatal(n.tasks(t))
	}
	eventually(t, "run after the restart", func() bool { return n.k.runs.Load() == 2 })
	n.c.Advance(time.Hour)
	eventually(t, "next run", func() bool { return n.k.runs.Load() == 3 })
	if who := n.k.last.Load().([]string); len(who) != 1 || who[0] != k.Address() || n.k.text.Load() != "kept" {
		t.Error("the task does not run in its signer's name:", who)
	}
	n.OK(ao.ResultOf(n.WithRemote().Resolve(ctx, base, signed(t, k, nil, P("path", Binary("stop")), P("task", id)))))
	if err := n.s.Close(); err != nil {
		t.Fatal(err)
	}
	n = open(t, st, c)
	if n.tasks(t) != 1 {
		t.Error("a stopped task came back")
	}
	// What was stopped cannot be started by who has seen the request (SEC-21).
	if r := ao.ResultOf(n.WithRemote().Resolve(ctx, base, req)); !fail.Is(r.Err, fail.Conflict) {
		t.Error(r)
	}
}

// TestForeignSignature attacks with a signed request of somebody else, to
// which a path is added: it must not run in the signer's name (SEC-01, SEC-21).
// SEC-01, SEC-21
func TestForeignSignature(t *testing.T) {
	k := must.Key(t)
	n := start(t)
	seen := signed(t, k, []string{"note"}, P("note", Binary("x")))
	n.OK(ao.ResultOf(n.WithRemote().Resolve(ctx, base, seen.Set("path", Binary("once")).Set("cron-path", Binary(add)))))
	eventually(t, "run", func() bool { return n.k.runs.Load() == 1 })
	if who := n.k.last.Load().([]string); len(who) != 0 {
		t.Error("ran in the name of", who)
	}
}

// TestOwners: only who signed a task, or the operator, stops and sees it.
func TestOwners(t *testing.T) {
	alice, mallory, operator := must.Key(t), must.Key(t), must.Key(t)
	n := start(t, P("operator", Binary(operator.Address())))
	as := func(k *keys.PrivateKey, pairs ...Pair) ao.Result {
		return ao.ResultOf(n.WithRemote().Resolve(ctx, base, signed(t, k, nil, pairs...)))
	}
	task := func(note string) Value {
		return n.OK(as(alice, P("path", Binary("every")), P("cron-path", Binary(add)), P("interval", Binary("1-day")), P("note", Binary(note))))
	}
	one, two := task("one"), task("two")
	if r := n.ask("stop", P("task", one)); !fail.Is(r.Err, fail.Forbidden) {
		t.Error(r)
	}
	if r := as(mallory, P("path", Binary("stop")), P("task", one)); !fail.Is(r.Err, fail.Forbidden) {
		t.Error(r)
	}
	for who, want := range map[*keys.PrivateKey]int{alice: 2, mallory: 0, operator: 2} {
		if got := n.OK(as(who, P("path", Binary("list")))).(*List).Len(); got != want {
			t.Error(got, want)
		}
	}
	n.OK(as(alice, P("path", Binary("stop")), P("task", one)))
	n.OK(as(operator, P("path", Binary("stop")), P("task", two)))
}

// TestQuotas: strangers cannot fill the node with tasks (SEC-21).
// SEC-21
func TestQuotas(t *testing.T) {
	n := start(t, P("cron_limit_unsigned", Int(2)), P("cron_limit_each", Int(1)), P("cron_limit", Int(2)))
	every := func(note string, k *keys.PrivateKey) ao.Result {
		pairs := []Pair{P("path", Binary("every")), P("cron-path", Binary(add)), P("interval", Binary("1-day")), P("note", Binary(note))}
		if k != nil {
			return ao.ResultOf(n.WithRemote().Resolve(ctx, base, signed(t, k, nil, pairs...)))
		}
		return n.ask("every", pairs...)
	}
	n.OK(every("1", nil))
	n.OK(every("1", nil)) // the same request is the same task
	n.OK(every("2", nil))
	if r := every("3", nil); !fail.Is(r.Err, fail.Busy) {
		t.Error(r)
	}
	alice := must.Key(t)
	n.OK(every("1", alice))
	if r := every("2", alice); !fail.Is(r.Err, fail.Busy) {
		t.Error(r)
	}
	n.OK(every("1", must.Key(t)))
	if r := every("1", must.Key(t)); !fail.Is(r.Err, fail.Busy) {
		t.Error(r)
	}
	if n.tasks(t) != 4 {
		t.Error(n.tasks(t))
	}
	if r := start(t, P("cron_limit_unsigned", Int(0))).ask("once", P("cron-path", Binary(add))); !fail.Is(r.Err, fail.Unauthorized) {
		t.Error(r)
	}
}

// TestHooks: tasks go through the request hook, as everything else does.
func TestHooks(t *testing.T) {
	n := start(t, P("on", Of(P("request", Of(P("device", Binary("counter@1.0")), P("path", Binary("hook")))))))
	n.OK(n.ask("once", P("cron-path", Binary(add))))
	eventually(t, "run", func() bool { return n.k.runs.Load() == 101 })
}
