package snp

import (
	"crypto/sha512"
	"encoding/binary"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// page is the size of what is measured at a time.
const page = 4096

// MaxVCPUs bounds the processors of a machine whose digest is computed.
const MaxVCPUs = 4096

// Launch is what a machine is started from: the input of its measurement.
type Launch struct {
	VCPUs    int    // virtual processors, at least 1
	VCPUType int    // their type (spec 04, 7.5.3)
	VMM      VMM    // what starts them
	Features uint64 // SEV features that are on: bit 0 is SNP itself

	Firmware [DigestSize]byte // digest of the firmware ([Firmware.Digest])
	Kernel   [32]byte         // SHA-256 of the kernel
	Initrd   [32]byte         // SHA-256 of the initial file system
	Append   [32]byte         // SHA-256 of the command line with a NUL at its end

	// Layout is where the firmware wants things in memory. Nil is that of the
	// image that HyperBEAM's machines use ([ReferenceLayout]).
	Layout *Layout
}

// Kinds of pages, as the firmware measures them.
const (
	pageNormal  = 1
	pageVMSA    = 2
	pageZero    = 3
	pageSecrets = 5
	pageCPUID   = 6
)

// vmsaAddress is where the registers of every processor are measured.
const vmsaAddress = 0xFFFFFFFFF000

// chain is the digest under way: each page is hashed onto it (spec 04, 7.5).
type chain [DigestSize]byte

func (c *chain) add(kind byte, address uint64, contents [DigestSize]byte) {
	var info [112]byte
	copy(info[:], c[:])
	copy(info[48:], contents[:])
	binary.LittleEndian.PutUint16(info[96:], uint16(len(info)))
	info[98] = kind
	binary.LittleEndian.PutUint64(info[104:], address)
	*c = sha512.Sum384(info[:])
}

// Digest returns the measurement that a machine started from l has (spec 04,
// 7.5).
//
// # Errors
//
// [fail.Invalid] when there are no processors or too many, or their type, the
// VMM or the layout is none.
func (l Launch) Digest() ([DigestSize]byte, error) {
	var none [DigestSize]byte
	const op = "snp.Digest"
	signature, ok := cpuSignature(l.VCPUType)
	switch {
	case l.VCPUs < 1 || l.VCPUs > MaxVCPUs:
		return none, fail.New(fail.Invalid, op, "a machine has 1 to %d virtual processors, not %d", MaxVCPUs, l.VCPUs)
	case !ok:
		return none, fail.New(fail.Invalid, op, "there is no type of virtual processors with the number %d (0 to 14)", l.VCPUType)
	case l.VMM < QEMU || l.VMM > KRUN:
		return none, fail.New(fail.Invalid, op, "there is no VMM with the number %d (1 QEMU, 2 EC2, 3 KRUN)", l.VMM)
	}
	layout := l.Layout
	if layout == nil {
		layout = ReferenceLayout()
	}
	if err := layout.validate(); err != nil {
		return none, err
	}
	c := chain(l.Firmware)
	l.sections(&c, layout)
	first := l.VMM.saveArea(bootEIP, signature, l.Features)
	hash := sha512.Sum384(first[:])
	for i := range l.VCPUs {
		if i == 1 {
			if layout.ResetEIP == 0 {
				return none, fail.New(fail.Invalid, op, "this firmware does not say where processors after the first one start")
			}
			other := l.VMM.saveArea(layout.ResetEIP, signature, l.Features)
			hash = sha512.Sum384(other[:])
		}
		c.add(pageVMSA, vmsaAddress, hash)
	}
	return c, nil
}

// sections measures the pages that the firmware asks for beside itself.
func (l Launch) sections(c *chain, layout *Layout) {
	var empty [DigestSize]byte
	var last []uint64
	for _, s := range layout.Sections {
		switch s.Kind {
		case SectionMemory, SectionSVSM:
			for at := uint64(0); at < uint64(s.Size); at += page {
				c.add(pageZero, uint64(s.Address)+at, empty)
			}
		case SectionSecrets:
			c.add(pageSecrets, uint64(s.Address), empty)
		case SectionCPUID:
			if l.VMM == EC2 {
				last = append(last, uint64(s.Address))
				continue
			}
			c.add(pageCPUID, uint64(s.Address), empty)
		case SectionKernelHashes:
			p := l.hashPage(layout.HashTable & (page - 1))
			c.add(pageNormal, uint64(s.Address), sha512.Sum384(p[:]))
		}
	}
	for _, at := range last {
		c.add(pageCPUID, at, empty)
	}
}
