// Package codec defines what a codec is: a pair of pure functions between a
// TABM and one format.
//
// The TABM (type-annotated binary message, spec 01, 2.8) is the pivot of all
// conversions: a message whose values are binaries and nested TABMs, with the
// types of the others noted in "ao-types". Package structured turns rich values
// into TABMs and back; every other codec turns TABMs into its format and back.
// A conversion from one format to another is therefore at most three steps,
// and [Set.Convert] strings them together.
//
// A nested message is either linked (the key "NAME+link" with its ID) or, in a
// bundle, embedded. The ID of a nested message and the content behind a link
// come from outside, through [Env], so that codecs know neither signatures nor
// stores.
package codec

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Env is what conversions need from the floors above.
type Env struct {
	// Load finds the messages behind links.
	Load message.Loader
	// LinkID returns the ID under which a nested message or list is linked:
	// its signed ID when it has committers, else its unsigned ID (spec 01, 5.1).
	LinkID func(context.Context, message.Value) (id.ID, error)
}

// Options select a form of a format.
type Options struct {
	// Bundle embeds nested messages instead of linking them (spec 01, 5.3).
	Bundle bool
	// Inlined says that a TABM given to Encode has no links left, because
	// structured.Bundle made it.
	Inlined bool
}

// Codec is one format.
type Codec interface {
	// Name returns the device name, e.g. "json@1.0".
	Name() string
	// ContentType returns the media type of the encoded form, or "" when the
	// form is an HTTP message itself.
	ContentType() string
	// Encode turns a TABM into the format: a message of binaries for formats
	// that are header-like, a Binary for the others.
	Encode(ctx context.Context, env Env, tabm message.Value, opt Options) (message.Value, error)
	// Decode is the inverse of Encode. The result is a TABM, nested
	// messages embedded or linked as they were.
	Decode(ctx context.Context, env Env, encoded message.Value, opt Options) (message.Value, error)
}
