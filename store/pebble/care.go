package pebble

import (
	"context"
	"sync"
	"time"

	disks "github.com/hyperbeam-go/hyperbeam/internal/fs"
)

// care is the goroutine that looks after an open store until it is closed:
// it forces lazy writes to the disk and watches the free space.
type care struct {
	stop chan struct{}
	done sync.WaitGroup
}

// startCare starts the goroutine. It refuses writes from the beginning when
// the disk is nearly full already.
func (e *engine) startCare(o *Options, dir string) {
	minFree := orDefault(o.MinFreeBytes, 64<<20)
	e.watchSpace(o.Disk, dir, minFree)
	e.care.stop = make(chan struct{})
	var sync <-chan time.Time // nil: never
	stopSync := func() {}
	if o.Sync == SyncInterval {
		t := time.NewTicker(orDefault(o.Interval, 100*time.Millisecond))
		sync, stopSync = t.C, t.Stop
	}
	e.care.done.Go(func() {
		defer stopSync()
		space := time.NewTicker(time.Second)
		defer space.Stop()
		for {
			select {
			case <-e.care.stop:
				return
			case <-space.C:
				e.watchSpace(o.Disk, dir, minFree)
			case <-sync:
				if !e.dirty.Swap(false) {
					continue
				}
				if err := e.Sync(context.Background()); err != nil {
					e.damage.Store(&err) // reported by the next write
				}
			}
		}
	})
}

// watchSpace notes whether the disk is nearly full. A disk that cannot tell
// (one in memory) has room.
func (e *engine) watchSpace(disk disks.Disk, dir string, minFree uint64) {
	usage, err := disk.GetDiskUsage(dir)
	e.full.Store(err == nil && usage.AvailBytes < minFree)
}

// end stops the goroutine and waits for it.
func (c *care) end() {
	if c.stop != nil {
		close(c.stop)
		c.done.Wait()
	}
}
