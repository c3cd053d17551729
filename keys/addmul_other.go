//go:build !amd64

package keys

// addMul adds x*y to z, which has the words of x, and returns the carry.
func addMul(z, x []uint64, y uint64) uint64 { return addMulGo(z, x, y, 0) }
