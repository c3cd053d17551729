package push_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
)

// crashFolder is the environment variable that makes TestKilled the child.
const crashFolder = "HB_PUSH_CRASH_FOLDER"

// fan sends three messages for each that it gets, and counts the receipts.
const fan = `
function compute(base, req)
  local m = req.body or {}
  base.results = {}
  if m.action == "Fan" then
    local out = {}
    for i = 1, 3 do
      out["" .. i] = { target = base.process.peer, action = "Note", note = m.note .. "-" .. i }
    end
    base.results = { outbox = out }
  elseif m.action == "Noted" then
    base.receipts = (base.receipts or 0) + 1
  end
  return base
end`

// sink counts what it gets and says so.
const sink = `
function compute(base, req)
  local m = req.body or {}
  base.results = {}
  if m.action == "Note" then
    base.count = (base.count or 0) + 1
    base.results = { outbox = { ["1"] = { target = m["from-process"], action = "Noted", note = m.note } } }
  end
  return base
end`

// crashNode opens the node in a folder, with its two processes.
func crashNode(t testing.TB, dir string) (n *node, from, to string) {
	t.Helper()
	s := must.Have[*pebble.Store](t)(pebble.Open(filepath.Join(dir, "store"), pebble.Options{}))
	key := must.Have[*keys.PrivateKey](t)(keys.ReadFile(filepath.Join(dir, "key.json")))
	n = start(t, s, settings{keys: []*keys.PrivateKey{key}})
	b, err := os.ReadFile(filepath.Join(dir, "processes"))
	if err == nil {
		from, to, _ = strings.Cut(string(b), " ")
		return n, from, to
	}
	to = n.spawn(sink)
	from = n.spawn(fan, P("peer", Binary(to)))
	if err := os.WriteFile(filepath.Join(dir, "processes"), []byte(from+" "+to), 0o600); err != nil {
		t.Fatal(err)
	}
	return n, from, to
}

// crashChild pushes until it is killed, and reports what was acknowledged.
func crashChild(t *testing.T, dir string) {
	n, from, _ := crashNode(t, dir)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, mode := range []string{"async", "sync", "async", "sync"} {
		wg.Go(func() {
			for {
				note := fmt.Sprint(rand.Uint64())
				v, err := n.env.ResolveRequest(ctx, Of(P("path", Binary("/"+from+"/push")), P("method", Binary("POST")), P("push-mode", Binary(mode)),
					P("body", n.letter(from, P("action", Binary("Fan")), P("note", Binary(note))))))
				if err != nil {
					fmt.Println("failed", err)
					return
				}
				slot, _ := v.(*Message).Get("slot")
				mu.Lock()
				fmt.Println("acked", note, slot)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// runChild starts the child and kills it after a while. It returns what was
// acknowledged: slots by note.
func runChild(t *testing.T, dir string) map[string]string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), crashFolder+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acked := map[string]string{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var note, slot string
		if _, err := fmt.Sscanf(lines.Text(), "acked %s %s", &note, &slot); err != nil {
			t.Errorf("the child says %q", lines.Text())
			continue
		}
		if acked[note] = slot; len(acked) == 1 {
			time.AfterFunc(time.Duration(20+rand.IntN(300))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait()
	if len(acked) == 0 {
		t.Fatal("the child ended without pushing")
	}
	return acked
}

// A node that is killed at any moment delivers, when it starts again, everything
// that computed slots have sent, once.
func TestKilled(t *testing.T) {
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
	acked := map[string]string{}
	for range rounds {
		for note, slot := range runChild(t, dir) {
			acked[note] = slot
		}
		n, from, to := crashNode(t, dir)
		assertIdle(t, n)
		fans := checkDelivered(t, n, from, to, acked)
		t.Logf("%d acknowledged, %d scheduled, each delivered once", len(acked), fans)
		n.stop()
		if err := n.store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// checkDelivered counts effects, and returns how many messages were scheduled.
func checkDelivered(t *testing.T, n *node, from, to string, acked map[string]string) int {
	t.Helper()
	wanted, receipts := map[string]bool{}, map[string]int{}
	slots := map[string]string{}
	for _, a := range schedules(t, n, from) {
		m := a.Message("body")
		switch note := m.Text("note"); m.Text("action") {
		case "Fan":
			slot, _ := a.Get("slot")
			slots[note] = fmt.Sprint(slot)
			for i := range 3 {
				wanted[fmt.Sprintf("%s-%d", note, i+1)] = true
			}
		case "Noted":
			receipts[note]++
		}
	}
	for note, slot := range acked {
		if slots[note] != slot {
			t.Errorf("the message acknowledged for slot %s is in slot %q", slot, slots[note])
		}
	}
	notes := map[string]int{}
	for _, a := range schedules(t, n, to) {
		if m := a.Message("body"); m.Text("action") == "Note" {
			notes[m.Text("note")]++
		}
	}
	for note := range wanted {
		if notes[note] != 1 || receipts[note] != 1 {
			t.Errorf("%s arrived %d times, its receipt %d times", note, notes[note], receipts[note])
		}
	}
	if len(notes) != len(wanted) || len(receipts) != len(wanted) {
		t.Errorf("%d notes and %d receipts, want %d", len(notes), len(receipts), len(wanted))
	}
	if len(wanted) > 0 {
		n.want("/"+to+"/now/count", Int(len(wanted)))
		n.want("/"+from+"/now/receipts", Int(len(wanted)))
	}
	return len(slots)
}

// schedules returns all assignments of a process.
func schedules(t *testing.T, n *node, id string) []*Message {
	t.Helper()
	p := must.Have[schedule.Process](t)(n.order.Find(ctx, id))
	return must.Have[[]*Message](t)(n.order.Read(ctx, p, 0, 1<<20))
}
