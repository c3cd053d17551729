package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/device/all"
	"github.com/hyperbeam-go/hyperbeam/device/lua"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

type luaCmd struct {
	Test luaTestCmd `cmd:"" help:"Run the test functions of Lua programs."`
	Run  luaRunCmd  `cmd:"" help:"Call a function of a Lua program."`
}

// luaFlags are what programs are run with.
type luaFlags struct {
	Dialect string   `help:"Language: lua@5.3a as nodes run it, or 5.3 for standard Lua." default:"lua@5.3a" enum:"lua@5.3a,5.3"`
	With    []string `help:"Modules to load before the file, e.g. a library." placeholder:"FILE" type:"existingfile"`
	Sandbox bool     `help:"Replace the functions of the default sandbox."`
	Fuel    int64    `help:"Instructions that a call may take." default:"1000000000"`
	Memory  int64    `help:"Bytes that the program's variables may take." default:"268435456"`
	Verbose bool     `short:"v" help:"Show what programs print, and their events."`
}

// env returns an environment with all devices and an empty cache.
func (f luaFlags) env() (*ao.Env, error) {
	r, err := ao.NewRegistry(all.Devices(all.Deps{})...)
	if err != nil {
		return nil, err
	}
	var s ao.Services
	if f.Verbose {
		s.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	config := message.Of(message.P("lua_fuel", message.Int(f.Fuel)), message.P("lua_memory_bytes", message.Int(f.Memory)))
	return ao.New(r, s, ao.Limits{}).Env(config).Internal(), nil
}

// program returns a message with the modules, loaded.
func (f luaFlags) program(ctx context.Context, env *ao.Env, file string) (*message.Message, error) {
	var modules []message.Value
	for _, name := range append(append([]string{}, f.With...), file) {
		text, err := readInput(name, vm.MaxSource)
		if err != nil {
			return nil, err
		}
		modules = append(modules, message.Of(
			message.P("content-type", message.Binary("application/lua")),
			message.P("name", message.Binary(name)),
			message.P("body", message.Binary(text))))
	}
	base := message.Of(
		message.P("device", message.Binary(lua.Name)),
		message.P("module", message.NewList(modules...)),
		message.P("lua-dialect", message.Binary(f.Dialect)))
	if f.Sandbox {
		base = base.Set("sandbox", message.True)
	}
	v, err := env.ResolvePath(ctx, base, "init")
	if err != nil {
		return nil, luaError(err)
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Internal, "hyperbeam lua", "the program has no state")
	}
	return m, nil
}

// luaError turns the answer of the device into one text: the error, where it
// happened, and how it came there.
func luaError(err error) error {
	var o *ao.Outcome
	if !errors.As(err, &o) {
		return err
	}
	m, ok := o.Value.(*message.Message)
	if !ok {
		text, _ := message.Text(o.Value)
		return fail.New(fail.Failed, "hyperbeam lua", "status %s: %s", o.Status, text)
	}
	text := m.Text("body")
	if m.Has("hint") {
		text += " (" + m.Text("function") + ": " + m.Text("hint") + ")"
	}
	if at := m.Text("position"); at != "" {
		text = at + ": " + text
	}
	if trace := m.Message("trace"); trace != nil {
		if l, err := trace.List(); err == nil {
			for _, v := range l.All() {
				t, _ := v.(*message.Message)
				name := t.Text("function")
				if name == "" {
					name = "?"
				}
				text += "\n    in " + name + " at " + t.Text("line")
			}
		}
	}
	if text == "" {
		text, _ = json.Format(m)
	}
	return fail.New(fail.Failed, "hyperbeam lua", "%s", text)
}

type luaTestCmd struct {
	luaFlags
	Files []string `arg:"" optional:"" help:"Programs: FILE runs every function that ends in _test, FILE:fn:fn the named ones. A name without .lua is a file in the folder of scripts. Without any: those of $LUA_TESTS, separated by commas, or the whole folder." placeholder:"FILE[:fn...]"`
}

// luaTest is the outcome of one test.
type luaTest struct {
	name string
	took time.Duration
	err  error
}

// Run runs tests, each on the program as it was loaded (spec 03, 14.9).
func (c luaTestCmd) Run(ctx context.Context, out *output) error {
	passed, failed := 0, 0
	files, err := c.targets()
	if err != nil {
		return err
	}
	for _, arg := range files {
		file, names := testTarget(arg)
		err := c.file(ctx, file, names, func(t luaTest) {
			if t.err == nil {
				passed++
			} else {
				failed++
			}
			report(out, file, t)
		})
		if err != nil {
			failed++
			report(out, file, luaTest{name: "load", err: err})
		}
	}
	if out.json {
		fmt.Printf("{\"passed\":%d,\"failed\":%d}\n", passed, failed)
	} else {
		fmt.Printf("%d passed, %d failed\n", passed, failed)
	}
	if failed > 0 {
		return fail.New(fail.Failed, "hyperbeam lua test", "%d of %d tests failed", failed, passed+failed)
	}
	return nil
}

