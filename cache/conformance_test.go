package cache_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// The conformance items CONF-STORE-01 to 10 and 13 of spec 02, 25.4.

func both(t *testing.T, run func(t *testing.T, w, cold *cache.Cache)) {
	stores(t, func(t *testing.T, s store.Store) {
		w, cold := pair(s, cache.Options{Index: true})
		run(t, w, cold)
	})
}

// roundTrip writes m and reads it by each of the given paths from memory and
// from the store.
func roundTrip(t *testing.T, w, cold *cache.Cache, m message.Value, ids ...string) {
	t.Helper()
	u := write(t, w, m)
	for _, c := range []*cache.Cache{w, cold} {
		for _, p := range append(ids, u) {
			if got := read(t, c, p); !message.Equal(got, m) {
				t.Errorf("%s: got %v, want %v", p, got, m)
			}
		}
	}
}

// CONF-STORE-01
func TestSTORE01Binary(t *testing.T) {
	both(t, func(t *testing.T, w, cold *cache.Cache) {
		for _, s := range []string{"", "x", strings.Repeat("long", 1e5), "\x00\xff"} {
			roundTrip(t, w, cold, bin(s))
		}
	})
}

// CONF-STORE-02
func TestSTORE02Empty(t *testing.T) {
	both(t, func(t *testing.T, w, cold *cache.Cache) {
		roundTrip(t, w, cold, message.Empty(), "TWaabU6nSWpn7zPaiWSd9gQkfNwa1t3onrDRNB-bFiI")
		roundTrip(t, w, cold, message.NewList(), "KPzA9jjXbcmApVKFmxQSWQ2jjgAr1RhaDISQsL2etsg")
	})
}

// CONF-STORE-03
func TestSTORE03Nested(t *testing.T) {
	both(t, func(t *testing.T, w, cold *cache.Cache) {
		roundTrip(t, w, cold, message.Of(message.P("a", message.Of(message.P("b", message.Empty()), message.P("c", bin("1")))), message.P("e", message.Empty())))
	})
}

// CONF-STORE-04
func TestSTORE04Unsigned(t *testing.T) {
	both(t, func(t *testing.T, w, cold *cache.Cache) {
		// The example of spec 02, 19.2.
		m := message.Of(message.P("x", bin("1")), message.P("n", message.Int(5)), message.P("sub", message.Of(message.P("y", bin("2")))),
			message.P("l", message.NewList(bin("p"), message.Int(7))), message.P("e", message.Empty()))
		roundTrip(t, w, cold, m, "ja23a8ghfinC26DjG5zgxM_8rmLC2OAjIUyR7V3rOLA")
		if got := read(t, cold, "0aw3Ja0qDi7hubQ1g92YsixIzZdw6L0U4sCQ2ufLn1A/y"); got != bin("2") {
			t.Errorf("sub by its own ID: %v", got)
		}
	})
}

// CONF-STORE-05, 06
func TestSTORE05And06Signed(t *testing.T) {
	both(t, func(t *testing.T, w, cold *cache.Cache) {
		k := signers(t, 2)
		m := sign(t, message.Of(message.P("a", bin("1")), message.P("n", message.Int(5))), k[0])
		roundTrip(t, w, cold, m, linkID(t, m))
		two := sign(t, sign(t, message.Of(message.P("b", bin("1"))), k[0]), k[1])
		roundTrip(t, w, cold, two, linkID(t, two))
	})
}

// CONF-STORE-07, 08, CONF-MSG-70
func TestSTORE07And08Deep(t *testing.T) {
	both(t, func(t *testing.T, w, cold *cache.Cache) {
		k := signers(t, 1)[0]
		l := message.NewList(message.Int(1), message.Int(2), message.Int(3))
		m := message.Of(message.P("level3", sign(t, message.Of(message.P("other-test-key", l)), k)))
		m = sign(t, message.Of(message.P("level2", sign(t, m, k)), message.P("list", message.NewList(bin("a"), message.Of(message.P("x", l))))), k)
		m = sign(t, message.Of(message.P("level1", m), message.P("top", bin("x"))), k)
		roundTrip(t, w, cold, m, linkID(t, m))
		u := write(t, w, m)
		for _, p := range []string{u, linkID(t, m)} {
			if got := read(t, cold, p+"/level1/level2/level3/other-test-key"); !message.Equal(got, l) {
				t.Errorf("%s: %v", p, got)
			}
		}
		lazy, err := cold.ReadLazy(context.Background(), u)
		ok(t, err)
		if v, _ := lazy.(*message.Message).Get("level1"); v != (message.Link{ID: linkID(t, m.Message("level1"))}) {
			t.Errorf("lazy: %v", v)
		}
	})
}

