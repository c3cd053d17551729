package process_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/all"
	devprocess "github.com/hyperbeam-go/hyperbeam/device/process"
	"github.com/hyperbeam-go/hyperbeam/device/scheduler"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
	vm "github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// full starts a node with every device.
func full(t testing.TB, s store.Store, key *keys.PrivateKey) *node {
	engine := must.Have[*vm.Engine](t)(vm.New(vm.Options{}))
	t.Cleanup(func() { _ = engine.Close() })
	c := cache.New(s, cache.Options{})
	n := &node{t: t, key: key, user: must.Key(t)}
	n.order = schedule.New(schedule.Options{Store: s, Cache: c, Identities: []*keys.PrivateKey{key}})
	n.svc = process.New(process.Options{Order: n.order, Cache: c})
	t.Cleanup(n.stop)
	list := all.Devices(all.Deps{Wasm: engine})
	for _, d := range []*ao.Device{scheduler.New(remote.New(remote.Options{Local: n.order})), devprocess.New(n.svc)} {
		list = append(slices.DeleteFunc(list, func(o *ao.Device) bool { return o.Name == d.Name }), d)
	}
	r := must.Have[*ao.Registry](t)(ao.NewRegistry(list...))
	n.env = ao.New(r, ao.Services{Cache: c, Key: key}, ao.Limits{}).Env(Empty())
	return n
}

func diskStore(t testing.TB) store.Store {
	s := must.Have[*pebble.Store](t)(pebble.Open(t.TempDir(), pebble.Options{}))
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// keep stores a message and returns its ID.
func (n *node) keep(m *Message) string {
	must.Have[string](n.t)(n.env.Cache.Write(ctx, m, store.Lazy))
	i, err := commit.SignedID(ctx, m)
	if err != nil {
		n.t.Fatal(err)
	}
	return i.String()
}

// spawnLua schedules a process with a Lua program.
func (n *node) spawnLua(source string) string {
	module := n.keep(Of(P("content-type", Binary("application/lua")), P("body", Binary(source))))
	return n.spawn(P("execution-device", Binary("lua@5.3a")), P("device-stack", NewList()), P("module", Binary(module)))
}

// spawnAos schedules a process with the usual stack of aos.
func (n *node) spawnAos() string {
	image := n.keep(Of(P("content-type", Binary("application/wasm")), P("body", Binary(sharedtest.File(n.t, "testdata/aos-2-pure-xs.wasm")))))
	return n.spawn(P("image", Binary(image)), P("passes", Int(2)), P("output-prefix", Binary("wasm")), P("patch-from", Binary("/results/outbox")),
		P("authority", Binary(n.key.Address())), P("stack-keys", NewList(Binary("init"), Binary("compute"), Binary("snapshot"), Binary("normalize"))),
		P("device-stack", NewList(Binary("wasi@1.0"), Binary("json-iface@1.0"), Binary("wasm-64@1.0"), Binary("multipass@1.0"))))
}

// say schedules text by the owner of a process.
func (n *node) say(id, text string) {
	n.t.Helper()
	must.Have[*Message](n.t)(n.post(id, n.sign(n.key, Of(
		P("target", Binary(id)), P("type", Binary("Message")), P("action", Binary("Eval")), P("data", Binary(text))))))
}

// program is a process whose machine counts what is not in its state.
type program struct {
	spawn func(n *node) string
	text  func(i int) string // what message i says
	path  string             // where the count is in the state
}

var programs = map[string]program{
	"lua": {
		spawn: func(n *node) string {
			return n.spawnLua(`total = 0
function compute(base, req)
  if req.body.action == "Eval" then total = total + #req.body.data end
  base.results = { total = "" .. total }
  return base
end`)
		},
		text: func(i int) string { return strings.Repeat("x", i) },
		path: "results/total",
	},
	"aos": {
		spawn: (*node).spawnAos,
		text:  func(i int) string { return fmt.Sprintf("total = (total or 0) + %d; return total", i) },
		path:  "results/data",
	},
}

// CONF-PROC-08, 12, 13, 16, CONF-GEN-03: machines go on with the same state after a restart and
// after sleep, and dry runs leave them as they are.
func TestMachinesGoOn(t *testing.T) {
	for name, prog := range programs {
		t.Run(name, func(t *testing.T) {
			s, key := mem.New(mem.Options{}), must.Key(t)
			n := full(t, s, key)
			id := prog.spawn(n)
			sum := 0
			for round := range 3 {
				for i := 1; i <= 3; i++ {
					sum += i + round
					n.say(id, prog.text(i+round))
				}
				n.wantText("/"+id+"/now/"+prog.path, sum)
				dry := must.Have[Value](t)(n.env.ResolveRequest(ctx, Of(P("path", Binary("/"+id+"/as=execution/compute")), P("slot", Int(99)),
					P("body", n.sign(n.key, Of(P("target", Binary(id)), P("action", Binary("Eval")), P("data", Binary(prog.text(1000)))))))))
				v := DeepGet(dry.(*Message), Parts(prog.path))
				if text, _ := Text(v); text != fmt.Sprint(sum+1000) {
					t.Fatalf("the dry run says %v, want %d", v, sum+1000)
				}
				switch round {
				case 0:
					n.stop()
					n = full(t, s, key)
				case 1:
					n.svc = process.New(process.Options{Order: n.order, Cache: n.env.Cache, Idle: time.Millisecond})
				}
			}
			n.wantText("/"+id+"/compute=2/"+prog.path, 3)
		})
	}
}

// wantText checks the text of what a path gives.
func (n *node) wantText(path string, want int) {
	n.t.Helper()
	v := must.Have[Value](n.t)(n.get(path))
	if text, _ := Text(v); text != fmt.Sprint(want) {
		n.t.Fatalf("%s is %v, want %d", path, v, want)
	}
}
