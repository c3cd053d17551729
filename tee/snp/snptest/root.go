// Package snptest is hardware in software: roots of trust like AMD's, chips whose
// keys they vouch for, and machines that ask these chips for reports. Verifiers
// that are told to trust such a root ([Root.Of]) judge their reports as they judge
// AMD's, so that everything around attestation can be tried where there is no
// such processor.
package snptest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-sev-guest/kds"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
)

// Product is the product line of all chips of this package.
const Product = "Milan"

// bits is the size of the RSA keys of this package.
const bits = 1536

// Root is a maker of processors.
type Root struct {
	t       testing.TB
	ark     *rsa.PrivateKey
	ask     *rsa.PrivateKey
	root    snp.Root
	crl     []byte
	vceks   map[snp.Want][]byte
	Started time.Time // when the root was made
}

// NewRoot makes a maker of processors, with a key of its own.
func NewRoot(t testing.TB) *Root {
	r := &Root{t: t, vceks: map[snp.Want][]byte{}, Started: time.Now().Add(-time.Hour)}
	r.ark, r.ask = r.rsaKey(), r.rsaKey()
	ark := r.authority("ARK-"+Product, 0x10001)
	ark.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	r.root.ARK = r.certify(ark, ark, r.ark.Public(), r.ark)
	ask := r.authority("SEV-"+Product, 0x10002)
	r.root.ASK = r.certify(ask, r.root.ARK, r.ask.Public(), r.ark)
	return r
}

func (r *Root) rsaKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits) // AMD's have 4096 bits, which takes seconds
	r.check(err)
	return k
}

func (r *Root) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func name(common string) pkix.Name {
	return pkix.Name{
		Organization: []string{"Advanced Micro Devices"}, OrganizationalUnit: []string{"Engineering"},
		Country: []string{"US"}, Locality: []string{"Santa Clara"}, Province: []string{"CA"}, CommonName: common,
	}
}

func (r *Root) authority(common string, serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: name(common), NotBefore: r.Started, NotAfter: r.Started.AddDate(25, 0, 0),
		SignatureAlgorithm: x509.SHA384WithRSAPSS, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		CRLDistributionPoints: []string{kds.CrlLinkByRole(Product, "ARK")},
	}
}

func (r *Root) certify(c, by *x509.Certificate, key any, signer *rsa.PrivateKey) *x509.Certificate {
	b, err := x509.CreateCertificate(rand.Reader, c, by, key, signer)
	r.check(err)
	out, err := x509.ParseCertificate(b)
	r.check(err)
	return out
}

// Of trusts r and nobody else; it is the Root of a verifier.
func (r *Root) Of(product string) (snp.Root, error) {
	if product != Product {
		return snp.Root{}, fail.New(fail.Unsupported, "snptest.Root", "there are no %s chips", product)
	}
	return r.root, nil
}

// Chip is a processor with the key that its root vouches for.
type Chip struct {
	ID  [snp.ChipSize]byte
	TCB snp.TCB
	key *ecdsa.PrivateKey
	DER []byte // of the certificate
}

// NewChip makes a processor with firmware of the given versions.
func (r *Root) NewChip(tcb snp.TCB) *Chip {
	c := &Chip{TCB: tcb}
	_, err := rand.Read(c.ID[:])
	r.check(err)
	c.key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	r.check(err)
	c.DER = r.vcek(c).Raw
	r.vceks[snp.Want{Product: Product, Chip: c.ID, TCB: tcb}] = c.DER
	return c
}

// vcek certifies the key of a chip, with the extensions of AMD's certificates.
func (r *Root) vcek(c *Chip) *x509.Certificate {
	spl := func(oid asn1.ObjectIdentifier, n uint8) pkix.Extension {
		b, err := asn1.Marshal(int(n))
		r.check(err)
		return pkix.Extension{Id: oid, Value: b}
	}
	product, err := asn1.MarshalWithParams(Product+"-B1", "ia5")
	r.check(err)
	return r.certify(&x509.Certificate{
		SerialNumber: new(big.Int), Subject: name("SEV-VCEK"), NotBefore: r.Started, NotAfter: r.Started.AddDate(7, 0, 0),
		SignatureAlgorithm: x509.SHA384WithRSAPSS,
		ExtraExtensions: []pkix.Extension{
			spl(kds.OidStructVersion, 1), {Id: kds.OidProductName1, Value: product},
			spl(kds.OidBlSpl, c.TCB.Bootloader), spl(kds.OidTeeSpl, c.TCB.TEE), spl(kds.OidSpl4, 0), spl(kds.OidSpl5, 0),
			spl(kds.OidSpl6, 0), spl(kds.OidSpl7, 0), spl(kds.OidSnpSpl, c.TCB.SNP), spl(kds.OidUcodeSpl, c.TCB.Microcode),
			{Id: kds.OidHwid, Value: c.ID[:]},
		},
	}, r.root.ASK, c.key.Public(), r.ask)
}

// VCEK implements [snp.Source].
func (r *Root) VCEK(_ context.Context, w snp.Want) ([]byte, error) {
	if b, ok := r.vceks[w]; ok {
		return b, nil
	}
	return nil, fail.New(fail.NotFound, "snptest.Root", "no such chip was made")
}

// Revoked implements [snp.Source].
func (r *Root) Revoked(context.Context, string) ([]byte, error) {
	if r.crl == nil {
		return nil, fail.New(fail.NotFound, "snptest.Root", "nothing was ever revoked")
	}
	return r.crl, nil
}

// Publish makes the list of revoked certificates, with or without that of the
// signing key, good until a time.
func (r *Root) Publish(revokeSigningKey bool, until time.Time) {
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: r.Started, NextUpdate: until, SignatureAlgorithm: x509.SHA384WithRSAPSS}
	if revokeSigningKey {
		list.RevokedCertificateEntries = []x509.RevocationListEntry{{SerialNumber: r.root.ASK.SerialNumber, RevocationTime: r.Started}}
	}
	b, err := x509.CreateRevocationList(rand.Reader, list, r.root.ARK, r.ark)
	r.check(err)
	r.crl = b
}

// ServeHTTP answers as AMD's key distribution service does.
func (r *Root) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	url := snp.AMDService + req.URL.RequestURI()
	if url == kds.CrlLinkByRole(Product, "ARK") && r.crl != nil {
		_, _ = w.Write(r.crl)
		return
	}
	c, err := kds.ParseVCEKCertURL(url)
	if err != nil || len(c.HWID) != snp.ChipSize {
		http.NotFound(w, req)
		return
	}
	p := kds.DecomposeTCBVersion(kds.TCBVersion(c.TCB))
	b, err := r.VCEK(req.Context(), snp.Want{
		Product: c.ProductLine, Chip: [snp.ChipSize]byte(c.HWID), TCB: snp.TCB{Bootloader: p.BlSpl, TEE: p.TeeSpl, SNP: p.SnpSpl, Microcode: p.UcodeSpl},
	})
	if err != nil {
		http.NotFound(w, req)
		return
	}
	_, _ = w.Write(b)
}

// PEM returns a certificate as PEM.
func PEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
