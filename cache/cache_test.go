package cache_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// TestRandomMessages writes random messages and reads them by all their IDs,
// with and without memory.
func TestRandomMessages(t *testing.T) {
	stores(t, func(t *testing.T, s store.Store) {
		ctx := context.Background()
		w, _ := pair(s, cache.Options{})
		g := &generator{rand.New(rand.NewPCG(7, 9)), t, signers(t, 3)}
		for range 300 {
			m := g.message(3)
			link := linkID(t, m)
			u, err := commit.CalculatedID(ctx, m)
			ok(t, err)
			if got := write(t, w, m); got != u.String() {
				t.Fatalf("written as %s, want %s", got, u)
			}
			_, cold := pair(s, cache.Options{})
			for _, c := range []*cache.Cache{w, cold, w, cold} {
				if link != u.String() {
					got := read(t, c, link)
					if !message.Equal(got, m) {
						t.Fatal(diff("by link ID", got, m))
					}
					sameIDs(t, got.(*message.Message), m)
				}
				got := read(t, c, u.String()).(*message.Message) // may have been signed elsewhere
				if !message.Equal(got.Without("commitments"), m.Without("commitments")) {
					t.Fatal(diff("by U", got, m))
				}
				sameIDs(t, got.Without("commitments"), m.Without("commitments"))
				for k := range m.Commitments().All() {
					got := read(t, c, k).(*message.Message)
					if !message.Equal(got.Without("commitments"), m.Without("commitments")) || !got.Commitments().Has(k) {
						t.Fatalf("by commitment %s: %v", k, got)
					}
				}
				lazy, err := c.Load(ctx, link)
				ok(t, err)
				if linkID(t, lazy) != link {
					t.Fatal("a loaded message has another link ID")
				}
			}
		}
	})
}

// sameIDs compares the IDs of got, computed from nothing, with those of want.
func sameIDs(t *testing.T, got, want *message.Message) {
	t.Helper()
	ctx := context.Background()
	b := message.NewBuilder(got.Len())
	for k, v := range got.All() {
		b.Set(k, v)
	}
	fresh := b.Message()
	for _, f := range []func(context.Context, *message.Message) (fmt.Stringer, error){
		func(ctx context.Context, m *message.Message) (fmt.Stringer, error) {
			return commit.CalculatedID(ctx, m)
		},
		func(ctx context.Context, m *message.Message) (fmt.Stringer, error) { return commit.SignedID(ctx, m) },
		func(ctx context.Context, m *message.Message) (fmt.Stringer, error) { return commit.EveryID(ctx, m) },
		func(ctx context.Context, m *message.Message) (fmt.Stringer, error) { return commit.UnsignedID(ctx, m) },
	} {
		w, err := f(ctx, want)
		ok(t, err)
		for _, m := range []*message.Message{got, fresh} {
			if g, err := f(ctx, m); err != nil || g.String() != w.String() {
				t.Fatalf("ID %s, %v, want %s", g, err, w)
			}
		}
	}
}

func TestSignaturesAddedLater(t *testing.T) {
	stores(t, func(t *testing.T, s store.Store) {
		w, cold := pair(s, cache.Options{})
		k := signers(t, 2)
		m := message.Of(message.P("a", bin("1")))
		a, b := sign(t, m, k[0]), sign(t, m, k[1])
		both := sign(t, a, k[1])
		parent := message.Of(message.P("n", a))
		u := write(t, w, m)
		pu := write(t, w, parent)
		if !message.Equal(read(t, w, u), a) {
			t.Error("the signature of the nested message is missing")
		}
		write(t, w, b)
		all := both.Commitments().Merge(b.Commitments()) // Ed25519 is deterministic
		for _, c := range []*cache.Cache{w, cold} {
			if got := read(t, c, u).(*message.Message); got.Commitments().Len() != all.Len() {
				t.Errorf("by U: %v", got)
			}
			if got := read(t, c, linkID(t, a)); !message.Equal(got, a) {
				t.Errorf("by the first signature: %v", got)
			}
			if got := read(t, c, pu); !message.Equal(got, parent) {
				t.Errorf("the parent changed: %v", got)
			}
			if v, err := c.Load(context.Background(), u); err != nil || linkID(t, v) != u {
				t.Errorf("a link by U gives %v, %v", v, err)
			}
		}
		write(t, w, both)
		if got := read(t, cold, linkID(t, both)); !message.Equal(got, both) {
			t.Errorf("by the sum: %v", got)
		}
	})
}

