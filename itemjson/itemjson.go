// Package itemjson reads ANS-104 data items in the JSON form in which schedulers
// of legacynet and gateways show them (spec 03, 5.2):
//
//	{"id": ..., "owner": {"address": ..., "key": ...}, "signature": ..., "anchor": ...,
//	 "target": ..., "tags": [{"name": "Type", "value": "Message"}], "data": "..."}
//
// The form leaves out the type of the signature, and whether the anchor is text
// or base64url. So the item is rebuilt in each way that is possible, until its
// signature holds: what [Item.Open] returns is what its owner signed, to the
// byte.
package itemjson

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Item is an item in JSON. Binary fields are base64url; a field that is null is
// empty.
type Item struct {
	ID    string `json:"id"`
	Owner struct {
		Address string `json:"address"`
		Key     string `json:"key"`
	} `json:"owner"`
	Signature string `json:"signature"`
	Anchor    string `json:"anchor"`
	Target    string `json:"target"`    // of schedulers
	Recipient string `json:"recipient"` // of gateways: the same
	Tags      []Tag  `json:"tags"`
	Data      string `json:"data"` // the bytes as text
}

// Tag is one tag.
type Tag struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Parse reads an item. Members that are not listed in [Item] are passed over.
//
// # Errors
//
// [fail.Invalid] when it is not JSON of that form.
func Parse(text []byte) (Item, error) {
	var it Item
	if err := json.Unmarshal(text, &it); err != nil {
		return it, fail.New(fail.Invalid, "itemjson.Parse", "the item is not in JSON form: %w", err)
	}
	return it, nil
}

// Of returns the JSON form of a signed item. The anchor is written as text when
// it can be, as schedulers do.
func Of(it arweave.Item) Item {
	var out Item
	if i, ok := it.ID(); ok {
		out.ID = i.String()
	}
	out.Owner.Address, out.Owner.Key = it.OwnerAddress().String(), id.Encode(it.Owner)
	out.Signature, out.Target, out.Data = id.Encode(it.Signature), id.Encode(it.Target), string(it.Data)
	if out.Anchor = string(it.Anchor); !utf8.Valid(it.Anchor) {
		out.Anchor = id.Encode(it.Anchor)
	}
	for _, t := range it.Tags.List() {
		out.Tags = append(out.Tags, Tag{t.Name, t.Value})
	}
	return out
}

// Tag returns the value of the first tag with a name, or "".
func (it Item) Tag(name string) string {
	for _, t := range it.Tags {
		if t.Name == name {
			return t.Value
		}
	}
	return ""
}

// Open verifies the item and returns its message, whose only commitment is that
// of the owner, and the owner's address.
//
// # Errors
//
// [fail.Invalid] when a field cannot be, [fail.Unauthorized] when the signature
// does not hold or the ID is not that of the signature.
func (it Item) Open() (m *message.Message, owner string, err error) {
	const op = "itemjson.Open"
	fields, err := it.fields()
	if err != nil {
		return nil, "", err
	}
	if id.Hash(fields.Signature).String() != it.ID {
		return nil, "", fail.New(fail.Unauthorized, op, "the ID is not that of the signature").At(it.ID)
	}
	err = fail.New(fail.Unauthorized, op, "no item that is known has an owner of %d bytes and such an anchor", len(fields.Owner)).At(it.ID)
	for _, t := range typesOf(len(fields.Owner)) {
		for _, anchor := range anchors(it.Anchor) {
			built := fields
			built.Type, built.Anchor = t, anchor
			raw, encErr := built.Append(nil)
			if encErr != nil {
				err = encErr
				continue
			}
			v, openErr := commit.OpenItem(message.Binary(raw))
			if openErr != nil {
				err = openErr
				continue
			}
			m, ok := v.(*message.Message)
			if !ok {
				return nil, "", fail.New(fail.Invalid, op, "the item is not a message").At(it.ID)
			}
			who := commit.Committers(m)
			if len(who) != 1 {
				return nil, "", fail.New(fail.Unauthorized, op, "the item has %d signers", len(who)).At(it.ID)
			}
			return m, who[0], nil
		}
	}
	return nil, "", err
}

// fields returns the item without type and anchor.
func (it Item) fields() (arweave.Item, error) {
	const op = "itemjson.Open"
	var out arweave.Item
	target := it.Target
	if target == "" {
		target = it.Recipient
	}
	for _, f := range []struct {
		name, text string
		to         *[]byte
	}{{"signature", it.Signature, &out.Signature}, {"owner", it.Owner.Key, &out.Owner}, {"target", target, &out.Target}} {
		if f.text == "" {
			continue
		}
		b, err := id.Decode(f.text)
		if err != nil {
			return out, fail.New(fail.Invalid, op, "the %s is not base64url", f.name).At(it.ID)
		}
		*f.to = b
	}
	tags := make([]arweave.Tag, len(it.Tags))
	for i, t := range it.Tags {
		tags[i] = arweave.Tag{Name: t.Name, Value: t.Value}
	}
	var err error
	out.Tags, err = arweave.NewTags(tags...)
	out.Data = []byte(it.Data)
	return out, err
}

// typesOf returns the kinds of signatures whose owners have a length in bytes.
func typesOf(owner int) []arweave.SignatureType {
	switch owner {
	case 512:
		return []arweave.SignatureType{arweave.Arweave}
	case 65:
		return []arweave.SignatureType{arweave.Ethereum}
	case 32:
		return []arweave.SignatureType{arweave.Ed25519, arweave.Solana}
	case 42:
		return []arweave.SignatureType{arweave.TypedEthereum}
	}
	return nil
}

// anchors returns the anchors that a text may stand for.
func anchors(text string) [][]byte {
	if text == "" {
		return [][]byte{nil}
	}
	var out [][]byte
	if len(text) == arweave.FieldSize {
		out = append(out, []byte(text))
	}
	if b, err := id.Decode(text); err == nil && len(b) == arweave.FieldSize {
		out = append(out, b)
	}
	return out
}
