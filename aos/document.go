package aos

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// ContentType is the media type of messages as aos knows them.
const ContentType = "application/aos-2"

// Document returns a stored message as a message of content-type and body: the
// JSON text of [Encode] (spec 02, 22).
//
// # Errors
//
// [fail.Unsupported] when the value is no message; those of [Encode].
func Document(ctx context.Context, env codec.Env, v message.Value) (*message.Message, error) {
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Unsupported, "aos.Document", "only messages can be read as %s", ContentType)
	}
	encoded, err := Encode(ctx, env, m, "")
	if err != nil {
		return nil, err
	}
	text, err := json.Format(encoded)
	if err != nil {
		return nil, err
	}
	return message.Of(message.P("content-type", message.Binary(ContentType)), message.P("body", message.Binary(text))), nil
}
