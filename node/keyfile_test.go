package node_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// TestKeyFile: the wallet is named by file, environment and flag, under its own
// name and that of the reference, and never shown.
func TestKeyFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, text := range map[string]string{
		"a.flat": "port: 1\npriv_key_location: /k.json\n",
		"b.flat": "priv-key-location: /k.json\n",
		"c.flat": "key_file: /k.json\n",
		"a.json": `{"port": 1, "priv_key_location": "/k.json"}`,
		"b.json": `{"priv-key-location": "/k.json","port":1}`,
		"c.json": "{\n  \"priv_key_location\" : \"/k.json\"\n}",
		"d.json": `{"key-file": "/k.json"}`,
	} {
		c, err := node.Load(write(name, text), Empty())
		if err != nil || c.KeyPath() != "/k.json" {
			t.Error(name, c.KeyPath(), err)
		}
		for k, v := range c.Message().All() {
			if v == Value(Binary("/k.json")) {
				t.Errorf("%s: the node message shows it as %s", name, k)
			}
		}
	}
	c, err := node.Load(write("e.flat", "port: 1\n"), Of(P(node.OptionName("Priv-Key-Location"), Binary("/flag.json"))))
	if err != nil || c.KeyPath() != "/flag.json" {
		t.Error(c.KeyPath(), err)
	}
	t.Setenv("HB_KEY", "/env.json")
	if c, err = node.Load(write("f.flat", "priv_key_location: /k.json\n"), Empty()); err != nil || c.KeyPath() != "/env.json" {
		t.Error(c.KeyPath(), err)
	}
}
