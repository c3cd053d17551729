package all_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/all"
	"github.com/hyperbeam-go/hyperbeam/device/cron"
	"github.com/hyperbeam-go/hyperbeam/device/greenzone"
	"github.com/hyperbeam-go/hyperbeam/evidence"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/location"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/push"
	"github.com/hyperbeam-go/hyperbeam/route"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	"github.com/hyperbeam-go/hyperbeam/tee/luks"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
	"github.com/hyperbeam-go/hyperbeam/volume"
)

// The laws of devices: what holds for every device in the list, present and
// future. A device that breaks one is wrong, or says in exempt why it may.

// exempt are the devices that a law does not hold for, and why.
var exempt = struct{ deterministic map[string]string }{
	deterministic: map[string]string{
		"cookie@1.0":    "new secrets are random",
		"secret@1.0":    "new wallets are random",
		"greenzone@1.0": "challenges are random",
	},
}

// node is a node as far as devices need one to be asked.
type node struct{}

func (node) Adopt(changes, _ *Message) (int, error) { return changes.Len(), nil }

func (node) Build() *Message { return Of(P("node", Binary("test"))) }

func (node) Publish(*Message) {}

func (node) Identify(string, *keys.PrivateKey) {}

func zone(kept *cache.Cache) greenzone.Parts {
	return greenzone.Parts{
		Node:   node{},
		Attest: evidence.New(evidence.Options{Guest: snp.Hardware(), Cache: kept}),
		Volume: volume.New(luks.Host()),
	}
}

// stopped is a clock that shows one time.
type stopped struct{ clock.System }

func (stopped) Now() time.Time { return time.Unix(1_700_000_000, 0) }

