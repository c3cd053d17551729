package snptest

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha512"
	"encoding/binary"
	"slices"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
)

// Offsets of what machines may change in reports (spec 04, 7.3.2).
const (
	AtPolicy      = 0x008
	AtVMPL        = 0x030
	AtSigner      = 0x048
	AtReportData  = 0x050
	AtMeasurement = 0x090
	AtReportedTCB = 0x180
	AtChip        = 0x1A0
	atSignature   = 0x2A0
)

// Machine is a confidential virtual machine on a chip. It implements
// [snp.Guest].
type Machine struct {
	Chip        *Chip
	Measurement [snp.DigestSize]byte
	Policy      uint64 // bits beside the one that is always set
	// Certified appends the certificate of the chip, as hosts do that keep it.
	Certified bool
}

// Start starts a machine on c.
func (c *Chip) Start(measurement [snp.DigestSize]byte) *Machine {
	return &Machine{Chip: c, Measurement: measurement, Policy: 1 << 16}
}

// Ready implements [snp.Guest].
func (m *Machine) Ready(context.Context) error { return nil }

// Report implements [snp.Guest].
func (m *Machine) Report(_ context.Context, data [snp.DataSize]byte, vmpl int) (snp.Report, snp.Certificates, error) {
	var r snp.Report
	le := binary.LittleEndian
	le.PutUint32(r[0x000:], 2)
	le.PutUint64(r[AtPolicy:], m.Policy|1<<17)
	le.PutUint32(r[AtVMPL:], uint32(vmpl))
	le.PutUint32(r[0x034:], 1)
	le.PutUint64(r[0x040:], 3)
	copy(r[AtReportData:], data[:])
	copy(r[AtMeasurement:], m.Measurement[:])
	for i := range 32 {
		r[0x160+i] = 0xFF // no migration agent
	}
	copy(r[AtChip:], m.Chip.ID[:])
	t := m.Chip.TCB
	for _, at := range []int{0x038, AtReportedTCB, 0x1E0, 0x1F0} {
		r[at], r[at+1], r[at+6], r[at+7] = t.Bootloader, t.TEE, t.SNP, t.Microcode
	}
	signed, err := m.Chip.Sign(r)
	if err != nil {
		return r, snp.Certificates{}, err
	}
	var given snp.Certificates
	if m.Certified {
		given.VCEK = m.Chip.DER
	}
	return signed, given, nil
}

// Sign returns a report with the signature of the chip, whatever it says.
func (c *Chip) Sign(r snp.Report) (snp.Report, error) {
	h := sha512.Sum384(r.Signed())
	x, y, err := ecdsa.Sign(rand.Reader, c.key, h[:])
	if err != nil {
		return r, fail.Wrap(fail.Internal, "snptest.Sign", err)
	}
	for i, n := range [][]byte{x.FillBytes(make([]byte, 72)), y.FillBytes(make([]byte, 72))} {
		slices.Reverse(n)
		copy(r[atSignature+72*i:], n)
	}
	return r, nil
}

// Adopt returns a report of another chip as c would have made it: with its
// identity, its versions and its signature.
func (c *Chip) Adopt(r snp.Report) (snp.Report, error) {
	copy(r[AtChip:], c.ID[:])
	r[AtReportedTCB], r[AtReportedTCB+1], r[AtReportedTCB+6], r[AtReportedTCB+7] = c.TCB.Bootloader, c.TCB.TEE, c.TCB.SNP, c.TCB.Microcode
	return c.Sign(r)
}
