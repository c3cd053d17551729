package push_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/localname"
	"github.com/hyperbeam-go/hyperbeam/device/lua"
	devmessage "github.com/hyperbeam-go/hyperbeam/device/message"
	devprocess "github.com/hyperbeam-go/hyperbeam/device/process"
	devpush "github.com/hyperbeam-go/hyperbeam/device/push"
	"github.com/hyperbeam-go/hyperbeam/device/scheduler"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/location"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/push"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
	"github.com/hyperbeam-go/hyperbeam/server"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

var ctx = context.Background()

// node is a node with the devices that processes in Lua need, behind HTTP.
type node struct {
	t     testing.TB
	key   *keys.PrivateKey // of the node
	user  *keys.PrivateKey // who signs messages
	store store.Store
	env   *ao.Env
	order *schedule.Service
	svc   *process.Service
	push  *push.Service
	url   string
	peer  *client.Client
	down  bool

	spawned int64 // makes definitions differ
}

// settings are what tests change of a node.
type settings struct {
	keys      []*keys.PrivateKey
	config    []Pair
	transport func(ao.Transport) ao.Transport
}

func start(t testing.TB, s store.Store, set settings) *node {
	t.Helper()
	if len(set.keys) == 0 {
		set.keys = []*keys.PrivateKey{must.Key(t)}
	}
	c := cache.New(s, cache.Options{})
	n := &node{t: t, key: set.keys[0], user: must.Key(t), store: s}
	n.order = schedule.New(schedule.Options{Store: s, Cache: c, Identities: set.keys})
	n.svc = process.New(process.Options{Order: n.order, Cache: c})
	places := location.New(location.Options{Store: s, Cache: c, Key: n.key})
	remotes := remote.New(remote.Options{Local: n.order, Locations: places})
	n.push = push.New(push.Options{Store: s, Cache: c, Order: n.order, Compute: n.svc, Identities: set.keys, Locate: remotes})
	t.Cleanup(n.stop)
	r := must.Have[*ao.Registry](t)(ao.NewRegistry(devmessage.New(), lua.New(), localname.New(),
		scheduler.New(remotes), devprocess.New(n.svc), devpush.New(n.push)))
	codecs := []codec.Codec{ans104.Codec{}}
	n.peer = client.New(client.Options{Codecs: codecs, Load: c})
	var transport ao.Transport = n.peer
	if set.transport != nil {
		transport = set.transport(transport)
	}
	config := Of(set.config...)
	engine := ao.New(r, ao.Services{Cache: c, Key: n.key, Transport: transport}, ao.Limits{})
	n.env = engine.Env(config)
	srv := must.Have[*server.Server](t)(server.New(engine, server.Options{Config: func() *Message { return config }, Codecs: codecs}))
	h := httptest.NewServer(srv)
	t.Cleanup(h.Close)
	n.url = h.URL
	if err := n.push.Start(func() *ao.Env { return n.env }); err != nil {
		t.Fatal(err)
	}
	return n
}

func fresh(t testing.TB, config ...Pair) *node {
	return start(t, mem.New(mem.Options{}), settings{config: config})
}

func (n *node) stop() {
	if n.down {
		return
	}
	n.down = true
	n.peer.Close()
	if err := errors.Join(n.push.Close(), n.svc.Close(), n.order.Close()); err != nil {
		n.t.Error(err)
	}
}

func (n *node) sign(key *keys.PrivateKey, m *Message) *Message {
	return must.Have[*Message](n.t)(commit.Commit(ctx, n.env.Codec(), m, key, commit.Spec{}))
}

// spawn schedules a process with a Lua program and returns its ID.
func (n *node) spawn(source string, more ...Pair) string {
	n.t.Helper()
	n.spawned++
	program := Of(P("content-type", Binary("application/lua")), P("body", Binary(source)))
	must.Have[string](n.t)(n.env.Cache.Write(ctx, program, store.Lazy))
	module := must.Have[string](n.t)(idText(commit.SignedID(ctx, program)))
	b := Of(P("device", Binary("process@1.0")), P("type", Binary("Process")), P("scheduler", Binary(n.key.Address())),
		P("execution-device", Binary("lua@5.3a")), P("module", Binary(module)), P("seed", Int(n.spawned)))
	m := n.sign(n.key, b.Merge(Of(more...)))
	a := n.resolve(m.Set("path", Binary("/push")).Set("method", Binary("POST")))
	if v, _ := a.Get("slot"); v != Value(Int(0)) {
		n.t.Fatalf("a spawn got slot %v", v)
	}
	return a.Text("process")
}

func idText(i fmt.Stringer, err error) (string, error) { return i.String(), err }

func (n *node) resolve(req *Message) *Message {
	n.t.Helper()
	v, err := n.env.ResolveRequest(ctx, req)
	if err != nil {
		var o *ao.Outcome
		if errors.As(err, &o) {
			n.t.Fatalf("%v: %v", err, show(o.Value))
		}
		n.t.Fatal(err)
	}
	m, ok := v.(*Message)
	if !ok {
		n.t.Fatalf("the result is %v", v)
	}
	return m
}

// show writes a value for people.
func show(v Value) string {
	m, ok := v.(*Message)
	if !ok {
		text, _ := Text(v)
		return text
	}
	s := "{"
	for k, e := range m.Without(CommitmentsKey).All() {
		s += k + ": " + show(e) + ", "
	}
	return s + "}"
}

// letter returns a signed message for a process.
func (n *node) letter(id string, more ...Pair) *Message {
	return n.sign(n.user, Of(append([]Pair{P("type", Binary("Message")), P("target", Binary(id))}, more...)...))
}

// say pushes a message to a process; the mode and so on are keys of the request.
func (n *node) say(id string, msg []Pair, more ...Pair) *Message {
	n.t.Helper()
	return n.resolve(Of(append([]Pair{P("path", Binary("/"+id+"/push")), P("method", Binary("POST")), P("body", n.letter(id, msg...))}, more...)...))
}

// action returns the keys of a message with an action.
func action(name string, more ...Pair) []Pair {
	return append([]Pair{P("action", Binary(name))}, more...)
}

// fanOut is a message that makes a fan send.
func fanOut() []Pair { return action("Fan", P("note", Binary("x"))) }

// get resolves a path as GET does.
func (n *node) get(path string) Value {
	n.t.Helper()
	v, err := n.env.ResolveRequest(ctx, Of(P("path", Binary(path)), P("method", Binary("GET"))))
	if err != nil {
		n.t.Fatalf("%s: %v", path, err)
	}
	return v
}

func (n *node) want(path string, want Value) {
	n.t.Helper()
	if v := n.get(path); !Equal(v, want) {
		n.t.Fatalf("%s is %v, want %v", path, v, want)
	}
}

// at returns what lies at a path of keys in a message.
func (n *node) at(m *Message, path string) Value {
	n.t.Helper()
	whole := must.Have[Value](n.t)(LoadAll(ctx, n.env.Cache, m))
	return DeepGet(whole.(*Message), Parts(path))
}

func (n *node) slot(id string) int64 {
	n.t.Helper()
	p := must.Have[schedule.Process](n.t)(n.order.Find(ctx, id))
	return must.Have[int64](n.t)(n.order.Current(ctx, p))
}
