package route

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Dice are what random strategies throw. *rand.Rand is one.
type Dice interface {
	IntN(n int) int
	Float64() float64
}

// system throws the dice of the machine, from any goroutine.
type system struct{}

func (system) IntN(n int) int   { return rand.IntN(n) }
func (system) Float64() float64 { return rand.Float64() }

// Choice says which nodes of a route are wanted.
type Choice struct {
	Strategy string // in any case, with "-" or "_"
	N        int    // nodes wanted; more than there are means all of them
	Base     id.ID  // of the message ([Base])
	By       string // "route-by" of the message, for Range
}

// Choose picks nodes, without repetition, in the order in which they are to be
// tried (spec 04, 4.5):
//
//	All              every node as it stands, whatever N is
//	Random           uniformly
//	By-Weight        with the probability weight / sum of the weights left
//	By-Base          number (base mod nodes left), again and again
//	Nearest          the N smallest distances of "wallet" and base on a ring of 2^256
//	Shuffled         every node in random order, cut to N
//	Range            nodes with min <= route-by <= max, cut to N
//	Shuffled-Range   these in random order
//	Nearest-Integer  the N smallest distances of "center" and route-by
//
// The last four are those of newer versions of the reference. dice may be nil.
//
// # Errors
//
// [fail.Invalid] for another strategy.
func Choose(nodes []message.Value, c Choice, dice Dice) ([]message.Value, error) {
	if dice == nil {
		dice = system{}
	}
	n := min(max(c.N, 0), len(nodes))
	left := slices.Clone(nodes)
	switch strings.ReplaceAll(strings.ToLower(c.Strategy), "_", "-") {
	case "", "all":
		return left, nil
	case "random":
		return repeat(left, n, func(left []message.Value) int { return dice.IntN(len(left)) }), nil
	case "by-weight":
		return repeat(left, n, func(left []message.Value) int { return byWeight(left, dice) }), nil
	case "by-base":
		h := number(c.Base)
		return repeat(left, n, func(left []message.Value) int {
			return int(new(big.Int).Mod(h, big.NewInt(int64(len(left)))).Int64())
		}), nil
	case "nearest":
		base := number(c.Base)
		return closest(left, n, func(v message.Value) *big.Int { return ringDistance(v, base) }), nil
	case "nearest-integer":
		by := integerOf(message.Binary(c.By))
		return closest(left, n, func(v message.Value) *big.Int { return centerDistance(v, by) }), nil
	case "shuffled":
		return shuffled(left, dice)[:n], nil
	case "range", "shuffled-range":
		left = inRange(left, integerOf(message.Binary(c.By)))
		if len(c.Strategy) > len("range") {
			left = shuffled(left, dice)
		}
		return left[:min(n, len(left))], nil
	}
	return nil, fail.New(fail.Invalid, "route.Choose", "no strategy %.64q", c.Strategy)
}

// repeat picks one of what is left, n times.
func repeat(left []message.Value, n int, pick func([]message.Value) int) []message.Value {
	out := make([]message.Value, 0, n)
	for range n {
		i := pick(left)
		out = append(out, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return out
}

func shuffled(nodes []message.Value, dice Dice) []message.Value {
	for i := len(nodes) - 1; i > 0; i-- {
		j := dice.IntN(i + 1)
		nodes[i], nodes[j] = nodes[j], nodes[i]
	}
	return nodes
}

// byWeight returns the index of a node, by its weight. The reference shuffles
// the list before it walks it, which changes no probability. Without any weight
// above zero all nodes are alike.
func byWeight(nodes []message.Value, dice Dice) int {
	sum := 0.0
	for _, v := range nodes {
		sum += weightOf(v)
	}
	if sum <= 0 || math.IsInf(sum, 0) {
		return dice.IntN(len(nodes))
	}
	r := dice.Float64()
	last := 0
	for i, v := range nodes {
		w := weightOf(v) / sum
		if w == 0 {
			continue
		}
		if r < w {
			return i
		}
		r -= w
		last = i // rounding may leave a rest
	}
	return last
}

// weightOf returns the weight of a node, 1 when it has none, 0 when it is not a
// number above zero.
func weightOf(v message.Value) float64 {
	m, _ := v.(*message.Message)
	raw, ok := m.Get("weight")
	if !ok {
		return 1
	}
	var w float64
	switch x := raw.(type) {
	case message.Float:
		w = float64(x)
	default:
		s, _ := message.Text(raw)
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return 0
		}
		w = f
	}
	if !(w > 0) || math.IsInf(w, 0) {
		return 0
	}
	return w
}

// closest returns the n nodes with the smallest distances, ascending; of equal
// ones the first, and those without a distance last.
func closest(nodes []message.Value, n int, distance func(message.Value) *big.Int) []message.Value {
	type measured struct {
		node message.Value
		d    *big.Int
	}
	all := make([]measured, len(nodes))
	for i, v := range nodes {
		all[i] = measured{v, distance(v)}
	}
	slices.SortStableFunc(all, func(a, b measured) int {
		switch {
		case a.d == nil && b.d == nil:
			return 0
		case a.d == nil:
			return 1
		case b.d == nil:
			return -1
		}
		return a.d.Cmp(b.d)
	})
	out := make([]message.Value, n)
	for i := range out {
		out[i] = all[i].node
	}
	return out
}

// ringDistance returns the distance of a node's wallet and a base on the ring
// of IDs, nil for a node without a wallet.
func ringDistance(v message.Value, base *big.Int) *big.Int {
	m, _ := v.(*message.Message)
	wallet, ok := native(m.Text("wallet"))
	if !ok {
		return nil
	}
	d := number(wallet)
	d.Abs(d.Sub(d, base))
	around := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), d)
	if around.Cmp(d) < 0 {
		return around
	}
	return d
}

func centerDistance(v message.Value, by *big.Int) *big.Int {
	m, _ := v.(*message.Message)
	c, _ := m.Get("center")
	center := integerOf(c)
	if center == nil || by == nil {
		return nil
	}
	return new(big.Int).Abs(new(big.Int).Sub(center, by))
}

// inRange returns the nodes that take a number.
func inRange(nodes []message.Value, by *big.Int) []message.Value {
	var out []message.Value
	for _, v := range nodes {
		m, _ := v.(*message.Message)
		low, _ := m.Get("min")
		high, _ := m.Get("max")
		l, h := integerOf(low), integerOf(high)
		if by != nil && (l == nil || l.Cmp(by) <= 0) && (h == nil || by.Cmp(h) <= 0) {
			out = append(out, v)
		}
	}
	return out
}

// integerOf returns a value as an integer, nil when it is none.
func integerOf(v message.Value) *big.Int {
	if v == nil {
		return nil
	}
	n, ok := message.AsBig(v)
	if !ok {
		return nil
	}
	return n
}
