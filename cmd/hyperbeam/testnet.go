package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/testnet"
)

type testnetCmd struct {
	Run  testnetRunCmd  `cmd:"" default:"withargs" help:"Run several nodes that know each other, until Ctrl-C."`
	Soak testnetSoakCmd `cmd:"" help:"Run several nodes under load, kill them, and account for every message."`
}

// testnetFlags say what a testnet is made of.
type testnetFlags struct {
	Nodes   int    `help:"How many nodes." default:"3"`
	Port    int    `help:"TCP port of the first node, the others follow; 0 picks free ones." default:"0"`
	KeyType string `help:"Kind of the nodes' wallets: rsa is what every peer accepts, the others are made at once and sign 200 times faster." enum:"rsa,ed25519,secp256k1" default:"rsa"`
}

func (f testnetFlags) options() testnet.Options {
	kinds := map[string]keys.Kind{"rsa": keys.RSA, "ed25519": keys.Curve25519, "secp256k1": keys.Secp256k1}
	return testnet.Options{Nodes: testnet.Roles(f.Nodes), Port: f.Port, Keys: kinds[f.KeyType]}
}

type testnetRunCmd struct {
	testnetFlags
	Data string `help:"Folder of everything the nodes keep. Nothing is kept without one." type:"path" placeholder:"DIR"`
}

// Run runs the nodes until it is interrupted.
func (c testnetRunCmd) Run(ctx context.Context, out *output) error {
	o := c.options()
	o.Dir = c.Data
	net, err := testnet.Start(ctx, o)
	if err != nil {
		return err
	}
	c.greet(out, net)
	<-ctx.Done()
	return net.Close()
}

// greet prints where the nodes are and what to try next.
func (c testnetRunCmd) greet(out *output, net *testnet.Net) {
	if out.json {
		enc := json.NewEncoder(os.Stdout)
		for _, x := range net.All() {
			_ = enc.Encode(map[string]any{"name": x.Name, "url": x.URL(), "address": x.Address(), "role": x.Role})
		}
		return
	}
	kept := "nothing is kept after exit"
	if c.Data != "" {
		kept = "kept in " + c.Data
	}
	fmt.Printf("HyperBEAM testnet, %d nodes, %s\n\n", len(net.All()), kept)
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprint(w, "NODE\tROLE\tURL\tADDRESS\n")
	for _, x := range net.All() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", x.Name, x.Role, x.URL(), x.Address())
	}
	_ = w.Flush()
	first, last := net.Node(0).URL(), net.Node(len(net.All())-1).URL()
	fmt.Printf(`
Try:
  hyperbeam process spawn --node %s --module PROGRAM.lua     # prints ID
  hyperbeam process send --node %s ID --action Hello         # prints the slot
  hyperbeam process result --node %s ID 1
  curl -H 'accept: application/json' %s/~meta@1.0/info
A process reaches one that only another node knows as ID?hint=URL.

Stop with Ctrl-C.
`, first, first, first, last)
}
