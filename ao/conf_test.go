package ao_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/message"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/fs"
)

// The cases of spec 02, 25.1 by their numbers. Why some have no test here is in
// internal/conformancedocs/open.txt.

// sets runs a test under the five sets of options of CONF-AO-01.
// CONF-AO-01
func sets(t *testing.T, test func(t *testing.T, e *ao.Env), devices ...*ao.Device) {
	r, err := ao.NewRegistry(append(devices, message.New())...)
	if err != nil {
		t.Fatal(err)
	}
	inMemory := func(*testing.T) *ao.Env { return ao.New(r, ao.Services{}, ao.Limits{}).Env(Empty()) }
	onDisk := func(t *testing.T) *ao.Env {
		s, err := fs.Open(t.TempDir(), fs.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return ao.New(r, ao.Services{Cache: cache.New(s, cache.Options{})}, ao.Limits{}).Env(Empty())
	}
	for name, env := range map[string]func(*testing.T) *ao.Env{
		"defaults": inMemory,
		"ignore":   func(t *testing.T) *ao.Env { return inMemory(t).WithHashpath(ao.HashpathIgnore) },
		"ignore, no cache": func(t *testing.T) *ao.Env {
			return onDisk(t).WithHashpath(ao.HashpathIgnore).WithCacheControl(ao.CacheNever())
		},
		"update, no lookup": func(t *testing.T) *ao.Env { return onDisk(t).WithCacheControl(ao.CacheControl{Lookup: ao.No}) },
		"ignore, only cached": func(t *testing.T) *ao.Env {
			return onDisk(t).WithHashpath(ao.HashpathIgnore).WithCacheControl(ao.CacheControl{OnlyIfCached: ao.Yes})
		},
	} {
		t.Run(name, func(t *testing.T) { test(t, env(t)) })
	}
}

func want(t *testing.T, e *ao.Env, base Value, req Value, value Value) {
	t.Helper()
	v, err := e.Resolve(t.Context(), base, req)
	if err == nil {
		v, err = LoadAll(t.Context(), e.Cache, v)
	}
	if err != nil || !Equal(v, value) {
		t.Errorf("%v on %v: got %v %v, want %v", req, base, v, err, value)
	}
}

func wantMissing(t *testing.T, e *ao.Env, base Value, req Value) {
	t.Helper()
	if v, err := e.Resolve(t.Context(), base, req); !ao.AsMissing(err) {
		t.Errorf("%v on %v: got %v %v, want not_found", req, base, v, err)
	}
}

// keyed returns a device of one function a key.
func keyed(name string, f map[string]ao.Func) *ao.Device {
	d := &ao.Device{Name: name, Doc: "A test device."}
	for k, run := range f {
		d.Keys = append(d.Keys, ao.Key{Name: k, Run: run})
	}
	return d
}

func constant(v Value) ao.Func { return func(*ao.Call) (Value, error) { return v, nil } }

// CONF-AO-02..06
func TestConfAO02To06ReadingKeys(t *testing.T) {
	sets(t, func(t *testing.T, e *ao.Env) {
		m := Of(P("a", Binary("RESULT")))
		for range 2 {
			want(t, e, m, Binary("a"), Binary("RESULT")) // 02
		}
		id, err := e.ResolvePath(t.Context(), m, "id") // 03
		if s, ok := id.(Binary); err != nil || !ok || len(s) != 43 {
			t.Errorf("id %v %v", id, err)
		}
		want(t, e, Of(P("a", Int(1)), P("priv_a", Int(2))), Binary("keys"), Strings([]string{"a"})) // 04
		want(t, e, Of(P("path", Binary("p"))), Binary("path"), Binary("p"))                         // 05
		want(t, e, Of(P("Path", Binary("P"))), Binary("Path"), Binary("P"))
		for _, k := range []Value{Binary("test"), Atom("test"), NewList(Binary("test"))} { // 06
			want(t, e, Of(P("test", Int(1))), Of(P("path", k)), Int(1))
		}
		want(t, e, Of(P("Test-Header", Int(1))), Binary("Test-Header"), Int(1))
	})
}

// CONF-AO-08, 09
func TestConfAO08And09HandlerAndDefault(t *testing.T) {
	handler := &ao.Device{Name: "handler@1.0", Doc: "Handles.", Handler: constant(Binary("HANDLER"))}
	other := keyed("default@1.0", map[string]ao.Func{"own": constant(Binary("OWN"))})
	other.Default = constant(Binary("DEFAULT"))
	sets(t, func(t *testing.T, e *ao.Env) {
		want(t, e, Of(P("device", Binary("handler@1.0")), P("a", Int(1))), Binary("a"), Binary("HANDLER"))
		want(t, e, Of(P("device", Binary("default@1.0"))), Binary("own"), Binary("OWN"))
		want(t, e, Of(P("device", Binary("default@1.0")), P("a", Int(1))), Binary("a"), Binary("DEFAULT"))
	}, handler, other)
}

// CONF-AO-10
func TestConfAO10Get(t *testing.T) {
	sets(t, func(t *testing.T, e *ao.Env) {
		m := Of(P("a", Of(P("b", Of(P("c", Of(P("d", Int(4)))))))), P("x", Int(1)))
		for p, v := range map[string]Value{"x": Int(1), "a/b/c/d": Int(4), "/a//b/c/d/": Int(4), "a/b/c": Of(P("d", Int(4)))} {
			got, ok, err := e.Get(t.Context(), m, p)
			if err != nil || !ok || !Equal(got, v) {
				t.Errorf("%s: %v %v %v", p, got, ok, err)
			}
		}
		want(t, e, m, Of(P("path", NewList(Binary("a"), Binary("b"), Binary("c"), Binary("d")))), Int(4))
		for _, p := range []string{"y", "a/y", "x/y", "a/b/c/d/e"} {
			if v, ok, err := e.Get(t.Context(), m, p); ok || err != nil {
				t.Errorf("%s: %v %v", p, v, err)
			}
		}
	})
}

// CONF-AO-11, 12
func TestConfAO11To12SetAndDeviceKeys(t *testing.T) {
	d := keyed("keyed@1.0", map[string]ao.Func{"f": constant(Binary("F"))})
	sets(t, func(t *testing.T, e *ao.Env) {
		m, err := e.Set(t.Context(), Of(P("a", Int(1)), P("b", Int(2))), "a", Int(3)) // 11
		if err != nil || !Equal(m, Of(P("a", Int(3)), P("b", Int(2)))) {
			t.Error(m, err)
		}
		both := Of(P("device", Binary("keyed@1.0")), P("stored", Int(5))) // 12
		want(t, e, both, Binary("f"), Binary("F"))
		want(t, e, both, Binary("stored"), Int(5))
	}, d)
}

// CONF-AO-13
func TestConfAO13MessageDeviceBypassesTheHandler(t *testing.T) {
	handler := &ao.Device{Name: "handler@1.0", Doc: "Handles.", Handler: constant(Binary("HANDLER"))}
	sets(t, func(t *testing.T, e *ao.Env) {
		m := Of(P("device", Binary("handler@1.0")), P("a", Int(1)))
		want(t, e, m, Binary("a"), Binary("HANDLER"))
		v, ok, err := e.Get(t.Context(), &As{Device: Binary("message@1.0"), Message: m}, "a")
		if err != nil || !ok || v != Value(Int(1)) {
			t.Error(v, ok, err)
		}
	}, handler)
}

// counting is a device whose own "set" counts.
func counting() *ao.Device {
	return keyed("counting@1.0", map[string]ao.Func{"set": func(c *ao.Call) (Value, error) {
		v, _ := c.Base.Get("sets")
		n, _ := AsInt(v)
		return c.Base.Merge(c.Request().Without("path", "set-mode")).Set("sets", Int(n+1)), nil
	}})
}

// CONF-AO-14
func TestConfAO14OwnSet(t *testing.T) {
	sets(t, func(t *testing.T, e *ao.Env) {
		m := Of(P("device", Binary("counting@1.0")), P("state", Int(7)))
		for i := range 3 {
			var err error
			if m, err = e.Set(t.Context(), m, "k", Int(i)); err != nil {
				t.Fatal(err)
			}
		}
		if !Equal(m, Of(P("device", Binary("counting@1.0")), P("state", Int(7)), P("sets", Int(3)), P("k", Int(2)))) {
			t.Error(m.Keys())
		}
	}, counting())
}

// CONF-AO-15, 16
func TestConfAO15And16DeepSet(t *testing.T) {
	sets(t, func(t *testing.T, e *ao.Env) {
		for _, c := range []struct {
			before *Message
			p      string
			after  *Message
		}{
			{Of(P("a", Of(P("b", Int(1)), P("o", Int(9))))), "a/b", Of(P("a", Of(P("b", Int(5)), P("o", Int(9)))))},
			{Of(P("a", Of(P("b", Of(P("c", Int(1))))))), "a/b/c", Of(P("a", Of(P("b", Of(P("c", Int(5)))))))},
			{Of(P("x", Int(1))), "z/y/x", Of(P("x", Int(1)), P("z", Of(P("y", Of(P("x", Int(5)))))))},
		} {
			if got, err := e.Set(t.Context(), c.before, c.p, Int(5)); err != nil || !Equal(got, c.after) {
				t.Errorf("%s: %v %v", c.p, got, err)
			}
		}
		v, err := e.Resolve(t.Context(), Empty(), Of(P("path", Binary("set")), P("z/a", Int(0)), P("z/b", Int(1)), P("z/y/x", Int(2))))
		if err != nil || !Equal(v, Of(P("z", Of(P("a", Int(0)), P("b", Int(1)), P("y", Of(P("x", Int(2)))))))) {
			t.Error(v, err)
		}
		if _, err := e.Set(t.Context(), Of(P("a", Int(1))), "a/b", Int(5)); !fail.Is(err, fail.Invalid) {
			t.Error("a number on the way:", err)
		}
	})
}

// CONF-AO-17
func TestConfAO17DeepSetThroughDevices(t *testing.T) {
	sets(t, func(t *testing.T, e *ao.Env) {
		d := P("device", Binary("counting@1.0"))
		m, err := e.Set(t.Context(), Of(d, P("a", Of(P("b", Of(d, P("c", Int(1))))))), "a/b/c", Int(2))
		if err != nil || !Equal(m, Of(d, P("sets", Int(1)), P("a", Of(P("b", Of(d, P("sets", Int(1)), P("c", Int(2)))))))) {
			t.Error(m, err)
		}
	}, counting())
}

// CONF-AO-18, 19
func TestConfAO18And19ListedAndExcludedKeys(t *testing.T) {
	listed := keyed("listed@1.0", map[string]ao.Func{"f": constant(Binary("F"))})
	handler := &ao.Device{Name: "handler@1.0", Doc: "Handles.", Handler: constant(Binary("HANDLER")), Excludes: []string{"set"}}
	sets(t, func(t *testing.T, e *ao.Env) {
		m := Of(P("device", Binary("listed@1.0")), P("stored", Int(1)))
		want(t, e, m, Binary("f"), Binary("F"))
		want(t, e, m, Binary("stored"), Int(1))
		wantMissing(t, e, m, Binary("unknown"))
		if got, err := e.Set(t.Context(), m, "k", Int(2)); err != nil || !Equal(got, m.Set("k", Int(2))) {
			t.Error(got, err)
		}
		if v, err := e.ResolvePath(t.Context(), m, "info"); err != nil || v.(*Message).Text("name") != "listed@1.0" {
			t.Error(v, err)
		}
		h := Of(P("device", Binary("handler@1.0")))
		want(t, e, h, Of(P("path", Binary("set")), P("k", Int(2))), h.Set("k", Int(2)))
		want(t, e, h, Binary("k"), Binary("HANDLER"))
	}, listed, handler)
}

// CONF-AO-28: whoever has signed it
func TestConfAO20DevicesComeFromTheRegistryOnly(t *testing.T) {
	sets(t, func(t *testing.T, e *ao.Env) {
		want(t, e, Of(P("device", Binary("message@1.0"))), Binary("device"), Binary("message@1.0"))
		for _, d := range []Value{Atom("dev_message"), Binary("no-such@1.0"), Int(5), Of(P("a", Int(1))), Binary(strings.Repeat("x", 43))} {
			if v, err := e.ResolvePath(t.Context(), Of(P("device", d), P("a", Int(1))), "a"); err == nil {
				t.Errorf("device %v answers %v", d, v)
			}
		}
	})
}

// CONF-AO-21
func TestConfAO21Lists(t *testing.T) {
	sets(t, func(t *testing.T, e *ao.Env) {
		l := NewList(Binary("x"), Of(P("k", Int(2))))
		want(t, e, l, Binary("1"), Binary("x"))
		want(t, e, Of(P("l", l)), Binary("l/2/k"), Int(2))
		wantMissing(t, e, l, Binary("3"))
	})
}

// CONF-AO-22..25
func TestConfAO22To25SeenThroughDevices(t *testing.T) {
	d := keyed("cool@1.0", map[string]ao.Func{
		"name": constant(Binary("COOL")),
		"test": func(c *ao.Call) (Value, error) { return Binary("COOL-" + c.Base.Text("value")), nil },
	})
	sets(t, func(t *testing.T, e *ao.Env) {
		ctx := t.Context()
		run := func(want Value, seq ...Value) {
			t.Helper()
			if v, err := e.Run(ctx, seq); err != nil || !Equal(v, want) {
				t.Errorf("got %v %v, want %v", v, err, want)
			}
		}
		step := func(k string) *Message { return Of(P("path", Binary(k))) }
		content := Of(P("value", Binary("V")))
		run(Binary("COOL"), &As{Device: Binary("cool@1.0"), Message: step("")}, step("name")) // 22
		run(Binary("COOL-V"), &As{Device: Binary("cool@1.0"), Message: content}, step("test"))
		if _, err := e.Cache.Write(ctx, content, store.Durable); err != nil {
			t.Fatal(err)
		}
		id, err := commit.UnsignedID(ctx, content)
		if err != nil {
			t.Fatal(err)
		}
		run(Binary("COOL-V"), &As{Device: Binary("cool@1.0"), Message: step(id.String())}, step("test"))
		run(Binary("COOL-V"), content, &As{Device: Binary("cool@1.0"), Message: step("test")})             // 23
		run(Binary("COOL-V"), content, &As{Device: Binary("cool@1.0"), Message: Binary("")}, step("test")) // 24
		run(Binary("V"), content, &As{Device: Binary("cool@1.0"), Message: Binary("")},                    // 25
			&As{Device: Binary("message@1.0"), Message: Of(P("extra", Int(1)))}, step("value"))
	}, d)
}

// CONF-AO-26
func TestConfAO26StepHook(t *testing.T) {
	var steps atomic.Int64
	d := keyed("hook@test", map[string]ao.Func{"step": func(c *ao.Call) (Value, error) {
		steps.Add(1)
		return c.Request(), nil
	}})
	sets(t, func(t *testing.T, e *ao.Env) {
		steps.Store(0)
		e = e.WithConfig(Of(P("on", Of(P("step", Of(P("device", Binary("hook@test"))))))))
		want(t, e, Of(P("a", Of(P("b", Int(1))))), Binary("a/b"), Int(1))
		if steps.Load() != 2 {
			t.Errorf("%d steps", steps.Load())
		}
	}, d)
}

// CONF-AO-29
func TestConfAO29CacheControl(t *testing.T) {
	for _, c := range []struct {
		in   Value
		want ao.CacheControl
	}{
		{nil, ao.CacheControl{}},
		{Binary("always"), ao.CacheAlways()},
		{Binary("no-store"), ao.CacheControl{Store: ao.No}},
		{Binary("no-cache"), ao.CacheControl{Lookup: ao.No}},
		{Binary("store"), ao.CacheControl{Store: ao.Yes}},
		{Binary("cache"), ao.CacheControl{Lookup: ao.Yes}},
		{Binary("only-if-cached"), ao.CacheControl{OnlyIfCached: ao.Yes}},
		{Strings([]string{"no-store", "no-cache", "only-if-cached"}), ao.CacheControl{Store: ao.No, Lookup: ao.No, OnlyIfCached: ao.Yes}},
		{Strings([]string{"no-store", "always"}), ao.CacheAlways()},
		{Strings([]string{"store", "no-store"}), ao.CacheControl{Store: ao.No}},
		{Binary("no-store, no-cache"), ao.CacheNever()},
		{Binary("moon"), ao.CacheControl{}},
		{NewList(), ao.CacheControl{}},
	} {
		if got := ao.ParseCacheControl(c.in); got != c.want {
			t.Errorf("%v: %v, want %v", c.in, got, c.want)
		}
	}
}

// TestConfAO29Precedence: options beat messages, results beat requests.
// CONF-AO-29
func TestConfAO29Precedence(t *testing.T) {
	var runs atomic.Int64
	result := Empty()
	d := keyed("slow@1.0", map[string]ao.Func{"run": func(*ao.Call) (Value, error) {
		runs.Add(1)
		return result, nil
	}})
	e := newEnv(t, d)
	for i, c := range []struct {
		options         ao.CacheControl
		inResult, inReq string
		stored          bool
	}{
		{ao.CacheControl{}, "", "", false},
		{ao.CacheAlways(), "", "", true},
		{ao.CacheAlways(), "no-store", "no-store", true},
		{ao.CacheNever(), "always", "always", false},
		{ao.CacheControl{}, "", "store", true},
		{ao.CacheControl{}, "no-store", "store", false},
		{ao.CacheControl{}, "store", "no-store", true},
	} {
		base, req := Of(P("device", Binary("slow@1.0")), P("case", Int(i))), Of(P("path", Binary("run")))
		result = Of(P("case", Int(i)))
		if c.inResult != "" {
			result = result.Set("cache-control", Binary(c.inResult))
		}
		if c.inReq != "" {
			req = req.Set("cache-control", Binary(c.inReq))
		}
		if _, err := e.WithCacheControl(c.options).Resolve(t.Context(), base, req); err != nil {
			t.Fatal(err)
		}
		id, err := commit.UnsignedID(t.Context(), base)
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.WithCacheControl(ao.CacheControl{OnlyIfCached: ao.Yes}).Resolve(t.Context(), Binary(id.String()), req)
		if (err == nil) != c.stored {
			t.Errorf("case %d: stored %v: %v", i, err == nil, err)
		}
	}
}

// CONF-AO-30
func TestConfAO30StoredResultsAreFound(t *testing.T) {
	var runs atomic.Int64
	d := keyed("slow@1.0", map[string]ao.Func{
		"text":    func(*ao.Call) (Value, error) { runs.Add(1); return Binary("RESULT"), nil },
		"message": func(*ao.Call) (Value, error) { runs.Add(1); return Of(P("r", Of(P("s", Int(1))))), nil },
	})
	e := newEnv(t, d)
	base := Of(P("device", Binary("slow@1.0")))
	id, err := e.Cache.Write(t.Context(), base, store.Durable)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]Value{"text": Binary("RESULT"), "message": Of(P("r", Of(P("s", Int(1)))))} {
		for _, more := range []Pair{P("none", nil), P("x", Int(1))} {
			req := Of(P("path", Binary(k)), more)
			want(t, e.WithCacheControl(ao.CacheAlways()), base, req, v)
			before := runs.Load()
			want(t, e.WithCacheControl(ao.CacheControl{OnlyIfCached: ao.Yes}), Binary(id), req, v)
			if runs.Load() != before {
				t.Errorf("%s was computed again", k)
			}
		}
	}
	var o *ao.Outcome
	_, err = e.WithCacheControl(ao.CacheControl{OnlyIfCached: ao.Yes}).Resolve(t.Context(), Binary(id), Binary("keys"))
	if !errors.As(err, &o) || DeepGet(o.Value.(*Message), []string{"status"}) != Value(Int(504)) {
		t.Error(err)
	}
	_, err = e.Resolve(t.Context(), Binary(strings.Repeat("x", 43)), Binary("keys"))
	if !errors.As(err, &o) || DeepGet(o.Value.(*Message), []string{"status"}) != Value(Int(404)) {
		t.Error(err)
	}
}

