package process_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/conformance/testdevice"
	devmessage "github.com/hyperbeam-go/hyperbeam/device/message"
	devprocess "github.com/hyperbeam-go/hyperbeam/device/process"
	"github.com/hyperbeam-go/hyperbeam/device/scheduler"
	"github.com/hyperbeam-go/hyperbeam/device/stack"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// The items CONF-PROC-nn and CONF-SCHED-nn of spec 03, 16, that need no program
// and no other node, through the engine. Those about programs are in
// conformance/process.go.

var ctx = context.Background()

// node is a node without HTTP.
type node struct {
	t     testing.TB
	key   *keys.PrivateKey // of the node
	user  *keys.PrivateKey // who signs messages
	env   *ao.Env
	order *schedule.Service
	svc   *process.Service
}

func start(t testing.TB, s store.Store, key *keys.PrivateKey, config ...Pair) *node {
	c := cache.New(s, cache.Options{})
	n := &node{t: t, key: key, user: must.Key(t)}
	n.order = schedule.New(schedule.Options{Store: s, Cache: c, Identities: []*keys.PrivateKey{key}})
	n.svc = process.New(process.Options{Order: n.order, Cache: c})
	t.Cleanup(n.stop)
	increment := &ao.Device{Name: "inc@1.0", Keys: []ao.Key{{Name: "inc", Run: func(call *ao.Call) (Value, error) {
		return call.Base.Set("results", Of(P("called", Binary("inc")))), nil
	}}}}
	r := must.Have[*ao.Registry](t)(ao.NewRegistry(devmessage.New(), stack.New(), testdevice.New(), increment, scheduler.New(remote.New(remote.Options{Local: n.order})), devprocess.New(n.svc)))
	n.env = ao.New(r, ao.Services{Cache: c, Key: key}, ao.Limits{}).Env(Of(config...))
	return n
}

func fresh(t testing.TB, config ...Pair) *node {
	return start(t, mem.New(mem.Options{}), must.Key(t), config...)
}

func (n *node) stop() {
	_ = n.svc.Close()
	_ = n.order.Close()
}

func (n *node) sign(key *keys.PrivateKey, m *Message) *Message {
	return must.Have[*Message](n.t)(commit.Commit(ctx, n.env.Codec(), m, key, commit.Spec{}))
}

// definition returns a signed process with a stack of two test devices, and its
// ID.
func (n *node) definition(more ...Pair) (*Message, string) {
	m := n.sign(n.key, Of(append([]Pair{
		P("device", Binary("process@1.0")), P("type", Binary("Process")),
		P("scheduler", Binary(n.key.Address())), P("scheduler-location", Binary(n.key.Address())),
		P("execution-device", Binary("stack@1.0")), P("device-stack", NewList(Binary("test-device@1.0"), Binary("test-device@1.0")))}, more...)...))
	i, err := commit.SignedID(ctx, m)
	if err != nil {
		n.t.Fatal(err)
	}
	return m, i.String()
}

// post schedules a message on a process, as POST /ID/schedule does.
func (n *node) post(id string, m *Message) (*Message, error) {
	v, err := n.env.ResolveRequest(ctx, Of(P("path", Binary("/"+id+"/schedule")), P("method", Binary("POST")), P("body", m)))
	if err != nil {
		return nil, err
	}
	return v.(*Message), nil
}

// spawn schedules a process on itself and returns its ID.
func (n *node) spawn(more ...Pair) string {
	n.t.Helper()
	m, id := n.definition(more...)
	req := m.Set("path", Binary("/schedule")).Set("method", Binary("POST"))
	must.Have[Value](n.t)(n.env.ResolveRequest(ctx, req))
	return id
}

func (n *node) send(id string, label int) *Message {
	n.t.Helper()
	return must.Have[*Message](n.t)(n.post(id, n.sign(n.user, Of(
		P("type", Binary("Message")), P("target", Binary(id)), P("test-label", Int(label))))))
}

