package testnet_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/testnet"
)

// tally sums numbers and remembers the order that they came in.
const tally = `
function compute(base, req)
  local m = req.body or {}
  if m.n then
    base.sum = (base.sum or 0) + m.n
    base.order = (base.order or "") .. tostring(m.n) .. " "
  end
  base.results = { output = { body = base.order or "nothing" }, n = m.n }
  return base
end`

// shared is a process that several nodes know.
type shared struct {
	id                  string
	program, definition *Message
}

// share starts a process on a node, with a scheduler as the definition names it,
// and gives its definition and program to others.
func share(t testing.TB, u *testnet.User, on *testnet.Node, source, scheduler string, others ...*testnet.Node) shared {
	t.Helper()
	p := shared{program: must.Have[*Message](t)(u.Sign(ctx, Of(P("content-type", Binary("application/lua")), P("body", Binary(source)))))}
	module := must.Have[fmt.Stringer](t)(signedID(p.program)).String()
	p.definition = must.Have[*Message](t)(u.Sign(ctx, u.Definition(on, P("module", Binary(module)), P("scheduler", Binary(scheduler)))))
	p.id = must.Have[fmt.Stringer](t)(signedID(p.definition)).String()
	for _, x := range append(others, on) {
		p.give(t, u, x)
	}
	must.Have[*Message](t)(u.Post(ctx, on, "/schedule", p.definition))
	return p
}

// give gives the process to a node, which keeps whatever is signed.
func (p shared) give(t testing.TB, u *testnet.User, x *testnet.Node) {
	t.Helper()
	for _, m := range []*Message{p.program, p.definition} {
		must.Have[*Message](t)(u.Post(ctx, x, "/~message@1.0", m))
	}
}

func signedID(m *Message) (fmt.Stringer, error) { return commit.SignedID(ctx, m) }

// state returns the state of a process after a slot as a node computes it.
func state(t testing.TB, x *testnet.Node, process string, slot int) *Message {
	t.Helper()
	v, err := x.Inside().Resolve(ctx, Of(P("path", Binary(fmt.Sprintf("/%s~process@1.0/compute&slot+integer=%d", process, slot))), P("method", Binary("GET"))))
	if err != nil {
		t.Fatal(explain(err))
	}
	return v.(*Message)
}

// explain returns all that an error says.
func explain(err error) string {
	var o *ao.Outcome
	if !errors.As(err, &o) {
		return err.Error()
	}
	return err.Error() + " " + show(o.Value)
}

func show(v Value) string {
	m, ok := v.(*Message)
	if !ok {
		text, _ := Text(v)
		return text
	}
	var s []string
	for k, e := range m.Without(CommitmentsKey).All() {
		s = append(s, k+": "+show(e))
	}
	return "{" + strings.Join(s, ", ") + "}"
}

// equalStates checks that nodes come to the same states: hashpath, ID of the
// state, ID of the results.
func equalStates(t *testing.T, process string, slots int, one, two *testnet.Node) {
	t.Helper()
	for slot := range slots {
		a, b := state(t, one, process, slot), state(t, two, process, slot)
		if a.Hashpath() == "" || a.Hashpath() != b.Hashpath() {
			t.Errorf("slot %d: hashpaths %q and %q", slot, a.Hashpath(), b.Hashpath())
		}
		if idOf(t, one, a) != idOf(t, two, b) {
			t.Errorf("slot %d: states %s and %s", slot, show(a), show(b))
		}
		if idOf(t, one, results(t, one, a)) != idOf(t, two, results(t, two, b)) {
			t.Errorf("slot %d: the results differ", slot)
		}
	}
}

func results(t *testing.T, x *testnet.Node, state *Message) *Message {
	t.Helper()
	v, _ := state.Get("results")
	return must.Have[Value](t)(Loaded(ctx, x.Inside().Engine().Cache, v)).(*Message)
}

func idOf(t *testing.T, x *testnet.Node, m *Message) string {
	t.Helper()
	whole := must.Have[Value](t)(LoadAll(ctx, x.Inside().Engine().Cache, m.WithPrivate(nil))).(*Message)
	i, err := commit.UnsignedID(context.Background(), whole)
	if err != nil {
		t.Fatal(err)
	}
	return i.String()
}

// A node computes what another has computed and scheduled, and when it dies a
// third comes to the same states; so does the first when it is up again.
func TestAnotherNodeComputes(t *testing.T) {
	net, u := start(t, 3)
	s, one, two := net.Node(0), net.Node(1), net.Node(2)
	p := share(t, u, s, tally, s.Address(), one, two)
	id := p.id
	const slots = 6
	for i := 1; i < slots; i++ {
		must.Have[int64](t)(u.Schedule(ctx, one, id, P("n", Int(i)))) // passed on to the scheduler
	}
	eventually(t, u, one, "/"+id+"/now/sum", 15)
	equalStates(t, id, slots, s, one)
	if err := one.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, u, two, "/"+id+"/now/sum", 15)
	equalStates(t, id, slots, s, two)
	must.Have[int64](t)(u.Schedule(ctx, two, id, P("n", Int(100))))
	if err := one.Start(ctx); err != nil {
		t.Fatal(err)
	}
	p.give(t, u, one) // it had not reached the disk
	eventually(t, u, one, "/"+id+"/now/sum", 115)
	equalStates(t, id, slots+1, one, two)
}

// The user asks one node to push, another schedules, a third computes.
func TestThreeRoles(t *testing.T) {
	net, u := start(t, 3)
	s, p, c := net.Node(0), net.Node(1), net.Node(2)
	a, b := share(t, u, s, ball, s.Address(), p, c).id, share(t, u, s, ball, s.Address(), p, c).id
	const hits = 12
	must.Have[int64](t)(u.Push(ctx, p, a, P("action", Binary("Ball")), P("n", Binary(fmt.Sprint(hits-1))), P("to", Binary(b)), P("me", Binary(a))))
	for _, x := range []*testnet.Node{s, p, c} {
		for _, id := range []string{a, b} {
			eventually(t, u, x, "/"+id+"/now/hits", hits/2)
			equalStates(t, id, hits/2+1, s, x)
		}
	}
}
