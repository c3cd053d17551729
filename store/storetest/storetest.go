// Package storetest is the specification of a store, as tests.
//
// Every driver and every composition of stores calls [Run]; a driver that
// keeps data when it is closed calls [Reopen] as well. [Bench] measures.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t testing.TB) store.Store { return mem.New(mem.Options{}) })
//	}
package storetest

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Run checks everything that a store must do. Open is called once a test and
// returns an empty store, which Run closes.
func Run(t *testing.T, open func(t testing.TB) store.Store) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s store.Store)
	}{
		{"values", values},
		{"links", links},
		{"chains of links", chains},
		{"cycles", cycles},
		{"swap", swap},
		{"bind", bind},
		{"groups and lists", lists},
		{"pages", pages},
		{"types", types},
		{"paths", paths},
		{"hostile names", hostile},
		{"batches", batches},
		{"failing batch leaves nothing", failing},
		{"reset", reset},
		{"close", closing},
		{"cancelled context", cancelled},
		{"bulk", bulk},
		{"concurrent swap", concurrentSwap},
		{"concurrent batches", concurrentBatches},
		{"close in use", closeInUse},
		{"random operations", random},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			c.run(t, s)
		})
	}
}

// Reopen checks that a store keeps what it has when it is closed. Open is
// called several times with the same place.
func Reopen(t *testing.T, open func(t testing.TB) store.Store) {
	ctx := context.Background()
	s := open(t)
	ok(t, s.Put(ctx, "data/v", []byte("value")))
	ok(t, s.Link(ctx, "id/key", "data/v"))
	ok(t, s.MakeGroup(ctx, "empty"))
	ok(t, s.SwapLink(ctx, "gone", "", "x"))
	ok(t, s.SwapLink(ctx, "gone", "x", ""))
	ok(t, s.Close())
	s = open(t)
	get(t, s, "id/key", "value")
	list(t, s, "", "data", "empty", "id")
	list(t, s, "empty")
	ok(t, s.Reset(ctx))
	ok(t, s.Close())
	s = open(t)
	list(t, s, "")
	ok(t, s.Close())
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func kind(t testing.TB, err error, want fail.Kind) {
	t.Helper()
	if !fail.Is(err, want) {
		t.Fatalf("error is %v, want kind %s", err, want)
	}
}

func get(t testing.TB, s store.Reader, path, want string) {
	t.Helper()
	v, err := s.Get(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(v, []byte(want)) {
		t.Fatalf("%.60q holds %d bytes %.60q, want %d bytes %.60q", path, len(v), v, len(want), want)
	}
}

func none(t testing.TB, s store.Reader, path string) {
	t.Helper()
	v, err := s.Get(context.Background(), path)
	if !fail.Is(err, fail.NotFound) {
		t.Fatalf("reading %q gives %q, %v; want NotFound", path, v, err)
	}
}

func list(t testing.TB, s store.Lister, path string, want ...string) {
	t.Helper()
	got, err := s.List(context.Background(), path, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("list of %q is %q, want %q", path, got, want)
	}
}

func typed(t testing.TB, s store.Typer, path string, want store.Type) {
	t.Helper()
	got, err := s.Type(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Fatalf("type of %q is %s, want %s", path, got, want)
	}
}

func resolved(t testing.TB, s store.Resolver, path, want string) {
	t.Helper()
	got, err := s.Resolve(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Fatalf("%q resolves to %q, want %q", path, got, want)
	}
}

// long returns a component of n bytes that differs by c.
func long(c string, n int) string { return strings.Repeat(c, n) }
