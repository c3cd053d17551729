package testnet_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/testnet"
)

// schedules are assignments by their slots.
type schedules = map[int64]*Message

// resign returns an assignment with a change, signed again by a key.
func resign(t testing.TB, key *keys.PrivateKey, a *Message, change ...Pair) *Message {
	t.Helper()
	a = a.OnlyCommitted().Without(CommitmentsKey).WithPrivate(nil).Merge(Of(change...))
	return must.Have[*Message](t)(commit.Commit(ctx, commit.Env(NoLoader{}), a, key, commit.Spec{}))
}

// A scheduler that lies about its schedule is caught by who computes it, and
// named together with the slot; what it said before the lie is computed.
//
// CONF-SCHED-26
func TestLyingScheduler(t *testing.T) {
	const lies = 3 // the slot of the lie
	net, u := startWith(t, testnet.Options{Nodes: testnet.Roles(2), Strangers: true})
	s, c := net.Node(0), net.Node(1)
	for _, x := range []struct {
		name string
		lie  func(t *testing.T, at schedules)
		slot int64
		says string
	}{
		{"the message is another", func(t *testing.T, at schedules) {
			at[lies] = at[lies].Set("body", at[lies].Message("body").Set("n", Int(1000)))
		}, lies, "does not hold"},
		{"the message is another's", func(t *testing.T, at schedules) {
			at[lies] = at[lies].Set("body", at[lies-1].Message("body"))
		}, lies, ""},
		{"a slot is left out", func(t *testing.T, at schedules) { delete(at, lies) }, lies, "left out"},
		{"the rest is left out", func(t *testing.T, at schedules) {
			for slot := range at {
				if slot >= lies {
					delete(at, slot)
				}
			}
		}, lies, "it shows no assignment"},
		{"the order is another", func(t *testing.T, at schedules) { at[lies], at[lies+1] = at[lies+1], at[lies] }, lies, "the assignment of slot 4"},
		{"the order is another, and signed", func(t *testing.T, at schedules) {
			at[lies], at[lies+1] = resign(t, s.Key(), at[lies+1], P("slot", Int(lies))), resign(t, s.Key(), at[lies], P("slot", Int(lies+1)))
		}, lies, "hash chain"},
		{"a message is left out, and all is signed", func(t *testing.T, at schedules) {
			for slot := int64(lies); at[slot+1] != nil; slot++ {
				at[slot] = resign(t, s.Key(), at[slot+1], P("slot", Int(slot)))
			}
		}, lies, "hash chain"},
		{"somebody else schedules", func(t *testing.T, at schedules) {
			at[lies] = resign(t, u.Key, at[lies])
		}, lies, "is not a scheduler of the process"},
		{"nobody has signed", func(t *testing.T, at schedules) {
			at[lies] = at[lies].Without(CommitmentsKey)
		}, lies, ""},
		{"of another process", func(t *testing.T, at schedules) {
			at[lies] = resign(t, s.Key(), at[lies], P("process", Binary(strings.Repeat("B", 43))))
		}, lies, "of process BBB"},
	} {
		t.Run(x.name, func(t *testing.T) {
			var honest atomic.Bool
			liar := must.Have[*testnet.Liar](t)(testnet.Lie(s, func(_ string, at schedules) {
				if at[lies] != nil && !honest.Load() {
					x.lie(t, at)
				}
			}))
			t.Cleanup(func() { _ = liar.Close() })
			process := share(t, u, s, tally, s.Address()+"?hint="+liar.URL(), c).id
			for i := 1; i < 6; i++ {
				must.Have[int64](t)(u.Schedule(ctx, s, process, P("n", Int(i))))
			}
			_, err := c.Inside().Resolve(ctx, Of(P("path", Binary("/"+process+"~process@1.0/now")), P("method", Binary("GET"))))
			if err == nil {
				t.Fatal("it was believed")
			}
			text := explain(err)
			for _, want := range []string{s.Address(), liar.URL(), "slot 3 of process " + process, x.says} {
				if !strings.Contains(text, want) {
					t.Errorf("%q does not say %q", text, want)
				}
			}
			equalStates(t, process, lies, s, c)
			honest.Store(true) // nothing of the lie has stuck
			eventually(t, u, c, "/"+process+"/now/sum", 15)
			equalStates(t, process, 6, s, c)
		})
	}
}

// A scheduler that signs two schedules is found out as soon as somebody who has
// read the one sees the other.
func TestTwoSchedules(t *testing.T) {
	net, u := startWith(t, testnet.Options{Nodes: testnet.Roles(2), Strangers: true})
	s, c := net.Node(0), net.Node(1)
	var lying atomic.Bool
	var other *Message
	liar := must.Have[*testnet.Liar](t)(testnet.Lie(s, func(_ string, at schedules) {
		if !lying.Load() {
			return
		}
		// Slot 3 has another message, and what follows continues the chain.
		chain := must.Have[id.ID](t)(id.Parse(chainAt2(t, u, s, other.Text("target"))))
		for slot := int64(3); slot <= 4; slot++ {
			body := other
			if slot == 4 && at[4] != nil {
				body = at[4].Message("body")
			}
			chain = schedule.NextChain(slot, chain, must.Have[id.ID](t)(commit.SignedID(ctx, body)))
			if at[slot] != nil {
				at[slot] = resign(t, s.Key(), at[slot], P("body", body), P("hash-chain", Binary(chain.String())))
			}
		}
	}))
	t.Cleanup(func() { _ = liar.Close() })
	process := share(t, u, s, tally, s.Address()+"?hint="+liar.URL(), c).id
	for i := 1; i < 4; i++ {
		must.Have[int64](t)(u.Schedule(ctx, s, process, P("n", Int(i))))
	}
	eventually(t, u, c, "/"+process+"/now/sum", 6)
	other = must.Have[*Message](t)(u.Letter(ctx, process, P("n", Int(1000))))
	must.Have[int64](t)(u.Schedule(ctx, s, process, P("n", Int(4))))
	lying.Store(true)
	_, err := c.Inside().Resolve(ctx, Of(P("path", Binary("/"+process+"~process@1.0/now")), P("method", Binary("GET"))))
	if err == nil {
		t.Fatal("it was believed")
	}
	for _, want := range []string{s.Address(), "slot 3 of process " + process, "there are two assignments of it"} {
		if text := explain(err); !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	}
	lying.Store(false)
	eventually(t, u, c, "/"+process+"/now/sum", 10)
	equalStates(t, process, 5, s, c)
}

// chainAt2 returns the hash chain of slot 2.
func chainAt2(t testing.TB, u *testnet.User, x *testnet.Node, process string) string {
	return must.Have[[]*Message](t)(u.Assignments(ctx, x, process, 2))[0].Text("hash-chain")
}
