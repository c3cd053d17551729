// Package npmtest gives tests packages of npm, to compare with what others have
// written. Tests skip where there is no Node.js, or no registry.
package npmtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// installTime bounds an installation; without a network npm tries for long.
const installTime = 3 * time.Minute

// Install returns a folder in which the given packages, as name@version, are
// installed. No script of a package is run.
func Install(t testing.TB, packages ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("npm packages are not installed in short mode")
	}
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("this test needs Node.js: there is no %s", name)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"private":true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, dir, append([]string{"npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefer-offline"}, packages...)...)
	return dir
}

// InstallFolder installs what the package.json of a folder lists into a copy of
// the folder, and returns the copy.
func InstallFolder(t testing.TB, from string) string {
	t.Helper()
	dir := Install(t)
	if err := os.CopyFS(filepath.Join(dir, "copy"), os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "copy")
	run(t, dir, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	return dir
}

// run runs npm, and skips the test when the registry cannot be reached.
func run(t testing.TB, dir string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), installTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		return
	}
	text := string(out)
	for _, sign := range []string{"ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "network"} {
		if strings.Contains(text, sign) || ctx.Err() != nil {
			t.Skipf("this test needs the registry of npm: %s", text)
		}
	}
	t.Fatalf("%v: %v\n%s", args, err, text)
}

// Node runs a script in a folder of [Install] with a text as its input, and
// returns what it prints. The test fails when the script does.
func Node(t testing.TB, dir, script, input string, flags ...string) string {
	t.Helper()
	file := filepath.Join(dir, "test.mjs")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", append(flags, file)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TZ=UTC")
	cmd.Stdin = strings.NewReader(input)
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s\n%s", err, out, errors.String())
	}
	return string(out)
}