// CONF-AO-31
// CONF-MSG-77
func TestConfAO31Hashpaths(t *testing.T) {
	ctx := t.Context()
	base := Of(P("base", Binary("message")))
	h, err := ao.Hashpath(ctx, base)
	if err != nil || h != "cCaKSyqPRnYPaUr4NgKmYePTcMGAKQbD6Y6IrArbZjQ" {
		t.Fatal(h, err)
	}
	one, err := ao.NextHashpath(ctx, base, Of(P("a", Binary("b"))))
	if err != nil || len(one) != 87 || one != h+"/qoKsl5XJIjkL7QIfUXNplkdh71dTOV1mUtP3b4WlzMk" {
		t.Fatal(one, err)
	}
	if two, err := ao.NextHashpath(ctx, base.WithHashpath(KnownHashpath(one)), Of(P("path", Binary("k")))); err != nil || two != "j0i1_UGWCwGay7UTjobzRK-i6XQRzdWX7-9Qyb6fC5Q/k" {
		t.Fatal(two, err)
	}
	e := newEnv(t)
	m := Of(P("a", Of(P("b", Of(P("c", Int(1)))))))
	v, err := e.ResolvePath(ctx, m, "a")
	if err != nil {
		t.Fatal(err)
	}
	chain := []*Message{m, Of(P("path", Binary("a"))), v.(*Message)}
	if err := ao.VerifyHashpath(ctx, chain); err != nil {
		t.Error(err)
	}
	chain[1] = Of(P("path", Binary("forged")))
	if err := ao.VerifyHashpath(ctx, chain); !fail.Is(err, fail.Unauthorized) {
		t.Error("a forged chain holds:", err)
	}
}

