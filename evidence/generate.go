package evidence

import (
	"context"
	"encoding/base64"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
)

// ChallengeKey is the key of the node message of an attestation that holds the
// challenge of its verifier.
const ChallengeKey = "attestation-challenge"

// MaxChallenge is the longest challenge, in bytes.
const MaxChallenge = 256

// level is the privilege level at which nodes ask for reports (spec 04, 7.2.5).
const level = 1

// Generate returns the attestation of the node, without a commitment: whoever
// sends it signs it with the wallet of the node. challenge is that of a verifier,
// or "".
//
// # Errors
//
// An outcome with the body no_wallet_available, no_trusted_configs or
// invalid_trusted_configs_format (spec 04, 7.2); [fail.Unavailable] where there
// is no hardware that attests, with what to do.
func (s *Service) Generate(ctx context.Context, env *ao.Env, challenge string) (*message.Message, error) {
	const op = "evidence.Generate"
	if env.Key() == nil {
		return nil, Refuse("no_wallet_available", "the node has no wallet to attest (option priv_key_location)")
	}
	if len(challenge) > MaxChallenge {
		return nil, fail.New(fail.TooLarge, op, "a challenge has at most %d bytes, this has %d", MaxChallenge, len(challenge))
	}
	loaded, err := message.LoadAll(ctx, env.Cache, env.Config())
	if err != nil {
		return nil, fail.Wrap(fail.Internal, op, err)
	}
	node, _ := loaded.(*message.Message)
	if challenge != "" {
		node = node.Set(ChallengeKey, message.Binary(challenge))
	}
	hashes, err := own(ctx, env)
	if err != nil {
		return nil, err
	}
	nonce, err := nonceOf(ctx, env.Address(), node)
	if err != nil {
		return nil, err
	}
	a, err := s.ask(ctx, nonce)
	if err != nil {
		return nil, err
	}
	out := message.Of(
		message.P("address", message.Binary(env.Address())),
		message.P("node-message", node),
		message.P("nonce", message.Binary(base64.RawURLEncoding.EncodeToString(nonce[:]))),
		message.P("local-hashes", hashes),
		message.P("report", message.Binary(a.report.JSON())))
	if a.given.VCEK != nil {
		out = out.Set("certificates", message.Of(message.P("vcek", message.Binary(base64.RawURLEncoding.EncodeToString(a.given.VCEK)))))
	}
	return out, nil
}

// nonceOf returns what the report of a node is about: its address and the ID of
// its node message. The ID is computed from the content, whatever commitments
// the message has: those of a stranger's message may claim any ID.
func nonceOf(ctx context.Context, address string, node *message.Message) ([snp.DataSize]byte, error) {
	var out [snp.DataSize]byte
	a, err := id.Parse(address)
	if err != nil {
		return out, fail.New(fail.Invalid, "evidence", "the address %.60q is no address of a wallet: %w", address, err)
	}
	i, err := commit.CalculatedID(ctx, node)
	if err != nil {
		return out, err
	}
	copy(out[:32], a[:])
	copy(out[32:], i[:])
	return out, nil
}

// ask asks the processor for a report, one at a time. Equal questions have equal
// answers, so the last one is kept: processors are slow, and asking is open to
// all.
func (s *Service) ask(ctx context.Context, data [snp.DataSize]byte) (answer, error) {
	select {
	case s.asking <- struct{}{}:
		defer func() { <-s.asking }()
	case <-ctx.Done():
		return answer{}, fail.New(fail.Busy, "evidence.Generate", "the processor is busy with other attestations, try again")
	}
	s.mu.Lock()
	last := s.last
	s.mu.Unlock()
	if last.report.Version() != 0 && last.report.Data() == data {
		return last, nil
	}
	r, given, err := s.Guest.Report(ctx, data, level)
	if err != nil {
		return answer{}, err
	}
	now := answer{r, given}
	s.mu.Lock()
	s.last = now
	s.mu.Unlock()
	return now, nil
}

// own returns what the node says it was started from: the first of the trusted
// software.
func own(ctx context.Context, env *ao.Env) (*message.Message, error) {
	l, err := trusted(ctx, env)
	if err != nil {
		return nil, err
	}
	if len(l) == 0 {
		return nil, Refuse("no_trusted_configs", "the option snp_trusted has no entry that says what this node was started from")
	}
	return l[0], nil
}

// trusted returns the option of trusted software.
func trusted(ctx context.Context, env *ao.Env) ([]*message.Message, error) {
	wrong := Refuse("invalid_trusted_configs_format", "the option snp_trusted is a list of messages")
	v, err := message.LoadAll(ctx, env.Cache, OptTrusted.In(env))
	if err != nil {
		return nil, fail.Wrap(fail.Internal, "evidence", err)
	}
	if m, ok := v.(*message.Message); ok {
		if m.Len() == 0 {
			return nil, wrong
		}
		if v, err = m.Without(message.CommitmentsKey).List(); err != nil {
			return nil, wrong
		}
	}
	l, ok := v.(*message.List)
	if !ok {
		return nil, wrong
	}
	var out []*message.Message
	for _, e := range l.All() {
		m, ok := e.(*message.Message)
		if !ok {
			return nil, wrong
		}
		out = append(out, m)
	}
	return out, nil
}

// Refuse is an outcome with the HTTP status 400, a short name for programs as
// "body", and a "reason" for people.
func Refuse(name, why string) *ao.Outcome {
	o := ao.Refuse(400, name)
	o.Value = o.Value.(*message.Message).Set("reason", message.Binary(why))
	return o
}
