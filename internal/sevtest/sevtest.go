// Package sevtest gives tests nodes in confidential machines, whose hardware is
// that of package snptest, behind HTTP on the loopback.
package sevtest

import (
	"net/http/httptest"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
	"github.com/hyperbeam-go/hyperbeam/tee/snp/snptest"
)

// Machine starts the machine of [snptest.Measurement] on a new chip of a root.
func Machine(t testing.TB, root *snptest.Root) *snptest.Machine {
	m := root.NewChip(snp.TCB{Bootloader: 4, SNP: 22, Microcode: 213}).Start(snptest.Measurement(t))
	m.Certified = true
	return m
}

// Start runs a node in a machine until the test ends, and returns it with its
// URL. It keeps nothing, trusts the processors of root, and the software of
// [snptest.Hashes].
func Start(t testing.TB, g snp.Guest, root *snptest.Root, k *keys.PrivateKey, options ...message.Pair) (*node.Node, string) {
	t.Helper()
	c := node.DefaultConfig()
	c.DataDir = ""
	if err := c.Apply(message.Of(append([]message.Pair{message.P("snp_trusted", message.NewList(snptest.Hashes()))}, options...)...)); err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(t.Context(), c, node.WithKey(k), node.WithGuest(g, root.Of))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(n.Handler())
	t.Cleanup(func() {
		srv.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n, srv.URL
}
