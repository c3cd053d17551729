package devicedocs_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/internal/nodetest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// TestCurl runs the curl lines in the documentation of devices with the real
// curl: those of a device in order, in one folder, on one node with the default
// configuration, which makes hosted wallets of a quick kind.
//
// What follows "    # " on the line or on the next is in the answer; a number of
// three digits there is its status, which is 200 otherwise. Lines with something
// to fill in (<process>, PROCESS, other.example) are left out, and so are those
// that are indented further: they need a machine or hooks, which the tests of
// their devices have.
func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	for _, d := range node.Devices() {
		lines := shown(d)
		if len(lines) == 0 {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			url, dir := fresh(t), t.TempDir()
			for _, l := range lines {
				const mark = "\nstatus of the answer: "
				script := curl + " -sS --write-out '" + mark + "%{http_code}' " + strings.ReplaceAll(l.command, host, url)
				run := exec.CommandContext(t.Context(), "sh", "-c", script)
				run.Dir = dir
				out, err := run.CombinedOutput()
				body, status, _ := strings.Cut(string(out), mark)
				if err != nil || status != l.status || !strings.Contains(body, l.want) {
					t.Errorf("curl %s\nanswers %s %.500s (%v)\nwant %s %s", l.command, status, body, err, l.status, l.want)
				}
			}
		})
	}
}

const host = "http://localhost:8734"

// line is a documented command with what it says of its answer.
type line struct{ command, status, want string }

var (
	toFill   = regexp.MustCompile(`<|\$|\b[A-Z]{5,}\b|\.example`)
	isStatus = regexp.MustCompile(`^\d{3}$`)
)

// shown returns the lines of a device that can be run.
func shown(d *ao.Device) []line {
	var out []line
	all := strings.Split(d.Doc, "\n")
	for i, text := range all {
		command, ok := strings.CutPrefix(text, "    curl ")
		if !ok || toFill.MatchString(command) {
			continue
		}
		command, want, said := strings.Cut(command, "    # ")
		if !said && i+1 < len(all) {
			if next, ok := strings.CutPrefix(all[i+1], "    # "); ok {
				want = next
			}
		}
		l := line{command, "200", strings.TrimSpace(want)}
		if isStatus.MatchString(l.want) {
			l.status, l.want = l.want, ""
		}
		out = append(out, l)
	}
	return out
}

// fresh returns the URL of a new node.
func fresh(t *testing.T) string {
	c := node.DefaultConfig()
	c.DataDir, c.Store = "", "memory"
	c.Options = c.Options.Set("hosted_key_type", message.Binary("ed25519"))
	k, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(t.Context(), c, node.WithKey(k))
	if err != nil {
		t.Fatal(err)
	}
	return nodetest.Listen(t, n)
}

// TestEveryDeviceShows: each device shows a command or an example in its
// documentation.
func TestEveryDeviceShows(t *testing.T) {
	for _, d := range node.Devices() {
		if len(d.Examples) == 0 && !strings.Contains(d.Doc, "  curl ") && !strings.Contains(d.Doc, "  hyperbeam ") {
			t.Errorf("%s shows neither a command nor an example", d.Name)
		}
	}
}
