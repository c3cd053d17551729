package lua

import "math"

// generator is Xorshift1024*, the generator of the reference's math.random
// (spec 03, 14.5.11): a ring of sixteen 64-bit words.
type generator struct {
	ring [16]uint64
	at   int
}

const (
	multiplier1024 = 1181783497276652981
	multiplier64   = 2685821657736338717
)

// seed begins the sequence of a seed, which is taken as a double.
func (g *generator) seed(d Dialect, x float64) {
	b := math.Float64bits(x)
	const mask = 1<<21 - 1
	part := func(a, prime uint64) uint64 { return (a&mask + 1) * prime & mask }
	b1 := part(b>>40, 2097131)
	b2 := part(b>>16&0xFFFFFF, 2097133)
	b3 := part(b&0xFFFF, 2097143)
	s := b1<<43 | b2<<22 | b3<<1 | 1
	for i := 15; i >= 0; i-- {
		s ^= s >> 12
		s ^= s << 25
		s ^= s >> 27
		g.ring[i] = s * multiplier64
	}
	g.at = 0
	if d == Standard {
		for range 4 { // seeds that differ little begin alike
			g.next()
		}
	}
}

// next returns the next 64 random bits.
func (g *generator) next() uint64 {
	s0, s1 := g.ring[g.at], g.ring[(g.at+1)&15]
	s1 ^= s1 << 31
	s1 ^= s1 >> 11
	n := s0 ^ s0>>30 ^ s1
	g.at = (g.at + 1) & 15
	g.ring[g.at] = n
	return n * multiplier1024
}
