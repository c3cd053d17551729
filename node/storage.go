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

// openStore opens the store, or the chain of stores, that the configuration
// names.
func openStore(c *Config) (store.Store, error) {
	if s, err := openChain(c); s != nil || err != nil {
		return s, err
	}
	if c.Store == "memory" || c.DataDir == "" {
		return openEngine(c, "memory", "")
	}
	folder := map[string]string{"fs": "files"}[c.Store]
	if folder == "" {
		folder = "store"
	}
	return openEngine(c, c.Store, filepath.Join(c.DataDir, folder))
}

// openEngine opens one store by the name of its engine.
func openEngine(c *Config, engine, dir string) (store.Store, error) {
	switch engine {
	case "memory", "hb_store_lru":
		return mem.New(mem.Options{}), nil
	case "fs", "hb_store_fs":
		if err := makeFolder(filepath.Dir(dir)); err != nil {
			return nil, err
		}
		return fs.Open(dir, fs.Options{})
	case "pebble":
		if err := makeFolder(filepath.Dir(dir)); err != nil {
			return nil, err
		}
		return pebble.Open(dir, pebble.Options{Sync: syncPolicy(c.StoreSync), Interval: c.SyncEvery})
	}
	return nil, fail.New(fail.Unsupported, "node.Open", "there is no store %q; known are pebble, fs and memory", engine)
}

func syncPolicy(name string) pebble.SyncPolicy {
	switch name {
	case "always":
		return pebble.SyncAlways
	case "never":
		return pebble.SyncNever
	}
	return pebble.SyncInterval
}

// makeFolder makes a folder that only the user of the node may enter.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fail.New(fail.Unavailable, "node.Open", "cannot make the folder %s (choose another with data_dir): %w", dir, err)
	}
	return nil
}
