package remote_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// A node that is not the scheduler computes the same states, and asks for each
// slot once, also after a restart.
func TestComputesElsewhere(t *testing.T) {
	var asked atomic.Int64
	a := start(t, settings{gate: func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/schedule") && r.Method == http.MethodGet {
				asked.Add(1)
			}
			h.ServeHTTP(w, r)
		})
	}})
	kept := mem.New(mem.Options{})
	b := start(t, settings{store: kept})
	b.meet(a)
	m := definition(t, a.key.Address())
	id := a.spawn(m)
	a.fill(id, 9)
	b.knowsProcess(m)
	b.want("/"+id+"~process@1.0/now/results/assignment-slot", "9")
	b.want("/"+id+"~process@1.0/compute&slot=4/results/assignment-slot", "4")
	b.want("/"+id+"/slot/current", "9")
	if n := asked.Load(); n != 1 {
		t.Errorf("the schedule was asked for %d times", n)
	}
	for slot := range 10 {
		path := "/" + id + "~process@1.0/compute&slot=" + strconv.Itoa(slot)
		x, y := a.ok(a.ask(path)), b.ok(b.ask(path))
		if idOf(t, x.Without(CommitmentsKey)) != idOf(t, y.Without(CommitmentsKey)) {
			t.Errorf("slot %d has other states", slot)
		}
	}
	c := start(t, settings{store: kept}) // on what b has stored
	before := asked.Load()
	c.want("/"+id+"~process@1.0/compute&slot=7/results/assignment-slot", "7")
	a.fill(id, 1)
	c.want("/"+id+"~process@1.0/now/results/assignment-slot", "10")
	if n := asked.Load() - before; n != 1 {
		t.Errorf("after the restart, the schedule was asked for %d times", n)
	}
}
