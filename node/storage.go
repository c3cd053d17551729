package node

import (
	"os"
	"path/filepath"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/fs"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	"github.com/hyperbeam-go/hyperbeam/store/pebble"
)

// openStore opens the store that the configuration names.
func openStore(c *Config) (store.Store, error) {
	if c.Store == "memory" || c.DataDir == "" {
		return mem.New(mem.Options{}), nil
	}
	if err := makeFolder(c.DataDir); err != nil {
		return nil, err
	}
	if c.Store == "fs" {
		return fs.Open(filepath.Join(c.DataDir, "files"), fs.Options{})
	}
	policy := map[string]pebble.SyncPolicy{
		"always": pebble.SyncAlways, "interval": pebble.SyncInterval, "never": pebble.SyncNever,
	}[c.StoreSync]
	return pebble.Open(filepath.Join(c.DataDir, "store"), pebble.Options{Sync: policy, Interval: c.SyncEvery})
}

// makeFolder makes a folder that only the user of the node may enter.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fail.New(fail.Unavailable, "node.Open", "cannot make the folder %s (choose another with data_dir): %w", dir, err)
	}
	return nil
}
