package evidence

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"slices"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
)

// maxCommitments bounds what is verified of one attestation: its own
// commitments and those of the history in its node message.
const maxCommitments = 1024

// Want is what a verifier wants to know beyond what is always checked.
type Want struct {
	// Challenge is the challenge that the machine was given, "" for none.
	Challenge string
}

// Machine is a node whose attestation holds.
type Machine struct {
	Address     string           // of its wallet
	NodeMessage *message.Message // its configuration, loaded
	Signed      *message.Message // the attestation, reduced to what its node signed
	Report      snp.Report
}

// claim is an attestation message, read as data and not through any device.
type claim struct {
	signed  *message.Message // what is committed
	address string
	node    *message.Message
	nonce   []byte
	hashes  *message.Message
	report  snp.Report
	given   snp.Certificates
}

// Verify returns the node that an attestation is by, when it holds: all steps of
// spec 04, 7.4, and those that the reference leaves out (SEC-16, SEC-17).
//
// # Errors
//
// Outcomes with the HTTP status 400 whose body is the name of the step:
// nonce_mismatch, report_data_mismatch, challenge_mismatch,
// signature_or_address_invalid, debug_enabled, untrusted_software,
// measurement_invalid, report_signature_invalid; "reason" says more. What is no
// attestation at all is [fail.Invalid].
func (s *Service) Verify(ctx context.Context, env *ao.Env, m *message.Message, w Want) (*Machine, error) {
	c, err := read(ctx, env, m)
	if err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, *ao.Env, *claim, Want) error{
		s.bound, signed, closed, software, measured, s.hardware,
	} {
		if err := step(ctx, env, c, w); err != nil {
			return nil, err
		}
	}
	return &Machine{Address: c.address, NodeMessage: c.node, Signed: c.signed, Report: c.report}, nil
}

// read takes an attestation apart. Only what is committed by somebody counts.
func read(ctx context.Context, env *ao.Env, m *message.Message) (*claim, error) {
	const op = "evidence.Verify"
	missing := func(key, what string) error {
		return fail.New(fail.Invalid, op, "the attestation has no %s that is %s", key, what)
	}
	c := &claim{signed: bySomebody(m)}
	if c.signed.Len() == 0 {
		return nil, Refuse("signature_or_address_invalid", "the attestation is not signed by anybody")
	}
	loaded, err := message.LoadAll(ctx, env.Cache, c.signed)
	if err != nil {
		return nil, fail.New(fail.Invalid, op, "a part of the attestation is not to be found; send it whole: %w", err)
	}
	all := loaded.(*message.Message)
	if c.report, err = snp.ParseJSON([]byte(all.Text("report"))); err != nil {
		return nil, err
	}
	if c.address = all.Text("address"); c.address == "" {
		return nil, missing("address", "that of a wallet")
	}
	if c.node = all.Message("node-message"); c.node == nil {
		return nil, missing("node-message", "a message")
	}
	if c.hashes = all.Message("local-hashes"); c.hashes == nil {
		return nil, missing("local-hashes", "a message")
	}
	if c.nonce, err = base64.RawURLEncoding.DecodeString(all.Text("nonce")); err != nil {
		return nil, missing("nonce", "base64url")
	}
	if given := all.Message("certificates"); given != nil {
		if c.given.VCEK, err = base64.RawURLEncoding.DecodeString(given.Text("vcek")); err != nil || len(c.given.VCEK) == 0 {
			return nil, missing("certificates/vcek", "base64url of a certificate")
		}
	}
	return c, nil
}

// bySomebody returns m with the commitments that have a committer, reduced to
// the keys that they cover.
func bySomebody(m *message.Message) *message.Message {
	kept := message.Empty()
	for i, v := range m.Commitments().All() {
		if c, ok := v.(*message.Message); ok && c.Has(commit.FieldCommitter) {
			kept = kept.Set(i, v)
		}
	}
	if kept.Len() == 0 {
		return message.Empty()
	}
	return m.Set(message.CommitmentsKey, kept).OnlyCommitted()
}

// bound compares what the processor signed with address and node message.
func (s *Service) bound(ctx context.Context, _ *ao.Env, c *claim, w Want) error {
	want, err := nonceOf(ctx, c.address, c.node)
	if err != nil {
		return Refuse("nonce_mismatch", fail.Sentence(err))
	}
	data := c.report.Data()
	half := len(want) / 2
	if s.foreignNode {
		copy(data[half:], want[half:])
	}
	switch {
	case subtle.ConstantTimeCompare(c.nonce, want[:]) != 1:
		return Refuse("nonce_mismatch", "the nonce is not the address of the node followed by the ID of its node message")
	case [snp.DataSize]byte(data) != want:
		return Refuse("report_data_mismatch", "the processor's report is about another address or another node message")
	case w.Challenge != "" && subtle.ConstantTimeCompare([]byte(c.node.Text(ChallengeKey)), []byte(w.Challenge)) != 1:
		return Refuse("challenge_mismatch", "the node message does not have the challenge of the verifier, so the report may be an old one")
	}
	return nil
}

// signed checks the commitments, those of nested messages too, because the ID of
// the node message is made of theirs.
func signed(ctx context.Context, env *ao.Env, c *claim, _ Want) error {
	signers, err := commit.VerifyDeep(ctx, env.Codec(), c.signed, maxCommitments)
	if err == nil {
		_, err = commit.VerifyDeep(ctx, env.Codec(), c.node, maxCommitments)
	}
	if err != nil {
		return Refuse("signature_or_address_invalid", fail.Sentence(err))
	}
	if !slices.Contains(signers, c.address) {
		return Refuse("signature_or_address_invalid", "the attestation is not signed by the address that it names")
	}
	return nil
}

// closed checks that the host cannot look into the machine.
func closed(_ context.Context, _ *ao.Env, c *claim, _ Want) error {
	if c.report.Debug() {
		return Refuse("debug_enabled", "the machine was started so that its host may read its memory")
	}
	return nil
}

// software checks that what the machine was started from is on the list.
func software(ctx context.Context, env *ao.Env, c *claim, _ Want) error {
	enforced, err := enforcedKeys(OptEnforced.In(env))
	if err != nil {
		return err
	}
	list, err := trusted(ctx, env)
	if err != nil {
		return err
	}
	for _, t := range list {
		if matches(c.hashes, t, enforced) {
			return nil
		}
	}
	return Refuse("untrusted_software", "no entry of the option snp_trusted has the enforced keys of local-hashes")
}

// measured computes the launch digest of what the machine says it was started
// from.
func measured(_ context.Context, _ *ao.Env, c *claim, _ Want) error {
	l, err := launch(c.hashes)
	if err != nil {
		return Refuse("measurement_invalid", fail.Sentence(err))
	}
	d, err := l.Digest()
	if err != nil {
		return Refuse("measurement_invalid", fail.Sentence(err))
	}
	if d != c.report.Measurement() {
		return Refuse("measurement_invalid", "the machine was started from something else than local-hashes says")
	}
	return nil
}

// hardware follows the report to the maker of the processor.
func (s *Service) hardware(ctx context.Context, env *ao.Env, c *claim, _ Want) error {
	v := snp.Verifier{Source: s.source(env), Policy: policy(env), Root: s.Root}
	if err := v.Verify(ctx, c.report, c.given, env.Now()); err != nil {
		return Refuse("report_signature_invalid", fail.Sentence(err))
	}
	return nil
}