// TestSameContentTwice writes one content with different commitments as parts
// of one message: each part keeps its own.
func TestSameContentTwice(t *testing.T) {
	stores(t, func(t *testing.T, s store.Store) {
		w, cold := pair(s, cache.Options{})
		k := signers(t, 2)
		m := message.Of(message.P("a", bin("1")))
		a, b := sign(t, m, k[0]), sign(t, m, k[1])
		parent := message.Of(message.P("l", message.NewList(a, m, b, sign(t, a, k[1]), a, sign(t, b, k[0]))))
		u := write(t, w, parent)
		for _, c := range []*cache.Cache{w, cold} {
			if got := read(t, c, u).(*message.Message); linkID(t, got) != linkID(t, parent) {
				t.Errorf("got %v", got)
			}
			for _, part := range []*message.Message{a, b} {
				if got := read(t, c, linkID(t, part)); !message.Equal(got, part) {
					t.Errorf("got %v, want %v", got, part)
				}
			}
			if got := read(t, c, linkID(t, m)).(*message.Message); len(commit.Committers(got)) != 2 {
				t.Errorf("by U: %v", got)
			}
		}
		// By caches that do not know what is there.
		for range 3 {
			fresh := cache.New(s, cache.Options{})
			if got := write(t, fresh, parent); got != u {
				t.Errorf("written as %s", got)
			}
			write(t, fresh, b)
		}
		if got := read(t, cold, linkID(t, a)); !message.Equal(got, a) {
			t.Errorf("after writing again: %v", got)
		}
	})
}

// TestSharedCommitment: one commitment can be on two contents, since a message
// is reduced to the keys that all its commitments cover.
func TestSharedCommitment(t *testing.T) {
	stores(t, func(t *testing.T, s store.Store) {
		ctx := context.Background()
		k := signers(t, 2)
		a := sign(t, message.Of(message.P("a", bin("1")), message.P("b", bin("2"))), k[0])
		b, err := commit.Commit(ctx, commit.Env(message.NoLoader{}), a, k[1], commit.Spec{Committed: []string{"a"}})
		ok(t, err)
		reduced := b.OnlyCommitted()
		for _, m := range []message.Value{a, b, message.NewList(b, a)} {
			write(t, cache.New(s, cache.Options{}), m)
		}
		cold := cache.New(s, cache.Options{})
		for _, want := range []*message.Message{a, reduced} {
			if got := read(t, cold, linkID(t, want)); !message.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		}
		one := sign(t, message.Of(message.P("a", bin("x")), message.P("b", bin("y"))), k[0])
		both, err := commit.Commit(ctx, commit.Env(message.NoLoader{}), one, k[1], commit.Spec{Committed: []string{"a"}})
		ok(t, err)
		u := write(t, cold, message.NewList(both, one))
		if got := read(t, cache.New(s, cache.Options{}), u+"/1").(*message.Message); linkID(t, got) != linkID(t, both) {
			t.Errorf("got %v", got)
		}
	})
}