// get resolves a path as GET does.
func (n *node) get(path string) (Value, error) {
	return n.env.ResolveRequest(ctx, Of(P("path", Binary(path)), P("method", Binary("GET"))))
}

func (n *node) want(path string, want Value) {
	n.t.Helper()
	v := must.Have[Value](n.t)(n.get(path))
	if !Equal(v, want) {
		n.t.Fatalf("%s is %v, want %v", path, v, want)
	}
}

func (n *node) refused(path string) *Message {
	n.t.Helper()
	_, err := n.get(path)
	if err == nil {
		n.t.Fatalf("%s was answered", path)
	}
	return refusal(n.t, err)
}

func refusal(t testing.TB, err error) *Message {
	t.Helper()
	var o *ao.Outcome
	if errors.As(err, &o) {
		if m, ok := o.Value.(*Message); ok {
			return m
		}
	}
	return ao.ErrorMessage(err)
}

// CONF-PROC-01, CONF-PROC-02, CONF-SCHED-04
func TestPROC01and02TwoMessages(t *testing.T) {
	n := fresh(t)
	m, id := n.definition()
	must.Have[string](t)(n.env.Cache.Write(ctx, m, store.Lazy))
	n.send(id, 10)
	n.send(id, 11)
	n.want("/"+id+"/schedule/assignments/0/body/test-label", Int(10))
	n.want("/"+id+"/schedule/assignments/1/body/test-label", Int(11))
	n.want("/"+id+"/slot/current", Int(1))
}

// CONF-PROC-03
func TestPROC03SlotCurrent(t *testing.T) {
	n := fresh(t)
	id := n.spawn()
	n.want("/"+id+"/slot/current", Int(0))
	n.want("/"+id+"~process@1.0/slot/current", Int(0))
}

// CONF-PROC-04
func TestPROC04Stack(t *testing.T) {
	n := fresh(t)
	id := n.spawn()
	n.send(id, 1)
	for _, path := range []string{"/compute&slot=1", "/compute?slot=1", "/compute=1", "~process@1.0/compute&slot+integer=1", "/now"} {
		n.want("/"+id+path, must.Have[Value](t)(n.get("/"+id+"/compute=1")))
	}
	n.want("/"+id+"/compute&slot=1/results/assignment-slot", Int(1))
	seen := must.Have[Value](t)(n.get("/" + id + "/compute&slot=1/already-seen"))
	if m, ok := seen.(*Message); ok { // lists of a resolution may be numbered
		seen = must.Have[*List](t)(m.List())
	}
	if !Equal(seen, NewList(Int(1), Int(1), Int(0), Int(0))) {
		t.Fatal(seen)
	}
	n.want("/"+id+"/schedule/assignments/1/body/test-label", Int(1))
	n.want("/"+id+"/compute/results=0/assignment-slot", Int(0))
	n.want("/"+id+"/compute/results/assignment-slot", Int(1))
}

// CONF-PROC-14
func TestPROC14NowIsCached(t *testing.T) {
	n := fresh(t)
	id := n.spawn()
	n.send(id, 1)
	n.want("/"+id+"/now/at-slot", Int(1))
	n.stop()
	v := must.Have[Value](t)(n.env.Cache.Read(ctx, "computed/"+id+"/slot/1/results/assignment-slot"))
	if v != Value(Int(1)) {
		t.Fatal(v)
	}
}

// CONF-PROC-24
func TestPROC24Unscheduled(t *testing.T) {
	n := fresh(t)
	id := n.spawn()
	m := n.refused("/" + id + "/compute&slot=8")
	want := Of(P("status", Int(404)), P("phase", Binary("get-schedule")), P("attempted-slot", Int(1)),
		P("reason", Binary("Requested slot not yet available in schedule.")))
	if !Equal(m, want) {
		t.Fatal(m)
	}
}

