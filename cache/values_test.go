package cache_test

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func bin(s string) message.Value { return message.Binary(s) }

// stores runs a test on each kind of store.
func stores(t *testing.T, run func(t *testing.T, s store.Store)) {
	t.Run("mem", func(t *testing.T) { run(t, mem.New(mem.Options{})) })
	t.Run("pebble", func(t *testing.T) {
		s, err := pebble.Open(t.TempDir(), pebble.Options{})
		ok(t, err)
		t.Cleanup(func() { ok(t, s.Close()) })
		run(t, s)
	})
}

// pair is a cache that writes and one over the same store that has nothing in
// memory.
func pair(s store.Store, o cache.Options) (w, cold *cache.Cache) {
	return cache.New(s, o), cache.New(s, o)
}

func write(t testing.TB, c *cache.Cache, v message.Value, names ...string) string {
	t.Helper()
	u, err := c.Write(context.Background(), v, store.Lazy, names...)
	ok(t, err)
	return u
}

func read(t testing.TB, c *cache.Cache, path string) message.Value {
	t.Helper()
	v, err := c.Read(context.Background(), path)
	ok(t, err)
	return v
}

// signers are keys, made once a test binary.
func signers(t testing.TB, n int) []*keys.PrivateKey {
	t.Helper()
	out := make([]*keys.PrivateKey, n)
	for i := range out {
		var err error
		out[i], err = keys.Generate(keys.Curve25519)
		ok(t, err)
	}
	return out
}

func sign(t testing.TB, m *message.Message, key *keys.PrivateKey) *message.Message {
	t.Helper()
	out, err := commit.Commit(context.Background(), commit.Env(message.NoLoader{}), m, key, commit.Spec{Type: commit.TypeEd25519})
	ok(t, err)
	return out
}

func linkID(t testing.TB, v message.Value) string {
	t.Helper()
	i, err := commit.LinkID(context.Background(), v)
	ok(t, err)
	return i.String()
}

// generator makes random values.
type generator struct {
	*rand.Rand
	t    testing.TB
	keys []*keys.PrivateKey
}

func (g *generator) text() string {
	switch g.IntN(8) {
	case 0:
		return ""
	case 1:
		b := make([]byte, g.IntN(40))
		for i := range b {
			b[i] = byte(g.Uint32())
		}
		return string(b)
	case 2:
		return strings.Repeat("long ", 150+g.IntN(400))
	case 3:
		return id.Hash([]byte{byte(g.Uint32())}).String()
	}
	return fmt.Sprintf("text %d", g.IntN(1000))
}

func (g *generator) value(depth int) message.Value {
	switch k := g.IntN(14); {
	case k < 2 && depth > 0:
		return g.message(depth - 1)
	case k == 2 && depth > 0:
		items := make([]message.Value, g.IntN(5))
		for i := range items {
			items[i] = g.value(depth - 1)
		}
		return message.NewList(items...)
	case k == 3:
		return message.Int(g.Int64() >> g.IntN(64))
	case k == 4:
		return message.Integer(new(big.Int).Mul(big.NewInt(g.Int64()-1<<62), big.NewInt(g.Int64())))
	case k == 5:
		return message.Float(math.Ldexp(g.Float64()-0.5, g.IntN(600)-300))
	case k == 6:
		return []message.Value{message.True, message.False, message.Null, message.Undefined, message.Atom("hello world"), message.Float(math.Copysign(0, -1))}[g.IntN(6)]
	}
	return bin(g.text())
}

func (g *generator) message(depth int) *message.Message {
	n := g.IntN(7)
	if g.IntN(12) == 0 {
		n = 33 + g.IntN(40)
	}
	b := message.Builder{}
	for range n {
		k := fmt.Sprintf("key-%d", g.IntN(200))
		if g.IntN(12) == 0 {
			k = strings.ToUpper(g.text())
		}
		if strings.HasSuffix(k, "+link") || len(k) > 100 {
			continue
		}
		b.Set(k, g.value(depth))
	}
	m := b.Message()
	if m.Len() > 0 && g.IntN(4) == 0 {
		for _, key := range g.keys[:1+g.IntN(len(g.keys))] {
			m = commit.Reduce(sign(g.t, m, key)) // keys like IDs are not covered
		}
	}
	return m
}

// diff says where two values differ, "" when they are equal.
func diff(at string, got, want message.Value) string {
	if message.Equal(got, want) {
		return ""
	}
	if l, isList := got.(*message.List); isList {
		if w, isList := want.(*message.List); isList {
			got, want = l.Numbered(), w.Numbered()
		}
	}
	g, okGot := got.(*message.Message)
	w, okWant := want.(*message.Message)
	if !okGot || !okWant {
		return fmt.Sprintf("%s: got %#v, want %#v", at, got, want)
	}
	for k := range g.Merge(w).All() {
		a, _ := g.Get(k)
		b, _ := w.Get(k)
		if d := diff(fmt.Sprintf("%s/%q", at, k), a, b); d != "" {
			return d
		}
	}
	return "equal"
}
