// Package ans104 is the device ans104@1.0: messages as ANS-104 data items.
package ans104

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const doc = `Writes messages as ANS-104 data items and reads items as messages.

An item is what Arweave bundles are made of: tags, data, and one signature over both. A message that was committed to with
ans104@1.0 becomes the same bytes again; any other becomes an unsigned item, its keys as tags, "data" or "body" as the data, and its
nested messages as links, or as members of a bundle when the request has "bundle". Reading gives the message in its wire form. The
commitment in it is what the item says; verify checks it.

    curl -o item.bin -H 'accept: application/ans104' 'http://localhost:8734/~message@1.0&data=hello'
    curl http://localhost:8734/~ans104@1.0/content_type    # application/ans104`

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: ans104.Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "serialize", Doc: "The base as an item: content-type and body.", Reads: "request: bundle", Run: serialize},
			{Name: "deserialize", Doc: "The message that an item in the base stands for.", Reads: "request: target, default body", Run: deserialize},
			{Name: "commit", Doc: "The base as an item signed by this node: names in lower case, no other commitment.", Reads: "request: type, bundle", Run: commitItem},
			{Name: "verify", Doc: "Whether the selected commitments hold; all that have a committer, if none is named.", Reads: "request: committers, commitments", Run: verify},
			{Name: "content_type", Doc: "The media type of items.", Run: contentType},
		},
	}
}

func contentType(*ao.Call) (message.Value, error) { return message.Binary(ans104.ContentType), nil }

// serialize writes the base (spec 01, 13.5).
func serialize(c *ao.Call) (message.Value, error) {
	bundle, err := c.Arg("bundle")
	if err != nil {
		return nil, err
	}
	convert := structured.ToTABM
	opt := codec.Options{Bundle: message.IsTrue(bundle), Inlined: message.IsTrue(bundle)}
	if opt.Bundle {
		convert = structured.Bundle
	}
	tabm, err := convert(c.Ctx, c.Codec(), c.Base)
	if err != nil {
		return nil, err
	}
	item, err := ans104.Codec{}.Encode(c.Ctx, c.Codec(), tabm, opt)
	if err != nil {
		return nil, err
	}
	return message.Of(
		message.P("content-type", message.Binary(ans104.ContentType)),
		message.P("body", item)), nil
}

// deserialize reads an item of the base (spec 01, 13.10).
func deserialize(c *ao.Call) (message.Value, error) {
	target := c.Request().Text("target")
	if target == "" {
		target = "body"
	}
	v, ok, err := c.LookupPath(c.Base, message.Parts(target))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fail.New(fail.NotFound, ans104.Name+"/deserialize", "the base has no item under %.64q", target)
	}
	return ans104.Codec{}.Decode(c.Ctx, c.Codec(), v, codec.Options{})
}

// commitItem signs the base with the key of the node (spec 01, 13.8).
func commitItem(c *ao.Call) (message.Value, error) {
	bundle, err := c.Arg("bundle")
	if err != nil {
		return nil, err
	}
	spec := commit.Spec{Device: ans104.Name, Type: c.Request().Text(commit.FieldType), Bundle: message.IsTrue(bundle)}
	return commit.Commit(c.Ctx, c.Codec(), c.Base, c.Env.Key(), spec)
}

// verify checks commitments of the base. Other keys of the request do not
// matter.
func verify(c *ao.Call) (message.Value, error) {
	s, err := commit.SelectionOf(c.Request())
	if err != nil {
		return nil, err
	}
	if s.IsZero() {
		s = commit.Signed()
	}
	err = commit.Verify(c.Ctx, c.Codec(), c.Base, s, "")
	if fail.Is(err, fail.Unauthorized) {
		return message.False, nil
	}
	return message.True, err
}
