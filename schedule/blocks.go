package schedule

import "context"

// Block is a block of the base layer, as assignments and slots state it.
type Block struct {
	Height    int64
	Timestamp int64  // seconds since 1970
	Hash      string // base64url
}

// Blocks tells the newest block.
type Blocks interface {
	// Current returns the newest block that is known, without waiting for a
	// network.
	Current(ctx context.Context) (Block, error)
}

// fixed is a chain that does not move.
type fixed Block

// Current returns the block.
func (f fixed) Current(context.Context) (Block, error) { return Block(f), nil }

// NoBlock is the hash of a block of zeros.
const NoBlock = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// Genesis is the chain of a node that follows none: it stands at a block of
// zeros (spec 03, 3.4.5, mode debug).
var Genesis Blocks = fixed{Hash: NoBlock}
