package greenzone

import (
	"sync"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// MaxMembers bounds the nodes that one node lets into its zone.
const MaxMembers = 1000

// zone is what the node knows of its green zone. Secrets are nowhere else: not in
// messages, not on disk. A node that restarts is outside, and joins again.
type zone struct {
	mu       sync.Mutex
	key      []byte           // AES-256 key of the zone, nil outside of one
	required *message.Message // options that members must have
	members  *message.Message // address to {report, public_key}
	identity *keys.PrivateKey // of the zone, once adopted
}

// found makes the node the first of a zone.
func (z *zone) found(key []byte, required *message.Message) error {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.key != nil {
		return fail.New(fail.Conflict, Name+"/init", "Green zone already initialized.")
	}
	z.key, z.required, z.members = key, required, message.Empty()
	return nil
}

// enter makes the node a member of another's zone.
func (z *zone) enter(key []byte) error {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.key != nil {
		return fail.New(fail.Conflict, Name+"/join", "Node already part of green zone.")
	}
	z.key, z.required, z.members = key, message.Empty(), message.Empty()
	return nil
}

// secret returns the key of the zone.
func (z *zone) secret() ([]byte, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.key == nil {
		return nil, fail.New(fail.Invalid, Name, "Node not part of a green zone.")
	}
	return z.key, nil
}

// inside reports whether the node is in a zone.
func (z *zone) inside() bool {
	_, err := z.secret()
	return err == nil
}

// wants returns the options that members must have.
func (z *zone) wants() *message.Message {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.required
}

// admit lets a node in, and returns all that are.
func (z *zone) admit(address string, member *message.Message) (*message.Message, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.members.Len() >= MaxMembers && !z.members.Has(address) {
		return nil, fail.New(fail.Unavailable, Name+"/join", "this node has let in %d nodes, and no more; join by another node of the zone", MaxMembers)
	}
	z.members = z.members.Set(address, member)
	return z.members, nil
}

// all returns the nodes that have been let in.
func (z *zone) all() *message.Message {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.members
}

// adopt notes the identity of the zone.
func (z *zone) adopt(k *keys.PrivateKey) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.identity = k
}

// speaksAs returns the identity of the zone, or else the given wallet.
func (z *zone) speaksAs(wallet *keys.PrivateKey) (k *keys.PrivateKey, adopted bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.identity != nil {
		return z.identity, true
	}
	return wallet, false
}
