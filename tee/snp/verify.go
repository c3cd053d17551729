package snp

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/google/go-sev-guest/abi"
	"github.com/google/go-sev-guest/kds"
	"github.com/google/go-sev-guest/proto/sevsnp"
	"github.com/google/go-sev-guest/verify"
	"github.com/google/go-sev-guest/verify/trust"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Revocation says what becomes of reports when the list of revoked certificates
// is not to be had.
type Revocation uint8

// The choices. A certificate that is known to be revoked is never accepted.
const (
	RevocationKnown    Revocation = iota // accept without a list
	RevocationRequired                   // refuse without a current list
)

// Policy is what a machine must be like beyond being a machine of AMD's.
type Policy struct {
	MinimumTCB TCB        // oldest firmware
	MaxVMPL    uint32     // lowest privilege level that may have asked: 0 is the highest, 3 the lowest
	Revocation Revocation // of the signing key
}

// Verifier judges reports.
type Verifier struct {
	Source Source // of certificates that do not come with a report; nil has none
	Policy Policy
	// Root returns the root of a product line. Nil is [AMD]. Anything else
	// trusts hardware that AMD did not make, such as that of tests.
	Root func(product string) (Root, error)
}

// Verify returns nil when r was signed by a processor whose key AMD's root of
// its product line vouches for at the time now, for the chip and the versions
// that r names, and when the machine is as the policy wants it. given are
// certificates that came with r, and may be empty.
//
// That the report data are those of somebody in particular, and the measurement
// that of known software, is for the caller to compare.
//
// # Errors
//
// [fail.Unauthorized] says what is wrong with the report; [fail.Unsupported]
// when its processor or signing key is of a kind that is not checked;
// [fail.NotFound] and [fail.Unavailable] when the certificate is not to be had,
// with what to do about it.
func (v Verifier) Verify(ctx context.Context, r Report, given Certificates, now time.Time) error {
	if err := r.validate(); err != nil {
		return err
	}
	if err := v.Policy.check(&r); err != nil {
		return err
	}
	if r.signer() != 0 {
		return fail.New(fail.Unsupported, "snp.Verify", "the report is not signed by the key of a chip (VCEK)")
	}
	cert, err := v.certificate(ctx, &r, given)
	if err != nil {
		return err
	}
	root, product, err := v.root(cert)
	if err != nil {
		return err
	}
	if err := signed(ctx, &r, cert, root, product, now); err != nil {
		return err
	}
	if err := belongs(&r, cert); err != nil {
		return err
	}
	return v.revoked(ctx, product, root, cert, now)
}

// check judges what the report says about the machine.
func (p Policy) check(r *Report) error {
	refuse := func(format string, args ...any) error {
		return fail.New(fail.Unauthorized, "snp.Verify", format, args...)
	}
	switch {
	case r.Debug():
		return refuse("the host of the machine may read its memory: it was started with debugging allowed")
	case r.Migratable():
		return refuse("the machine may be moved by a migration agent, which could read its memory")
	case r.VMPL() > p.MaxVMPL:
		return refuse("the report was asked for at the privilege level %d, %d is the lowest that is trusted", r.VMPL(), p.MaxVMPL)
	}
	for _, t := range []struct {
		name string
		tcb  TCB
	}{{"reported", r.Reported()}, {"current", r.Current()}, {"committed", r.Committed()}, {"launch", r.Launched()}} {
		if !t.tcb.AtLeast(p.MinimumTCB) {
			return refuse("the %s firmware %+v is older than the minimum %+v", t.name, t.tcb, p.MinimumTCB)
		}
	}
	return nil
}

// certificate finds the certificate of the key that signed a report.
func (v Verifier) certificate(ctx context.Context, r *Report, given Certificates) (*x509.Certificate, error) {
	b := given.VCEK
	if b == nil {
		var err error
		if b, err = v.find(ctx, r); err != nil {
			return nil, err
		}
	}
	b, err := der(b)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(b)
	if err != nil {
		return nil, fail.New(fail.Unauthorized, "snp.Verify", "the certificate of the chip cannot be read: %v", err)
	}
	return c, nil
}

func (v Verifier) find(ctx context.Context, r *Report) ([]byte, error) {
	var why error
	if v.Source != nil {
		for _, product := range r.Products() {
			b, err := v.Source.VCEK(ctx, Want{product, r.Chip(), r.Reported()})
			if err == nil {
				return b, nil
			}
			if why == nil || fail.Is(why, fail.NotFound) && !fail.Is(err, fail.NotFound) {
				why = err
			}
		}
	}
	if why == nil {
		why = fail.New(fail.NotFound, "snp.Verify", "no source of certificates is configured")
	}
	return nil, fail.New(fail.KindOf(why), "snp.Verify", "the certificate of the chip that signed the report is not known: %w", why)
}

