package schedule_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
)

// When the power goes at any moment, everything that was acknowledged is on the
// disk (S3), without gaps (S1) and with all that it refers to.
func TestPowerLoss(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	key, author := must.Key(t), must.Key(t)
	o := schedule.Options{Identities: []*keys.PrivateKey{key}}
	p, q := newProcess(t, key, 1), newProcess(t, key, 2)
	disk := vfs.NewCrashableMem()
	for range 6 { // lives
		s := must.Have[*pebble.Store](t)(pebble.Open("store", pebble.Options{Disk: disk, Sync: pebble.SyncNever, MemTableBytes: 256 << 10}))
		svc := open(t, s, o)
		var mu sync.Mutex
		acked := map[string]string{} // message ID by process and slot
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for w := range 4 {
			seed := r.Uint64()
			wg.Go(func() {
				to := []schedule.Process{p, q}[w%2]
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					m := newMessage(t, author, to, int(seed%1e6)+i)
					a, err := svc.Schedule(ctx, to, m)
					if err != nil {
						t.Error(err)
						return
					}
					v, _ := a.Get("slot")
					mu.Lock()
					acked[to.ID+"/"+v.(Int).String()] = idOf(t, m)
					mu.Unlock()
				}
			})
		}
		time.Sleep(time.Duration(5+r.IntN(30)) * time.Millisecond)
		mu.Lock()
		want := make(map[string]string, len(acked))
		for k, v := range acked {
			want[k] = v
		}
		lost := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: []int{0, 30, 80}[r.IntN(3)], RNG: r})
		mu.Unlock()
		close(stop)
		wg.Wait()
		if err := svc.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		disk = lost
		after := must.Have[*pebble.Store](t)(pebble.Open("store", pebble.Options{Disk: disk}))
		found := map[string]string{}
		for _, p := range []schedule.Process{p, q} {
			svc := open(t, after, o)
			n := max(must.Have[int64](t)(svc.Current(ctx, p)), -1) + 1
			for i, a := range checkSchedule(t, svc, p, int(n)) {
				found[p.ID+"/"+Int(i).String()] = idOf(t, a.Message("body"))
			}
			if err := svc.Close(); err != nil {
				t.Fatal(err)
			}
		}
		for at, id := range want {
			if found[at] != id {
				t.Fatalf("%s was acknowledged and holds %q after the crash, want %s", at, found[at], id)
			}
		}
		if err := after.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
