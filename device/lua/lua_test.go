package lua_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/lua"
	"github.com/hyperbeam-go/hyperbeam/device/structured"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// source returns a module.
func source(name, text string) *Message {
	return Of(P("content-type", Binary("application/lua")), P("name", Binary(name)), P("body", Binary(text)))
}

// example returns a module of testdata.
func example(t testing.TB, name string) *Message {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return source(name, string(text))
}

// program returns a message with modules.
func program(modules ...*Message) *Message {
	items := make([]Value, len(modules))
	for i, m := range modules {
		items[i] = m
	}
	return Of(P("device", Binary(lua.Name)), P("module", NewList(items...)))
}

func text(src string) *Message { return program(source("test", src)) }

func bench(t testing.TB) aotest.Bench { return aotest.New(t, lua.New(), structured.New()) }

func withOptions(t testing.TB, options ...Pair) aotest.Bench {
	return aotest.With(t, ao.Services{}, Of(options...), lua.New(), structured.New())
}

func msg(pairs ...Pair) Pair { return P("body", Of(pairs...)) }

func get(t testing.TB, m *Message, path string) Value {
	t.Helper()
	v := DeepGet(m, Parts(path))
	if v == nil {
		t.Fatalf("no %s in %v", path, m.Keys())
	}
	return v
}

// CONF-LUA-11
func TestExamplesPassTheirOwnTests(t *testing.T) {
	for _, files := range [][]string{{"counter.lua"}, {"token.lua"}, {"handlers.lua"}, {"handlers.lua", "chat.lua"}} {
		for _, dialect := range []string{"lua@5.3a", "5.3"} {
			var modules []*Message
			for _, f := range files {
				modules = append(modules, example(t, f))
			}
			b := bench(t)
			base := b.Message(b.Ask(program(modules...).Set("lua-dialect", Binary(dialect)), "init"))
			names := b.OK(b.Ask(base, "functions")).(*List)
			n := 0
			for _, v := range names.All() {
				name := string(v.(Binary))
				if !strings.HasSuffix(name, "_test") || (dialect == "5.3" && name == "exact_test") {
					continue
				}
				n++
				t.Run(dialect+"/"+files[len(files)-1]+"/"+name, func(t *testing.T) {
					b := bench(t)
					b.OK(b.Ask(base, name, P("parameters", NewList())))
				})
			}
			if n == 0 {
				t.Fatalf("%v has no tests", files)
			}
		}
	}
}

func TestStatesAreValues(t *testing.T) {
	b := bench(t)
	s0 := b.Message(b.Ask(program(example(t, "counter.lua")), "init"))
	s1 := b.Message(b.Ask(s0, "compute", msg(P("by", Int(2)))))
	s2 := b.Message(b.Ask(s1, "compute", msg(P("by", Int(3)))))
	for range 2 { // in any order, as often as wanted
		b.Want(b.Ask(s2, "peek"), Int(5))
		b.Want(b.Ask(s0, "peek"), Int(0))
		b.Want(b.Ask(s1, "peek"), Int(2))
	}
	other := b.Message(b.Ask(s1, "compute", msg(P("by", Int(10)))))
	b.Want(b.Ask(other, "peek"), Int(12))
	b.Want(b.Ask(s2, "peek"), Int(5))
	if v := get(t, s2, "results/output/total"); v != Value(Int(5)) {
		t.Fatal(v)
	}
}

func TestTextResultsForgetChanges(t *testing.T) {
	b := bench(t)
	s := b.Message(b.Ask(program(example(t, "counter.lua")), "compute", msg(P("by", Int(7)))))
	for range 3 {
		b.Want(b.Ask(s, "bump"), Binary("bumped to 8"))
		b.Want(b.Ask(s, "peek"), Int(7))
	}
}

// CONF-LUA-03
func TestFailuresLeaveNoTrace(t *testing.T) {
	b := bench(t)
	s := b.Message(b.Ask(program(example(t, "counter.lua")), "compute", msg(P("by", Int(7)))))
	r := b.Ask(s, "compute", msg(P("action", Binary("Fail"))))
	if r.Status != ao.Failed {
		t.Fatal(r)
	}
	m := r.Value.(*Message)
	if m.Text("body") != "asked to fail" || m.Text("position") != "counter.lua:11" {
		t.Fatalf("body %q at %q", m.Text("body"), m.Text("position"))
	}
	if v := get(t, m, "trace/1/line"); v != Value(Binary("counter.lua:11")) {
		t.Fatal(v)
	}
	b.Want(b.Ask(s, "peek"), Int(7))
	s = b.Message(b.Ask(s, "compute"))
	b.Want(b.Ask(s, "peek"), Int(8))
}

func TestSnapshots(t *testing.T) {
	for _, format := range []string{"parts", "body"} {
		t.Run(format, func(t *testing.T) {
			b := bench(t)
			base := program(example(t, "counter.lua"))
			if r := b.Ask(base, "snapshot"); r.Status == ao.OK {
				t.Fatal("a program that is not loaded has no state")
			}
			s := b.Message(b.Ask(base, "init"))
			for range 20 {
				s = b.Message(b.Ask(s, "compute"))
			}
			snap := b.Message(b.Ask(s, "snapshot", P("format", Binary(format))))
			id, err := b.Cache.Write(context.Background(), snap, 0)
			if err != nil {
				t.Fatal(err)
			}
			elsewhere := s.WithPrivate(nil).Set("snapshot", Link{ID: id})
			n := b.Message(b.Ask(elsewhere, "normalize"))
			if n.Has("snapshot") {
				t.Fatal("the snapshot stays in the state")
			}
			b.Want(b.Ask(n, "peek"), Int(20))
			n = b.Message(b.Ask(n, "compute"))
			b.Want(b.Ask(n, "peek"), Int(21))
			again := b.Message(b.Ask(n, "snapshot", P("format", Binary(format))))
			if Equal(again, snap) {
				t.Fatal("the snapshot did not change with the state")
			}
		})
	}
}

func TestForeignSnapshotsAreRefused(t *testing.T) {
	b := bench(t)
	base := program(example(t, "counter.lua")).Set("snapshot", Of(P("body", Binary("\x83erlang term"))))
	r := b.Ask(base, "normalize")
	if r.Status == ao.OK || !strings.Contains(r.Value.(*Message).Text("body"), "another implementation") {
		t.Fatal(r)
	}
}

func TestManyCallsAndCheckpoints(t *testing.T) {
	b := bench(t)
	s := b.Message(b.Ask(program(example(t, "handlers.lua"), example(t, "chat.lua")), "init"))
	var states []*Message
	for i := range 400 {
		s = b.Message(b.Ask(s, "compute", msg(P("action", Binary("Join")), P("from", Binary(Int(i).String())))))
		states = append(states, s)
		if i%7 == 0 {
			b.Message(b.Ask(s, "snapshot"))
		}
	}
	for _, i := range []int{399, 0, 200, 13} {
		after := b.Message(b.Ask(states[i], "compute", msg(P("action", Binary("Nothing")))))
		if v := get(t, after, "members"); v != Value(Int(i+1)) {
			t.Fatalf("state %d has %v members", i, v)
		}
	}
}
