// Package evidence makes and judges the attestation messages of nodes: the claim
// "this key lives in a confidential machine that was started from this software,
// with this configuration", with the report of the processor that makes it more
// than a claim (spec 04, 7.1-7.4).
//
//	s := evidence.New(evidence.Options{Guest: snp.Hardware(), Cache: cache})
//	m, err := s.Generate(ctx, env, challenge)          // in a confidential machine
//	who, err := s.Verify(ctx, env, m, evidence.Want{})   // anywhere
//
// # The message
//
//	address        of the wallet of the node
//	node-message   the configuration of the node, as everybody may read it
//	nonce          address and ID of node-message, 64 bytes
//	report         the processor's report, which has the nonce as its data
//	local-hashes   what the machine was started from
//	certificates   optional: that of the processor, so that nobody need be asked for it
//
// and a commitment by the wallet.
//
// # What holds it together
//
// The processor signs report data and measurement. Everything else is recomputed
// and compared with them: the address and the ID of the configuration with the
// data, the launch digest of local-hashes with the measurement, and local-hashes
// with the list of software that the verifier trusts. The commitment shows that
// whoever sends the message has the key of the address. The reference leaves the
// comparison with the data out, so that one copied report attests any key
// (SEC-16).
//
// # Freshness
//
// A report has no time. A verifier that wants to know that the machine runs now
// gives a challenge, which the node puts into node-message, under
// [ChallengeKey], before it asks its processor: so it is in the ID, and in the
// data. Verifiers that know nothing of challenges accept the message as well.
package evidence
