package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"

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

// nodeDevices are the devices that work with more of a node than its cache.
// Programs that are tried out do not have them.
const nodeDevices = "meta@1.0 process@1.0 push@1.0 relay@1.0 router@1.0 scheduler@1.0 wasi@1.0 wasm-64@1.0"

// env returns an environment with an empty cache, and all devices that need no
// more.
func (f luaFlags) env() (*ao.Env, error) {
	var devices []*ao.Device
	for _, d := range all.Devices(all.Deps{}) {
		if !slices.Contains(strings.Fields(nodeDevices), d.Name) {
			devices = append(devices, d)
		}
	}
	r, err := ao.NewRegistry(devices...)
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
