package snp

import (
	"context"
	"crypto/x509"
	"encoding/pem"

	"github.com/google/go-sev-guest/verify/trust"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// MaxCertificate is the greatest certificate or revocation list that is read,
// in bytes.
const MaxCertificate = 64 << 10

// Certificates came with a report. Nothing has to be believed of them: they are
// followed to AMD's root.
type Certificates struct {
	VCEK []byte // DER of the certificate of the key of the chip, or nil
}

// Want names the certificate of the key of a chip.
type Want struct {
	Product string // product line, as AMD's key service names it: Milan, Genoa
	Chip    [ChipSize]byte
	TCB     TCB // the versions that the key stands for
}

// Source is where certificates are found.
type Source interface {
	// VCEK returns the certificate (DER) of the key of a chip.
	//
	// Errors: [fail.NotFound] when the source does not have it, which lets the
	// next one be asked; [fail.Unavailable] when it cannot be reached.
	VCEK(ctx context.Context, w Want) ([]byte, error)

	// Revoked returns AMD's list of revoked certificates (DER) of a product
	// line. Errors are those of VCEK.
	Revoked(ctx context.Context, product string) ([]byte, error)
}

// Root are the two certificates that every chain of a product line ends in:
// AMD's root key (ARK), and the signing key (ASK) that it signed.
type Root struct {
	ARK, ASK *x509.Certificate
}

// AMD returns the root of a product line as AMD publishes it. It is part of the
// program, so that nobody has to be asked for it.
//
// # Errors
//
// [fail.Unsupported] for product lines other than Milan and Genoa. Those after
// them count their firmware versions otherwise.
func AMD(product string) (Root, error) {
	if product == "Milan" || product == "Genoa" {
		if r, err := trust.GetDefaultRootCerts(product); err == nil {
			return Root{ARK: r.ProductCerts.Ark, ASK: r.ProductCerts.Ask}, nil
		}
	}
	return Root{}, fail.New(fail.Unsupported, "snp.AMD", "reports of %.20q processors cannot be checked, only those of Milan and Genoa", product)
}

// der returns a certificate or list in DER, whether it came so or as PEM.
func der(b []byte) ([]byte, error) {
	if len(b) > MaxCertificate {
		return nil, fail.New(fail.TooLarge, "snp.Source", "a certificate has at most %d bytes, this has %d", MaxCertificate, len(b))
	}
	if p, _ := pem.Decode(b); p != nil {
		return p.Bytes, nil
	}
	return b, nil
}

// Sources asks several sources, in order; the first that has what is wanted
// answers.
type Sources []Source

// VCEK implements [Source].
func (s Sources) VCEK(ctx context.Context, w Want) ([]byte, error) {
	return s.first(func(x Source) ([]byte, error) { return x.VCEK(ctx, w) })
}

// Revoked implements [Source].
func (s Sources) Revoked(ctx context.Context, product string) ([]byte, error) {
	return s.first(func(x Source) ([]byte, error) { return x.Revoked(ctx, product) })
}

func (s Sources) first(ask func(Source) ([]byte, error)) ([]byte, error) {
	var last error
	for _, x := range s {
		b, err := ask(x)
		if err == nil {
			return b, nil
		}
		if last == nil || !fail.Is(err, fail.NotFound) {
			last = err // what is out of reach tells more than what has nothing
		}
	}
	if last == nil {
		last = fail.New(fail.NotFound, "snp.Sources", "there is no source of certificates")
	}
	return nil, last
}
