package cache

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Options configure a cache. The zero value is usable.
type Options struct {
	// MemoryBytes bounds the decoded messages kept in memory. 0 means 32 MiB.
	MemoryBytes int64
	// KnownIDs bounds the IDs remembered as stored, which saves writing them
	// again; one takes some 50 bytes. 0 means 131,072.
	KnownIDs int
	// Index makes the messages written from now on findable by [Cache.Match],
	// for one mark in the store a key.
	Index bool
}

// Cache is a message cache. All methods may be called concurrently.
type Cache struct {
	store store.Store
	env   codec.Env
	index bool
	memory
	known known
}

var _ message.Loader = (*Cache)(nil)

// New returns a cache over s. The cache does not close s.
func New(s store.Store, o Options) *Cache {
	if o.MemoryBytes <= 0 {
		o.MemoryBytes = 32 << 20
	}
	if o.KnownIDs <= 0 {
		o.KnownIDs = 1 << 17
	}
	c := &Cache{store: s, index: o.Index, memory: newMemory(o.MemoryBytes)}
	c.known.init(o.KnownIDs)
	c.env = commit.Env(c)
	return c
}

// Env returns the environment in which codecs load links from this cache.
func (c *Cache) Env() codec.Env { return c.env }

// Forget drops everything that is kept in memory. It must be called when the
// store has been emptied.
func (c *Cache) Forget() {
	c.known.clear()
	c.memory.clear()
}

// The parts of the layout, as the first components of store paths.
const (
	dirMessage    = "m/"
	dirCommitment = "c/"
	dirSigned     = "k/"
	dirSelection  = "s/"
	dirData       = "data/"
	dirName       = "h/"
	dirIndex      = "x/"
)

// idPath returns the store path of an ID.
func idPath(dir string, i id.ID) string {
	var room [16 + id.HumanSize]byte
	return string(base64.RawURLEncoding.AppendEncode(append(room[:0], dir...), i[:]))
}

// inlineSize is the size in bytes above which a binary is stored apart.
const inlineSize = 1024

// Has reports whether a message is stored under the ID, in native or human
// form.
//
// # Errors
//
// Those of the store.
func (c *Cache) Has(ctx context.Context, msgID string) (bool, error) {
	human, ok := humanID(msgID)
	if !ok {
		return false, nil
	}
	if _, ok := c.memory.get(human); ok {
		return true, nil
	}
	_, err := c.store.Get(ctx, dirMessage+human)
	if fail.Is(err, fail.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// humanID returns the human form of an ID, and false when s cannot be one.
func humanID(s string) (string, bool) {
	switch len(s) {
	case id.HumanSize:
		return s, strings.IndexByte(s, '/') < 0
	case id.Size:
		return id.Encode([]byte(s)), true
	}
	return "", false
}
