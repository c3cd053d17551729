package keys

import (
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// publicExponent is that of every RSA key here; it never travels.
const publicExponent = 65537

// factor finds the primes of n from the private exponent d: e*d-1 is a multiple
// of the order of every number modulo n, so a root of 1 other than ±1 is met
// with probability one half per base tried (Miller).
func factor(n, d *big.Int) (p, q *big.Int, err error) {
	one := big.NewInt(1)
	order := new(big.Int).Mul(d, big.NewInt(publicExponent))
	order.Sub(order, one)
	if n.BitLen() > MaxModulusBits || order.Sign() <= 0 || order.BitLen() > 2*MaxModulusBits || order.Bit(0) == 1 || n.Bit(0) == 0 {
		return nil, nil, fail.New(fail.Invalid, "keys.ParseJWK", "the private exponent does not fit the modulus and the exponent 65537")
	}
	twos := order.TrailingZeroBits()
	odd := new(big.Int).Rsh(order, twos)
	last := new(big.Int).Sub(n, one)
	x, y, g := new(big.Int), new(big.Int), new(big.Int)
	for base := int64(2); base < 100; base++ {
		x.Exp(g.SetInt64(base), odd, n)
		for range twos {
			if x.Cmp(one) == 0 || x.Cmp(last) == 0 {
				break
			}
			y.Mul(x, x)
			y.Mod(y, n)
			if y.Cmp(one) == 0 {
				p = new(big.Int).GCD(nil, nil, x.Sub(x, one), n)
				return p, new(big.Int).Quo(n, p), nil
			}
			x, y = y, x
		}
	}
	return nil, nil, fail.New(fail.Invalid, "keys.ParseJWK", "the private exponent does not fit the modulus and the exponent 65537")
}
