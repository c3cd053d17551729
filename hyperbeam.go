// Package hyperbeam embeds an AO-Core node in a program.
//
//	n, err := hyperbeam.Open(ctx, hyperbeam.DefaultConfig())
//	defer n.Close()
//	v, err := n.Resolve(ctx, hyperbeam.Path("/~message@1.0&a=1/a"))
//	http.ListenAndServe(":8734", n.Handler())
//
// The parts can be used alone: package message is the value, commit signs and
// verifies, codec/... translate, ao resolves with devices of your own, cache and
// store/... keep. See docs/architecture.md for how they fit.
package hyperbeam

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// Node is a running node.
type Node = node.Node

// Config is the configuration of a node.
type Config = node.Config

// Option changes what a node is made of: its log, clock, store, wallet or
// devices. The functions are in package node.
type Option = node.Option

// DefaultConfig returns the defaults: port 8734, everything in the folder
// hyperbeam-data.
func DefaultConfig() Config { return node.DefaultConfig() }

// InMemory returns a configuration that keeps nothing: for tests and tools.
func InMemory() Config {
	c := node.DefaultConfig()
	c.DataDir, c.KeyType = "", "ed25519"
	return c
}

// Open starts a node without listening. Errors are those of [node.Open].
func Open(ctx context.Context, c Config, options ...Option) (*Node, error) {
	return node.Open(ctx, c, options...)
}

// Path returns a request for a path and nothing else.
func Path(p string) *message.Message {
	return message.Of(message.P("path", message.Binary(p)))
}
