package snp_test

import (
	"context"
	"encoding/binary"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
	"github.com/hyperbeam-go/hyperbeam/tee/snp/snptest"
)

var ctx = context.Background()

// bench is a maker of processors, one of its chips, and a report of a machine.
type bench struct {
	root   *snptest.Root
	chip   *snptest.Chip
	report snp.Report
	v      snp.Verifier
}

func newBench(t *testing.T) bench {
	root := snptest.NewRoot(t)
	chip := root.NewChip(snp.TCB{Bootloader: 4, SNP: 22, Microcode: 213})
	r, _, err := chip.Start([48]byte{1}).Report(ctx, [64]byte{2}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return bench{root, chip, r, snp.Verifier{Source: root, Root: root.Of, Policy: snp.Policy{MaxVMPL: 1}}}
}

// CONF-TEE-11: the signature of the reference's report, made anew by a test chip, since
// the certificate of the real one is not among the fixtures.
func TestReferenceReportSigned(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"snp-attestation.json", "admissible-report.json"} {
		r, err := snp.ParseJSON(sharedtest.File(t, "testdata/"+name))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.v.Verify(ctx, r, snp.Certificates{}, time.Now()); !fail.Is(err, fail.NotFound) {
			t.Error(name, "without the certificate of its chip:", err)
		}
		if r, err = b.chip.Adopt(r); err != nil {
			t.Fatal(err)
		}
		if err := b.v.Verify(ctx, r, snp.Certificates{}, time.Now()); err != nil {
			t.Error(name, err)
		}
	}
}

