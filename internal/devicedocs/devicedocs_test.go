package devicedocs_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/device/all"
	"github.com/hyperbeam-go/hyperbeam/internal/devicedocs"
)

var update = flag.Bool("update", false, "write docs/devices anew")

var dir = filepath.Join("..", "..", "docs", "devices")

func TestPagesAreFresh(t *testing.T) {
	pages := devicedocs.Pages(all.Devices(all.Deps{}))
	if *update {
		write(t, pages)
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != want {
			t.Errorf("docs/devices/%s is stale; go test ./internal/devicedocs -update writes it", name)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := pages[f.Name()]; !ok {
			t.Errorf("docs/devices/%s describes no device; go test ./internal/devicedocs -update removes it", f.Name())
		}
	}
}

func write(t *testing.T, pages map[string]string) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := pages[f.Name()]; !ok && strings.HasSuffix(f.Name(), ".md") {
			if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
