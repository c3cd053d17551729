// Package ans104 is the codec ans104@1.0: a message as an ANS-104 data item
// (spec 01, 13). Package arweave reads and writes the bytes; this package says
// which message an item is.
//
//	item                                   TABM
//	tags  Action=Eval, n=1                 {action: "Eval", n: "1", target: ID,
//	target ID, data "x", signed             data: "x", commitments: {...}}
//
// Tag names are lower-cased, a repeated name becomes one structured field list,
// and data is the key "data", or the one that the tag ao-data-key names. A
// nested message is a member of a bundle in the data ([arweave.Item.Members]),
// or a link in a tag. The signature becomes a commitment whose ID is that of
// the item.
//
// # Exactness
//
// An item is rebuilt from its message by the commitment: committed keys in
// their order, field-target and field-anchor, and original-tags. The last are
// kept for names with capitals, and, for signed items, whenever the tags could
// not be told from the message otherwise: repeated names, a tag under the name
// of the data, an ao-data-key that does not follow from the keys, ao-types in
// another form than this node writes. So every signed item that can be
// read can be written again byte for byte, unless it is a bundle whose members
// or manifest are laid out in another way than AO-Core nodes lay them out, or
// says that it has no tags in one byte instead of none.
//
// Bundles of ANS-104 proper (capitals in the tags, or no manifest) have no names
// for their members, so they are no messages of messages: their data stays bytes
// . [arweave.ParseBundle] opens them.
//
// # Trust
//
// Nothing here verifies signatures. That an item rebuilt from original-tags is
// signed says nothing about the keys of the message, which somebody may have
// changed: a verifier must also read the rebuilt item and compare. Package
// commit does.
//
// # Limits
//
// Bundles nest at most [MaxDepth] deep and hold at most [MaxMembers] messages in
// all. An item made of a message without commitment has at most 128 keys.
package ans104

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the device name of the codec, ContentType its media type.
const (
	Name        = "ans104@1.0"
	ContentType = "application/ans104"
)

// Limits of what is read and written.
const (
	MaxDepth   = 32      // of bundles in bundles
	MaxMembers = 1 << 18 // messages in one item, all levels together
	maxKeys    = 128     // of a message that has no commitment yet (spec 01, 13.5)
)

// Codec is the codec ans104@1.0. It has no state.
type Codec struct{}

var _ codec.Codec = Codec{}

// Name returns "ans104@1.0".
func (Codec) Name() string { return Name }

// ContentType returns "application/ans104".
func (Codec) ContentType() string { return ContentType }

// Encode turns a TABM into the bytes of an item, a [message.Binary]. A message
// with an ANS-104 commitment becomes exactly the item that was committed to.
//
// # Errors
//
// Those of [ToItem].
func (Codec) Encode(ctx context.Context, env codec.Env, tabm message.Value, opt codec.Options) (message.Value, error) {
	it, err := ToItem(ctx, env, tabm, opt)
	if err != nil {
		return nil, err
	}
	b, err := it.Append(nil)
	if err != nil {
		return nil, err
	}
	return text(b), nil
}

// Decode turns the bytes of an item into a TABM, with the members of a bundle
// embedded. A message passes unchanged. Large data shares the memory of the
// bytes.
//
// # Errors
//
// [fail.Invalid] when the value is neither, else those of [Parse] and
// [FromItem].
func (Codec) Decode(_ context.Context, _ codec.Env, encoded message.Value, _ codec.Options) (message.Value, error) {
	switch x := encoded.(type) {
	case *message.Message:
		return x, nil
	case message.Binary:
		it, err := Parse(x)
		if err != nil {
			return nil, err
		}
		return FromItem(&it)
	}
	return nil, errNotBytes
}

// Parse reads the bytes of one item. Its fields share their memory.
//
// # Errors
//
// Those of [arweave.ParseItem].
func Parse(item message.Binary) (arweave.Item, error) { return arweave.ParseItem(view(item)) }