// SEC-17: everything that would let a report pass that is not one of a current
// processor of AMD's.
func TestReportsThatAreRefused(t *testing.T) {
	b, other := newBench(t), snptest.NewRoot(t)
	stranger := other.NewChip(b.chip.TCB)
	sibling := b.root.NewChip(b.chip.TCB)
	// The same chip with older firmware has another key and certificate.
	older := *b.root.NewChip(snp.TCB{Bootloader: 3})
	put := func(at int, x byte) snp.Report { r := b.report; r[at] ^= x; return r }
	signedBy := func(c *snptest.Chip, r snp.Report) snp.Report {
		r, err := c.Sign(r)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	own := snp.Certificates{VCEK: b.chip.DER}
	for name, c := range map[string]struct {
		report snp.Report
		given  snp.Certificates
		policy snp.Policy
		want   fail.Kind
	}{
		"a changed measurement":     {put(snptest.AtMeasurement, 1), own, b.v.Policy, fail.Unauthorized},
		"changed data":              {put(snptest.AtReportData+63, 1), own, b.v.Policy, fail.Unauthorized},
		"a changed signature":       {put(0x2A0, 1), own, b.v.Policy, fail.Unauthorized},
		"a root of its own":         {signedBy(stranger, b.report), snp.Certificates{VCEK: stranger.DER}, b.v.Policy, fail.Unauthorized},
		"another chip's key":        {signedBy(sibling, b.report), snp.Certificates{VCEK: sibling.DER}, b.v.Policy, fail.Unauthorized},
		"a key of older firmware":   {signedBy(&older, b.report), snp.Certificates{VCEK: older.DER}, b.v.Policy, fail.Unauthorized},
		"no certificate":            {b.report, snp.Certificates{VCEK: []byte("x")}, b.v.Policy, fail.Unauthorized},
		"the root as certificate":   {b.report, snp.Certificates{VCEK: rootDER(t, b.root)}, b.v.Policy, fail.Unauthorized},
		"debugging":                 {signedBy(b.chip, put(snptest.AtPolicy+2, 1<<3)), own, b.v.Policy, fail.Unauthorized},
		"migration":                 {signedBy(b.chip, put(snptest.AtPolicy+2, 1<<2)), own, b.v.Policy, fail.Unauthorized},
		"a low privilege level":     {signedBy(b.chip, put(snptest.AtVMPL, 3)), own, b.v.Policy, fail.Unauthorized},
		"old firmware":              {b.report, own, snp.Policy{MaxVMPL: 1, MinimumTCB: snp.TCB{SNP: 23}}, fail.Unauthorized},
		"old firmware at launch":    {signedBy(b.chip, put(0x1F6, 22)), own, snp.Policy{MaxVMPL: 1, MinimumTCB: snp.TCB{SNP: 22}}, fail.Unauthorized},
		"a provider's key":          {signedBy(b.chip, put(snptest.AtSigner, 1<<2)), own, b.v.Policy, fail.Unsupported},
		"a revocation not known":    {b.report, own, snp.Policy{MaxVMPL: 1, Revocation: snp.RevocationRequired}, fail.NotFound},
		"an algorithm that is none": {signedBy(b.chip, put(0x034, 3)), own, b.v.Policy, fail.Unauthorized},
	} {
		v := b.v
		v.Policy = c.policy
		if err := v.Verify(ctx, c.report, c.given, time.Now()); !fail.Is(err, c.want) {
			t.Errorf("%s: %v (%s)", name, err, fail.KindOf(err))
		}
	}
	if err := b.v.Verify(ctx, b.report, own, time.Now()); err != nil {
		t.Error("the honest report:", err)
	}
	// Test hardware is not AMD's.
	amd := snp.Verifier{Source: b.root, Policy: b.v.Policy}
	if err := amd.Verify(ctx, b.report, own, time.Now()); !fail.Is(err, fail.Unauthorized) {
		t.Error("a root that is not AMD's:", err)
	}
}

func rootDER(t *testing.T, r *snptest.Root) []byte {
	root, err := r.Of(snptest.Product)
	if err != nil {
		t.Fatal(err)
	}
	return root.ASK.Raw
}

// SEC-17: revocation.
func TestRevocation(t *testing.T) {
	b := newBench(t)
	now := time.Now()
	check := func(p snp.Revocation) error {
		b.v.Policy.Revocation = p
		return b.v.Verify(ctx, b.report, snp.Certificates{}, now)
	}
	b.root.Publish(false, now.Add(time.Hour))
	if err := check(snp.RevocationRequired); err != nil {
		t.Error("a list without the certificate:", err)
	}
	b.root.Publish(false, now.Add(-time.Minute))
	if err := check(snp.RevocationRequired); !fail.Is(err, fail.Unavailable) {
		t.Error("a list that has run out:", err)
	}
	b.root.Publish(true, now.Add(-time.Minute))
	if err := check(snp.RevocationKnown); !fail.Is(err, fail.Unauthorized) {
		t.Error("revoked:", err)
	}
	// A list by somebody else says nothing, and is not taken for one.
	other := snptest.NewRoot(t)
	other.Publish(false, now.Add(time.Hour))
	b.v.Source = mixed{b.root, other}
	if err := check(snp.RevocationRequired); !fail.Is(err, fail.Unauthorized) {
		t.Error("a list of somebody else:", err)
	}
}

// mixed has certificates of one root and lists of another.
type mixed struct {
	snp.Source
	lists snp.Source
}

func (m mixed) Revoked(ctx context.Context, p string) ([]byte, error) { return m.lists.Revoked(ctx, p) }

// Certificates come from files, from the key service, and from what was kept of
// it; offline, with none of them, the error says what to do.
func TestSources(t *testing.T) {
	b := newBench(t)
	w := snp.Want{Product: snptest.Product, Chip: b.chip.ID, TCB: b.chip.TCB}
	folder := t.TempDir()
	srv := httptest.NewServer(b.root)
	defer srv.Close()
	kept := keeper{}
	cached := snp.Cached{Source: snp.NewKDS(srv.URL, nil), Keeper: kept, Now: time.Now}

	verify := func(s snp.Source) error {
		v := b.v
		v.Source = s
		return v.Verify(ctx, b.report, snp.Certificates{}, time.Now())
	}
	if err := verify(nil); !fail.Is(err, fail.NotFound) || !strings.Contains(err.Error(), "no source") {
		t.Error("no source:", err)
	}
	if err := verify(snp.Folder(folder)); !fail.Is(err, fail.NotFound) || !strings.Contains(err.Error(), w.Name()) {
		t.Error("an empty folder:", err)
	}
	if err := verify(cached); err != nil {
		t.Error("the key service:", err)
	}
	if err := verify(snp.Sources{snp.Folder(folder), cached}); err != nil {
		t.Error("one after the other:", err)
	}
	srv.Close()
	if err := verify(cached); err != nil {
		t.Error("kept:", err)
	}
	if err := verify(snp.NewKDS(srv.URL, nil)); !fail.Is(err, fail.Unavailable) || !strings.Contains(err.Error(), "snp_certificates") {
		t.Error("the key service is gone:", err)
	}
	if err := os.WriteFile(filepath.Join(folder, w.Name()), snptest.PEM(b.chip.DER), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := verify(snp.Folder(folder)); err != nil {
		t.Error("a file:", err)
	}
}

// A chip that the service does not know is asked for once per product line, and
// what the service says about revocation is asked for once a day.
func TestKeyServiceAnswers(t *testing.T) {
	b := newBench(t)
	srv := httptest.NewServer(b.root)
	defer srv.Close()
	k := snp.NewKDS(srv.URL, nil)
	if _, err := k.VCEK(ctx, snp.Want{Product: snptest.Product, TCB: b.chip.TCB}); !fail.Is(err, fail.NotFound) {
		t.Error(err)
	}
	b.root.Publish(false, time.Now().Add(time.Hour))
	now := time.Now()
	c := snp.Cached{Source: k, Keeper: keeper{}, Now: func() time.Time { return now }}
	if _, err := c.Revoked(ctx, snptest.Product); err != nil {
		t.Fatal(err)
	}
	srv.Close()
	if _, err := c.Revoked(ctx, snptest.Product); err != nil {
		t.Error("within the day:", err)
	}
	now = now.Add(25 * time.Hour)
	if _, err := c.Revoked(ctx, snptest.Product); err == nil {
		t.Error("a day later the old list is good enough")
	}
}

type keeper map[string][]byte

func (k keeper) Kept(_ context.Context, name string) ([]byte, error) { return k[name], nil }

func (k keeper) Keep(_ context.Context, name string, b []byte) error { k[name] = b; return nil }

// Reports of version 3 say of which line their processor is.
func TestProducts(t *testing.T) {
	b := newBench(t)
	if got := b.report.Products(); len(got) != 2 {
		t.Error("version 2:", got)
	}
	r := b.report
	binary.LittleEndian.PutUint32(r[:], 3)
	r[0x188], r[0x189], r[0x18A] = 0x19, 0x11, 1
	if got := r.Products(); len(got) != 1 || got[0] != "Genoa" {
		t.Error("version 3:", got)
	}
	// A Milan key cannot vouch for a Genoa processor.
	r, err := b.chip.Sign(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.v.Verify(ctx, r, snp.Certificates{VCEK: b.chip.DER}, time.Now()); !fail.Is(err, fail.Unauthorized) {
		t.Error(err)
	}
	if _, err := snp.AMD("Turin"); !fail.Is(err, fail.Unsupported) {
		t.Error(err)
	}
}

// CONF-TEE-12: hardware reports only where there is such hardware; elsewhere the
// error says so and what to do.
func TestHardware(t *testing.T) {
	data := [64]byte{1, 2, 3}
	r, given, err := snp.Hardware().Report(ctx, data, 1)
	if err != nil {
		if !fail.Is(err, fail.Unavailable) || !strings.Contains(err.Error(), "/dev/sev-guest") {
			t.Error(err)
		}
		return
	}
	if r.Data() != data {
		t.Error("the report is about something else")
	}
	if given.VCEK != nil {
		if err := (snp.Verifier{Policy: snp.Policy{MaxVMPL: 1}}).Verify(ctx, r, given, time.Now()); err != nil {
			t.Error(err)
		}
	}
}
