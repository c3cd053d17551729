package attest

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Item returns a message of an outbox as it travels: without private parts, and
// with keys in lower case. What somebody signed stays as it was signed.
//
// # Errors
//
// [fail.TooLarge] when it nests too deep.
func Item(m *message.Message) (*message.Message, error) {
	v, err := lower(m, message.MaxDepth)
	if err != nil {
		return nil, err
	}
	return v.(*message.Message), nil
}

// ItemID returns the ID by which attestations name a message of an outbox: the
// unsigned one of [Item].
func ItemID(ctx context.Context, m *message.Message) (string, error) {
	m, err := Item(m)
	if err != nil {
		return "", err
	}
	i, err := commit.UnsignedID(ctx, m)
	return i.String(), err
}

func lower(v message.Value, depth int) (message.Value, error) {
	if depth == 0 {
		return nil, fail.New(fail.TooLarge, "attest.Item", "a message nests deeper than %d levels", message.MaxDepth)
	}
	switch x := v.(type) {
	case *message.Message:
		if x.Has(message.CommitmentsKey) {
			return x.WithPrivate(nil), nil
		}
		b := message.NewBuilder(x.Len())
		for k, e := range x.All() {
			e, err := lower(e, depth-1)
			if err != nil {
				return nil, err
			}
			b.Set(strings.ToLower(k), e)
		}
		return b.Message(), nil
	case *message.List:
		items := make([]message.Value, 0, x.Len())
		for _, e := range x.All() {
			e, err := lower(e, depth-1)
			if err != nil {
				return nil, err
			}
			items = append(items, e)
		}
		return message.NewList(items...), nil
	}
	return v, nil
}