// targets returns what is to be tested: the arguments, else what the environment
// names, else every script.
func (c luaTestCmd) targets() ([]string, error) {
	if len(c.Files) > 0 {
		return c.Files, nil
	}
	if env := os.Getenv("LUA_TESTS"); env != "" {
		return strings.Split(env, ","), nil
	}
	files, err := filepath.Glob(filepath.Join(scripts(), "*.lua"))
	if err != nil || len(files) == 0 {
		return nil, fail.New(fail.NotFound, "hyperbeam lua test", "no programs are named, and there are none in the folder %s", scripts())
	}
	return files, nil
}

// scripts returns the folder of scripts.
func scripts() string {
	if dir := os.Getenv("LUA_SCRIPTS"); dir != "" {
		return dir
	}
	return "scripts"
}

// testTarget splits FILE:fn:fn.
func testTarget(arg string) (file string, names []string) {
	parts := strings.Split(arg, ":")
	file = parts[0]
	if !strings.HasSuffix(file, ".lua") {
		file = filepath.Join(scripts(), file+".lua")
	}
	return file, parts[1:]
}

// file runs the tests of one file.
func (c luaTestCmd) file(ctx context.Context, file string, names []string, done func(luaTest)) error {
	env, err := c.env()
	if err != nil {
		return err
	}
	base, err := c.program(ctx, env, file)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		if names, err = testFunctions(ctx, env, base); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		return fail.New(fail.NotFound, "hyperbeam lua test", "no global function ends in _test")
	}
	for _, name := range names {
		begin := time.Now()
		_, err := env.Resolve(ctx, base, message.Of(
			message.P("path", message.Binary("test")),
			message.P("function", message.Binary(name)),
			message.P("parameters", message.NewList())))
		t := luaTest{name: name, took: time.Since(begin)}
		if err != nil {
			t.err = luaError(err)
		}
		done(t)
	}
	return nil
}

// testFunctions returns the names of the global functions that are tests.
func testFunctions(ctx context.Context, env *ao.Env, base *message.Message) ([]string, error) {
	v, err := env.ResolvePath(ctx, base, "functions")
	if err != nil {
		return nil, err
	}
	var names []string
	l, _ := v.(*message.List)
	for i := 0; l != nil && i < l.Len(); i++ {
		if name, _ := message.Text(l.At(i)); strings.HasSuffix(name, "_test") {
			names = append(names, name)
		}
	}
	return names, nil
}

func report(out *output, file string, t luaTest) {
	if out.json {
		text := ""
		if t.err != nil {
			text = explain(t.err)
		}
		fmt.Printf("{\"file\":%q,\"test\":%q,\"ok\":%t,\"ms\":%.3f,\"error\":%q}\n", file, t.name, t.err == nil, float64(t.took.Microseconds())/1000, text)
		return
	}
	if t.err == nil {
		fmt.Printf("ok    %s  %s  %.1f ms\n", file, t.name, float64(t.took.Microseconds())/1000)
		return
	}
	fmt.Printf("FAIL  %s  %s\n  %s\n", file, t.name, strings.ReplaceAll(explain(t.err), "\n", "\n  "))
}

type luaRunCmd struct {
	luaFlags
	File     string   `arg:"" help:"Program; - is standard input."`
	Function string   `arg:"" help:"Global function to call."`
	Args     []string `arg:"" optional:"" help:"Arguments: JSON values, or texts."`
	Call     bool     `help:"Call it as a node does: with the message as first argument, and the request, a JSON object in ARGS, as second."`
}

// Run calls the function and prints its result.
func (c luaRunCmd) Run(ctx context.Context) error {
	env, err := c.env()
	if err != nil {
		return err
	}
	base, err := c.program(ctx, env, c.File)
	if err != nil {
		return err
	}
	req, err := c.request()
	if err != nil {
		return err
	}
	v, err := env.Resolve(ctx, base, req)
	if err != nil {
		return luaError(err)
	}
	if m, ok := v.(*message.Message); ok && c.Call {
		v = m.Without("module", "device", "lua-dialect")
	}
	text, ok := message.Text(v)
	if !ok {
		if text, err = json.Format(v); err != nil {
			return err
		}
	}
	fmt.Println(text)
	return nil
}

// request returns the request that calls the function.
func (c luaRunCmd) request() (*message.Message, error) {
	args := make([]message.Value, len(c.Args))
	for i, a := range c.Args {
		v, err := json.Parse(a)
		if err != nil {
			v = message.Binary(a)
		}
		args[i] = v
	}
	if !c.Call {
		return message.Of(
			message.P("path", message.Binary("run")),
			message.P("function", message.Binary(c.Function)),
			message.P("parameters", message.NewList(args...))), nil
	}
	req := message.Empty()
	if len(args) > 0 {
		m, ok := args[0].(*message.Message)
		if !ok {
			return nil, fail.New(fail.Invalid, "hyperbeam lua run", "with --call, the argument is the request: a JSON object")
		}
		req = m
	}
	return req.Set("path", message.Binary(c.Function)), nil
}
