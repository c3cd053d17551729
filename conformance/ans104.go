package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// recordedItem are the fields of an item as the vectors write them.
type recordedItem struct {
	Owner      json.RawMessage
	Signature  json.RawMessage
	Target     json.RawMessage
	Anchor     json.RawMessage
	Tags       [][2]json.RawMessage
	Data       json.RawMessage
	ID         string
	UnsignedID string `json:"unsigned_id"`
}

// moreExact is the difference of a case in which this node restores an item
// that the reference does not: everything else in the case agrees.
type moreExact struct{ what string }

func (e *moreExact) Error() string { return e.what + ", which the reference does not" }

// isMoreExact reports whether a difference is of this kind only.
func isMoreExact(diff error) bool {
	var e *moreExact
	return errors.As(diff, &e)
}

// commitmentsAsText holds for a message with text in place of its commitments.
func commitmentsAsText(v any) bool {
	entries, _ := typed(v, "map").(map[string]any)
	return typed(entries["commitments"], "bin") != nil
}

func ans104Case(c *testCase) error {
	raw, err := parseValue(c.m["bytes"])
	if err != nil {
		return err
	}
	item, ok := raw.(message.Binary)
	if !ok {
		return fmt.Errorf("bytes are %s", show(raw))
	}
	if c.kind == "commit-message" {
		return c.commitItem(item)
	}
	it, err := ans104.Parse(item)
	if err := c.recordedItem(it, err); err != nil || c.m["parsed"] == nil || c.kind == "parse" {
		return err
	}
	ctx := context.Background()
	if c.m["input"] != nil {
		if err := c.itemOfMessage(ctx, item); err != nil {
			return err
		}
	}
	return c.messageOfItem(ctx, item)
}

// recordedItem compares a parsed item, its bytes and its verdict.
func (c *testCase) recordedItem(it arweave.Item, parseErr error) error {
	var host struct{ Error json.RawMessage }
	if _ = json.Unmarshal(c.m["parsed"], &host); host.Error != nil {
		return c.expect("parsed", message.Binary("an item"), parseErr)
	}
	if parseErr != nil {
		return parseErr
	}
	if err := compareItem("parsed", c.m["parsed"], it); err != nil {
		return err
	}
	err := it.Verify()
	if want := string(c.m["verify"]) == "true"; (err == nil) != want {
		return fmt.Errorf("item verify: %v, want %v", err, want)
	}
	return nil
}

// compareItem compares fields and IDs; the data of a bundle is compared member
// by member.
func compareItem(what string, raw json.RawMessage, it arweave.Item) error {
	var want recordedItem
	if err := json.Unmarshal(raw, &want); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		raw  json.RawMessage
		got  []byte
	}{{"owner", want.Owner, it.Owner}, {"signature", want.Signature, it.Signature}, {"target", want.Target, it.Target}, {"anchor", want.Anchor, it.Anchor}} {
		v, err := parseValue(f.raw)
		if err != nil {
			return err
		}
		b, _ := v.(message.Binary)
		if string(b) != string(f.got) {
			return fmt.Errorf("%s: %s is %q, want %s", what, f.name, f.got, show(v))
		}
	}
	if it.Tags.Len() != len(want.Tags) {
		return fmt.Errorf("%s: %d tags, want %d", what, it.Tags.Len(), len(want.Tags))
	}
	for i, pair := range want.Tags {
		name, err := parseValue(pair[0])
		if err != nil {
			return err
		}
		val, err := parseValue(pair[1])
		if err != nil {
			return err
		}
		if t := it.Tags.At(i); message.Value(message.Binary(t.Name)) != name || message.Value(message.Binary(t.Value)) != val {
			return fmt.Errorf("%s: tag %d is %v, want %s=%s", what, i+1, t, show(name), show(val))
		}
	}
	signed, _ := it.ID()
	if want.ID != "" && signed.String() != want.ID {
		return fmt.Errorf("%s: id %s, want %s", what, signed, want.ID)
	}
	if got := it.UnsignedID().String(); got != want.UnsignedID {
		return fmt.Errorf("%s: unsigned id %s, want %s", what, got, want.UnsignedID)
	}
	return compareData(what, want.Data, it)
}

func compareData(what string, raw json.RawMessage, it arweave.Item) error {
	var bundle struct {
		Map map[string]json.RawMessage `json:"bundle_map"`
	}
	if json.Unmarshal(raw, &bundle) != nil || bundle.Map == nil {
		v, err := parseValue(raw)
		if err != nil {
			return err
		}
		return same(what+" data", message.Binary(it.Data), v)
	}
	_, members, err := it.Members()
	if err != nil {
		return err
	}
	if len(members) != len(bundle.Map) {
		return fmt.Errorf("%s: %d members, want %d", what, len(members), len(bundle.Map))
	}
	for _, m := range members {
		if err := compareItem(what+"/"+m.Name, bundle.Map[m.Name], m.Item); err != nil {
			return err
		}
	}
	return nil
}

