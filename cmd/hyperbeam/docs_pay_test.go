package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/device/faff"
	"github.com/hyperbeam-go/hyperbeam/device/metering"
	"github.com/hyperbeam-go/hyperbeam/device/p4"
	"github.com/hyperbeam-go/hyperbeam/device/ratelimit"
	"github.com/hyperbeam-go/hyperbeam/device/recharging"
	"github.com/hyperbeam-go/hyperbeam/device/simplepay"
)

// The lines that the documents of the devices of payment show are run as they
// stand, against a node with the hooks that they show.
func TestDocumentedPayments(t *testing.T) {
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	wallet := newWallet(t)
	address := strings.Fields(hb(t, "", "", "key", "show", wallet))[0]
	for _, d := range []struct {
		doc, hook string
		want      []string // of each line in turn
	}{
		{p4.New(nil).Doc, `{"device":"p4@1.0","pricing-device":"simple-pay@1.0","ledger-device":"simple-pay@1.0"}`, []string{"2", "0"}},
		{simplepay.New(nil).Doc, `{"device":"p4@1.0","pricing-device":"faff@1.0","ledger-device":"simple-pay@1.0"}`, []string{"100", "100"}},
		{faff.New().Doc, `{"device":"p4@1.0","pricing-device":"faff@1.0","ledger-device":"faff@1.0"}`, []string{"Node will not service"}},
		{recharging.New().Doc, "", []string{"86400"}},
		{ratelimit.New().Doc, `{"device":"rate-limit@1.0"}`, []string{"200"}},
		{metering.New().Doc, "", []string{`"status":200`}},
	} {
		t.Run(strings.SplitN(d.doc, "\n", 2)[0], func(t *testing.T) {
			dir := t.TempDir()
			config := `{"key_type":"ed25519","faff_allow_list":["` + address + `"],"p4_non_chargable_routes":[{"template":"/~simple-pay@1.0/*"}],"operator":"` + address + `"`
			if d.hook != "" {
				config += `,"on":{"request":` + d.hook + `}`
			}
			file := filepath.Join(dir, "config.json")
			if err := os.WriteFile(file, []byte(config+"}"), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Setenv("HB_CONFIG", file)
			_, url := startNode(t, dir)
			n := 0
			for line := range strings.Lines(d.doc) {
				line = strings.TrimSpace(line)
				if !strings.HasPrefix(line, "curl ") && !strings.HasPrefix(line, "hyperbeam ") {
					continue
				}
				if n >= len(d.want) {
					t.Fatalf("nothing is expected of %s", line)
				}
				run := strings.NewReplacer("http://localhost:8734", url, "ADDRESS", address, "operator.json", wallet).Replace(line)
				cmd := exec.Command("sh", "-c", run)
				cmd.Env = append(os.Environ(), "HB_NODE="+url, "HB_KEY="+wallet, "PATH="+filepath.Dir(bin)+":"+os.Getenv("PATH"))
				out, err := cmd.CombinedOutput()
				if err != nil || !strings.Contains(string(out), d.want[n]) {
					t.Errorf("%s: %v\n%s", line, err, out)
				}
				n++
			}
			if n != len(d.want) {
				t.Errorf("%d lines were run, not %d", n, len(d.want))
			}
		})
	}
}
