package fs

import (
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// Failing is a disk that stops to accept changes; see [FailAfter].
type Failing struct {
	Disk
	left atomic.Int64
}

// FailAfter returns a disk on d whose first n changes (creating, writing,
// syncing, renaming, removing) succeed, and all later ones fail with err.
// Reading always works. Running the same work with n = 0, 1, 2, ... visits
// every point at which a process can die or a disk can fill up.
func FailAfter(d Disk, n int, err error) *Failing {
	f := &Failing{}
	f.left.Store(int64(n))
	f.Disk = errorfs.Wrap(d, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite && f.left.Add(-1) < 0 {
			return err
		}
		return nil
	}))
	return f
}

// Failed reports whether a change has been refused.
func (f *Failing) Failed() bool { return f.left.Load() < 0 }
