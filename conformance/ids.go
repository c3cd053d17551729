package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// recorded is one commitment of a case of ids.json.
type recorded struct {
	ID         string
	Commitment json.RawMessage
	Base       json.RawMessage `json:"signature_base"`
}

// idsCase checks IDs, signature bases and verdicts of recorded messages, and
// that committing the input again covers the same keys.
func idsCase(c *testCase) error {
	ctx := context.Background()
	if c.kind == "unsigned-id" {
		return c.unsignedID(ctx)
	}
	v, err := parseValue(c.m["message"])
	if err != nil {
		return err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return fmt.Errorf("message is %s", show(v))
	}
	if err := c.recordedIDs(ctx, m); err != nil {
		return err
	}
	if err := c.recordedCommitments(ctx, m); err != nil {
		return err
	}
	if err := c.verdict(ctx, m); err != nil {
		return err
	}
	if c.kind == "verify" {
		return nil
	}
	return c.commitAgain(ctx, m)
}

func (c *testCase) unsignedID(ctx context.Context) error {
	in, err := parseValue(c.m["input"])
	if err != nil {
		return err
	}
	i, err := commit.LinkID(ctx, in)
	m, ok := in.(*message.Message)
	if ok {
		i, err = commit.UnsignedID(ctx, m)
	}
	if err := c.expect("id", message.Binary(i.String()), err); err != nil || !ok || c.m["committed"] == nil {
		return err
	}
	done, err := commit.Commit(ctx, c.env(), m, nil, commit.Spec{Type: "unsigned"})
	if err != nil {
		return c.expect("committed", nil, err)
	}
	want, err := parseValue(c.m["committed"])
	if err != nil {
		return c.expect("committed", done, nil)
	}
	return same("commitments", done.Commitments(), want.(*message.Message).Commitments())
}

func (c *testCase) recordedIDs(ctx context.Context, m *message.Message) error {
	all, err := commit.SignedID(ctx, m)
	if err := c.expect("id_all", message.Binary(all.String()), err); err != nil {
		return err
	}
	if c.m["id_none"] != nil {
		n, err := commit.UnsignedID(ctx, m)
		if err := c.expect("id_none", message.Binary(n.String()), err); err != nil {
			return err
		}
	}
	if c.m["signers"] != nil {
		var want []string
		if err := json.Unmarshal(c.m["signers"], &want); err != nil {
			return err
		}
		got := commit.Committers(m)
		slices.Sort(got) // recorded sorted
		if !slices.Equal(got, want) {
			return fmt.Errorf("signers %v, want %v", got, want)
		}
	}
	if c.m["committed_keys"] == nil {
		return nil
	}
	var want []string
	if err := json.Unmarshal(c.m["committed_keys"], &want); err != nil {
		return err
	}
	ids, err := commit.Signed().Of(m)
	if err != nil {
		return err
	}
	if got := m.Committed(ids, false); !slices.Equal(got, want) {
		return fmt.Errorf("committed keys %v, want %v", got, want)
	}
	return nil
}

func (c *testCase) recordedCommitments(ctx context.Context, m *message.Message) error {
	var all []recorded
	if c.m["commitments"] == nil {
		return nil
	}
	if err := json.Unmarshal(c.m["commitments"], &all); err != nil {
		return err
	}
	for _, r := range all {
		base, err := commit.SignatureBase(ctx, c.env(), m, r.ID)
		if err := expectRaw("signature_base of "+r.ID, r.Base, message.Binary(base), err); err != nil {
			return err
		}
		err = commit.Verify(ctx, c.env(), m, commit.Selection{Commitments: []string{r.ID}}, "")
		if err != nil && !strings.HasPrefix(m.Commitments().Message(r.ID).Text("keyid"), "secret:") {
			return fmt.Errorf("commitment %s: %w", r.ID, err)
		}
	}
	return nil
}

func (c *testCase) verdict(ctx context.Context, m *message.Message) error {
	if c.m["verify"] == nil {
		return nil
	}
	err := commit.Verify(ctx, c.env(), m, commit.Signed(), "")
	if err != nil && !fail.Is(err, fail.Unauthorized) {
		return err
	}
	var want bool
	if json.Unmarshal(c.m["verify"], &want) != nil {
		want = false // the reference raised
	}
	if got := err == nil; got != want {
		return fmt.Errorf("verify %v (%w), want %v", got, err, want)
	}
	return nil
}

// commitAgain commits the input with the same keys and compares everything but
// signatures.
func (c *testCase) commitAgain(ctx context.Context, want *message.Message) error {
	in, err := parseValue(c.m["input"])
	if err != nil {
		return err
	}
	m := in.(*message.Message)
	spec := commit.Spec{Bundle: c.kind == "commit-rsa-bundle"}
	switch c.kind {
	case "commit-secret":
		return nil // the secret is not recorded
	case "commit-hmac":
		spec.Type = "unsigned"
		_ = json.Unmarshal(c.m["bundle"], &spec.Bundle)
	case "commit-some-keys":
		ids, err := commit.Signed().Of(want)
		if err != nil {
			return err
		}
		spec.Committed = append([]string{}, want.Committed(ids, false)...)
	}
	for _, signer := range c.signersOf(want) {
		if m, err = commit.Commit(ctx, c.env(), m, signer, spec); err != nil {
			return err
		}
	}
	if err := commit.VerifyAll(ctx, c.env(), m); err != nil {
		return fmt.Errorf("our own commitment: %w", err)
	}
	if err := sameShape(m, want); err != nil {
		return fmt.Errorf("our own commitment: %w", err)
	}
	return nil
}

// sameShape compares commitments without signatures and IDs.
func sameShape(got, want *message.Message) error {
	strip := func(m *message.Message) map[string]message.Value {
		out := map[string]message.Value{}
		for _, v := range m.Commitments().All() {
			c := v.(*message.Message)
			out[c.Text("keyid")+c.Text("type")] = c.Without("signature")
		}
		return out
	}
	g, w := strip(got), strip(want)
	var errs []error
	if len(g) != len(w) {
		errs = append(errs, fmt.Errorf("%d commitments, want %d", len(g), len(w)))
	}
	for k := range w {
		errs = append(errs, same("commitment", g[k], w[k]))
	}
	return errors.Join(errs...)
}
