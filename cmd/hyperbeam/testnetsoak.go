package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/testnet"
)

type testnetSoakCmd struct {
	testnetFlags
	Time  time.Duration `help:"Length of the load." default:"1m"`
	Every time.Duration `help:"Time between the deaths of nodes; 0 kills none." default:"1m"`
	Rate  float64       `help:"Messages of users in a second, each of which leads to two more." default:"10"`
	Pairs int           `help:"Pairs of processes that write to each other; 0 is two for each node." default:"0"`
	Seed  uint64        `help:"Of what is done at random; 0 draws one." default:"0"`
	Data  string        `help:"Folder of the nodes, kept with their logs. A temporary one is removed when all is well." type:"path" placeholder:"DIR"`
}

// Run runs the nodes as processes of their own, kills them with SIGKILL, and
// fails when a message was lost or doubled, or when memory grows.
func (c testnetSoakCmd) Run(ctx context.Context, out *output) error {
	o := c.options()
	for i := range o.Nodes { // caches are full soon, so that what grows after that is something else
		o.Nodes[i].Config = message.Of(message.P("cache_bytes", message.Int(16<<20)))
	}
	self, err := os.Executable()
	if err != nil {
		return fail.New(fail.Unsupported, "hyperbeam testnet soak", "cannot find this program again: %w", err)
	}
	o.Command = []string{self, "start", "--config"}
	if o.Dir = c.Data; o.Dir == "" {
		if o.Dir, err = os.MkdirTemp("", "hyperbeam-soak"); err != nil {
			return fail.New(fail.Unavailable, "hyperbeam testnet soak", "cannot make a folder (name one with --data): %w", err)
		}
	}
	began := time.Now()
	say := func(format string, args ...any) {
		if !out.json {
			fmt.Printf("%8s  %s\n", time.Since(began).Round(time.Second), fmt.Sprintf(format, args...))
		}
	}
	net, err := testnet.Start(ctx, o)
	if err != nil {
		return err
	}
	say("%d nodes run, their data and logs are in %s", c.Nodes, o.Dir)
	r, err := net.Soak(ctx, testnet.Soak{Time: c.Time, Every: c.Every, Rate: c.Rate, Pairs: c.Pairs, Seed: c.Seed, Log: say})
	if err = errors.Join(err, net.Close()); err != nil {
		return err
	}
	if out.json {
		if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
			return err
		}
	} else {
		fmt.Print(r)
	}
	if !r.OK() {
		return fail.New(fail.Failed, "hyperbeam testnet soak", "%d violations; the data and logs of the nodes are in %s", len(r.Violations), o.Dir)
	}
	if c.Data == "" {
		return os.RemoveAll(o.Dir)
	}
	return nil
}