// devices returns the devices of a node whose store is in memory.
func devices(t testing.TB) []*ao.Device {
	t.Helper()
	engine, err := wasm.New(wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	kept := mem.New(mem.Options{})
	messages := cache.New(kept, cache.Options{})
	orders := schedule.New(schedule.Options{
		Store: kept, Cache: messages, Identities: []*keys.PrivateKey{key}, Clock: stopped{},
	})
	computing := process.New(process.Options{Order: orders, Cache: messages, Clock: stopped{}})
	pushing := push.New(push.Options{Store: kept, Cache: messages, Order: orders, Compute: computing, Identities: []*keys.PrivateKey{key}})
	routes := route.New(route.Options{})
	places := location.New(location.Options{Store: kept, Cache: messages, Key: key, Clock: stopped{}})
	schedules := remote.New(remote.Options{Local: orders, Locations: places})
	tasks := cron.NewService(cron.Options{Store: kept, Cache: messages, Clock: stopped{}})
	book, err := pay.InMemory(pay.Options{Clock: stopped{}})
	if err != nil {
		t.Fatal(err)
	}
	wallets, err := hosted.New(t.Context(), hosted.Options{Store: kept, Key: key, Clock: stopped{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(book.Close(), tasks.Close(), places.Close(), routes.Close(), pushing.Close(), computing.Close(), orders.Close()); err != nil {
			t.Error(err)
		}
		engine.Close()
	})
	return all.Devices(all.Deps{
		Node: node{}, Wasm: engine, Schedules: schedules, Computing: computing, Routes: routes, Tasks: tasks, Pushing: pushing,
		Pay: book, Hosted: wallets, Zone: zone(messages),
	})
}

var key = func() *keys.PrivateKey {
	k, err := keys.Generate(keys.Curve25519)
	if err != nil {
		panic(err)
	}
	return k
}()

func newEnv(t testing.TB) *ao.Env {
	t.Helper()
	r, err := ao.NewRegistry(devices(t)...)
	if err != nil {
		t.Fatal(err)
	}
	return ao.New(r, ao.Services{Key: key, Clock: stopped{}}, ao.Limits{}).Env(Of(P("hosted_key_type", Binary("ed25519"))))
}

func each(t *testing.T, law func(t *testing.T, d *ao.Device)) {
	for _, d := range devices(t) {
		t.Run(d.Name, func(t *testing.T) { law(t, d) })
	}
}

// samples are bases and requests that reach into most keys.
func samples(d *ao.Device) (bases, requests []*Message) {
	dev := P("device", Binary(d.Name))
	bases = []*Message{
		Of(dev),
		Of(dev, P("a", Int(1)), P("body", Binary(`{"x":[1,{"y":"z"}]}`)), P("n", Of(P("deep", Binary("v")))),
			P("device-stack", Strings([]string{"message@1.0", "multipass@1.0"})), P("passes", Int(2)),
			P("patch-from", Binary("/n")), P("target", Binary("a")), P("list", NewList(Int(1), True))),
	}
	requests = []*Message{
		Of(),
		Of(P("body", Binary("text")), P("key", Binary("a")), P("target", Binary("body")), P("item", Binary("a")),
			P("value", Binary("v")), P("type", Binary("unsigned")), P("source", Binary("req:body")),
			P("base", Binary("base:n")), P("request", Binary("req:key"))),
		Of(P("body", Of(P("a", NewList(Int(1))))), P("target", NewList(Int(1))), P("path-x", Float(1.5)), P("key", Empty()), P("slot", Binary("x"))),
	}
	return bases, requests
}

// calls asks a device for each of its keys, and one it does not have, with all
// samples.
func calls(t *testing.T, d *ao.Device, f func(name string, base, req *Message)) {
	names := []string{"unlisted"}
	for _, k := range d.Keys {
		names = append(names, k.Name)
	}
	for _, name := range names {
		bases, requests := samples(d)
		for i, b := range bases {
			for j, r := range requests {
				f(fmt.Sprintf("%s, base %d, request %d", name, i, j), b, r.Set("path", Binary(name)))
			}
		}
	}
}

func TestNamesAndDocs(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9-]+@[0-9]+\.[0-9]+[a-z0-9-]*$`)
	each(t, func(t *testing.T, d *ao.Device) {
		for _, n := range append([]string{d.Name}, d.Aliases...) {
			if !name.MatchString(n) {
				t.Errorf("%q is not name@version", n)
			}
		}
		if s := d.Summary(); s == "" || len(s) > 160 || !strings.HasSuffix(s, ".") {
			t.Errorf("the documentation must begin with one short sentence, not %q", s)
		}
		for _, k := range d.Keys {
			if k.Doc == "" || !strings.HasSuffix(k.Doc, ".") {
				t.Errorf("key %q needs a sentence of documentation", k.Name)
			}
			if k.Run == nil && d.Handler == nil {
				t.Errorf("key %q has no function", k.Name)
			}
			if IsPrivate(k.Name) {
				t.Errorf("key %q is private", k.Name)
			}
		}
		for _, o := range d.Options {
			if o.Name == "" || o.Default == nil || o.Doc == "" || o.Name != strings.ToLower(o.Name) || strings.Contains(o.Name, "-") {
				t.Errorf("option %q needs a name in lower case with underscores, a default and documentation", o.Name)
			}
		}
	})
}

// TestKeysAnswer asks for every key with all kinds of input: none may panic, or
// blame the node for what a client wrote.
func TestKeysAnswer(t *testing.T) {
	each(t, func(t *testing.T, d *ao.Device) {
		env := newEnv(t)
		calls(t, d, func(name string, base, req *Message) {
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("%s: panic: %v", name, r)
				}
			}()
			r := ao.ResultOf(env.Resolve(t.Context(), base, req))
			if fail.Is(r.Err, fail.Internal) {
				t.Errorf("%s is said to be the fault of the node: %v", name, r.Err)
			}
			if r.Status == ao.OK && r.Value == nil {
				t.Errorf("%s: neither value nor error", name)
			}
		})
	})
}

func TestUnlistedKeysAreThoseOfMessages(t *testing.T) {
	each(t, func(t *testing.T, d *ao.Device) {
		if d.Handler != nil || d.Default != nil {
			t.Skip("the device answers every key")
		}
		base := Of(P("device", Binary(d.Name)), P("unlisted-key", Binary("v")))
		if v, err := newEnv(t).ResolvePath(t.Context(), base, "unlisted-key"); err != nil || v != Value(Binary("v")) {
			t.Fatal(v, err)
		}
	})
}

func TestInfo(t *testing.T) {
	each(t, func(t *testing.T, d *ao.Device) {
		own := d.Handler != nil || d.Default != nil
		for _, k := range d.Keys {
			own = own || k.Name == "info"
		}
		if own {
			t.Skip("the device answers info itself")
		}
		v, err := newEnv(t).ResolvePath(t.Context(), Of(P("device", Binary(d.Name))), "info")
		if m, ok := v.(*Message); err != nil || !ok || m.Text("name") != d.Name || m.Text("description") == "" {
			t.Fatal(v, err)
		}
	})
}

func TestInputsStayAsTheyAre(t *testing.T) {
	each(t, func(t *testing.T, d *ao.Device) {
		env := newEnv(t)
		calls(t, d, func(name string, base, req *Message) {
			before := [2]*Message{clone(base).(*Message), clone(req).(*Message)}
			_, _ = env.Resolve(t.Context(), base, req)
			if !Equal(base, before[0]) || !Equal(req, before[1]) {
				t.Errorf("%s changes its input", name)
			}
		})
	})
}

// clone returns an equal value that shares nothing with v.
func clone(v Value) Value {
	switch x := v.(type) {
	case *Message:
		b := NewBuilder(x.Len())
		for k, e := range x.All() {
			b.Set(strings.Clone(k), clone(e))
		}
		return b.Message()
	case *List:
		items := make([]Value, 0, x.Len())
		for _, e := range x.All() {
			items = append(items, clone(e))
		}
		return NewList(items...)
	case Binary:
		return Binary(strings.Clone(string(x)))
	}
	return v
}

var secretSlot = NewSlot[string]("secret of a test")

// TestPrivateStateStaysInside looks for a secret, kept in the private state of
// base and request, in everything that answers say.
func TestPrivateStateStaysInside(t *testing.T) {
	const secret = "THE-SECRET"
	each(t, func(t *testing.T, d *ao.Device) {
		env := newEnv(t)
		calls(t, d, func(name string, base, req *Message) {
			base, req = secretSlot.Set(base, secret), secretSlot.Set(req, secret)
			r := ao.ResultOf(env.Resolve(t.Context(), base, req))
			walk(r.Value, func(k string, v Value) {
				if s, _ := Text(v); IsPrivate(k) || strings.Contains(s, secret) {
					t.Errorf("%s: %q comes out", name, k)
				}
			})
		})
		for _, k := range []string{"priv", "private", "priv/secret", "PRIV"} {
			r := ao.ResultOf(env.ResolvePath(t.Context(), secretSlot.Set(Of(P("device", Binary(d.Name))), secret), k))
			walk(r.Value, func(_ string, v Value) {
				if s, _ := Text(v); strings.Contains(s, secret) {
					t.Errorf("%s reads private state", k)
				}
			})
		}
	})
}

func walk(v Value, f func(key string, v Value)) {
	switch x := v.(type) {
	case *Message:
		for k, e := range x.All() {
			f(k, e)
			walk(e, f)
		}
	case *List:
		for _, e := range x.All() {
			f("", e)
			walk(e, f)
		}
	case nil:
	default:
		f("", v)
	}
}

// TestEqualInputsGiveEqualBytes asks twice, in two environments.
func TestEqualInputsGiveEqualBytes(t *testing.T) {
	each(t, func(t *testing.T, d *ao.Device) {
		if why := exempt.deterministic[d.Name]; why != "" {
			t.Skip(why)
		}
		one, two := newEnv(t), newEnv(t)
		calls(t, d, func(name string, base, req *Message) {
			a := ao.ResultOf(one.Resolve(t.Context(), base, req))
			b := ao.ResultOf(two.Resolve(t.Context(), clone(base), clone(req)))
			if a.Status != b.Status || !Equal(a.Value, b.Value) {
				t.Errorf("%s: two answers: %s %v, %s %v", name, a.Status, a.Value, b.Status, b.Value)
				return
			}
			switch a.Value.(type) {
			case *Message, *List:
				i, errI := commit.LinkID(t.Context(), a.Value)
				j, errJ := commit.LinkID(t.Context(), b.Value)
				if i != j || (errI == nil) != (errJ == nil) {
					t.Errorf("%s: two IDs: %s, %s", name, i, j)
				}
			}
		})
	})
}

// TestExamples tries what the documentation shows.
func TestExamples(t *testing.T) {
	each(t, func(t *testing.T, d *ao.Device) {
		for _, e := range d.Examples {
			r := ao.ResultOf(newEnv(t).ResolveRequest(t.Context(), Of(P("path", Binary(e.Path)))))
			got, ok := Text(r.Value)
			if !ok {
				var err error
				if got, err = json.Format(r.Value); err != nil {
					t.Fatal(err)
				}
			}
			if r.Status != ao.OK || got != e.Answer {
				t.Errorf("%s: %s %q, want %q", e.Path, r.Status, got, e.Answer)
			}
		}
	})
}

func TestCancelledRequestsEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	each(t, func(t *testing.T, d *ao.Device) {
		env := newEnv(t)
		calls(t, d, func(name string, base, req *Message) {
			if _, err := env.Resolve(ctx, base, req); !errors.Is(err, context.Canceled) {
				t.Errorf("%s goes on: %v", name, err)
			}
		})
	})
}
