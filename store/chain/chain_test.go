package chain_test

import (
	"context"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/chain"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	"github.com/hyperbeam-go/hyperbeam/store/storetest"
)

func empty() store.Store { return mem.New(mem.Options{}) }

func TestStore(t *testing.T) {
	storetest.Run(t, func(testing.TB) store.Store { return chain.New(chain.Member{Source: empty()}) })
}

func TestStoreBehindOthers(t *testing.T) {
	storetest.Run(t, func(testing.TB) store.Store {
		return chain.New(
			chain.Member{Source: empty(), Refuse: chain.RefuseWrite},
			chain.Member{Source: readable{empty()}},
			chain.Member{Source: empty()},
			chain.Member{Source: empty(), Scope: chain.Remote},
		)
	})
}

// readable hides the verbs that write.
type readable struct{ store.Source }

// dead is a source that cannot be reached.
type dead struct{ store.Source }

func (dead) Get(context.Context, string) ([]byte, error) {
	return nil, fail.New(fail.Upstream, "dead.Get", "the peer does not answer")
}

// CONF-STORE-12
func TestAccess(t *testing.T) {
	ctx := context.Background()
	ro, wo, open := empty(), empty(), empty()
	must(t, ro.Put(ctx, "old", []byte("ro")))
	c := chain.New(
		chain.Member{Source: ro, Refuse: chain.Policies("read")},
		chain.Member{Source: wo, Refuse: chain.Policies("write")},
		chain.Member{Source: open},
	)
	want(t, c, "old", "ro")
	must(t, c.Put(ctx, "new", []byte("hidden")))
	if _, err := c.Get(ctx, "new"); !fail.Is(err, fail.NotFound) {
		t.Errorf("a write-only store shows its data: %v", err)
	}
	want(t, wo, "new", "hidden")
	must(t, open.Put(ctx, "new", []byte("shown")))
	want(t, c, "new", "shown")
	must(t, c.Reset(ctx))
	want(t, c, "old", "ro")
	if _, err := wo.Get(ctx, "new"); !fail.Is(err, fail.NotFound) {
		t.Errorf("reset left data: %v", err)
	}
	only := chain.New(chain.Member{Source: ro, Refuse: chain.Policies("read", "nonsense")})
	if err := only.Put(ctx, "x", nil); !fail.Is(err, fail.NotAllowed) {
		t.Errorf("a chain of read-only stores accepts a write: %v", err)
	}
	none := chain.New(chain.Member{Source: ro, Refuse: chain.Policies("nonsense")})
	if _, err := none.Get(ctx, "old"); !fail.Is(err, fail.NotFound) {
		t.Errorf("an unknown policy grants reading: %v", err)
	}
}

// CONF-STORE-11
func TestLinksAcrossMembers(t *testing.T) {
	ctx := context.Background()
	local, far := empty(), empty()
	must(t, local.Link(ctx, "name", "far"))
	must(t, far.Link(ctx, "far/sub", "home"))
	must(t, local.Put(ctx, "home/key", []byte("v")))
	must(t, far.Put(ctx, "far/direct", []byte("d")))
	c := chain.New(chain.Member{Source: local}, chain.Member{Source: readable{far}, Scope: chain.Remote})
	want(t, c, "name/sub/key", "v")
	want(t, c, "name/direct", "d")
	if got, err := c.Resolve(ctx, "name/sub/key"); err != nil || got != "home/key" {
		t.Errorf("Resolve = %q, %v", got, err)
	}
	must(t, local.Link(ctx, "round", "trip"))
	must(t, far.Link(ctx, "trip", "round"))
	if _, err := c.Get(ctx, "round"); !fail.Is(err, fail.Exhausted) {
		t.Errorf("a circle over two stores: %v", err)
	}
	if _, err := c.Only(chain.Local).Get(ctx, "name/direct"); !fail.Is(err, fail.NotFound) {
		t.Errorf("a local chain reaches a remote store: %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	ctx := context.Background()
	local := empty()
	must(t, local.Put(ctx, "here", []byte("v")))
	c := chain.New(chain.Member{Source: dead{empty()}}, chain.Member{Source: local})
	want(t, c, "here", "v")
	if _, err := c.Get(ctx, "elsewhere"); !fail.Is(err, fail.Upstream) {
		t.Errorf("want the error of the peer, got %v", err)
	}
}

func TestPreferAndViews(t *testing.T) {
	ctx := context.Background()
	a, b := empty(), empty()
	must(t, a.Put(ctx, "k", []byte("a")))
	must(t, b.Put(ctx, "k", []byte("b")))
	c := chain.New(chain.Member{Source: a}, chain.Member{Source: b, Scope: chain.InMemory})
	want(t, c, "k", "a")
	p := c.Prefer(chain.InMemory)
	want(t, p, "k", "b")
	must(t, p.Close())
	want(t, c, "k", "a")
	must(t, c.Close())
	if _, err := a.Get(ctx, "k"); !fail.Is(err, fail.Unavailable) {
		t.Errorf("closing the chain left a member open: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, s store.Reader, path, value string) {
	t.Helper()
	v, err := s.Get(context.Background(), path)
	if err != nil || string(v) != value {
		t.Fatalf("%s = %q, %v; want %q", path, v, err, value)
	}
}
