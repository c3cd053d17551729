package snp

import "encoding/binary"

// VMM is the kind of program that starts machines. They differ in the registers
// that they start processors with, and so in the digest.
type VMM uint8

// The kinds, with the numbers that messages use (spec 04, 7.5.2).
const (
	QEMU VMM = 1
	EC2  VMM = 2
	KRUN VMM = 3
)

// bootEIP is where the first processor starts.
const bootEIP = 0xFFFFFFF0

// segment is one of the ten descriptors at the beginning of a save area.
type segment struct {
	at, selector, attributes int
	base                     uint64
}

// saveArea returns the page with the first registers of a processor (VMSA) that
// starts at eip.
func (v VMM) saveArea(eip uint32, signature uint32, features uint64) [page]byte {
	cs, ss, tr, mxcsr, fcw := 0x9A, 0x92, 0x83, 0, 0
	switch {
	case v == QEMU:
		cs, ss, tr, mxcsr, fcw = 0x9B, 0x93, 0x8B, 0x1F80, 0x037F
	case v == EC2 && eip != bootEIP:
		cs = 0x9B
	}
	if v != QEMU {
		signature = 0
	}
	var p [page]byte
	le := binary.LittleEndian
	for _, s := range []segment{
		{at: 0x00, attributes: 0x93}, // es
		{at: 0x10, attributes: cs, selector: 0xF000, base: uint64(eip & 0xFFFF0000)},
		{at: 0x20, attributes: ss},
		{at: 0x30, attributes: 0x93}, // ds
		{at: 0x40, attributes: 0x93}, // fs
		{at: 0x50, attributes: 0x93}, // gs
		{at: 0x60},                   // gdtr
		{at: 0x70, attributes: 0x82}, // ldtr
		{at: 0x80},                   // idtr
		{at: 0x90, attributes: tr},
	} {
		le.PutUint16(p[s.at:], uint16(s.selector))
		le.PutUint16(p[s.at+2:], uint16(s.attributes))
		le.PutUint32(p[s.at+4:], 0xFFFF)
		le.PutUint64(p[s.at+8:], s.base)
	}
	le.PutUint64(p[0x0D0:], 0x1000)             // efer: SVM on
	le.PutUint64(p[0x148:], 0x40)               // cr4: machine checks
	le.PutUint64(p[0x158:], 0x10)               // cr0
	le.PutUint64(p[0x160:], 0x400)              // dr7
	le.PutUint64(p[0x168:], 0xFFFF0FF0)         // dr6
	le.PutUint64(p[0x170:], 2)                  // rflags
	le.PutUint64(p[0x178:], uint64(eip&0xFFFF)) // rip
	le.PutUint64(p[0x268:], 0x0007040600070406) // g_pat
	le.PutUint64(p[0x310:], uint64(signature))  // rdx
	le.PutUint64(p[0x3B0:], features)           // sev_features
	le.PutUint64(p[0x3E8:], 1)                  // xcr0
	le.PutUint32(p[0x408:], uint32(mxcsr))      // mxcsr
	le.PutUint16(p[0x410:], uint16(fcw))        // x87 control word
	return p
}

// cpuSignature returns the family, model and stepping of a virtual processor by
// the number of its type (spec 04, 7.5.3). The reference does not read 2
// (EPYC-v2), which has the signature of its neighbours.
func cpuSignature(kind int) (uint32, bool) {
	switch {
	case kind >= 0 && kind <= 5:
		return 0x800F12, true // EPYC
	case kind <= 9 && kind > 5:
		return 0x830F10, true // Rome
	case kind <= 12 && kind > 9:
		return 0xA00F11, true // Milan
	case kind == 13 || kind == 14:
		return 0xA10F10, true // Genoa
	}
	return 0, false
}
