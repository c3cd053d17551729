package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// Two nodes run by one command know each other, and stop at Ctrl-C.
func TestTestnetCommand(t *testing.T) {
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "--json", "testnet", "--nodes", "2", "--key-type", "ed25519", "--data", t.TempDir())
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	var nodes [2]struct{ Name, URL, Address, Role string }
	for i := range nodes {
		if !lines.Scan() {
			t.Fatal("the testnet did not start")
		}
		if err := json.Unmarshal(lines.Bytes(), &nodes[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i, x := range nodes {
		other := nodes[1-i]
		if x.Role == "" || x.Address == other.Address {
			t.Errorf("%+v", x)
		}
		got := hb(t, x.URL, "", "call", "/~scheduler@1.0/location&address="+other.Address+"/body/url")
		if strings.TrimSpace(got) != other.URL {
			t.Errorf("%s thinks that %s is at %q", x.Name, other.Name, got)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

// A short soak with processes that are really killed.
func TestTestnetSoakCommand(t *testing.T) {
	got := hb(t, "", "", "testnet", "soak", "--nodes", "2", "--time", "4s", "--every", "1500ms", "--rate", "10", "--pairs", "1", "--key-type", "ed25519")
	if !strings.Contains(got, "no acknowledged message was lost") || !regexp.MustCompile(`nodes killed +[1-9]`).MatchString(got) {
		t.Error(got)
	}
}
