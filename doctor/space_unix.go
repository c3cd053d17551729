//go:build linux || darwin

package doctor

import "syscall"

// space returns the bytes that are free for the user, and all bytes, of the
// disk that a folder is on.
func space(dir string) (free, total uint64, ok bool) {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil {
		return 0, 0, false
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), true
}
