package snp

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/google/go-sev-guest/abi"
	"github.com/google/go-sev-guest/kds"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Sizes in bytes.
const (
	Size       = 0x4A0 // of a report
	signedSize = 0x2A0 // of its part that is signed
	DataSize   = 64    // of what the machine says
	DigestSize = 48    // of a measurement (SHA-384)
	ChipSize   = 64    // of the identity of a processor
)

// Report is an attestation report in its binary form (spec 04, 7.3.2).
type Report [Size]byte

// Parse reads a binary report. What follows it, such as the certificates that
// hosts append, is not looked at.
//
// # Errors
//
// [fail.Invalid] when it is too short, of an unknown version, or has bits that
// must be zero.
func Parse(b []byte) (Report, error) {
	var r Report
	if len(b) < Size {
		return r, fail.New(fail.Invalid, "snp.Parse", "an attestation report has %d bytes, this has %d", Size, len(b))
	}
	copy(r[:], b)
	return r, r.validate()
}

// validate checks the form of a report: versions and reserved bits.
func (r *Report) validate() error {
	if err := abi.ValidateReportFormat(r[:]); err != nil {
		return fail.New(fail.Invalid, "snp.Parse", "not an attestation report: %w", err)
	}
	if _, err := abi.ReportToProto(r[:]); err != nil {
		return fail.New(fail.Invalid, "snp.Parse", "not an attestation report: %w", err)
	}
	return nil
}

func (r *Report) u32(at int) uint32 { return binary.LittleEndian.Uint32(r[at:]) }
func (r *Report) u64(at int) uint64 { return binary.LittleEndian.Uint64(r[at:]) }

// Version returns the version of the format: 2, or 3 and more for reports that
// name the processor.
func (r *Report) Version() uint32 { return r.u32(0x000) }

// Policy returns what the machine was started to allow.
func (r *Report) Policy() uint64 { return r.u64(0x008) }

// Bits of a policy.
const (
	policyMigration = 1 << 18
	policyDebug     = 1 << 19
)

// Debug reports whether the host may read and change the memory of the machine.
func (r *Report) Debug() bool { return r.Policy()&policyDebug != 0 }

// Migratable reports whether the machine may be moved by a migration agent.
func (r *Report) Migratable() bool { return r.Policy()&policyMigration != 0 }

// VMPL returns the privilege level that asked for the report: 0 is the highest.
func (r *Report) VMPL() uint32 { return r.u32(0x030) }

// signer returns which key signed the report: 0 is that of the chip (VCEK), 1
// that of a cloud provider (VLEK).
func (r *Report) signer() uint32 { return r.u32(0x048) >> 2 & 7 }

// Data returns what the machine had signed.
func (r *Report) Data() [DataSize]byte { return [DataSize]byte(r[0x050:]) }

// Measurement returns the launch digest.
func (r *Report) Measurement() [DigestSize]byte { return [DigestSize]byte(r[0x090:]) }

// Chip returns the identity of the processor.
func (r *Report) Chip() [ChipSize]byte { return [ChipSize]byte(r[0x1A0:]) }

// Reported returns the versions of the firmware that the signing key stands for.
func (r *Report) Reported() TCB { return tcbAt(r[0x180:]) }

// Current returns the versions of the firmware that runs.
func (r *Report) Current() TCB { return tcbAt(r[0x038:]) }

// Committed returns the versions below which the firmware cannot be put back.
func (r *Report) Committed() TCB { return tcbAt(r[0x1E0:]) }

// Launched returns the versions of the firmware that started the machine.
func (r *Report) Launched() TCB { return tcbAt(r[0x1F0:]) }

// Signed returns the bytes that are signed. They must not be changed.
func (r *Report) Signed() []byte { return r[:signedSize] }

// Products returns the product lines of AMD that the processor may be of, as its
// key service names them. Reports of version 2 do not tell.
func (r *Report) Products() []string {
	if r.Version() < 3 {
		return []string{"Milan", "Genoa"}
	}
	return []string{kds.ProductLineFromFms(abi.FmsToCpuid1Eax(r[0x188], r[0x189], r[0x18A]))}
}

// TCB are the security versions of the parts of the firmware (trusted computing
// base) of Milan and Genoa processors.
type TCB struct {
	Bootloader, TEE, SNP, Microcode uint8
}

func tcbAt(b []byte) TCB { return TCB{b[0], b[1], b[6], b[7]} }

// bytes returns the form that reports have.
func (t TCB) bytes() [8]byte {
	return [8]byte{0: t.Bootloader, 1: t.TEE, 6: t.SNP, 7: t.Microcode}
}

// AtLeast reports whether no part is older than in low.
func (t TCB) AtLeast(low TCB) bool {
	return t.Bootloader >= low.Bootloader && t.TEE >= low.TEE && t.SNP >= low.SNP && t.Microcode >= low.Microcode
}

// hexOf returns the lower-case hex of a digest or chip.
func hexOf(b []byte) string { return hex.EncodeToString(b) }
