package storetest

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// childFolder is the environment variable that makes [Kill] the child.
const childFolder = "HB_STORETEST_FOLDER"

// writers is the number of logs that the child writes at the same time.
const writers = 4

// Kill checks that a store survives the death of its process. It starts the
// test binary again, which runs the same test and, as the child, appends to
// several logs with durable batches, reporting each one that is acknowledged.
// The child is killed (SIGKILL) at a random moment, several times over; each
// time every acknowledged entry must be there and no batch may be there in
// part. Kill must be called from a top-level test.
func Kill(t *testing.T, open func(t testing.TB, dir string) store.Store) {
	if dir := os.Getenv(childFolder); dir != "" {
		child(open(t, dir))
		return
	}
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	dir := t.TempDir()
	total := 0
	for range rounds {
		acked := runAndKill(t, dir, time.Duration(rand.IntN(150))*time.Millisecond)
		s := open(t, dir)
		total = 0
		for w := range writers {
			total += Log(fmt.Sprint(w)).Check(t, s, acked[w])
		}
		ok(t, s.Close())
	}
	t.Logf("%d entries survived %d kills", total, rounds)
}

// child appends to the logs until it is killed.
func child(s store.Store) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			l := Log(fmt.Sprint(w))
			n, err := l.Len(s)
			for ; err == nil; n++ {
				if err = l.Append(s, n, store.Durable); err == nil {
					mu.Lock()
					fmt.Printf("acked %d %d\n", w, n)
					mu.Unlock()
				}
			}
			fmt.Println("failed", err)
		})
	}
	wg.Wait()
}

// runAndKill runs the child, kills it some time after its first report, and
// returns how many entries of each log were acknowledged.
func runAndKill(t *testing.T, dir string, after time.Duration) (acked [writers]int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), childFolder+"="+dir)
	out, err := cmd.StdoutPipe()
	ok(t, err)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	ok(t, cmd.Start())
	lines := bufio.NewScanner(out)
	var kill *time.Timer
	for lines.Scan() {
		var w, n int
		if _, err := fmt.Sscanf(lines.Text(), "acked %d %d", &w, &n); err != nil || w < 0 || w >= writers {
			t.Errorf("the child says %q", lines.Text())
			continue
		}
		acked[w] = n + 1
		if kill == nil {
			kill = time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
	}
	// The child never ends by itself, so an error is expected.
	_ = cmd.Wait()
	if kill == nil {
		t.Fatalf("the child ended without writing: %s", stderr.String())
	}
	kill.Stop()
	return acked
}

// PowerLoss checks that a store survives the loss of power, on a disk in
// memory that forgets a random part of what was not synced. Entries of a log
// are written with random durability; at some moments the disk is cloned as a
// crash would leave it, and the store is opened on the clone, which must hold
// every durable entry and those before it, and no batch in part.
func PowerLoss(t *testing.T, open func(t testing.TB, disk vfs.FS) store.Store) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	disk := vfs.NewCrashableMem()
	l := Log("power")
	for range 8 { // lives
		s := open(t, disk)
		n := l.Check(t, s, 0)
		durable := 0
		var alone string // path of the last durable batch of one operation
		for end := n + 5 + r.IntN(20); n < end; n++ {
			d := store.Durability(r.IntN(2))
			ok(t, l.Append(s, n, d))
			if d == store.Durable {
				durable = n + 1
			}
			if r.IntN(5) == 0 {
				ok(t, s.Sync(bg()))
				durable = n + 1
			}
			if r.IntN(2) == 0 {
				b := store.NewBatch()
				alone = fmt.Sprintf("alone/%d", r.Uint64())
				b.Put(alone, []byte(alone))
				if r.IntN(2) == 0 { // then the durable batch has nothing to write
					ok(t, s.Apply(bg(), b, store.Lazy))
				}
				ok(t, s.Apply(bg(), b, store.Durable))
				durable = n + 1
			}
			if r.IntN(4) == 0 {
				clone := open(t, crash(disk, r))
				l.Check(t, clone, durable)
				if alone != "" {
					get(t, clone, alone, alone)
				}
				ok(t, clone.Close())
			}
		}
		next := crash(disk, r)
		ok(t, s.Close())
		if r.IntN(2) == 0 { // the power goes after Close, which syncs
			next, durable = crash(disk, r), n
		}
		s = open(t, next)
		l.Check(t, s, durable)
		ok(t, s.Close())
		disk = next
	}
}

func crash(disk *vfs.MemFS, r *rand.Rand) *vfs.MemFS {
	percent := []int{0, 20, 50, 90}[r.IntN(4)]
	return disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: r})
}
