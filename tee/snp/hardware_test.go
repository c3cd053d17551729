package snp

import (
	"context"
	"crypto/x509"
	"testing"
	"time"

	"github.com/google/go-sev-guest/verify/testdata"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// realReport returns a report of a real processor with its certificate.
func realReport(t testing.TB) (Report, *x509.Certificate) {
	r, err := Parse(testdata.AttestationBytes)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(testdata.VcekBytes)
	if err != nil {
		t.Fatal(err)
	}
	return r, c
}

// A report of a real processor, up to AMD's own root, without asking anybody.
func TestReportOfRealHardware(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	r, c := realReport(t)
	root, product, err := Verifier{}.root(c)
	if err != nil || product != "Milan" {
		t.Fatal(product, err)
	}
	if err := signed(ctx, &r, c, root, product, now); err != nil {
		t.Error(err)
	}
	if err := belongs(&r, c); err != nil {
		t.Error(err)
	}
	if err := signed(ctx, &r, c, root, product, now.AddDate(30, 0, 0)); !fail.Is(err, fail.Unauthorized) {
		t.Error("after the end of the certificates:", err)
	}
	// The machine that it is from was made for debugging.
	if err := (Verifier{}).Verify(ctx, r, Certificates{VCEK: testdata.VcekBytes}, now); !r.Debug() || !fail.Is(err, fail.Unauthorized) {
		t.Error(err)
	}
	r[0x50] ^= 1
	if err := signed(ctx, &r, c, root, product, now); !fail.Is(err, fail.Unauthorized) {
		t.Error("changed data:", err)
	}
}

func BenchmarkSignature(b *testing.B) {
	r, c := realReport(b)
	root, product, err := Verifier{}.root(c)
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		if err := signed(context.Background(), &r, c, root, product, now); err != nil {
			b.Fatal(err)
		}
	}
}
