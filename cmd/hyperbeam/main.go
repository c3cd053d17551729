// Command hyperbeam runs an AO-Core node, and talks to nodes.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// cli is the command line.
type cli struct {
	Start   startCmd   `cmd:"" help:"Run a node."`
	Key     keyCmd     `cmd:"" help:"Make, show and import wallets."`
	Call    callCmd    `cmd:"" help:"Resolve a path on a node."`
	Process processCmd `cmd:"" help:"Spawn processes, send them messages, read results."`
	Lua     luaCmd     `cmd:"" help:"Test and run Lua programs."`
	Testnet testnetCmd `cmd:"" help:"Run several nodes that know each other; soak them."`
	Bench   benchCmd   `cmd:"" help:"Drive a live node and measure it."`
	Message messageCmd `cmd:"" help:"Convert, identify, sign and verify messages."`
	Measure measureCmd `cmd:"" help:"Print what a confidential machine is started from, and the measurement that it will have."`
	Config  configCmd  `cmd:"" help:"Print the reference of all options, or the configuration in force."`
	Doctor  doctorCmd  `cmd:"" help:"Examine a configuration or a running node, and say what to do."`
	Version versionCmd `cmd:"" help:"Print the version."`

	JSON bool `help:"Print JSON, for scripts." name:"json"`
}

// output says how a command prints.
type output struct {
	json bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	k := kong.Parse(&c,
		kong.Name("hyperbeam"),
		kong.Description("An AO-Core node: decentralised compute over HTTP.\n\nStart one with \"hyperbeam start\", then try\n  hyperbeam call '/~message@1.0&a=1/a'"),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)))
	err := k.Run(&output{json: c.JSON})
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "hyperbeam:", explain(err))
	os.Exit(1)
}

// explain returns the sentence of an error for the person at the terminal.
func explain(err error) string {
	var e *fail.Error
	if errors.As(err, &e) {
		return fail.Sentence(err)
	}
	return err.Error()
}
