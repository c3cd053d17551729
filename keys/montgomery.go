package keys

import (
	"encoding/binary"
	"math/big"
	"math/bits"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Limits of RSA moduli, in bits.
const (
	MinModulusBits = 1024
	MaxModulusBits = 8192
)

const maxWords = MaxModulusBits / 64

// modulus is an odd number n of w words, with what Montgomery multiplication
// needs. With R = 2^(64w), the form of x is x*R mod n, and the product of two
// forms divided by R is the form of the product. Dividing by R is cheap: adding
// the right multiple of n makes the low words zero.
//
// Time depends on the values. This is for public data only.
type modulus struct {
	n      []uint64 // least significant word first; the top word is not 0
	rr     []uint64 // R*R mod n, brings a number into its form
	inv    uint64   // -1/n mod 2^64
	bits   int
	length int // bytes of a signature
}

// newModulus reads a big-endian modulus; leading zeros are allowed.
func newModulus(raw []byte) (*modulus, error) {
	const op = "keys.NewPublicKey"
	for len(raw) > 0 && raw[0] == 0 {
		raw = raw[1:]
	}
	if len(raw) > MaxModulusBits/8 {
		return nil, fail.New(fail.Invalid, op, "RSA modulus of %d bytes, at most %d", len(raw), MaxModulusBits/8)
	}
	if len(raw) == 0 || len(raw)*8-bits.LeadingZeros8(raw[0]) < MinModulusBits {
		return nil, fail.New(fail.Invalid, op, "RSA modulus shorter than %d bits", MinModulusBits)
	}
	if raw[len(raw)-1]&1 == 0 {
		return nil, fail.New(fail.Invalid, op, "RSA modulus is even")
	}
	words := (len(raw) + 7) / 8
	m := &modulus{
		n: make([]uint64, words), rr: make([]uint64, words),
		bits: len(raw)*8 - bits.LeadingZeros8(raw[0]), length: len(raw),
	}
	setBytes(m.n, raw)
	// Newton's iteration doubles the correct low bits of 1/n: 3, 6, …, 96.
	x := m.n[0]
	for range 5 {
		x *= 2 - m.n[0]*x
	}
	m.inv = -x
	r := new(big.Int).Lsh(big.NewInt(1), uint(128*words))
	r.Mod(r, new(big.Int).SetBytes(raw))
	var buf [MaxModulusBits / 8]byte
	setBytes(m.rr, r.FillBytes(buf[:8*words]))
	return m, nil
}

// setBytes sets z to the big-endian number b, which fits into it.
func setBytes(z []uint64, b []byte) {
	for i := range z {
		switch {
		case len(b) >= 8:
			z[i] = binary.BigEndian.Uint64(b[len(b)-8:])
			b = b[:len(b)-8]
		default:
			z[i] = 0
			for _, c := range b {
				z[i] = z[i]<<8 | uint64(c)
			}
			b = nil
		}
	}
}

// power65537 sets out, of m.length bytes, to the big-endian s^65537 mod n. It
// reports false when s is not below n.
func (m *modulus) power65537(out, s []byte) bool {
	w := len(m.n)
	var sBuf, xBuf [maxWords]uint64
	var tBuf [2 * maxWords]uint64
	base, x, t := sBuf[:w], xBuf[:w], tBuf[:2*w]
	setBytes(base, s)
	if !less(base, m.n) {
		return false
	}
	multiply(t, base, m.rr)
	m.reduce(x, t)
	for range 16 {
		square(t, x)
		m.reduce(x, t)
	}
	// One factor is not in Montgomery form, so the product leaves it.
	multiply(t, x, base)
	m.reduce(x, t)
	for i := range out {
		k := len(out) - 1 - i
		out[i] = byte(x[k/8] >> (k % 8 * 8))
	}
	return true
}

// reduce sets z to t/R mod n for t below n*R of twice the words; t is lost.
func (m *modulus) reduce(z, t []uint64) {
	w := len(m.n)
	var carry uint64
	for i := range w {
		c := addMul(t[i:i+w], m.n, t[i]*m.inv)
		t[i+w], carry = bits.Add64(t[i+w], c, carry)
	}
	t = t[w:]
	if carry == 0 && less(t, m.n) {
		copy(z, t)
		return
	}
	var borrow uint64
	for i := range z {
		z[i], borrow = bits.Sub64(t[i], m.n[i], borrow)
	}
}

// less reports whether a < b; both have the same number of words.
func less(a, b []uint64) bool {
	for i := len(a) - 1; i >= 0; i-- {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

// multiply sets z, of twice the words, to x*y.
func multiply(z, x, y []uint64) {
	clear(z)
	for i, v := range y {
		z[i+len(x)] = addMul(z[i:i+len(x)], x, v)
	}
}

// square sets z, of twice the words, to x*x: products of different words are
// summed once and doubled.
func square(z, x []uint64) {
	w := len(x)
	clear(z)
	for i := range w {
		z[i+w] = addMul(z[2*i+1:i+w], x[i+1:], x[i])
	}
	var top, carry uint64
	for i, v := range x {
		hi, lo := bits.Mul64(v, v)
		a, b := z[2*i], z[2*i+1]
		z[2*i], carry = bits.Add64(a<<1|top, lo, carry)
		z[2*i+1], carry = bits.Add64(b<<1|a>>63, hi, carry)
		top = b >> 63
	}
}
