package nodeprocess_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/localname"
	"github.com/hyperbeam-go/hyperbeam/device/nodeprocess"
	devprocess "github.com/hyperbeam-go/hyperbeam/device/process"
	"github.com/hyperbeam-go/hyperbeam/device/scheduler"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

var (
	ctx  = context.Background()
	base = Of(P("device", Binary(nodeprocess.Name)))
)

// answer is an execution device whose results are always 42.
func answer() *ao.Device {
	return &ao.Device{Name: "answer@1.0", Keys: []ao.Key{{Name: "compute", Run: func(c *ao.Call) (Value, error) {
		return c.Base.Set("results", Of(P("output", Of(P("body", Int(42)))))), nil
	}}}}
}

func open(t *testing.T, st store.Store, key *keys.PrivateKey) aotest.Bench {
	t.Helper()
	c := cache.New(st, cache.Options{})
	orders := schedule.New(schedule.Options{Store: st, Cache: c, Identities: []*keys.PrivateKey{key}})
	computing := process.New(process.Options{Order: orders, Cache: c})
	t.Cleanup(func() { _, _ = computing.Close(), orders.Close() })
	definition := Of(P("device", Binary("process@1.0")), P("execution-device", Binary("answer@1.0")), P("scheduler-device", Binary("scheduler@1.0")),
		P("type", Binary("Process")), P("scheduler", NewList(Binary("other"), Binary(key.Address()), Binary("third"))), P("authority", Binary(`a, "b"`)))
	return aotest.With(t, ao.Services{Cache: c, Key: key}, Of(P("node_processes", Of(P("mine", definition)))),
		nodeprocess.New(), localname.New(), scheduler.New(remote.New(remote.Options{Local: orders})), devprocess.New(computing), answer())
}

// CONF-PROC-20
func TestUnknown(t *testing.T) { // CONF-NAME-16
	b := open(t, mem.New(mem.Options{}), must.Key(t))
	for _, r := range []ao.Result{b.Path(base, "nosuch"), b.Ask(base, "mine", P("spawn", Bool(false))), b.Ask(base, "mine", P("spawn", Binary("false")))} {
		if r.Value != Value(NotFound) || r.Status != ao.Failed {
			t.Error(r)
		}
	}
}

// CONF-NAME-17: one process, however many ask at once, and after a restart.
// CONF-PROC-21
func TestOneProcess(t *testing.T) {
	st, key := mem.New(mem.Options{}), must.Key(t)
	b := open(t, st, key)
	ids := make([]string, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() { ids[i] = idOf(t, b.Path(base, "Mine")) })
	}
	all.Wait()
	again := open(t, st, key)
	ids = append(ids, idOf(t, again.Path(base, "mine")))
	if slices.Sort(ids); ids[0] != ids[len(ids)-1] || ids[0] == "" {
		t.Fatal(ids)
	}
	p := again.Message(again.Path(base, "mine"))
	for k, want := range map[string][]string{"scheduler": {"other", "third", key.Address()}, "authority": {"a", "b", key.Address()}} {
		v, _ := p.Get(k)
		if !Equal(v, Strings(want)) {
			t.Errorf("%s: %v", k, v)
		}
	}
	if who := commit.VerifiedSigners(ctx, again.Codec(), p); len(who) != 1 || who[0] != key.Address() {
		t.Error(who)
	}
	again.Want(again.Ask(Of(P("device", Binary("local-name@1.0"))), "lookup", P("key", Binary("mine"))), Binary(ids[0]))
}

func idOf(t *testing.T, r ao.Result) string {
	m, ok := r.Value.(*Message)
	if !ok || r.Status != ao.OK {
		t.Error(r)
		return ""
	}
	i, err := commit.SignedID(ctx, m)
	if err != nil {
		t.Error(err)
	}
	return i.String()
}

// CONF-PROC-22
func TestScheduleAndCompute(t *testing.T) { // CONF-NAME-18
	b := open(t, mem.New(mem.Options{}), must.Key(t))
	msg, err := commit.Commit(ctx, b.Codec(), Of(P("action", Binary("go")), P("target", Binary(idOf(t, b.Path(base, "mine"))))), must.Key(t), commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	a := b.Message(ao.ResultOf(b.Resolve(ctx, base, Of(P("path", Binary("mine/schedule")), P("method", Binary("POST")), P("body", msg)))))
	if v, _ := a.Get("slot"); v != Value(Int(1)) {
		t.Fatal(v)
	}
	b.Want(b.Path(base, "mine/now/results/output/body"), Int(42))
}
