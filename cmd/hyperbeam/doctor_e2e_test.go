package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/doctor"
)

// examine runs the command and returns its report and whether it succeeded.
func examine(t *testing.T, args ...string) (doctor.Report, bool) {
	t.Helper()
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, append([]string{"doctor", "--json", "--offline"}, args...)...)
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		t.Fatal(err)
	}
	var r doctor.Report
	if parsing := json.Unmarshal(out, &r); parsing != nil {
		t.Fatal(parsing, string(out))
	}
	return r, err == nil
}

// TestDoctor examines a configuration, the data of a node, and the node while it
// runs.
func TestDoctor(t *testing.T) {
	dir := t.TempDir()
	_, url := startNode(t, dir)
	closed := []string{"--set", "relay_hosts=x.test", "--set", "host=127.0.0.1", "--set", "port=0", "--data", dir}
	if r, ok := examine(t, closed...); !ok || r.Count(doctor.Problem) != 0 {
		t.Error(r)
	}
	r, ok := examine(t, append(closed, "--set", "prot=1")...)
	if !ok || !strings.Contains(r.Findings[0].Do, "port") {
		t.Error(r)
	}
	if _, ok := examine(t, append(closed, "--set", "prot=1", "--strict")...); ok {
		t.Error("--strict passes a warning")
	}
	if r, ok := examine(t, "--set", "port=many"); ok || r.Worst() != doctor.Problem {
		t.Error("a configuration that cannot be read passes:", r)
	}
	if err := os.Chmod(dir+"/wallet.json", 0o644); err != nil {
		t.Fatal(err)
	}
	if _, ok := examine(t, closed...); ok {
		t.Error("a wallet that everybody can read passes")
	}
	if r, ok := examine(t, "--node", url); !ok || r.Count(doctor.Good) == 0 {
		t.Error(r)
	}
}
