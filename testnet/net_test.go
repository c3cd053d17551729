package testnet_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/testnet"
)

var ctx = context.Background()

// start starts nodes in memory and a user.
func start(t testing.TB, nodes int) (*testnet.Net, *testnet.User) {
	t.Helper()
	return startWith(t, testnet.Options{Nodes: testnet.Roles(nodes)})
}

func startWith(t testing.TB, o testnet.Options) (*testnet.Net, *testnet.User) {
	t.Helper()
	if o.Keys == 0 {
		o.Keys = keys.Curve25519
	}
	net := must.Have[*testnet.Net](t)(testnet.Start(ctx, o))
	t.Cleanup(func() {
		if err := net.Close(); err != nil {
			t.Error(err)
		}
	})
	u := must.Have[*testnet.User](t)(testnet.NewUser())
	t.Cleanup(u.Close)
	return net, u
}

// number reads a number on a node, 0 when it is not there.
func number(t testing.TB, u *testnet.User, x *testnet.Node, at string) int64 {
	t.Helper()
	v, err := u.Get(ctx, x, at)
	if err != nil {
		return 0
	}
	n, _ := AsInt(v)
	return n
}

// eventually waits until a number on a node is what it should be.
func eventually(t testing.TB, u *testnet.User, x *testnet.Node, at string, want int64) {
	t.Helper()
	got := int64(0)
	for began := time.Now(); time.Since(began) < 60*time.Second; time.Sleep(20 * time.Millisecond) {
		if got = number(t, u, x, at); got == want {
			return
		}
		if got > want {
			break
		}
	}
	t.Fatalf("%s%s is %d, want %d", x.Name, at, got, want)
}

// Nodes know each other: where each address is, and by routes.
func TestKnowEachOther(t *testing.T) {
	net, u := start(t, 3)
	if err := net.Node(1).Stop(); err != nil {
		t.Fatal(err)
	}
	if err := net.Node(1).Start(ctx); err != nil {
		t.Fatal(err)
	}
	for _, x := range net.All() {
		for _, y := range net.All() {
			m := must.Have[*Message](t)(u.Read(ctx, x, "/~scheduler@1.0/location&address="+y.Address()))
			if got := m.Message("body").Text("url"); got != y.URL() {
				t.Errorf("%s thinks that %s is at %q", x.Name, y.Name, got)
			}
			if x == y {
				continue
			}
			v := must.Have[Value](t)(u.Get(ctx, x, "/~relay@1.0/call?relay-method=GET&relay-path=/"+y.Name+"/~meta@1.0/info/address"))
			if m, ok := v.(*Message); ok {
				v, _ = m.Get("body")
			}
			if got, _ := Text(v); got != y.Address() {
				t.Errorf("the route from %s to %s leads to %q", x.Name, y.Name, got)
			}
		}
	}
}

// A schedule that does not fit into one page is read whole.
func TestAssignments(t *testing.T) {
	net, u := start(t, 1)
	x := net.Node(0)
	id := must.Have[string](t)(u.Spawn(ctx, x, ball))
	const count = 450
	var all sync.WaitGroup
	for range 9 {
		all.Go(func() {
			for range count / 9 {
				must.Have[int64](t)(u.Schedule(ctx, x, id))
			}
		})
	}
	all.Wait()
	for _, from := range []int64{0, 51, 250, 251, 450, 451} {
		got := must.Have[[]*Message](t)(u.Assignments(ctx, x, id, from))
		if int64(len(got)) != count+1-from {
			t.Errorf("%d assignments from %d on, want %d", len(got), from, count+1-from)
		}
		if err := schedule.VerifyChain(ctx, id, got); err != nil {
			t.Error(err)
		}
	}
}
