package keys

import (
	"slices"
	"sync"
)

// Identity is a key pair with the address under which it commits.
type Identity struct {
	Key     *PrivateKey
	Address string
}

// Ring is the set of identities that a node signs as. It may grow while it is
// used. The zero value is empty.
type Ring struct {
	mu  sync.RWMutex
	all []Identity
}

// NewRing returns a ring of key pairs.
func NewRing(pairs ...*PrivateKey) *Ring {
	r := &Ring{}
	for _, k := range pairs {
		r.Add(k)
	}
	return r
}

// Add adds a key pair, unless it is there.
func (r *Ring) Add(k *PrivateKey) {
	i := Identity{k, k.Address()}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.ContainsFunc(r.all, func(o Identity) bool { return o.Address == i.Address }) {
		r.all = append(r.all, i)
	}
}

// First returns the identity that was added first, the node's own, and whether
// there is one.
func (r *Ring) First() (Identity, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.all) == 0 {
		return Identity{}, false
	}
	return r.all[0], true
}

// Find returns the identities with the given addresses, in their order and each
// once.
func (r *Ring) Find(addresses []string) []Identity {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []Identity
	for _, a := range addresses {
		i := slices.IndexFunc(r.all, func(i Identity) bool { return i.Address == a })
		if i >= 0 && !slices.Contains(out, r.all[i]) {
			out = append(out, r.all[i])
		}
	}
	return out
}
