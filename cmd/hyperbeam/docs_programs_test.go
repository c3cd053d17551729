package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// The lines that the documents of devices show with a program are run as they
// stand, in order: PROCESS is what was spawned last. What follows "    # " is in
// the answer.
func TestDocumentedPrograms(t *testing.T) {
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	aos := filepath.Join(sharedtest.Dir(t, "testdata"), "aos-2-pure-xs.wasm")
	counter, err := filepath.Abs("../../device/lua/testdata/counter.lua")
	if err != nil {
		t.Fatal(err)
	}
	_, url := startNode(t, t.TempDir())
	env := append(os.Environ(), "HB_NODE="+url, "HB_KEY="+newWallet(t), "PATH="+filepath.Dir(bin)+":"+os.Getenv("PATH"))
	isID := regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	tried := 0
	for _, d := range node.Devices() {
		process := ""
		if !strings.Contains(d.Doc, "hyperbeam process spawn --module ") {
			continue
		}
		for line := range strings.Lines(d.Doc) {
			line = strings.TrimSpace(line)
			command, want, _ := strings.Cut(line, "    # ")
			if !strings.HasPrefix(command, "hyperbeam process ") && !(strings.HasPrefix(command, "curl ") && strings.Contains(command, "PROCESS")) {
				continue
			}
			cmd := exec.Command("sh", "-c", strings.NewReplacer("http://localhost:8734", url, "PROCESS", process,
				"aos.wasm", aos, "counter.lua", counter, "curl ", "curl --fail-with-body -sS ").Replace(command))
			cmd.Env = env
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), want) {
				t.Errorf("%s: %s: %v, want %q in\n%.500s", d.Name, line, err, want, out)
			}
			if text := strings.TrimSpace(string(out)); isID.MatchString(text) {
				process = text
			}
			tried++
		}
	}
	if tried < 18 {
		t.Errorf("only %d lines were tried", tried)
	}
}
