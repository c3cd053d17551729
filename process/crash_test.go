package process_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
)

// crashFolder is the environment variable that makes TestCrash the child.
const crashFolder = "HB_PROCESS_CRASH_FOLDER"

// crashNode opens the node in a folder, with the processes that it made there.
func crashNode(t testing.TB, dir string) (*node, []schedule.Process, store.Store) {
	t.Helper()
	s := must.Have[*pebble.Store](t)(pebble.Open(filepath.Join(dir, "store"), pebble.Options{}))
	key, err := keys.ReadFile(filepath.Join(dir, "key.json"))
	if err != nil {
		t.Fatal(err)
	}
	n := start(t, s, key, Of(P("process_snapshot_slots", Int(7))))
	var ps []schedule.Process
	for i, device := range devices {
		m := n.sign(Of(P("device", Binary("process@1.0")), P("type", Binary("Process")), P("seed", Int(i)),
			P("scheduler", Binary(key.Address())), P("execution-device", Binary(device))))
		procID, err := commit.SignedID(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, schedule.Process{ID: procID.String(), Definition: m})
	}
	return n, ps, s
}

// crashChild schedules and computes until it is killed, and reports every
// acknowledged message.
func crashChild(t *testing.T, dir string) {
	n, ps, _ := crashNode(t, dir)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, p := range ps {
		for range 3 {
			wg.Go(func() {
				for {
					num := rand.IntN(1000)
					m := n.sign(Of(P("n", Int(num)), P("target", Binary(p.ID))))
					a, err := n.order.Schedule(ctx, p, m)
					if err != nil {
						fmt.Println("failed", err)
						return
					}
					mu.Lock()
					fmt.Printf("acked %d %d %d\n", i, number(a, "slot"), num)
					mu.Unlock()
				}
			})
		}
		wg.Go(func() {
			for {
				if _, err := n.svc.Now(ctx, n.env, p); err != nil {
					fmt.Println("failed", err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// acknowledged is what the child reported: number by process and slot.
type acknowledged [2]map[int64]int64

// run starts the child, kills it after a while, and adds what it reported.
func (k acknowledged) run(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), crashFolder+"="+dir)
	out := must.Have[interface {
		Read([]byte) (int, error)
		Close() error
	}](t)(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first := true
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var p int
		var slot, num int64
		if _, err := fmt.Sscanf(lines.Text(), "acked %d %d %d", &p, &slot, &num); err != nil {
			t.Errorf("the child says %q", lines.Text())
			continue
		}
		if old, twice := k[p][slot]; twice {
			t.Errorf("slot %d was given to %d and to %d", slot, old, num)
		}
		k[p][slot] = num
		if first {
			first = false
			time.AfterFunc(time.Duration(50+rand.IntN(400))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait()
	if first {
		t.Fatal("the child ended without scheduling")
	}
}

// A node that is killed at any moment has lost nothing that it acknowledged,
// its chains are whole, and its processes go on with the same state.
func TestCrash(t *testing.T) {
	if dir := os.Getenv(crashFolder); dir != "" {
		crashChild(t, dir)
		return
	}
	rounds := 4
	if testing.Short() {
		rounds = 2
	}
	dir := t.TempDir()
	if err := must.Key(t).CreateFile(filepath.Join(dir, "key.json")); err != nil {
		t.Fatal(err)
	}
	acked := acknowledged{{}, {}}
	for range rounds {
		acked.run(t, dir)
		n, ps, s := crashNode(t, dir)
		for i, p := range ps {
			checkAfterCrash(t, n, p, acked[i])
		}
		n.stop()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d and %d acknowledged messages survived %d kills", len(acked[0]), len(acked[1]), rounds)
}

func checkAfterCrash(t *testing.T, n *node, p schedule.Process, acked map[int64]int64) {
	t.Helper()
	newest := must.Have[int64](t)(n.order.Current(ctx, p))
	all := must.Have[[]*Message](t)(n.order.Read(ctx, p, 0, int(newest)+10))
	if int64(len(all)) != newest+1 || len(all) < len(acked) {
		t.Fatalf("%d assignments, the newest is %d, %d were acknowledged", len(all), newest, len(acked))
	}
	if err := schedule.VerifyChain(ctx, p.ID, all); err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for slot, a := range all {
		num := number(a.Message("body"), "n")
		if want, ok := acked[int64(slot)]; ok && want != num {
			t.Fatalf("slot %d holds %d, acknowledged was %d", slot, num, want)
		}
		sum += num
	}
	m := must.Have[*Message](t)(n.svc.Now(ctx, n.env, p))
	if got := n.sum(m); got != sum {
		t.Fatalf("the sum is %d, want %d", got, sum)
	}
	// Computing everything from the beginning comes to the same state.
	fresh := process.New(process.Options{Order: n.order, Cache: cache.New(mem.New(mem.Options{}), cache.Options{}), Clock: n.clock})
	defer func() { _ = fresh.Close() }()
	other := must.Have[*Message](t)(fresh.Compute(ctx, n.env, p, newest))
	a, _ := commit.UnsignedID(ctx, m)
	if b, _ := commit.UnsignedID(ctx, other); a != b {
		t.Fatal("the state after the crash is another than that computed from the beginning")
	}
}