// CONF-PROC-26
func TestPROC26SignedPath(t *testing.T) {
	n := fresh(t)
	id := n.spawn(P("execution-device", Binary("inc@1.0")))
	if _, err := n.get("/" + id + "/now"); err == nil {
		t.Fatal("a device without compute computes")
	}
	def, id := n.definition(P("execution-device", Binary("inc@1.0")), P("seed", Int(2)))
	must.Have[string](t)(n.env.Cache.Write(ctx, def, store.Lazy))
	must.Have[*Message](t)(n.post(id, n.sign(n.user, Of(P("target", Binary(id)), P("path", Binary("inc"))))))
	n.want("/"+id+"/now/results/called", Binary("inc"))
}

// CONF-PROC-27
func TestPROC27FromCache(t *testing.T) {
	s, key := mem.New(mem.Options{}), must.Key(t)
	always := start(t, s, key, P("process_now_from_cache", Binary("always")))
	id := always.spawn()
	var o *ao.Outcome
	if _, err := always.get("/" + id + "/now"); !errors.As(err, &o) || o.Status != ao.Failure || o.Value != Value(Binary("No cached state available.")) {
		t.Fatal(err)
	}
	cached := start(t, s, key, P("process_now_from_cache", True))
	cached.want("/"+id+"/now/at-slot", Int(0)) // computes, as there is none
	cached.send(id, 1)
	cached.want("/"+id+"/now/at-slot", Int(0))
	cached.want("/"+id+"/compute/at-slot", Int(0))
	cached.want("/"+id+"/compute=1/at-slot", Int(1))
	cached.want("/"+id+"/now/at-slot", Int(1))
	cached.stop()
	always.want("/"+id+"/now/at-slot", Int(1))
}

func TestAs(t *testing.T) {
	n := fresh(t)
	id := n.spawn()
	n.send(id, 1)
	if m := must.Have[Value](t)(n.get("/" + id + "/as=execution")).(*Message); m.Text("device") != "stack@1.0" {
		t.Fatal(m)
	}
	dry := must.Have[Value](t)(n.get("/" + id + "~process@1.0/as=execution/compute&slot=77")).(*Message)
	if !Equal(dry.Message("results"), Of(P("assignment-slot", Binary("77")))) {
		t.Fatal(dry)
	}
	n.want("/"+id+"/now/at-slot", Int(1))
	if m := n.refused("/" + id + "/as=nothing"); m.Text("error") != fail.Unsupported.String() {
		t.Fatal(m)
	}
}

func TestPlainReads(t *testing.T) {
	n := fresh(t)
	id := n.spawn()
	n.want("/"+id+"/type", Binary("Process"))
	n.want("/"+id+"/scheduler", Binary(n.key.Address()))
	for _, path := range []string{"/compute=x", "/compute=-2", "/schedule?from=x"} {
		if m := n.refused("/" + id + path); m.Text("error") != fail.Invalid.String() {
			t.Fatal(path, m)
		}
	}
}

// A definition that claims the ID of another process gets nothing.
func TestForgedDefinition(t *testing.T) {
	n := fresh(t)
	def, id := n.definition()
	forged := def.Set("execution-device", Binary("inc@1.0"))
	_, err := n.env.Resolve(ctx, forged, Of(P("path", Binary("now"))))
	if !fail.Is(err, fail.NotFound) {
		t.Fatal(err)
	}
	if _, err := n.env.Resolve(ctx, Of(P("device", Binary("process@1.0")), P("process", forged)), Of(P("path", Binary("compute")), P("slot", Int(0)))); !fail.Is(err, fail.NotFound) {
		t.Fatal(err)
	}
	if _, err := n.env.Cache.Read(ctx, "computed/"+id+"/slot/0"); !fail.Is(err, fail.NotFound) {
		t.Fatal(err)
	}
}