// itemOfMessage checks that the input becomes exactly the recorded bytes.
func (c *testCase) itemOfMessage(ctx context.Context, item message.Binary) error {
	in, err := parseValue(c.m["input"])
	if err != nil {
		return err
	}
	bundle := c.kind == "from-message-bundle"
	tabm, err := structured.ToTABM(ctx, c.env(), in)
	if bundle {
		tabm, err = structured.Bundle(ctx, c.env(), in)
	}
	if err != nil {
		return err
	}
	got, err := ans104.Codec{}.Encode(ctx, c.env(), tabm, codec.Options{Bundle: bundle, Inlined: bundle})
	if err != nil {
		return err
	}
	if got != message.Value(item) {
		it, _ := ans104.Parse(got.(message.Binary))
		return fmt.Errorf("other bytes; item: %w", compareItem("item", c.m["parsed"], it))
	}
	return nil
}

// messageOfItem checks decoding, the IDs and verdict of the message, and that
// it becomes the same bytes again.
func (c *testCase) messageOfItem(ctx context.Context, item message.Binary) error {
	tabm, err := ans104.Codec{}.Decode(ctx, c.env(), item, codec.Options{})
	var better []error
	if err := c.expectItemTABM(tabm, err, &better); err != nil {
		return err
	}
	rich, err := structured.FromTABM(tabm)
	if err != nil || c.m["message"] == nil {
		return c.expect("message", rich, err)
	}
	if len(better) == 0 {
		if err := c.expect("message", rich, nil); err != nil {
			return err
		}
	}
	if m, ok := rich.(*message.Message); ok {
		i, err := commit.SignedID(ctx, m)
		if err := c.expect("message_id_all", message.Binary(i.String()), err); err != nil {
			return err
		}
		err = commit.Verify(ctx, c.env(), m, commit.Signed(), "")
		if err != nil && !fail.Is(err, fail.Unauthorized) {
			return err
		}
		if err := c.atLeast("message_verify", "verifies", err, &better); err != nil {
			return err
		}
	}
	if err := c.reencoded(ctx, rich, item, &better); err != nil {
		return err
	}
	return errors.Join(better...)
}

// expectItemTABM compares a TABM. Where only the recorded one lacks
// original-tags, that is better.
func (c *testCase) expectItemTABM(tabm message.Value, decodeErr error, better *[]error) error {
	err := c.expect("tabm", tabm, decodeErr)
	m, ok := tabm.(*message.Message)
	if err == nil || !ok || decodeErr != nil {
		return err
	}
	all := m.Commitments()
	for k, v := range all.All() {
		all = all.Set(k, v.(*message.Message).Without("original-tags"))
	}
	if all == nil || c.expect("tabm", m.Set(message.CommitmentsKey, all), nil) != nil {
		return err
	}
	*better = append(*better, &moreExact{"keeps the original tags"})
	return nil
}

// atLeast compares an outcome with a recorded verdict: good must be good here
// too.
func (c *testCase) atLeast(member, what string, err error, better *[]error) error {
	switch want := string(c.m[member]) == "true"; {
	case want && err != nil:
		return fmt.Errorf("%s: %w", member, err)
	case !want && err == nil:
		*better = append(*better, &moreExact{what})
	}
	return nil
}

func (c *testCase) reencoded(ctx context.Context, rich message.Value, item message.Binary, better *[]error) error {
	tabm, err := structured.ToTABM(ctx, c.env(), rich)
	if err != nil {
		return err
	}
	got, err := ans104.Codec{}.Encode(ctx, commit.Env(layered{own(rich), c.shelf}), tabm, codec.Options{})
	if err == nil && got != message.Value(item) {
		err = errors.New("other bytes")
	}
	return c.atLeast("reencoded_equal", "gives the same bytes again", err, better)
}

// commitItem verifies a recorded committed message, and commits its input
// again.
func (c *testCase) commitItem(item message.Binary) error {
	ctx := context.Background()
	v, err := parseValue(c.m["message"])
	if err != nil {
		return err
	}
	want := v.(*message.Message)
	i, err := commit.SignedID(ctx, want)
	if err := c.expect("id_all", message.Binary(i.String()), err); err != nil {
		return err
	}
	if err := c.verdict(ctx, want); err != nil {
		return err
	}
	if err := c.rebuilt(ctx, want, item); err != nil {
		return err
	}
	in, err := parseValue(c.m["input"])
	if err != nil {
		return err
	}
	done, err := commit.Commit(ctx, c.env(), in.(*message.Message), c.signersOf(want)[0], commit.Spec{Device: ans104.Name, Bundle: true})
	if err != nil {
		return err
	}
	fresh := message.Of()
	for k, e := range done.All() { // a copy has no memo
		fresh = fresh.Set(k, e)
	}
	if err := commit.VerifyAll(ctx, c.env(), fresh); err != nil {
		return fmt.Errorf("our own commitment: %w", err)
	}
	if err := same("our own content", done.Without(message.CommitmentsKey), want.Without(message.CommitmentsKey)); err != nil {
		return err
	}
	return sameShape(done, want)
}

// rebuilt checks that a committed message becomes its recorded bytes.
func (c *testCase) rebuilt(ctx context.Context, m *message.Message, item message.Binary) error {
	tabm, err := structured.Bundle(ctx, c.env(), m)
	if err != nil {
		return err
	}
	got, err := ans104.Codec{}.Encode(ctx, c.env(), tabm, codec.Options{Bundle: true, Inlined: true})
	if err != nil {
		return err
	}
	if b, _ := got.(message.Binary); !bytes.Equal([]byte(b), []byte(item)) {
		return errors.New("the committed message becomes other bytes")
	}
	return nil
}