// CONF-AO-32
// CONF-MSG-78
func TestConfAO32PathsOfRequests(t *testing.T) {
	sets(t, func(t *testing.T, e *ao.Env) {
		m := Of(P("a", Of(P("b", Int(1)))))
		for _, p := range []Value{Binary("a/b"), Binary("/a/b/"), Binary("a//b"), NewList(Binary("a"), Binary("b")), NewList(Binary("a/b")), NewList(NewList(Binary("a")), Atom("b"))} {
			want(t, e, m, Of(P("path", p)), Int(1))
		}
		for _, p := range []Value{Binary(""), Binary("/"), NewList(), Binary("//")} {
			if v, err := e.Resolve(t.Context(), m, Of(P("path", p))); !fail.Is(err, fail.Invalid) {
				t.Errorf("%v: %v %v", p, v, err)
			}
		}
		if parts := Parts("/"); len(parts) != 0 {
			t.Error(parts)
		}
	})
	if seq, err := path.ParseText("/"); err != nil || len(seq) != 0 {
		t.Error(seq, err)
	}
}

// CONF-AO-34
func TestConfAO34EqualCallsRunOnce(t *testing.T) {
	const calls = 20
	var runs atomic.Int64
	var arrived sync.WaitGroup
	arrived.Add(calls)
	release := make(chan struct{})
	d := keyed("grouped@1.0", map[string]ao.Func{"slow": func(*ao.Call) (Value, error) {
		<-release
		return Of(P("n", Int(runs.Add(1)))), nil
	}})
	d.Group = func(c *ao.Call) string {
		arrived.Done()
		return "group of " + c.Base.Text("name")
	}
	e := newEnv(t, d)
	var wg sync.WaitGroup
	for range calls {
		wg.Go(func() {
			v, err := e.Resolve(context.Background(), Of(P("device", Binary("grouped@1.0")), P("name", Binary("n"))), Of(P("path", Binary("slow")), P("x", Int(1))))
			if m, ok := v.(*Message); err != nil || !ok || !m.Has("n") {
				t.Error(v, err)
			}
		})
	}
	arrived.Wait()
	close(release)
	wg.Wait()
	// A call that has arrived may be suspended before it joins, and then runs
	// by itself; not all of them can be.
	if n := runs.Load(); n > calls/2 {
		t.Errorf("%d of %d equal calls were executed", n, calls)
	}
}

