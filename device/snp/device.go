// Package snp is the device snp@1.0: attestation by AMD SEV-SNP.
package snp

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/evidence"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "snp@1.0"

const doc = `Proves that this node runs in a confidential machine (AMD SEV-SNP), and checks that another one does.

"generate" answers with the node's address, its public configuration ("node-message"), what it was started from ("local-hashes"), and
the report of the processor that ties them together; the node signs the answer. It needs to run in such a machine, on others it
says so. With a "challenge", a text of the asker's choice, the report is made anew and has the challenge in what the processor signs.

      curl -H 'accept: application/json' -H 'accept-bundle: true' 'http://localhost:8734/~snp@1.0/generate?challenge=tell-me-3f9a' -o attestation.json

"verify" works on every machine. It answers "true", or refuses with the name of the step that failed as "body" and a "reason".

      curl -H 'content-type: application/json' --data-binary @attestation.json http://localhost:8734/~snp@1.0/verify
      curl -H 'content-type: application/json' --data-binary @attestation.json 'http://localhost:8734/verify~snp@1.0?challenge=tell-me-3f9a'

What holds: the message is signed by the address that it names (signature_or_address_invalid); the processor's report is about this
address and this configuration (nonce_mismatch, report_data_mismatch), and the challenge, if one is given (challenge_mismatch); the
host cannot look into the machine (debug_enabled); the machine was started from software that "snp_trusted" lists
(untrusted_software, measurement_invalid); and a processor of AMD's with firmware that is new enough says so, by a certificate that
leads to AMD's root key (report_signature_invalid).

What a machine is started from, in the form that "snp_trusted" has, is printed by

    hyperbeam measure --firmware OVMF.fd --kernel vmlinuz --initrd initrd.img --append "$(cat cmdline)" --vcpus 32

Certificates of processors come with the attestation, when the host of the machine has them, or from the folder "snp_certificates".
Nobody is asked over the network unless "snp_kds" names AMD's key service. "info" tells what this node has.

    curl http://localhost:8734/~snp@1.0/info/hardware`

// New returns the device.
func New(s *evidence.Service) *ao.Device {
	d := device{s}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "info", Doc: "Whether this node can attest itself, and what it checks others against.", Run: d.info},
			{Name: "generate", Doc: "The attestation of this node.", Reads: "request: challenge", Run: d.generate},
			{Name: "verify", Doc: `"true" when the attestation holds.`, Reads: "request: body or report, address, nonce, node-message, local-hashes, certificates; base: the same; challenge", Run: d.verify},
		},
		Options:  evidence.NodeOptions(),
		Examples: []ao.Example{{Path: "/~snp@1.0/info/enforced-keys/2", Answer: "kernel"}},
	}
}

type device struct{ attest *evidence.Service }

// generate answers with the attestation of the node (spec 04, 7.2).
func (d device) generate(c *ao.Call) (message.Value, error) {
	m, err := d.attest.Generate(c.Ctx, &c.Env, c.Request().Text("challenge"))
	if err != nil {
		return nil, err
	}
	return m, nil
}

// verify judges an attestation (spec 04, 7.4): the "body" of the request, the
// request itself, or the base, whichever has a report.
func (d device) verify(c *ao.Call) (message.Value, error) {
	body, err := c.Arg("body")
	if err != nil {
		return nil, err
	}
	m, _ := body.(*message.Message)
	for _, next := range []*message.Message{c.Request(), c.Base} {
		if m == nil || !m.Has("report") {
			m = next
		}
	}
	if !m.Has("report") {
		return nil, fail.New(fail.Invalid, Name+"/verify", "the request has no attestation (the answer of generate)")
	}
	// What the base asks for counts more than what the attestation says.
	challenge := c.Base.Text("challenge")
	if challenge == "" {
		challenge = c.Request().Text("challenge")
	}
	if _, err := d.attest.Verify(c.Ctx, &c.Env, m, evidence.Want{Challenge: challenge}); err != nil {
		return nil, err
	}
	return message.Binary("true"), nil
}

// info tells what the node has.
func (d device) info(c *ao.Call) (message.Value, error) {
	hardware := "available"
	if err := d.attest.Ready(c.Ctx); err != nil {
		hardware = fail.Sentence(err)
	}
	software, err := message.LoadAll(c.Ctx, c.Cache, evidence.OptTrusted.In(&c.Env))
	if err != nil {
		return nil, err
	}
	return message.Of(
		message.P("status", message.Int(200)),
		message.P("hardware", message.Binary(hardware)),
		message.P("trusted", software),
		message.P("enforced-keys", evidence.OptEnforced.In(&c.Env)),
		message.P("key-service", message.Binary(evidence.OptService.Text(&c.Env)))), nil
}
