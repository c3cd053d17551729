package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// built builds the command once for all tests of the package.
var built = sync.OnceValues(func() (string, error) {
	var err error
	if buildDir, err = os.MkdirTemp("", "hyperbeam-e2e"); err != nil {
		return "", err
	}
	bin := filepath.Join(buildDir, "hyperbeam")
	out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return bin, nil
})

// buildDir is where built has put the command, "" before.
var buildDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if buildDir != "" {
		_ = os.RemoveAll(buildDir)
	}
	os.Exit(code)
}

// startNode runs the real command on a data folder and returns its URL.
func startNode(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "start", "--json", "-q", "--port", "0", "--data", dir, "--set", "key_type=ed25519")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	var hello struct{ URL string }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal("the node did not start:", err)
	}
	if err := json.Unmarshal(line, &hello); err != nil {
		t.Fatal(err)
	}
	return cmd, hello.URL
}

// hb runs a command against a node and returns what it prints.
func hb(t *testing.T, url, key string, args ...string) string {
	t.Helper()
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, args...)
	cmd.Env = append(os.Environ(), "HB_NODE="+url, "HB_KEY="+key)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("hyperbeam %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

func newWallet(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key.json")
	hb(t, "", "", "key", "new", "--type", "ed25519", file)
	return file
}

const counter = `
total = 0
function compute(base, assignment)
  local body = assignment.body or {}
  if body.action == "Inc" then total = total + 1 end
  base.results = { output = { body = "total " .. total } }
  return base
end
`

// TestKillDuringSchedule kills a node in the middle of a stream of schedules
// and checks that nothing acknowledged is lost, that computing goes on, and that
// the state is the same after one more restart.
func TestKillDuringSchedule(t *testing.T) {
	dir, key := t.TempDir(), newWallet(t)
	lua := filepath.Join(t.TempDir(), "counter.lua")
	if err := os.WriteFile(lua, []byte(counter), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd, url := startNode(t, dir)
	pid := hb(t, url, key, "process", "spawn", "--module", lua)

	acked := sendUntil(t, url, key, pid, 150, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()

	cmd, url = startNode(t, dir)
	slots := scheduled(t, url, pid)
	for slot, id := range acked {
		if slots[slot] != id {
			t.Errorf("slot %d was acknowledged as %s and is %s", slot, id, slots[slot])
		}
	}
	last := len(slots) - 1
	for i := range last + 1 {
		if slots[i] == "" {
			t.Fatalf("slot %d of %d is missing", i, last)
		}
	}
	want := fmt.Sprint("total ", last)
	if got := hb(t, url, key, "process", "result", pid, strconv.Itoa(last)); got != want {
		t.Fatalf("after the kill: %q, want %q", got, want)
	}
	hb(t, url, key, "process", "send", pid, "--action", "Inc")

	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal("an orderly end:", err)
	}
	_, url = startNode(t, dir)
	want = fmt.Sprint("total ", last+1)
	if got := hb(t, url, key, "process", "result", pid, strconv.Itoa(last+1)); got != want {
		t.Fatalf("after the second restart: %q, want %q", got, want)
	}
}

// sendUntil schedules messages from several clients until n have been
// acknowledged, calls stop, and returns the acknowledged slots with the IDs of
// their messages.
func sendUntil(t *testing.T, url, keyFile, pid string, n int, stop func()) map[int]string {
	t.Helper()
	p := peerFlags{Node: url, Key: keyFile}
	key, err := p.wallet()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	acked := map[int]string{}
	var once sync.Once
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				m, err := sign(context.Background(), message.Of(
					message.P("target", message.Binary(pid)), message.P("type", message.Binary("Message")),
					message.P("action", message.Binary("Inc")), message.P("n", message.Int(w*1_000_000+i))), key)
				if err != nil {
					t.Error(err)
					return
				}
				a, err := p.post(context.Background(), "/"+pid+"~process@1.0/schedule", m, nil)
				if err != nil {
					return // the node is gone
				}
				id, _ := commit.SignedID(context.Background(), m)
				slot, _ := message.AsInt(value(a, "slot"))
				mu.Lock()
				acked[int(slot)] = id.String()
				enough := len(acked) >= n
				mu.Unlock()
				if enough {
					once.Do(stop)
				}
			}
		})
	}
	wg.Wait()
	if len(acked) < n {
		t.Fatalf("%d acknowledged, want %d", len(acked), n)
	}
	return acked
}

// scheduled returns the message IDs of all slots of a process.
func scheduled(t *testing.T, url, pid string) map[int]string {
	t.Helper()
	out := map[int]string{}
	for from := 0; ; {
		text := hb(t, url, "", "process", "schedule", pid, "--from", strconv.Itoa(from))
		for line := range strings.Lines(text) {
			if f := strings.Fields(line); len(f) > 1 && f[0] != "more:" {
				slot, err := strconv.Atoi(f[0])
				if err != nil {
					t.Fatalf("line %q", line)
				}
				out[slot], from = f[1], slot+1
			}
		}
		if !strings.Contains(text, "more:") {
			return out
		}
	}
}

// TestAosByCommand is the README: an aos process from a real module.
func TestAosByCommand(t *testing.T) {
	module := filepath.Join(sharedtest.Dir(t, "testdata"), "aos-2-pure-xs.wasm")
	key := newWallet(t)
	_, url := startNode(t, t.TempDir())
	if got := hb(t, url, key, "call", "/~message@1.0&greeting=hello/greeting"); got != "hello" {
		t.Fatal(got)
	}
	pid := hb(t, url, key, "process", "spawn", "--module", module)
	if slot := hb(t, url, key, "process", "send", pid, "--action", "Eval", "--data", "return 1+1"); slot != "1" {
		t.Fatal("slot", slot)
	}
	if got := hb(t, url, key, "process", "result", pid, "1"); got != "2" {
		t.Fatal(got)
	}
	if got := hb(t, url, key, "process", "schedule", pid); strings.Count(got, "\n") != 1 || !strings.Contains(got, "Eval") {
		t.Fatal(got)
	}
}