// TestSignedAtOnce: of signatures of one content that arrive at the same time,
// none is lost.
func TestSignedAtOnce(t *testing.T) {
	stores(t, func(t *testing.T, s store.Store) {
		k := signers(t, 4)
		for i := range 20 {
			m := message.Of(message.P("i", message.Int(int64(i))))
			var wg sync.WaitGroup
			for _, key := range k {
				signed := sign(t, m, key)
				wg.Go(func() {
					_, err := cache.New(s, cache.Options{}).Write(context.Background(), signed, store.Lazy)
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			got := read(t, cache.New(s, cache.Options{}), linkID(t, m)).(*message.Message)
			if n := len(commit.Committers(got)); n != len(k) {
				t.Fatalf("%d signatures of %d are there", n, len(k))
			}
		}
	})
}

func TestAnnotatedContent(t *testing.T) {
	ctx := context.Background()
	w, cold := pair(mem.New(mem.Options{}), cache.Options{})
	typed := message.Of(message.P("a", message.Int(5)))
	annotated := message.Of(message.P("a", bin("5")), message.P("ao-types", bin(`a="integer"`)))
	odd := message.Of(message.P("a", bin("5")), message.P("ao-types", bin(`a=integer`)))
	if u := write(t, w, annotated); u != write(t, w, typed) || !message.Equal(read(t, cold, u), typed) {
		t.Error("annotated and typed content differ")
	}
	if u := write(t, w, odd); !message.Equal(read(t, cold, u), odd) {
		t.Error("annotations that are spelt in another way are lost")
	}
	// Written in the other order, by caches that do not know of each other.
	s := mem.New(mem.Options{})
	write(t, cache.New(s, cache.Options{}), typed)
	write(t, cache.New(s, cache.Options{}), annotated)
	// Links count like what they refer to.
	n := message.Of(message.P("x", bin("y")))
	linked := message.Of(message.P("n", message.Link{ID: linkID(t, n)}))
	u := write(t, w, linked)
	if !message.Equal(read(t, w, u), linked) {
		t.Error("a link whose message is missing does not stay a link")
	}
	if v, err := w.Write(ctx, message.Of(message.P("n", n)), store.Durable); err != nil || v != u {
		t.Errorf("%s, %v", v, err)
	}
	if got := read(t, cold, u+"/n/x"); got != bin("y") {
		t.Errorf("through the link: %v", got)
	}
}

func TestPrivateStateIsNotKept(t *testing.T) {
	w, _ := pair(mem.New(mem.Options{}), cache.Options{})
	u := write(t, w, message.Of(message.P("a", bin("1"))).WithHashpath(message.KnownHashpath("x/y")))
	if p := read(t, w, u).(*message.Message).Private(); p != nil {
		t.Error("private state came back")
	}
}

func TestOnlyCommittedKeys(t *testing.T) {
	w, cold := pair(mem.New(mem.Options{}), cache.Options{})
	m := sign(t, message.Of(message.P("a", bin("1"))), signers(t, 1)[0])
	u := write(t, w, m.Set("extra", bin("x")))
	for _, c := range []*cache.Cache{w, cold} {
		if !message.Equal(read(t, c, u), m) {
			t.Error("an uncommitted key was stored")
		}
	}
}

func TestNames(t *testing.T) {
	stores(t, func(t *testing.T, s store.Store) {
		ctx := context.Background()
		c, _ := pair(s, cache.Options{})
		m := message.Of(message.P("out", message.Of(message.P("1", message.NewList(bin("x"), bin("y"))))))
		u := write(t, c, m, "proc/compute/5", "latest")
		ok(t, c.Link(ctx, "latest", "alias", store.Durable))
		ok(t, c.Link(ctx, u, "p/7", store.Lazy))
		ok(t, c.Link(ctx, u, "p/10", store.Lazy))
		path, err := c.WriteBinary(ctx, "blob", store.Lazy, "p/blob")
		ok(t, err)
		for p, want := range map[string]message.Value{"proc/compute/5": m, "alias": m, "alias/out/1/2": bin("y"), u + "/out/1/1": bin("x"),
			"p/blob": bin("blob"), path: bin("blob"), "/proc//compute/5/out/": m.Message("out")} {
			if got := read(t, c, p); !message.Equal(got, want) {
				t.Errorf("%s: %v", p, got)
			}
		}
		if n, err := c.ListNumbered(ctx, "p"); err != nil || fmt.Sprint(n) != "[7 10]" {
			t.Errorf("numbered: %v, %v", n, err)
		}
		if n, err := c.List(ctx, "p", store.Page{}); err != nil || strings.Join(n, " ") != "10 7 blob" {
			t.Errorf("list: %v, %v", n, err)
		}
		if n, err := c.List(ctx, "alias/out/1", store.Page{}); err != nil || strings.Join(n, " ") != "1 2" {
			t.Errorf("list of a list: %v, %v", n, err)
		}
		if n, err := c.List(ctx, "nothing", store.Page{}); err != nil || len(n) != 0 {
			t.Errorf("nothing: %v, %v", n, err)
		}
		for _, p := range []string{"", "/", "nothing", "proc", u + "/gone", u + "/out/1/3", "data/x", strings.Repeat("a", 43), strings.Repeat("a/", 100)} {
			if v, err := c.Read(ctx, p); !fail.Is(err, fail.NotFound) {
				t.Errorf("%q: %v, %v", p, v, err)
			}
		}
		ok(t, c.Link(ctx, "loop2", "loop", store.Lazy))
		ok(t, c.Link(ctx, "loop", "loop2", store.Lazy))
		if v, err := c.Read(ctx, "loop"); !fail.Is(err, fail.Exhausted) {
			t.Errorf("loop: %v, %v", v, err)
		}
	})
}

func TestRefused(t *testing.T) {
	ctx := context.Background()
	c, _ := pair(mem.New(mem.Options{}), cache.Options{})
	deep := message.Value(message.Empty())
	for range 300 {
		deep = message.NewList(deep)
	}
	for _, v := range []message.Value{message.Int(1), message.Link{ID: "x"}, message.NewList(&message.Resolve{}),
		message.Of(message.P("a", bin("1")), message.P("commitments", message.Of(message.P("x", bin("y"))))),
		message.Of(message.P("a", bin("1")), message.P("commitments", bin("y")))} {
		if u, err := c.Write(ctx, v, store.Lazy); !fail.Is(err, fail.Invalid) {
			t.Errorf("%v: %s, %v", v, u, err)
		}
	}
	if u, err := c.Write(ctx, deep, store.Lazy); !fail.Is(err, fail.Exhausted) {
		t.Errorf("deep: %s, %v", u, err)
	}
}

// TestConcurrent has writers of the same parts and readers that must see whole
// messages at any moment.
func TestConcurrent(t *testing.T) {
	stores(t, func(t *testing.T, s store.Store) {
		ctx := context.Background()
		c := cache.New(s, cache.Options{MemoryBytes: 64 << 10, KnownIDs: 64})
		k := signers(t, 4)
		make := func(i int) *message.Message {
			return message.Of(message.P("i", message.Int(int64(i%50))), message.P("n", message.Of(message.P("j", message.Int(int64(i%7))))),
				message.P("l", message.NewList(message.Int(int64(i%3)), bin(strings.Repeat("x", 2000)))))
		}
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				for i := range 150 {
					m := make(i*7 + g)
					if i%5 == 0 {
						m = sign(t, m, k[g])
					}
					u, err := c.Write(ctx, m, store.Durability(i%2))
					if err != nil {
						t.Error(err)
						return
					}
					got, err := c.Read(ctx, u)
					if err != nil {
						t.Error(err)
						return
					}
					r := got.(*message.Message)
					if !message.Equal(r.Without("commitments"), m.Without("commitments")) {
						t.Errorf("got %v, want %v", got, m)
					}
					for id := range m.Commitments().All() {
						if !r.Commitments().Has(id) {
							t.Errorf("commitment %s is missing after its write", id)
						}
					}
				}
			})
		}
		wg.Wait()
	})
}
