package snp

import (
	"context"
	"encoding/binary"
	"time"
)

// Keeper keeps bytes under names, such as the store of a node.
type Keeper interface {
	// Kept returns what is kept under a name, or nil.
	Kept(ctx context.Context, name string) ([]byte, error)
	// Keep keeps bytes under a name, in place of others.
	Keep(ctx context.Context, name string, b []byte) error
}

// Cached is a [Source] that keeps what another one returns: certificates for
// good, lists of revoked ones for a day.
type Cached struct {
	Source
	Keeper Keeper
	Now    func() time.Time
}

const revokedFor = 24 * time.Hour

// VCEK implements [Source].
func (c Cached) VCEK(ctx context.Context, w Want) ([]byte, error) {
	if b, err := c.Keeper.Kept(ctx, w.Name()); b != nil || err != nil {
		return b, err
	}
	b, err := c.Source.VCEK(ctx, w)
	if err != nil {
		return nil, err
	}
	return b, c.Keeper.Keep(ctx, w.Name(), b)
}

// Revoked implements [Source]. What is kept begins with the second it is from.
func (c Cached) Revoked(ctx context.Context, product string) ([]byte, error) {
	name, now := revokedName(product), c.Now()
	b, err := c.Keeper.Kept(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(b) > 8 && now.Sub(time.Unix(int64(binary.BigEndian.Uint64(b)), 0)) < revokedFor {
		return b[8:], nil
	}
	if b, err = c.Source.Revoked(ctx, product); err != nil {
		return nil, err
	}
	return b, c.Keeper.Keep(ctx, name, append(binary.BigEndian.AppendUint64(nil, uint64(now.Unix())), b...))
}
