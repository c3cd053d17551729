//go:build !linux && !darwin

package doctor

// space cannot tell on this system.
func space(string) (free, total uint64, ok bool) { return 0, 0, false }