// root returns the root of the product line that a certificate is for.
func (v Verifier) root(c *x509.Certificate) (Root, string, error) {
	ext, err := kds.VcekCertificateExtensions(c)
	if err != nil {
		return Root{}, "", fail.New(fail.Unauthorized, "snp.Verify", "the certificate is not that of a chip: %v", err)
	}
	product := kds.ProductLineOfProductName(ext.ProductName)
	find := v.Root
	if find == nil {
		find = AMD
	}
	r, err := find(product)
	return r, product, err
}

// signed follows the signature of the report to the root.
func signed(ctx context.Context, r *Report, cert *x509.Certificate, root Root, product string, now time.Time) error {
	report, err := abi.ReportToProto(r[:])
	if err != nil {
		return fail.New(fail.Invalid, "snp.Verify", "not an attestation report: %w", err)
	}
	trusted := &trust.AMDRootCerts{ProductLine: product, ProductCerts: &trust.ProductCerts{Ark: root.ARK, Ask: root.ASK}}
	err = verify.SnpAttestationContext(ctx, &sevsnp.Attestation{
		Report:           report,
		CertificateChain: &sevsnp.CertificateChain{VcekCert: cert.Raw, AskCert: root.ASK.Raw, ArkCert: root.ARK.Raw},
	}, &verify.Options{
		DisableCertFetching: true, Now: now,
		TrustedRoots: map[string][]*trust.AMDRootCerts{product: {trusted}},
	})
	if err != nil {
		return fail.New(fail.Unauthorized, "snp.Verify", "the report is not signed by a processor of AMD's: %v", err)
	}
	return nil
}

// belongs compares a certificate with the chip and the versions of the report.
// The signature alone does not: every version of a chip's firmware has a key of
// its own, and the report says by itself which one it is.
func belongs(r *Report, cert *x509.Certificate) error {
	ext, err := kds.VcekCertificateExtensions(cert)
	if err != nil {
		return fail.New(fail.Unauthorized, "snp.Verify", "the certificate is not that of a chip: %v", err)
	}
	chip := r.Chip()
	if string(ext.HWID) != string(chip[:]) {
		return fail.New(fail.Unauthorized, "snp.Verify", "the certificate is that of another chip than the report names")
	}
	parts := kds.DecomposeTCBVersion(ext.TCBVersion)
	if (TCB{parts.BlSpl, parts.TeeSpl, parts.SnpSpl, parts.UcodeSpl}) != r.Reported() {
		return fail.New(fail.Unauthorized, "snp.Verify", "the certificate is for another version of the firmware than the report names")
	}
	return nil
}

// revoked looks the certificates up in AMD's list of revoked ones.
func (v Verifier) revoked(ctx context.Context, product string, root Root, cert *x509.Certificate, now time.Time) error {
	list, err := v.list(ctx, product, root, now)
	if err != nil {
		if v.Policy.Revocation == RevocationRequired {
			return fail.New(fail.KindOf(err), "snp.Verify", "whether the certificate has been revoked is not known: %w", err)
		}
		return nil
	}
	for _, e := range list.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(root.ASK.SerialNumber) == 0 || e.SerialNumber.Sign() != 0 && e.SerialNumber.Cmp(cert.SerialNumber) == 0 {
			return fail.New(fail.Unauthorized, "snp.Verify", "the certificate has been revoked")
		}
	}
	if v.Policy.Revocation == RevocationRequired && now.After(list.NextUpdate) {
		return fail.New(fail.Unavailable, "snp.Verify", "the list of revoked certificates has run out")
	}
	return nil
}

// list returns the list of a product line, as signed by its root.
func (v Verifier) list(ctx context.Context, product string, root Root, now time.Time) (*x509.RevocationList, error) {
	if v.Source == nil {
		return nil, fail.New(fail.NotFound, "snp.Verify", "no source of certificates is configured")
	}
	b, err := v.Source.Revoked(ctx, product)
	if err != nil {
		return nil, err
	}
	list, err := x509.ParseRevocationList(b)
	if err == nil {
		err = list.CheckSignatureFrom(root.ARK)
	}
	if err != nil {
		return nil, fail.New(fail.Unauthorized, "snp.Verify", "the list of revoked certificates is not AMD's")
	}
	return list, nil
}
