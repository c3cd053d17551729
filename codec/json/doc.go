// Package json is the codec json@1.0 (spec 01, 12), and the JSON texts that
// other parts read and write.
//
// There are two forms. The plain form is JSON as anyone expects it: atoms true,
// false and null are literals.
//
//	Format   {a: 5, ok: true, l: [1.5]}  ->  {"a":5,"l":[1.5],"ok":true}
//	Parse    the inverse
//
// The typed form is the codec's: atoms are strings that "ao-types" marks, and
// nested messages are links unless everything is bundled.
//
//	Encode   {a: 5, ok: true, n: {}}  ->  {"a":5,"ao-types":"ok=\"atom\"","n+link":ID,"ok":"true"}
//	Decode   the inverse
//
// Numbers keep their type: an integer of any size has no point and no exponent,
// a float has one of both. Members of an object are in iteration order of the
// reference ([message.Message.MapKeys]); when a text repeats a name, the first
// member counts. Strings must be valid UTF-8: JSON has no bytes.
package json

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the device name of the codec, ContentType its media type.
const (
	Name        = "json@1.0"
	ContentType = "application/json"
)

// Codec is the codec json@1.0. It has no state.
type Codec struct{}

var _ codec.Codec = Codec{}

// Name returns "json@1.0".
func (Codec) Name() string { return Name }

// ContentType returns "application/json".
func (Codec) ContentType() string { return ContentType }

// Encode turns a TABM into JSON text in the typed form, a [message.Binary].
//
// # Errors
//
// Those of [structured.FromTABM] and [Encode].
func (Codec) Encode(ctx context.Context, env codec.Env, tabm message.Value, opt codec.Options) (message.Value, error) {
	rich, err := structured.FromTABM(tabm)
	if err != nil {
		return nil, err
	}
	text, err := Encode(ctx, env, rich, opt)
	if err != nil {
		return nil, err
	}
	return message.Binary(text), nil
}

// Decode turns JSON text into a TABM in which nested objects and arrays are
// embedded and links stay links. A message passes unchanged (spec 01, 12.2).
//
// # Errors
//
// Those of [Decode]; [fail.Invalid] too when the text is a bare number or
// literal, which has no TABM.
func (Codec) Decode(ctx context.Context, env codec.Env, encoded message.Value, _ codec.Options) (message.Value, error) {
	const op = "json.Decode"
	var text message.Binary
	switch x := encoded.(type) {
	case *message.Message:
		return x, nil
	case message.Binary:
		text = x
	default:
		return nil, fail.New(fail.Invalid, op, "JSON text expected")
	}
	v, err := Decode(string(text))
	if err != nil {
		return nil, err
	}
	switch v.(type) {
	case *message.Message, *message.List, message.Binary:
		return embed(ctx, env, v)
	}
	return nil, fail.New(fail.Invalid, op, "a message is an object, an array or a string, not a bare number or literal")
}