// CONF-SCHED-01, CONF-SCHED-02
func TestSCHED01and02Status(t *testing.T) {
	n := fresh(t)
	n.want("/~scheduler@1.0/status/address", Binary(n.key.Address()))
	id := n.spawn()
	v := must.Have[Value](t)(n.get("/~scheduler@1.0/status"))
	m := v.(*Message)
	if p, _ := m.Get("processes"); !Equal(p, NewList(Binary(id))) || m.Text("cache-control") != "no-store" {
		t.Fatal(m)
	}
}

// CONF-SCHED-07, CONF-SCHED-10, CONF-SCHED-11, CONF-SCHED-28
func TestSCHED07and10and11Schedule(t *testing.T) {
	n := fresh(t)
	id := n.spawn()
	a := must.Have[*Message](t)(n.post(id, n.sign(n.user, Of(P("type", Binary("Message")), P("target", Binary(id)), P("inner", Binary("test-message"))))))
	if a.Message("body").Text("inner") != "test-message" {
		t.Fatal(a)
	}
	n.want("/~scheduler@1.0/slot/current?target="+id, Int(1))
	for i := range 9 {
		n.send(id, i)
	}
	n.want("/~scheduler@1.0/slot/current?target="+id, Int(10))
	for path, count := range map[string]int{
		"?target=" + id + "&from=0&to=10":         11,
		"?target=" + id:                           11,
		"?target=" + id + "&from=&from=4":         7, // CONF-SCHED-28
		"?target=" + id + "&from=3&to=3":          1,
		"?target=" + id + "&from=11":              0,
		"?target=" + id + "&from+integer=-3&to=0": 1,
	} {
		v := must.Have[Value](t)(n.get("/~scheduler@1.0/schedule" + path))
		m := v.(*Message)
		if got := m.Message("assignments").Len(); got != count || m.Text("type") != "schedule" || m.Text("process") != id {
			t.Errorf("%s: %d assignments, want %d", path, got, count)
		}
	}
}

// CONF-SCHED-14
func TestSCHED14LegacyPage(t *testing.T) {
	n := fresh(t)
	id := n.spawn()
	for i := range 10 {
		n.send(id, i)
	}
	must.Have[*Message](t)(n.post(id, n.sign(n.user, Of(P("target", Binary(id)), P("data", Binary("bytes \xff"))))))
	v := must.Have[Value](t)(n.get("/~scheduler@1.0/schedule?target=" + id + "&from=0&to=10&accept=application%2Faos-2"))
	m := v.(*Message)
	page := must.Have[Value](t)(json.Parse(m.Text("body"))).(*Message)
	edges, _ := page.Get("edges")
	if l, ok := edges.(*List); !ok || l.Len() != 11 || m.Text("content-type") != "application/json" {
		t.Fatal(m)
	}
	v = must.Have[Value](t)(n.get("/~scheduler@1.0/schedule?target=" + id + "&from=11&accept=application/aos-2"))
	if body := v.(*Message).Text("body"); !strings.Contains(body, `"Data":"bytes `) {
		t.Fatal(body)
	}
}

