package node_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/node"
)

// TestCurlLines runs the curl lines in the documentation of the devices, against
// a node with the default configuration but for the kind of hosted wallets. What
// follows a "#" must be in the answer. Lines with something to fill in (<process>,
// PROCESS, other.example) are left out.
func TestCurlLines(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("there is no curl on this machine")
	}
	toFill := regexp.MustCompile(`<|\b[A-Z]{5,}\b|\.example`)
	const host = "http://localhost:8734"
	for _, d := range node.Devices() {
		t.Run(d.Name, func(t *testing.T) {
			_, url := start(t, hosting(""))
			dir := t.TempDir()
			for line := range strings.SplitSeq(d.Doc, "\n") {
				line = strings.TrimSpace(line)
				if !strings.HasPrefix(line, "curl ") || !strings.Contains(line, host) || toFill.MatchString(line) {
					continue
				}
				command, want, _ := strings.Cut(line, "    # ")
				command = curl + " -sS --fail-with-body " + strings.ReplaceAll(strings.TrimPrefix(command, "curl "), host, url)
				run := exec.CommandContext(t.Context(), "sh", "-c", command)
				run.Dir = dir
				out, err := run.CombinedOutput()
				if err != nil || !strings.Contains(string(out), strings.TrimSpace(want)) {
					t.Errorf("%s\n%v, want %q in\n%.2000s", line, err, want, out)
				}
			}
		})
	}
}
