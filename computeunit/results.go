package computeunit

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/aos"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Keys of the results of a state beside those of every process.
const (
	KeyRaw  = "raw"  // the result as the program gave it (spec 06, 3.4)
	keyJSON = "json" // the same as text
)

// Results returns what a state holds of a result (spec 03, 10.1): data, outbox
// and patches as of any process, and the result itself.
//
// # Errors
//
// [fail.Invalid] when a message of the result is not of the right form.
func Results(ctx context.Context, definition, raw *message.Message) (*message.Message, error) {
	own, err := commit.UnsignedID(ctx, definition)
	if err != nil {
		return nil, err
	}
	from := aos.Sender{Process: own.String()}
	if image := definition.Text("image"); image != "" {
		from.Image = message.Binary(image)
	}
	shape := raw
	if field(raw, keyOutput) == message.Value(message.Binary("")) { // units write this when a program has said nothing
		shape = raw.Without(keyOutput)
	}
	r, err := aos.ParseResponse(shape, from)
	if err != nil {
		return nil, err
	}
	text, err := json.Format(raw)
	if err != nil {
		return nil, err
	}
	return message.Of(
		message.P("data", r.Data),
		message.P("outbox", r.Outbox),
		message.P("patches", r.Patches),
		message.P(KeyRaw, raw),
		message.P(keyJSON, message.Of(
			message.P("content-type", message.Binary("application/json")),
			message.P("body", message.Binary(text))))), nil
}