// TestConfAO35DifferentCallsOfAGroupTakeTurns: no two calls of a group are
// executed at the same time.
// CONF-AO-35
func TestConfAO35DifferentCallsOfAGroupTakeTurns(t *testing.T) {
	var inside, most atomic.Int64
	d := keyed("grouped@1.0", map[string]ao.Func{"turn": func(c *ao.Call) (Value, error) {
		most.Store(max(most.Load(), inside.Add(1)))
		time.Sleep(time.Millisecond)
		inside.Add(-1)
		return c.Request().Message("x"), nil
	}})
	d.Group = func(*ao.Call) string { return "one" }
	e := newEnv(t, d)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			x := Of(P("i", Int(i)))
			v, err := e.Resolve(context.Background(), Of(P("device", Binary("grouped@1.0"))), Of(P("path", Binary("turn")), P("x", x)))
			if err != nil || !Equal(v, x) {
				t.Error(v, err)
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 {
		t.Errorf("%d calls at once", most.Load())
	}
}

// CONF-AO-37, CONF-HOOK-01..04
func TestConfAO37Hooks(t *testing.T) {
	d := keyed("hooked@1.0", map[string]ao.Func{
		"start": func(c *ao.Call) (Value, error) {
			v, _ := c.Request().Get("n")
			n, _ := AsInt(v)
			return Of(P("n", Int(n+1))), nil
		},
		"refuse": func(*ao.Call) (Value, error) { return nil, ao.Refuse(400, "no") },
		"break":  func(*ao.Call) (Value, error) { return nil, errors.New("broken") },
	})
	h := Of(P("device", Binary("hooked@1.0")))
	refuse, broken := h.Set("path", Binary("refuse")), h.Set("path", Binary("break"))
	in := Of(P("n", Int(0)))
	for _, c := range []struct {
		name     string
		handlers Value
		want     ao.Status
		n        int
	}{
		{"none", nil, ao.OK, 0},
		{"one", h, ao.OK, 1},
		{"two", NewList(h, h), ao.OK, 2},
		{"two, numbered", NewList(h, h).Numbered(), ao.OK, 2},
		{"stop at the first error", NewList(h, refuse, h), ao.Failed, 0},
		{"a handler that fails", broken, ao.Failure, 0},
		{"ignored result", h.Set("hook", Of(P("result", Binary("ignore")))), ao.OK, 0},
		{"result as error", h.Set("hook", Of(P("result", Binary("error")))), ao.Failed, 1},
	} {
		e := newEnv(t, d).WithConfig(Of(P("on", Of(P("start", c.handlers)))))
		r := ao.ResultOf(e.Hook(t.Context(), "start", in))
		m, _ := r.Value.(*Message)
		if v, _ := m.Get("n"); r.Status != c.want || (r.Status == ao.OK && v != Value(Int(c.n))) {
			t.Errorf("%s: %s %v", c.name, r.Status, r.Value)
		}
	}
}

// CONF-AO-38
// CONF-PRIV-01, 02
func TestConfAO38PrivateState(t *testing.T) {
	slot := NewSlot[string]("test")
	sets(t, func(t *testing.T, e *ao.Env) {
		m := slot.Set(Of(P("a", Of(P("b", Int(1))))), "secret")
		if s, ok := slot.In(m); !ok || s != "secret" {
			t.Error(s, ok)
		}
		want(t, e, m, Binary("keys"), Strings([]string{"a"}))
		for _, p := range []string{"priv", "priv/test", "private", "PRIV"} {
			wantMissing(t, e, m, Binary(p))
		}
		set, err := e.Set(t.Context(), m, "priv", Int(1))
		if s, ok := slot.In(set); err != nil || !ok || s != "secret" || set.Has("priv") {
			t.Error("setting must keep private state and not reach it:", s, err)
		}
	})
}

// CONF-AO-39
// CONF-MSG-68
func TestConfAO39MessageDevice(t *testing.T) {
	sets(t, func(t *testing.T, e *ao.Env) {
		m := Of(P("a", Int(1)), P("b", Of(P("c", Int(2)), P("d", Int(3)))), P("privileged", Int(9)))
		wantMissing(t, e, m, Binary("privileged"))
		want(t, e, m, Of(P("path", Binary("remove")), P("item", Binary("a"))), m.Without("a"))
		want(t, e, m, Of(P("path", Binary("remove")), P("items", Strings([]string{"a", "b"}))), Empty())
		want(t, e, m, Of(P("path", Binary("set")), P("a", Int(5))), m.Set("a", Int(5)))
		want(t, e, m, Of(P("path", Binary("set")), P("a", Unset)), m.Without("a"))
		want(t, e, m, Of(P("path", Binary("set")), P("b/c", Unset)), m.Set("b", Of(P("d", Int(3)))))
		want(t, e, m, Of(P("path", Binary("set")), P("a", Undefined)), m)
		want(t, e, Of(P("key", Int(1)), P("UP", Int(2))), Binary("KEY"), Int(1))
		wantMissing(t, e, Of(P("UP", Int(2))), Binary("up"))
	})
}

// CONF-AO-39
// CONF-MSG-68
func TestConfAO39Verify(t *testing.T) {
	key, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	e := newEnv(t)
	signed, err := commit.Commit(t.Context(), e.Codec(), Of(P("a", Int(1))), key, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	verify := Of(P("path", Binary("verify")), P("target", Binary("body")), P("committers", Binary("all")))
	want(t, e, Empty(), verify.Set("body", signed), True)
	want(t, e, Empty(), verify.Set("body", signed.Set("a", Int(2))), False)
}

// CONF-AO-40
// CONF-MSG-72
func TestConfAO40Links(t *testing.T) {
	e := newEnv(t)
	m := Of(P("a", Of(P("b", Int(1)))))
	id, err := e.Cache.Write(t.Context(), m, store.Durable)
	if err != nil {
		t.Fatal(err)
	}
	want(t, e, Link{ID: id}, Binary("a/b"), Int(1))
	want(t, e, Of(P("l", Link{ID: id})), Binary("l/a/b"), Int(1))
	if v, err := e.ResolvePath(t.Context(), Of(P("l", Link{ID: id})), "l"); err != nil {
		t.Error(v, err)
	}
	if v, err := e.ResolvePath(t.Context(), Of(P("l", Link{ID: strings.Repeat("x", 43)})), "l"); !fail.Is(err, fail.NotFound) {
		t.Error(v, err)
	}
}

// TestConfAO41Names: the registry takes a name once.
// CONF-AO-41
func TestConfAO41Names(t *testing.T) {
	a, b := keyed("a@1.0", nil), keyed("b@1.0", nil)
	b.Aliases = []string{"a@1.0"}
	if _, err := ao.NewRegistry(message.New(), a, b); !fail.Is(err, fail.Conflict) {
		t.Error(err)
	}
	if _, err := ao.NewRegistry(a); !fail.Is(err, fail.Invalid) {
		t.Error("a registry without message@1.0:", err)
	}
	b.Aliases = []string{"c@1.0"}
	r, err := ao.NewRegistry(message.New(), b, a)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range r.Devices() {
		names = append(names, d.Name)
	}
	if !slices.Equal(names, []string{"a@1.0", "b@1.0", "message@1.0"}) {
		t.Error(names)
	}
	if d, err := r.Device("c@1.0"); err != nil || d.Name != "b@1.0" {
		t.Error(d, err)
	}
}

// TestSequenceEndsAtTheFirstOtherStatus is spec 02, 2.2.
func TestSequenceEndsAtTheFirstOtherStatus(t *testing.T) {
	d := keyed("status@1.0", map[string]ao.Func{
		"created": func(*ao.Call) (Value, error) { return nil, &ao.Outcome{Status: ao.Created, Value: Of(P("k", Int(1)))} },
	})
	e := newEnv(t, d)
	r := ao.ResultOf(e.ResolvePath(t.Context(), Of(P("device", Binary("status@1.0"))), "created/k"))
	if r.Status != ao.Created || !Equal(r.Value, Of(P("k", Int(1)))) {
		t.Error(r)
	}
	if r := ao.ResultOf(e.Run(t.Context(), nil)); r.Status != ao.Failure {
		t.Error(r)
	}
}

// TestDepthLimit: a device that calls itself ends with 508.
func TestDepthLimit(t *testing.T) {
	d := keyed("loop@1.0", map[string]ao.Func{"loop": func(c *ao.Call) (Value, error) { return c.Resolve(c.Ctx, c.Base, c.Request()) }})
	e := newEnv(t, d)
	var o *ao.Outcome
	_, err := e.ResolvePath(t.Context(), Of(P("device", Binary("loop@1.0"))), "loop")
	if !errors.As(err, &o) || DeepGet(o.Value.(*Message), []string{"status"}) != Value(Int(508)) {
		t.Error(err)
	}
}

// TestForcedMessages is spec 02, 2.5.
func TestForcedMessages(t *testing.T) {
	e := newEnv(t).WithForce(true)
	m := Of(P("a", Binary("1")), P("l", NewList(Int(1))), P("m", Of(P("k", Int(1)))))
	want(t, e, m, Binary("a"), Of(P("ao-result", Binary("body")), P("body", Binary("1"))))
	want(t, e, m, Binary("l"), Of(P("1", Int(1))))
	want(t, e, m, Binary("m"), Of(P("k", Int(1))))
	want(t, e, m, Binary("a/body"), Of(P("ao-result", Binary("body")), P("body", Binary("1"))))
	r := ao.ResultOf(e.ResolvePath(t.Context(), m, "none"))
	if !Equal(r.Value, Of(P("ao-result", Binary("body")), P("body", NotFound))) {
		t.Error(r.Value)
	}
}

func ExampleEnv_ResolvePath() {
	r, _ := ao.NewRegistry(message.New())
	env := ao.New(r, ao.Services{}, ao.Limits{}).Env(Empty())
	v, _ := env.ResolvePath(context.Background(), Of(P("a", Of(P("b", Binary("hello"))))), "a/b")
	fmt.Println(v)
	// Output: hello
}
