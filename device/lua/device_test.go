package lua_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/lua"
	"github.com/hyperbeam-go/hyperbeam/device/multipass"
	"github.com/hyperbeam-go/hyperbeam/device/patch"
	"github.com/hyperbeam-go/hyperbeam/device/stack"
	"github.com/hyperbeam-go/hyperbeam/device/structured"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// CONF-LUA-01, 02
func TestModules(t *testing.T) {
	b := bench(t)
	one, two := source("one", "function a() return 1 end shared = 5"), source("two", "function b() return shared end")
	id, err := b.Cache.Write(context.Background(), two, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, module := range map[string]Value{
		"list":             NewList(one, two),
		"list with an ID":  NewList(one, Binary(id)),
		"list with a link": NewList(one, Link{ID: id}),
		"map in key order": Of(P("x", one), P("y", two)),
		"numbered":         Of(P("1", one), P("2", two)),
		"nested":           NewList(NewList(one), Of(P("z", two))),
		"data instead of a body": NewList(one, Of(P("content-type", Binary("text/x-lua")),
			P("data", Binary("function b() return shared end")))),
	} {
		t.Run(name, func(t *testing.T) {
			base := Of(P("device", Binary(lua.Name)), P("module", module))
			b.Want(b.Ask(base, "a"), Int(1))
			b.Want(b.Ask(base, "b"), Int(5))
		})
	}
}

func TestModulesThatCannotBeLoaded(t *testing.T) {
	b := bench(t)
	base := Of(P("device", Binary(lua.Name)))
	missing := strings.Repeat("A", 43)
	for name, c := range map[string]struct {
		module Value
		body   string
	}{
		"none":         {nil, "no-modules-found"},
		"missing":      {Binary(missing), "Lua module '" + missing + "' not found."},
		"bare source":  {Binary("function f() end"), "must be the ID"},
		"number":       {Int(5), "a module is an ID"},
		"syntax error": {source("bad", "x = "), "syntax error"},
		"failing":      {source("bad", "error('at load')"), "at load"},
		"no text":      {Of(P("content-type", Binary("application/lua"))), "no source text"},
	} {
		r := b.Ask(base.Set("module", c.module), "f")
		text, _ := Text(r.Value)
		if m, ok := r.Value.(*Message); ok {
			text = m.Text("body")
		}
		if r.Status != ao.Failed || !strings.Contains(text, c.body) {
			t.Errorf("%s: %s %q", name, r.Status, text)
		}
	}
}

// CONF-LUA-04
func TestSandbox(t *testing.T) {
	b := bench(t)
	src := text("function f() return os.getenv('PWD') end function g() return tostring(os.time) end function h() return answer end")
	if r := b.Ask(src.Set("sandbox", True), "f"); r.Status != ao.Failed {
		t.Fatal(r)
	}
	b.Want(b.Ask(src.Set("sandbox", Strings([]string{"os.time", "not.there"})), "g"), Binary("sandboxed"))
	b.Want(b.Ask(src.Set("sandbox", Of(P("os.time", Binary("no")), P("answer", Int(42)))), "h"), Int(42))
}

// CONF-LUA-05
func TestDeviceSandbox(t *testing.T) {
	b := aotest.New(t, lua.New(), structured.New(), multipass.New())
	src := text(`
		function fine() return ao.resolve({path = "/hello", hello = "Hello, AO world!"}) end
		function other() local status = ao.resolve({path = "/~multipass@1.0/compute", passes = 2}) return status end`)
	boxed := src.Set("device-sandbox", Strings([]string{"message@1.0"}))
	b.Want(b.Ask(boxed, "fine"), Binary("Hello, AO world!"))
	b.Want(b.Ask(boxed, "other"), Binary("error"))
	b.Want(b.Ask(src, "other"), Binary("pass"))
	if r := b.Ask(src.Set("device-sandbox", Strings([]string{"no-such@1.0"})), "fine"); r.Status == ao.OK {
		t.Fatal("an unknown device in the list must be refused")
	}
}

// CONF-LUA-07
func TestHook(t *testing.T) {
	hook := text(`function request(base, req, opts)
		return "ok", {body = {{path = "/turtles", turtles = "i like turtles"}}, asked = req.path}
	end`)
	b := aotest.With(t, ao.Services{}, Of(P("on", Of(P("request", hook)))), lua.New(), structured.New())
	for range 3 {
		v, err := b.Hook(context.Background(), "request", Of(P("request", Empty()), P("body", NewList())))
		if err != nil {
			t.Fatal(err)
		}
		if got := DeepGet(v.(*Message), []string{"body", "1", "turtles"}); got != Value(Binary("i like turtles")) {
			t.Fatal(v)
		}
	}
}

func TestInAStack(t *testing.T) {
	b := aotest.New(t, lua.New(), structured.New(), stack.New(), patch.New())
	base := Of(P("device", Binary(stack.Name)), P("device-stack", Strings([]string{lua.Name, "patch@1.0"})),
		P("module", source("m", `function compute(base, req)
			calls = (calls or 0) + 1
			base.results = {outbox = {["1"] = {method = "PATCH", seen = calls}}}
			return base
		end`)), P("patch-from", Binary("/results/outbox")))
	m := b.Message(b.Ask(base, "init"))
	for i := range 3 {
		m = b.Message(b.Ask(m, "compute"))
		if v := get(t, m, "seen"); v != Value(Int(i+1)) {
			t.Fatalf("call %d: %v", i, v)
		}
	}
	snap := b.Message(b.Ask(m, "snapshot", P("mode", Binary("Map"))))
	if snap.Message("1") == nil {
		t.Fatalf("no snapshot of the program: %v", snap.Keys())
	}
	back := b.Message(b.Ask(m.WithPrivate(nil).Set("snapshot", snap), "normalize"))
	back = b.Message(b.Ask(back.Without("snapshot"), "compute"))
	if v := get(t, back, "seen"); v != Value(Int(4)) {
		t.Fatal(v)
	}
}

func TestResultsShareWhatDidNotChange(t *testing.T) {
	b := bench(t)
	big := NewBuilder(1000)
	for i := range 1000 {
		big.Set(Int(i).String()+"x", Int(i))
	}
	s := text("function f(base) base.n = 1 base.big['5x'] = base.big['5x'] + 1 return base end").
		Set("big", big.Message()).Set("kept", Of(P("deep", Of(P("x", NewList(Int(1)))))))
	m := b.Message(b.Ask(s, "f"))
	if m.Message("kept") != s.Message("kept") {
		t.Error("an unchanged message is a new one")
	}
	if v := get(t, m, "big/5x"); v != Value(Int(6)) || m.Message("big").Len() != 1000 {
		t.Error(v)
	}
}

func TestResultsThatHaveNoForm(t *testing.T) {
	b := bench(t)
	for src, want := range map[string]string{
		"return {a = {b = print}}":                "a/b",
		"local t = {} t.t = t return {x = {t}}":   "x/1/t",
		"return {[1.5] = 1}":                      "number",
		"return 1, 2, 3":                          "3 values",
		"return":                                  "0 values",
		"return 'never-heard-of', {}":             "status",
		"return {coroutine = coroutine}":          "",
		"return setmetatable({a = 1}, {__x = 1})": "",
	} {
		r := b.Ask(text("function f() "+src+" end"), "f")
		if want == "" {
			b.OK(r)
			continue
		}
		m, _ := r.Value.(*Message)
		if r.Status == ao.OK || !strings.Contains(m.Text("body"), want) {
			t.Errorf("%s: %v %q", src, r.Status, m.Text("body"))
		}
	}
}

func TestPrivateKeysDoNotPass(t *testing.T) {
	b := bench(t)
	m := b.Message(b.Ask(text("function f(base) base.private = 1 base.priv_x = 2 base.ok = 3 return base end"), "f"))
	if m.Has("private") || m.Has("priv_x") || !m.Has("ok") {
		t.Fatal(m.Keys())
	}
}

func TestConcurrentCalls(t *testing.T) {
	b := bench(t)
	s := b.Message(b.Ask(program(example(t, "counter.lua")), "compute", msg(P("by", Int(1)))))
	fresh := program(example(t, "counter.lua"))
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 50 {
				base, want := s, int64(1)
				if w%2 == 0 {
					base, want = fresh, 0
				}
				v, err := b.Resolve(context.Background(), base, Of(P("path", Binary("compute")), P("body", Of(P("by", Int(i))))))
				if err != nil {
					t.Error(err)
					return
				}
				if got := DeepGet(v.(*Message), []string{"results", "output", "total"}); got != Value(Int(want+int64(i))) {
					t.Errorf("total %v, want %d", got, want+int64(i))
				}
			}
		})
	}
	wg.Wait()
}

