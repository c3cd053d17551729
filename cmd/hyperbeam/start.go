package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

type startCmd struct {
	configFlags
	Port  int    `help:"TCP port; 0 picks a free one." default:"-1" placeholder:"8734"`
	Data  string `help:"Folder of everything the node keeps." type:"path" placeholder:"hyperbeam-data"`
	Key   string `help:"Wallet file (JWK); made when it does not exist." type:"path" placeholder:"FILE"`
	Quiet bool   `short:"q" help:"Log errors only."`
}

// Run runs a node until it is interrupted.
func (c startCmd) Run(ctx context.Context, out *output) error {
	flags := message.NewBuilder(3)
	if c.Port >= 0 {
		flags.Set("port", message.Int(c.Port))
	}
	if c.Data != "" {
		flags.Set("data_dir", message.Binary(c.Data))
	}
	if c.Key != "" {
		flags.Set(node.OptionName("priv_key_location"), message.Binary(c.Key))
	}
	cfg, err := c.load(flags.Message())
	if err != nil {
		return err
	}
	n, err := node.Open(ctx, cfg, node.WithLog(c.logger(out)))
	if err != nil {
		return err
	}
	ln, err := n.Listen()
	if err == nil {
		c.greet(out, n, ln)
		err = n.Serve(ctx, ln)
	}
	if closing := n.Close(); err == nil {
		err = closing
	}
	return err
}

func (c startCmd) logger(out *output) *slog.Logger {
	opt := &slog.HandlerOptions{Level: slog.LevelInfo}
	if c.Quiet {
		opt.Level = slog.LevelError
	}
	if out.json {
		return slog.New(slog.NewJSONHandler(os.Stderr, opt))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, opt))
}

// greet prints where the node is and what to try next.
func (c startCmd) greet(out *output, n *node.Node, ln net.Listener) {
	url := "http://localhost:" + strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
	if out.json {
		fmt.Printf("{\"url\":%q,\"address\":%q}\n", url, n.Address())
		return
	}
	cfg := n.Config()
	kept := "nothing is kept after exit"
	if cfg.DataDir != "" && cfg.Store != "memory" {
		kept = cfg.Store + " store in " + cfg.DataDir
	}
	fmt.Printf(`HyperBEAM %s
  address  %s
  listens  %s/
  store    %s

Try:
  curl '%s/~message@1.0&greeting=hello/greeting'
  curl -H 'accept: application/json' %s/~meta@1.0/info
  hyperbeam process spawn --node %s --module MODULE.wasm

Stop with Ctrl-C.
`, node.Version, n.Address(), url, kept, url, url, url)
}