// CONF-SCHED-22, CONF-SCHED-27
func TestSCHED22Refusals(t *testing.T) {
	n := fresh(t)
	id := n.spawn()
	signed := n.sign(n.user, Of(P("target", Binary(id)), P("n", Int(1))))
	stranger := must.Key(t)
	elsewhere, elsewhereID := n.definition(P("scheduler", Binary(stranger.Address())), P("scheduler-location", Binary(stranger.Address())))
	must.Have[string](t)(n.env.Cache.Write(ctx, elsewhere, store.Lazy))
	unknownID := strings.Repeat("x", 43)
	for name, c := range map[string]struct {
		m      *Message
		status int64
	}{
		"unsigned":          {Of(P("target", Binary(id)), P("n", Int(1))), 400}, // CONF-SCHED-27
		"changed":           {signed.Set("n", Int(2)), 400},
		"not an ID":         {n.sign(n.user, Of(P("target", Binary("nobody")))), 400},
		"unknown process":   {n.sign(n.user, Of(P("target", Binary(unknownID)))), 404},
		"another scheduler": {n.sign(n.user, Of(P("target", Binary(elsewhereID)))), 404},
	} {
		_, err := n.post(id, c.m)
		if err == nil {
			t.Errorf("%s: scheduled", name)
			continue
		}
		m := refusal(t, err)
		if v, _ := m.Get("status"); v != Value(Int(c.status)) {
			t.Errorf("%s: %v", name, m)
		}
	}
	n.want("/"+id+"/slot/current", Int(0))
	m := n.refused("/~scheduler@1.0/slot?target=" + unknownID)
	if v, _ := m.Get("status"); v != Value(Int(404)) {
		t.Fatal(m)
	}
	if _, err := n.env.ResolveRequest(ctx, Of(P("path", Binary("/"+id+"/schedule")), P("method", Binary("DELETE")))); !fail.Is(err, fail.NotAllowed) {
		t.Fatal(err)
	}
	off := start(t, n.order.Store, n.key, P("scheduling_mode", Binary("disabled")))
	if _, err := off.post(id, signed); !fail.Is(err, fail.Unavailable) {
		t.Fatal(err)
	}
	unsigned := start(t, n.order.Store, n.key, P("verify_assignments", Binary("accept_unsigned")))
	must.Have[*Message](t)(unsigned.post(id, Of(P("target", Binary(id)), P("n", Int(1)))))
	if _, err := unsigned.post(id, signed.Set("n", Int(2))); err == nil {
		t.Fatal("a broken signature was accepted")
	}
}

// What the signature does not cover is not scheduled (spec 06, 12.8).
func TestOnlyCommittedKeys(t *testing.T) {
	n := fresh(t)
	id := n.spawn()
	m := n.sign(n.user, Of(P("target", Binary(id)), P("n", Int(1))))
	a := must.Have[*Message](t)(n.post(id, m.Set("smuggled", Int(1))))
	if body := a.Message("body"); body.Has("smuggled") || !body.Has("n") {
		t.Fatal(body)
	}
	if body := n.send(id, 5).Message("body"); body.Private() != nil {
		t.Fatal("private state in an assignment")
	}
}

// CONF-SCHED-15, CONF-SCHED-25
func TestSCHED15and25Concurrent(t *testing.T) {
	n := fresh(t)
	id := n.spawn()
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() { n.send(id, i) })
	}
	wg.Wait()
	n.want("/"+id+"/slot/current", Int(40))
	n.want("/"+id+"/now/at-slot", Int(40))
}

func TestNextAndCheckpoint(t *testing.T) {
	n := fresh(t)
	id := n.spawn()
	base := must.Have[*Message](t)(process.Swap(process.Scheduler, must.Have[Value](t)(n.get("/"+id+"/compute&slot=0")).(*Message)))
	n.send(id, 7)
	v := must.Have[Value](t)(n.env.Resolve(ctx, base, Of(P("path", Binary("next")))))
	m := v.(*Message)
	if slot, err := schedule.Slot(m.Message("body")); err != nil || slot != 1 {
		t.Fatal(m)
	}
	_, err := n.env.Resolve(ctx, base.Set("at-slot", Int(1)), Of(P("path", Binary("next"))))
	if refusal(t, err).Text("reason") == "" {
		t.Fatal(err)
	}
	if v := must.Have[Value](t)(n.env.Resolve(ctx, base, Of(P("path", Binary("checkpoint"))))); v.(*Message).Text("device") != "scheduler@1.0" {
		t.Fatal(v)
	}
}

func ExampleNew() {
	fmt.Println(devprocess.New(nil).Summary())
	// Output: A process: a signed definition, the messages scheduled for it, and the states that they lead to.
}
