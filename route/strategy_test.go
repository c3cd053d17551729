package route

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// nodesOf returns n nodes with names, wallets and equal weights.
func nodesOf(n int) []Value {
	out := make([]Value, n)
	for i := range out {
		w := id.Hash(fmt.Append(nil, "wallet", i))
		out[i] = Of(P("name", Int(i)), P("wallet", Binary(w.String())), P("weight", Int(1)))
	}
	return out
}

func nameOf(v Value) int {
	n, _ := v.(*Message).Get("name")
	return int(n.(Int))
}

func dice() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// TestProperties asserts what spec 04, 4.6 says of 1500 bases and 20 nodes.
//
// CONF-ROUTE-09..17
func TestProperties(t *testing.T) {
	const bases, count = 1500, 20
	for _, strategy := range []string{"Random", "By-Base", "Nearest", "By-Weight", "Shuffled"} {
		for _, n := range []int{1, 5} {
			t.Run(fmt.Sprint(strategy, n), func(t *testing.T) {
				d := dice()
				hits := make([]float64, count)
				for i := range bases {
					got, err := Choose(nodesOf(count), Choice{Strategy: strategy, N: n, Base: id.Hash(fmt.Append(nil, i))}, d)
					if err != nil || len(got) != n {
						t.Fatal(len(got), err)
					}
					seen := map[int]bool{}
					for _, v := range got {
						if seen[nameOf(v)] {
							t.Fatal("a node was chosen twice")
						}
						seen[nameOf(v)] = true
						hits[nameOf(v)]++
					}
				}
				mean, variance := float64(bases*n)/count, 0.0
				for _, h := range hits {
					variance += (h - mean) * (h - mean) / count
				}
				if top := slices.Max(hits); top > mean+3*math.Sqrt(variance) {
					t.Errorf("%v hits, mean %v, deviation %v", top, mean, math.Sqrt(variance))
				}
			})
		}
	}
}

func TestByWeight(t *testing.T) { // CONF-ROUTE-08
	nodes := []Value{Of(P("name", Int(0)), P("weight", Int(1))), Of(P("name", Int(1)), P("weight", Binary("99")))}
	d, first := dice(), 0
	for range 1000 {
		got, err := Choose(nodes, Choice{Strategy: "By-Weight", N: 1}, d)
		if err != nil {
			t.Fatal(err)
		}
		if nameOf(got[0]) == 0 {
			first++
		}
	}
	if p := float64(first) / 1000; p < 0.0001 || p >= 0.05 {
		t.Error(p)
	}
	for name, weights := range map[string][]Value{
		"nothing above zero": {Int(0), Float(-1)},
		"not numbers":        {Binary("x"), Float(math.NaN())},
		"infinite":           {Float(math.Inf(1)), Binary("Inf")},
	} {
		n := []Value{Of(P("name", Int(0)), P("weight", weights[0])), Of(P("name", Int(1)), P("weight", weights[1]))}
		if got, err := Choose(n, Choice{Strategy: "by_weight", N: 2}, d); err != nil || len(got) != 2 {
			t.Error(name, got, err)
		}
	}
	zero := []Value{Of(P("name", Int(0)), P("weight", Int(0))), Of(P("name", Int(1)), P("weight", Float(0.5)))}
	for range 100 {
		if got, _ := Choose(zero, Choice{Strategy: "By-Weight", N: 1}, d); nameOf(got[0]) != 1 {
			t.Fatal("a node without weight was chosen")
		}
	}
}

// TestByBase compares with the arithmetic of spec 04, 4.5.3.
//
// CONF-ROUTE-18
func TestByBase(t *testing.T) {
	for i := range 100 {
		base := id.Hash(fmt.Append(nil, "b", i))
		c := Choice{Strategy: "By-Base", N: 3, Base: base}
		got, err := Choose(nodesOf(7), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := Choose(nodesOf(7), c, nil)
		left := []int{0, 1, 2, 3, 4, 5, 6}
		for k := range got {
			h := new(big.Int).SetBytes(base[:])
			at := int(h.Mod(h, big.NewInt(int64(len(left)))).Int64())
			if nameOf(got[k]) != left[at] || nameOf(again[k]) != left[at] {
				t.Fatalf("base %d, choice %d: %d, want %d", i, k, nameOf(got[k]), left[at])
			}
			left = slices.Delete(left, at, at+1)
		}
	}
}

func TestNearest(t *testing.T) {
	at := func(first byte) id.ID { return id.ID{first} }
	node := func(name int, first byte) Value {
		return Of(P("name", Int(name)), P("wallet", Binary(at(first).String())))
	}
	nodes := []Value{Of(P("name", Int(9))), node(0, 0x80), node(1, 0xf0), node(2, 0x20), node(3, 0x20)}
	for base, want := range map[byte][]int{
		0x00: {1, 2, 3, 0, 9}, // 0xf0 is near zero around the ring, and of equal ones the first comes first
		0x80: {0, 2, 3, 1, 9},
		0x90: {0, 1, 2, 3, 9},
	} {
		got, err := Choose(nodes, Choice{Strategy: "Nearest", N: 5, Base: at(base)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if nameOf(got[i]) != want[i] {
				t.Errorf("base %x: place %d is %d, want %d", base, i, nameOf(got[i]), want[i])
			}
		}
	}
}

func TestExtensions(t *testing.T) {
	r := func(name, low, high int) Value {
		return Of(P("name", Int(name)), P("min", Int(low)), P("max", Int(high)), P("center", Int((low+high)/2)))
	}
	nodes := []Value{r(0, 0, 10), r(1, 5, 20), r(2, 15, 30)}
	names := func(c Choice) (out []int) {
		got, err := Choose(nodes, c, dice())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range got {
			out = append(out, nameOf(v))
		}
		return out
	}
	for _, x := range []struct {
		c    Choice
		want []int
	}{
		{Choice{Strategy: "Range", N: 9, By: "7"}, []int{0, 1}},
		{Choice{Strategy: "range", N: 1, By: "7"}, []int{0}},
		{Choice{Strategy: "Range", N: 9, By: "x"}, nil},
		{Choice{Strategy: "Shuffled-Range", N: 9, By: "16"}, []int{1, 2}},
		{Choice{Strategy: "Nearest_Integer", N: 2, By: "13"}, []int{1, 0}},
		{Choice{Strategy: "Shuffled", N: 9}, []int{0, 1, 2}},
		{Choice{Strategy: "All", N: 1}, []int{0, 1, 2}},
		{Choice{N: 0}, []int{0, 1, 2}},
		{Choice{Strategy: "Random", N: 0}, nil},
		{Choice{Strategy: "Random", N: -4}, nil},
	} {
		got := names(x.c)
		if x.c.Strategy == "Shuffled" || x.c.Strategy == "Shuffled-Range" {
			slices.Sort(got)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%+v: %v, want %v", x.c, got, x.want)
		}
	}
	if _, err := Choose(nodes, Choice{Strategy: "Best"}, nil); !fail.Is(err, fail.Invalid) {
		t.Error(err)
	}
	for _, s := range []string{"Random", "By-Weight", "By-Base", "Nearest", "Shuffled", "Range"} {
		if got, err := Choose(nil, Choice{Strategy: s, N: 3, By: "1"}, nil); err != nil || len(got) != 0 {
			t.Error(s, got, err)
		}
	}
}

func BenchmarkChoose(b *testing.B) {
	nodes := nodesOf(20)
	for _, s := range []string{"Random", "By-Weight", "By-Base", "Nearest"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Choose(nodes, Choice{Strategy: s, N: 1, Base: id.ID{1, 2, 3}}, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
