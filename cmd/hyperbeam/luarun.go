package main

import (
	"context"
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

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
