package ao

import (
	"time"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Env is an engine as one request sees it. It is immutable: the With methods
// return changed copies.
type Env struct {
	*Engine
	config   *message.Message // the node message in force
	hashpath HashpathMode
	cache    CacheControl
	force    bool
	remote   bool
	depth    int
}

// HashpathMode says what becomes of the hashpath of a result (spec 02, 5.3).
type HashpathMode uint8

// The modes.
const (
	HashpathUpdate HashpathMode = iota // a message result gets the next hashpath
	HashpathReset                      // it loses its hashpath
	HashpathIgnore                     // it keeps what it has; nothing is stored
)

// Env returns the environment of a request under the given node message.
func (e *Engine) Env(config *message.Message) *Env {
	return &Env{Engine: e, config: config}
}

// Config returns the node message in force.
func (e *Env) Config() *message.Message { return e.config }

// Now returns the time of the node.
func (e *Env) Now() time.Time { return e.Clock.Now() }

// Key returns the key that signs for the node, or nil.
func (e *Env) Key() *keys.PrivateKey { return e.Services.Key }

// Codec returns the environment of codecs and commitments.
func (e *Env) Codec() codec.Env { return commit.Env(e.Cache) }

// WithConfig returns the environment under another node message.
func (e *Env) WithConfig(config *message.Message) *Env {
	c := *e
	c.config = config
	return &c
}

// WithHashpath returns the environment with another hashpath mode.
func (e *Env) WithHashpath(m HashpathMode) *Env {
	if e.hashpath == m {
		return e
	}
	c := *e
	c.hashpath = m
	return &c
}

// WithCacheControl returns the environment with other cache control.
func (e *Env) WithCacheControl(cc CacheControl) *Env {
	c := *e
	c.cache = cc
	return &c
}

// WithForce returns the environment in which results are forced into messages
// (spec 02, 2.5).
func (e *Env) WithForce(force bool) *Env {
	c := *e
	c.force = force
	return &c
}

// WithRemote returns the environment of a request that came over the network:
// whatever is resolved on its behalf, however deep, is at the wish of a
// stranger.
func (e *Env) WithRemote() *Env {
	c := *e
	c.remote = true
	return &c
}

// Remote reports whether a resolution is on behalf of a request that came over
// the network.
func (e *Env) Remote() bool { return e.remote }

// Internal returns the environment for resolutions that a device makes for
// itself: no hashpaths, no forcing, nothing stored (spec 02, 2.9).
func (e *Env) Internal() *Env {
	c := *e
	c.hashpath, c.force, c.cache = HashpathIgnore, false, CacheControl{}
	return &c
}

// inner returns the environment that device code runs in: what the caller asked
// of this resolution does not apply to those within (spec 02, 2.3).
func (e *Env) inner() Env {
	c := *e
	c.force, c.cache = false, CacheControl{}
	c.depth++
	return c
}
