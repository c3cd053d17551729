package json

import (
	"unicode/utf8"

	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// fieldAnchor holds the anchor of an ANS-104 item: 32 raw bytes, or their
// base64url, which every node reads too.
const fieldAnchor = "field-anchor"

// withTextAnchors returns commitments in which anchors that are no text are
// base64url, since JSON has no bytes.
func withTextAnchors(commitments message.Value) message.Value {
	all, ok := commitments.(*message.Message)
	if !ok {
		return commitments
	}
	out := all
	for k, v := range all.All() {
		c, _ := v.(*message.Message)
		if anchor := c.Text(fieldAnchor); len(anchor) == id.Size && !utf8.ValidString(anchor) {
			out = out.Set(k, c.Set(fieldAnchor, message.Binary(id.Encode([]byte(anchor)))))
		}
	}
	return out
}
