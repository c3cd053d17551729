package fs_test

import (
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hyperbeam-go/hyperbeam/fail"
	disks "github.com/hyperbeam-go/hyperbeam/internal/fs"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/fs"
	"github.com/hyperbeam-go/hyperbeam/store/storetest"
)

func TestKill(t *testing.T) {
	storetest.Kill(t, func(t testing.TB, dir string) store.Store { return open(t, dir, fs.Options{}) })
}

func TestPowerLoss(t *testing.T) {
	storetest.PowerLoss(t, func(t testing.TB, disk vfs.FS) store.Store {
		return open(t, "/store", fs.Options{Disk: disk})
	})
}

// TestDiskFillsUp lets the disk refuse every single change in turn. What was
// acknowledged must be there afterwards, nothing may be there in part, and the
// open store must work again as soon as there is room.
func TestDiskFillsUp(t *testing.T) {
	const entries = 3
	l := storetest.Log("full")
	for n := 0; ; n++ {
		mem := vfs.NewCrashableMem()
		disk := disks.FailAfter(mem, n, syscall.ENOSPC)
		acked := 0
		s, err := fs.Open("/store", fs.Options{Disk: disk})
		if err == nil {
			for acked < entries {
				if err = l.Append(s, acked, store.Durable); err != nil {
					break
				}
				acked++
			}
		}
		if !disk.Failed() {
			if acked != entries {
				t.Fatalf("%d entries, %v", acked, err)
			}
			t.Logf("%d points of failure", n)
			return
		}
		if !fail.Is(err, fail.Unavailable) {
			t.Fatalf("change %d refused: error is %v", n, err)
		}
		for _, percent := range []int{0, 100} {
			cfg := vfs.CrashCloneCfg{}
			clone := mem.CrashClone(cfg)
			if percent == 100 {
				clone = mem
				if s != nil {
					_ = s.Close() // fails, like the disk
				}
			}
			again := open(t, "/store", fs.Options{Disk: clone})
			l.Check(t, again, acked)
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestRoomAgain continues on the same open store after a failure.
func TestRoomAgain(t *testing.T) {
	l := storetest.Log("room")
	for n := range 40 {
		mem := vfs.NewMem()
		s := open(t, "/store", fs.Options{Disk: mem})
		disk := disks.FailAfter(mem, n, syscall.ENOSPC)
		fs.SetDisk(s, disk)
		err := l.Append(s, 0, store.Durable)
		fs.SetDisk(s, mem)
		if err != nil {
			err = l.Append(s, 0, store.Durable)
			if fail.Is(err, fail.Conflict) { // it had been written, but not acknowledged
				err = nil
			}
		}
		if err != nil {
			t.Fatalf("after %d changes: %v", n, err)
		}
		l.Check(t, s, 1)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
