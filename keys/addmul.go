package keys

import "math/bits"

// addMulGo adds x*y to z, which has the words of x, and returns the carry. It
// takes eight words a step, in two runs of one carry chain for the products and
// one for the sums.
func addMulGo(z, x []uint64, y, carry uint64) uint64 {
	for len(x) >= 8 && len(z) >= 8 {
		var c uint64
		h0, l0 := bits.Mul64(x[0], y)
		h1, l1 := bits.Mul64(x[1], y)
		h2, l2 := bits.Mul64(x[2], y)
		h3, l3 := bits.Mul64(x[3], y)
		l0, c = bits.Add64(l0, carry, 0)
		l1, c = bits.Add64(l1, h0, c)
		l2, c = bits.Add64(l2, h1, c)
		l3, c = bits.Add64(l3, h2, c)
		h3, _ = bits.Add64(h3, 0, c)
		z[0], c = bits.Add64(z[0], l0, 0)
		z[1], c = bits.Add64(z[1], l1, c)
		z[2], c = bits.Add64(z[2], l2, c)
		z[3], c = bits.Add64(z[3], l3, c)
		carry, _ = bits.Add64(h3, 0, c)
		h0, l0 = bits.Mul64(x[4], y)
		h1, l1 = bits.Mul64(x[5], y)
		h2, l2 = bits.Mul64(x[6], y)
		h3, l3 = bits.Mul64(x[7], y)
		l0, c = bits.Add64(l0, carry, 0)
		l1, c = bits.Add64(l1, h0, c)
		l2, c = bits.Add64(l2, h1, c)
		l3, c = bits.Add64(l3, h2, c)
		h3, _ = bits.Add64(h3, 0, c)
		z[4], c = bits.Add64(z[4], l0, 0)
		z[5], c = bits.Add64(z[5], l1, c)
		z[6], c = bits.Add64(z[6], l2, c)
		z[7], c = bits.Add64(z[7], l3, c)
		carry, _ = bits.Add64(h3, 0, c)
		x, z = x[8:], z[8:]
	}
	z = z[:len(x)]
	for i, v := range x {
		hi, lo := bits.Mul64(v, y)
		var c uint64
		lo, c = bits.Add64(lo, z[i], 0)
		hi, _ = bits.Add64(hi, 0, c)
		z[i], c = bits.Add64(lo, carry, 0)
		carry, _ = bits.Add64(hi, 0, c)
	}
	return carry
}