// CONF-STORE-09
func TestSTORE09Match(t *testing.T) {
	both(t, func(t *testing.T, w, cold *cache.Cache) {
		ctx := context.Background()
		n := message.Of(message.P("deep", bin("x")))
		for i := range 20 {
			m := message.Of(message.P("i", message.Int(int64(i))), message.P("even", message.Bool(i%2 == 0)), message.P("n", n), message.P("a/b", bin("k")))
			write(t, w, m)
		}
		for _, tc := range []struct {
			template *message.Message
			count    int
		}{
			{message.Of(message.P("even", message.True)), 10},
			{message.Of(message.P("even", bin("true")), message.P("a/b", bin("k"))), 10},
			{message.Of(message.P("i", message.Int(4)), message.P("even", message.True)), 1},
			{message.Of(message.P("i", message.Int(4)), message.P("even", message.False)), 0},
			{message.Of(message.P("n", n)), 20},
			{n, 1},
			{message.Of(message.P("i", bin("none"))), 0},
		} {
			got, err := cold.Match(ctx, tc.template, 0)
			if err != nil || len(got) != tc.count {
				t.Errorf("%v: %v, %v, want %d", tc.template, got, err, tc.count)
			}
		}
		if got, err := cold.Match(ctx, message.Of(message.P("n", n)), 3); err != nil || len(got) != 3 {
			t.Errorf("limit: %v, %v", got, err)
		}
		if _, err := cold.Match(ctx, message.Empty(), 0); !fail.Is(err, fail.Invalid) {
			t.Errorf("empty template: %v", err)
		}
	})
}

// CONF-STORE-13
func TestSTORE13Bulk(t *testing.T) {
	both(t, func(t *testing.T, w, cold *cache.Cache) {
		k := signers(t, 1)[0]
		all := map[string]message.Value{}
		for i := range 500 {
			m := message.Of(message.P("i", message.Int(int64(i))), message.P("text", bin(fmt.Sprint("message ", i))))
			if i%4 == 0 {
				m = sign(t, m, k)
			}
			write(t, w, m)
			all[linkID(t, m)] = m
		}
		for p, m := range all {
			if got := read(t, cold, p); !message.Equal(got, m) {
				t.Fatalf("%s: %v", p, got)
			}
			if has, err := cold.Has(context.Background(), p); err != nil || !has {
				t.Fatalf("%s: %v, %v", p, has, err)
			}
		}
	})
}

// CONF-MSG-66: a message that is read lazily, with typed links, encodes and
// decodes to what was written.
func TestLazyMessagesEncode(t *testing.T) {
	both(t, func(t *testing.T, w, cold *cache.Cache) {
		ctx := context.Background()
		m := message.Of(message.P("n", message.Int(1)), message.P("list", message.NewList(message.Int(1), message.Float(0.5))),
			message.P("typed", message.Of(message.P("i", message.Int(7)), message.P("deep", message.Of(message.P("t", message.True))))))
		lazy, err := cold.ReadLazy(ctx, write(t, w, m))
		ok(t, err)
		if v, _ := lazy.(*message.Message).Get("list"); v.(message.Link).ID == "" {
			t.Fatalf("not lazy: %v", v)
		}
		tabm, err := structured.ToTABM(ctx, cold.Env(), lazy)
		ok(t, err)
		encoded, err := httpsig.Codec{}.Encode(ctx, cold.Env(), tabm, codec.Options{})
		ok(t, err)
		back, err := httpsig.Codec{}.Decode(ctx, cold.Env(), encoded, codec.Options{})
		ok(t, err)
		rich, err := structured.FromTABM(back)
		ok(t, err)
		if got, err := message.LoadAll(ctx, cold, rich); err != nil || !message.Equal(got, m) {
			t.Errorf("%v, %v", got, err)
		}
	})
}
