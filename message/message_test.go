package message

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAgainstMap compares random updates with a Go map: contents, order and
// untouched older versions (M1).
func TestAgainstMap(t *testing.T) {
	for _, size := range []int{5, 40, 3000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, uint64(size)))
			m, model := Empty(), map[string]Value{}
			type version struct {
				m *Message
				n map[string]Value
			}
			var old []version
			for i := range 4 * size {
				k := fmt.Sprint("k", rng.IntN(size))
				switch {
				case rng.IntN(3) == 0:
					m = m.Without(k)
					delete(model, k)
				default:
					m = m.Set(k, Int(i))
					model[k] = Int(i)
				}
				if i%(size/2+1) == 0 {
					old = append(old, version{m, maps.Clone(model)})
				}
			}
			for _, v := range append(old, version{m, model}) {
				if v.m.Len() != len(v.n) {
					t.Fatalf("%d keys, want %d", v.m.Len(), len(v.n))
				}
				if want := slices.Sorted(maps.Keys(v.n)); !slices.Equal(v.m.Keys(), want) {
					t.Fatalf("keys %v, want %v", v.m.Keys(), want)
				}
				for k, want := range v.n {
					if got, _ := v.m.Get(k); got != want {
						t.Fatalf("%s = %v, want %v", k, got, want)
					}
				}
			}
			for k := range model {
				m = m.Without(k)
			}
			if m.Len() != 0 || !Equal(m, Empty()) {
				t.Fatalf("not empty after removing every key: %v", m.Keys())
			}
		})
	}
}

func TestBuilderLastWins(t *testing.T) {
	m := Of(P("b", Int(1)), P("a", Int(2)), P("b", Int(3)), P("priv_x", Int(4)), P("c", nil))
	if !Equal(m, Of(P("a", Int(2)), P("b", Int(3)))) {
		t.Fatalf("got %v", m.Keys())
	}
}

func TestMapHash(t *testing.T) {
	for k, want := range map[string]uint64{
		"a": 0x0cc3495202b88f4f, "key1": 0x16913a7475818a72,
		"abcdefghi": 0x0a7afce909dcfe3d, "0123456789abcdefg": 0xbbc949c0138344ed,
	} {
		if got := mapHash(k); got != want {
			t.Errorf("%q: %016x, want %016x", k, got, want)
		}
	}
}

func TestWireOrderAbove32(t *testing.T) {
	b := NewBuilder(33)
	for i := 1; i <= 33; i++ {
		b.Set(fmt.Sprint("k", i), Binary("v"))
	}
	m := b.Message()
	got := fmt.Sprint(m.WireKeys())
	want := "[k3 k28 k12 k30 k19 k25 k1 k6 k10 k9 k7 k33 k14 k17 k18 k31 k27 k20 k16 k22 k11 k24 k26 k21 k8 k4 k15 k13 k5 k29 k2 k23 k32]"
	if got != want {
		t.Fatalf("got %s", got)
	}
	back := slices.Clone(m.MapKeys())
	slices.Reverse(back)
	if !slices.Equal(back, m.WireKeys()) {
		t.Fatal("MapKeys is not the reverse of WireKeys")
	}
	if m = m.Without("k33"); !slices.Equal(m.WireKeys(), m.Keys()) {
		t.Fatal("32 keys must be in byte order")
	}
}

func TestPrivateStateIsApart(t *testing.T) {
	counter := NewSlot[int]("counter")
	a := Of(P("x", Int(1)))
	b := counter.Set(a.WithHashpath(KnownHashpath("h/p")), 7)
	if v, ok := counter.In(b); !ok || v != 7 {
		t.Fatal("slot lost")
	}
	if b.Hashpath() != "h/p" || a.Hashpath() != "" {
		t.Fatal("hashpath")
	}
	if a.Memo() != b.Memo() {
		t.Fatal("M4: memo must be shared")
	}
	if !Equal(a, b) || b.Has("priv") {
		t.Fatal("private state shows")
	}
	if c := counter.Clear(b).Set("y", Int(2)); c.Hashpath() != "h/p" {
		t.Fatal("setting a key must keep private state")
	}
}

func TestLists(t *testing.T) {
	l := NewList(Binary("a"), Int(2), Atom("x"))
	n := l.Numbered()
	if !n.IsNumbered() || n.Len() != 3 {
		t.Fatal("numbered")
	}
	back, err := n.List()
	if err != nil || !Equal(back, l) {
		t.Fatal(back, err)
	}
	if _, err := Of(P("2", Int(1)), P("4", Int(1))).List(); err == nil {
		t.Fatal("gap accepted")
	}
	if l, err := Of(P("2", Int(1)), P("3", Int(5))).List(); err != nil || l.Len() != 2 {
		t.Fatal("a list may start anywhere", err)
	}
	if _, err := Of(P("01", Int(1))).List(); err == nil {
		t.Fatal("01 accepted")
	}
}

func TestDeep(t *testing.T) {
	m, err := DeepSet(Empty(), []string{"a", "b", "c"}, Int(1))
	if err != nil || DeepGet(m, Parts("/a//b/c/")) != Value(Int(1)) {
		t.Fatal(m, err)
	}
	m, err = DeepMerge(m, Of(P("a/b/d", Int(2)), P("a", Of(P("z", Int(3))))))
	if err != nil {
		t.Fatal(err)
	}
	want := Of(P("a", Of(P("b", Of(P("c", Int(1)), P("d", Int(2)))), P("z", Int(3)))))
	if !Equal(m, want) {
		t.Fatal("merge")
	}
	m, _ = DeepSet(m, []string{"a", "b", "c"}, Unset)
	if DeepGet(m, []string{"a", "b", "c"}) != nil {
		t.Fatal("unset")
	}
	if _, err = DeepSet(m, []string{"a", "z", "q"}, Int(1)); err == nil {
		t.Fatal("set through a number")
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		v    Value
		want string
	}{{Float(1.5), "1.5"}, {Float(2), "2.0"}, {Float(0.1), "0.1"}, {Int(-3), "-3"}, {True, "true"}, {Binary("b"), "b"}} {
		if got, ok := Text(c.v); !ok || got != c.want {
			t.Errorf("%v: %q", c.v, got)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	m := Of(P("a", Int(1)), P("b", Int(2)), P("c", Int(3)), P("d", Int(4)))
	b.ReportAllocs()
	for b.Loop() {
		m.Get("c")
	}
}

func BenchmarkSetOneOf100k(b *testing.B) {
	bl := NewBuilder(100000)
	for i := range 100000 {
		bl.Set(fmt.Sprint("key", i), Int(i))
	}
	m := bl.Message()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m = m.Set(fmt.Sprint("key", i%100000), Int(-i))
		i++
	}
}

func BenchmarkSetSmall(b *testing.B) {
	m := Of(P("a", Int(1)), P("b", Int(2)), P("c", Int(3)), P("d", Int(4)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m.Set("c", Int(i))
		i++
	}
}
