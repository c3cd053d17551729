package node_test

import (
	"context"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// TestChromium visits a node with a real browser, twice with one profile and
// once with another: the identity is that of the profile.
//
// CONF-AUTH-01
func TestChromium(t *testing.T) {
	if testing.Short() {
		t.Skip("starting a browser takes seconds")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium on this machine")
	}
	_, url := start(t, hosting("", cookieHook()))
	address := regexp.MustCompile(`[A-Za-z0-9_-]{43}`)
	open := func(profile string) string {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		run := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
			"--user-data-dir="+profile, "--dump-dom", url+"/~message@1.0&a=1/committers/1")
		run.WaitDelay = 5 * time.Second
		page, err := run.Output()
		if err != nil {
			t.Skipf("chromium does not run here: %v", err)
		}
		who := address.FindString(string(page))
		if who == "" {
			t.Fatalf("the page shows no address: %s", page)
		}
		return who
	}
	mine := t.TempDir()
	first := open(mine)
	if again := open(mine); again != first {
		t.Errorf("the identity %s became %s", first, again)
	}
	if other := open(t.TempDir()); other == first {
		t.Error("another profile has the same identity")
	}
}
