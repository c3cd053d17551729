package testnet_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/testnet"
)

// pair starts two processes that play ball, each on a node of its own, which
// know each other's node.
func pair(t testing.TB, u *testnet.User, one, two *testnet.Node) (a, b player) {
	t.Helper()
	a = player{one, must.Have[string](t)(u.Spawn(ctx, one, ball))}
	b = player{two, must.Have[string](t)(u.Spawn(ctx, two, ball))}
	return a, b
}

// player is a process that plays ball.
type player struct {
	on *testnet.Node
	id string
}

// target is how others address the player.
func (p player) target() Binary { return Binary(p.id + "?hint=" + p.on.URL()) }

// ball hits a ball back until it has been hit n times more.
const ball = `
function compute(base, req)
  local m = req.body or {}
  base.results = {}
  if m.action == "Ball" then
    base.hits = (base.hits or 0) + 1
    local n = math.tointeger(tonumber(m.n))
    if n > 0 then
      base.results = { outbox = { ["1"] = { target = m.to, action = "Ball", n = tostring(n - 1), to = m.me, me = m.to } } }
    end
  end
  return base
end`

// serve makes a player hit the first of n balls.
func serve(t testing.TB, u *testnet.User, a, b player, n int) {
	t.Helper()
	must.Have[int64](t)(u.Push(ctx, a.on, a.id, P("action", Binary("Ball")), P("n", Binary(fmt.Sprint(n-1))), P("to", b.target()), P("me", a.target())))
}

// CONF-PUSH-03: ping-pong between processes of two nodes, over HTTP.
func TestPingPong(t *testing.T) {
	net, u := start(t, 3)
	a, b := pair(t, u, net.Node(0), net.Node(1))
	serve(t, u, a, b, 20)
	eventually(t, u, a.on, "/"+a.id+"/now/hits", 10)
	eventually(t, u, b.on, "/"+b.id+"/now/hits", 10)
	if net.Link(0, 1).Carried() == 0 || net.Link(0, 2).Carried() != 0 {
		t.Error("the balls took another way")
	}
}

// What a partition holds up arrives once when it heals.
func TestPartitionHeals(t *testing.T) {
	net, u := start(t, 3)
	a, b := pair(t, u, net.Node(0), net.Node(1))
	const games, hits = 8, 6
	serve(t, u, a, b, hits) // they know each other
	eventually(t, u, b.on, "/"+b.id+"/now/hits", hits/2)
	var all sync.WaitGroup
	for range games {
		all.Go(func() { serve(t, u, a, b, hits) })
	}
	net.Partition([]int{0}, []int{1, 2})
	all.Wait()
	time.Sleep(300 * time.Millisecond)
	if got := number(t, u, b.on, "/"+b.id+"/now/hits"); got >= (games+1)*hits/2 {
		t.Fatalf("the partition let %d hits through", got)
	}
	net.Heal()
	settle(t, u, a, b, (games+1)*hits/2)
}

// settle waits until both players have had a number of hits, and checks that
// there are no more: not in the states and not in the schedules.
func settle(t testing.TB, u *testnet.User, a, b player, hits int64) {
	t.Helper()
	for _, p := range []player{a, b} {
		eventually(t, u, p.on, "/"+p.id+"/now/hits", hits)
	}
	time.Sleep(200 * time.Millisecond)
	for _, p := range []player{a, b} {
		eventually(t, u, p.on, "/"+p.id+"/now/hits", hits)
		if got := len(must.Have[[]*Message](t)(u.Assignments(ctx, p.on, p.id, 0))); int64(got) != hits+1 {
			t.Errorf("%d assignments, want %d", got, hits+1)
		}
	}
}

// A network that loses, doubles and reorders changes nothing about what
// arrives.
func TestBadNetwork(t *testing.T) {
	net, u := startWith(t, testnet.Options{Nodes: testnet.Roles(2), Seed: 7})
	a, b := pair(t, u, net.Node(0), net.Node(1))
	net.Set(testnet.Conditions{LoseRequests: 0.1, LoseAnswers: 0.1, Twice: 0.2, Jitter: 20 * time.Millisecond})
	const games, hits = 10, 4
	var all sync.WaitGroup
	for range games {
		all.Go(func() { serve(t, u, a, b, hits) })
	}
	all.Wait()
	settle(t, u, a, b, games*hits/2)
}

// A node that is killed again and again while it pushes loses no effect of what
// it acknowledged, and doubles none.
func TestKilled(t *testing.T) {
	for _, dir := range []string{"", "folder"} {
		t.Run(dir, func(t *testing.T) {
			o := testnet.Options{Nodes: testnet.Roles(2)}
			if dir != "" {
				o.Dir = t.TempDir()
			}
			net, u := startWith(t, o)
			a, b := pair(t, u, net.Node(0), net.Node(1))
			const games, hits = 6, 6
			for i := range games {
				serve(t, u, a, b, hits)
				x := net.Node(i % 2)
				if err := x.Kill(); err != nil {
					t.Fatal(err)
				}
				if x.Up() {
					t.Fatal("it is up")
				}
				if err := x.Start(ctx); err != nil {
					t.Fatal(err)
				}
			}
			settle(t, u, a, b, games*hits/2)
		})
	}
}
