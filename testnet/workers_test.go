package testnet_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// busy computes for a while when it is told to, and counts.
const busy = `
local function fib(n) if n < 2 then return n end return fib(n-1) + fib(n-2) end
function compute(base, req)
  local m = req.body or {}
  base.count = (base.count or 0) + 1
  base.results = {}
  if m.action == "Work" then base.fib = fib(m.n) end
  return base
end`

// Long computations, more than there are cores, hold up neither the processes
// beside them nor the scheduling of their own messages.
func TestLongComputationsBlockNobody(t *testing.T) {
	net, u := start(t, 1)
	x := net.Node(0)
	work, fib := 35, int64(9227465)
	if testing.Short() {
		work, fib = 27, 196418
	}
	var slow []string
	for range 6 {
		id := must.Have[string](t)(u.Spawn(ctx, x, busy))
		must.Have[int64](t)(u.Schedule(ctx, x, id, P("action", Binary("Work")), P("n", Int(work))))
		slow = append(slow, id)
	}
	fast := must.Have[string](t)(u.Spawn(ctx, x, busy))
	eventually(t, u, x, "/"+fast+"/now/count", 1)
	var all sync.WaitGroup
	var done atomic.Int64
	for _, id := range slow {
		all.Go(func() {
			if got := number(t, u, x, "/"+id+"~process@1.0/compute&slot+integer=1/fib"); got != fib {
				t.Errorf("fib is %d", got)
			}
			done.Add(1)
		})
	}
	for i := range 5 {
		must.Have[int64](t)(u.Schedule(ctx, x, fast))
		if got := number(t, u, x, "/"+fast+"/now/count"); got != int64(i+2) {
			t.Fatalf("the fast process has counted %d", got)
		}
		must.Have[int64](t)(u.Schedule(ctx, x, slow[0]))
	}
	if got := done.Load(); got == int64(len(slow)) && !testing.Short() {
		t.Error("all long computations ended first")
	}
	all.Wait()
	eventually(t, u, x, "/"+slow[0]+"/now/count", 7)
}
