package testnet

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const locationPath = "/~scheduler@1.0/location"

// introduce gives the location record of a node to all others that are up, and
// theirs to it, so that each finds the scheduler of any process.
func (n *Net) introduce(ctx context.Context, x *Node) error {
	if n.Strangers {
		return nil
	}
	u, err := NewUser()
	if err != nil {
		return err
	}
	defer u.Close()
	mine, err := u.location(ctx, x)
	if err != nil {
		return err
	}
	for _, y := range n.nodes {
		if y == x || !y.Up() {
			continue
		}
		record, err := u.location(ctx, y)
		if err != nil {
			continue // it is dying, and will introduce itself when it is up again
		}
		if _, err := u.Post(ctx, x, locationPath, record); err != nil {
			return err
		}
		if _, err := u.Post(ctx, y, locationPath, mine); err != nil && fail.Is(err, fail.Unauthorized) {
			return err
		}
	}
	return nil
}

// location returns the location record of a node, signed by it.
func (u *User) location(ctx context.Context, x *Node) (*message.Message, error) {
	m, err := u.Read(ctx, x, locationPath)
	if err != nil {
		return nil, err
	}
	record := m.Message("body")
	if record == nil {
		return nil, fail.New(fail.Upstream, "testnet.Start", "%s has no location record", x.Name)
	}
	return record, nil
}
