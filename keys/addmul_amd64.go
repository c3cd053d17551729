package keys

import "golang.org/x/sys/cpu"

// addMulBlocks adds x*y to z over 8*blocks words and returns the carry. It
// needs the instructions MULX, ADCX and ADOX.
//
//go:noescape
func addMulBlocks(z, x *uint64, blocks int, y uint64) (carry uint64)

// addMul adds x*y to z, which has the words of x, and returns the carry.
func addMul(z, x []uint64, y uint64) uint64 {
	n := len(x) &^ 7
	if n == 0 || len(z) < n || !cpu.X86.HasADX || !cpu.X86.HasBMI2 {
		return addMulGo(z, x, y, 0)
	}
	carry := addMulBlocks(&z[0], &x[0], n/8, y)
	if n == len(x) {
		return carry
	}
	return addMulGo(z[n:], x[n:], y, carry)
}