// TestForgedModules: a message that claims to be another one is not taken for
// it, wherever the claim stands.
func TestForgedModules(t *testing.T) {
	b := bench(t)
	claim := Of(P(strings.Repeat("A", 43), Of(P("type", Binary("rsa-pss-sha512")), P("committed", Strings([]string{"body"})))))
	honest := source("m", "function f() return 'honest' end").Set("commitments", claim)
	forged := source("m", "function f() return 'forged' end").Set("commitments", claim)
	b.Want(b.Ask(program(forged), "f"), Binary("forged"))
	b.Want(b.Ask(program(honest), "f"), Binary("honest"))
	b.Want(b.Ask(program().Set("module", Of(P("x", forged))), "f"), Binary("forged"))
	b.Want(b.Ask(program().Set("module", Of(P("x", honest))), "f"), Binary("honest"))
}

// TestForgedResults: a program can hand on commitments, but not make them up.
func TestForgedResults(t *testing.T) {
	b := bench(t)
	key, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := commit.Commit(context.Background(), b.Codec(), Of(P("x", Int(1))), key, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	src := text(`function f(base, req)
		local forged = {x = 2, commitments = req.body.commitments}
		local copy = {x = 1, commitments = req.body.commitments}
		local same = req.body
		return {forged = forged, copy = copy, same = same, new = {commitments = {[string.rep("A", 43)] = {type = "rsa-pss-sha512", committed = {"y"}}}, y = 1}}
	end`)
	m := b.Message(b.Ask(src, "f", P("body", signed)))
	for name, want := range map[string]bool{"forged": false, "copy": true, "same": true, "new": false} {
		if got := m.Message(name).Has("commitments"); got != want {
			t.Errorf("%s has commitments: %v", name, got)
		}
	}
}
