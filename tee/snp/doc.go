// Package snp reads, checks and asks for attestation reports of AMD SEV-SNP: the
// statement of a processor that a virtual machine was started from known
// software, in memory that its host cannot read, and that this machine asked for
// 64 bytes to be signed.
//
//	data := [64]byte{...}                                  // what the machine says
//	rep, certs, err := snp.Hardware().Report(ctx, data, 1) // in a confidential machine
//	err = snp.Verifier{Source: certificates}.Verify(ctx, rep, certs, now)   // anywhere
//	want, err := snp.Launch{...}.Digest()                  // from what it ought to be started
//	ok := want == rep.Measurement()
//
// # Two forms
//
// A [Report] is the 1184 bytes of the SEV-SNP ABI, and nothing else: fields are
// read out of them, so that what is judged is what was signed. HyperBEAM nodes
// send reports as JSON ([Report.JSON], [ParseJSON]); the JSON is a spelling of
// these bytes, reserved ones included.
//
// # What a report proves
//
// Only the key that signed it makes a report one of a processor. [Verifier]
// follows it to AMD's root key of the product line, which is part of the
// program, and checks that the certificate is of the chip and of the firmware
// versions that the report names. Certificates come from a [Source]: a folder, a
// cache, AMD's key service, or from whoever sent the report, since none of them
// has to be trusted.
//
// What was started is in the measurement. [Launch.Digest] computes it from the
// hashes of firmware, kernel, initial file system and command line. Whose it is,
// is in the report data: they have to be compared with the key of the machine
// by whoever verifies a report, which else proves only that there is some machine.
//
// The sources are AMD's "SEV Secure Nested Paging Firmware ABI Specification"
// (publication 56860), its key service specification (57230), and section 7 of
// part 4 of the project's specification.
package snp
