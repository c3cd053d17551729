// Package httpsig is the codec httpsig@1.0: a message as HTTP header fields
// and a body, with its commitments as RFC 9421 signatures (spec 01, 10).
//
// Short binaries are header fields; the body key, long binaries and nested
// messages go to the body, alone or as parts of a multipart body:
//
//	{a: "1", body: "x"}            a: 1            + body x
//	{a: "1", n: {b: "2"}}          a: 1            + multipart body with part "n"
//	{a: "1", "n+link": ID}         a: 1, n+link: ID
//
// What is signed is derived from the same encoding ([Surface]): a signature
// covers the encoded header fields, and the body through its content-digest.
//
// Encoded messages are messages of binaries, with the key "body" for the HTTP
// body.
package httpsig

import "github.com/hyperbeam-go/hyperbeam/codec"

// Name is the device name of the codec.
const Name = "httpsig@1.0"

// Codec is the codec httpsig@1.0. It has no state.
type Codec struct{}

var _ codec.Codec = Codec{}

// Name returns "httpsig@1.0".
func (Codec) Name() string { return Name }

// ContentType returns "": the encoded form is an HTTP message itself.
func (Codec) ContentType() string { return "" }

// maxHeaderValue is the longest value in bytes that becomes a header field
// (spec 01, 10.1).
const maxHeaderValue = 4096

// Keys with a meaning in the encoding.
const (
	keyBody        = "body"
	keyData        = "data"
	keyBodyKey     = "ao-body-key"
	keyIDs         = "ao-ids"
	keyDigest      = "content-digest"
	keyType        = "content-type"
	keyDisposition = "content-disposition"
	keySignature   = "signature"
	keyInput       = "signature-input"
	keyTypes       = "ao-types"
	typeEmpty      = "empty-message"
)
