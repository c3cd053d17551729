package snp

import (
	"bytes"
	"crypto/sha512"
	"encoding/binary"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// MaxFirmware is the greatest firmware image that is read, in bytes.
const MaxFirmware = 64 << 20

// SectionKind says what a section of memory is for.
type SectionKind uint32

// The kinds of sections (spec 04, 7.5).
const (
	SectionMemory       SectionKind = 1
	SectionSecrets      SectionKind = 2
	SectionCPUID        SectionKind = 3
	SectionSVSM         SectionKind = 4
	SectionKernelHashes SectionKind = 0x10
)

// Section is a range of memory that firmware wants to find prepared.
type Section struct {
	Address, Size uint32
	Kind          SectionKind
}

// Layout is what firmware says of where it wants things in memory.
type Layout struct {
	Sections  []Section
	HashTable uint32 // address of the table of hashes
	ResetEIP  uint32 // where processors after the first one start, 0 for not told
}

// Limits of a layout.
const (
	maxSections     = 64
	maxSectionPages = 64 << 20 / page
)

// validate checks that a layout can be measured, in bounded time.
func (l *Layout) validate() error {
	const op = "snp.Digest"
	if len(l.Sections) > maxSections {
		return fail.New(fail.TooLarge, op, "the firmware asks for %d sections of memory, at most %d are read", len(l.Sections), maxSections)
	}
	pages := uint64(0)
	for _, s := range l.Sections {
		switch s.Kind {
		case SectionMemory, SectionSVSM, SectionSecrets, SectionCPUID, SectionKernelHashes:
		default:
			return fail.New(fail.Unsupported, op, "the firmware asks for a section of the unknown kind %d", s.Kind)
		}
		if pages += (uint64(s.Size) + page - 1) / page; pages > maxSectionPages {
			return fail.New(fail.TooLarge, op, "the firmware asks for more than %d pages of memory", maxSectionPages)
		}
		if s.Kind == SectionKernelHashes && l.HashTable&(page-1) > page-hashRoom {
			return fail.New(fail.Invalid, op, "the table of hashes of the firmware does not fit into its page")
		}
	}
	return nil
}

// ReferenceLayout returns the layout of the firmware image (OVMF 1.55) that the
// reference measures all machines with (spec 04, 7.5.5).
func ReferenceLayout() *Layout {
	return &Layout{
		Sections: []Section{
			{0x800000, 0x9000, SectionMemory}, {0x80A000, 0x3000, SectionMemory}, {0x80D000, 0x1000, SectionSecrets},
			{0x80E000, 0x1000, SectionCPUID}, {0x80F000, 0x1000, SectionKernelHashes}, {0x810000, 0x10000, SectionMemory},
		},
		HashTable: 0x80FC00,
		ResetEIP:  0x80B004,
	}
}

// Firmware is a firmware image (OVMF).
type Firmware struct {
	Layout Layout
	image  []byte
}

// Names in the table at the end of an image (spec 04, 7.5.4).
const (
	guidFooter    = "96b582de-1fb2-45f7-baea-a366c55a082d"
	guidHashTable = "7255371f-3a3b-4b04-927b-1da6efa8d454"
	guidReset     = "00f771de-1a7e-4fcb-890e-68c77e2fb44e"
	guidMetadata  = "dc886566-984a-4798-a75e-5585a7bf67cc"
)

// ParseFirmware reads an image. It keeps the slice.
//
// # Errors
//
// [fail.Invalid] says what is missing or damaged; [fail.TooLarge] above
// [MaxFirmware].
func ParseFirmware(image []byte) (*Firmware, error) {
	const op = "snp.ParseFirmware"
	if len(image) > MaxFirmware {
		return nil, fail.New(fail.TooLarge, op, "a firmware image has at most %d bytes, this has %d", MaxFirmware, len(image))
	}
	if len(image) == 0 || len(image)%page != 0 {
		return nil, fail.New(fail.Invalid, op, "a firmware image consists of whole pages of %d bytes, this has %d bytes", page, len(image))
	}
	entries, err := footer(image)
	if err != nil {
		return nil, err
	}
	f := &Firmware{image: image}
	f.Layout.HashTable = entries.u32(guidHashTable)
	f.Layout.ResetEIP = entries.u32(guidReset)
	if f.Layout.Sections, err = sections(image, entries.u32(guidMetadata)); err != nil {
		return nil, err
	}
	return f, f.Layout.validate()
}

// table are the entries at the end of an image, by their names.
type table map[[16]byte][]byte

func (t table) u32(name string) uint32 {
	if b := t[guid(name)]; len(b) >= 4 {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// footer reads the table, which ends 32 bytes before the end of the image and
// is read backwards: data, size, name.
func footer(image []byte) (table, error) {
	const op, head = "snp.ParseFirmware", 18
	damaged := fail.New(fail.Invalid, op, "the table at the end of the firmware image is damaged")
	end := len(image) - 32
	name := guid(guidFooter)
	if end < head || !bytes.Equal(image[end-16:end], name[:]) {
		return nil, fail.New(fail.Invalid, op, "this is no firmware image: it has no table at its end")
	}
	size := int(binary.LittleEndian.Uint16(image[end-head:]))
	if size < head || size > end {
		return nil, damaged
	}
	rest := image[end-size : end-head]
	out := table{}
	for len(rest) > 0 {
		if len(rest) < head {
			return nil, damaged
		}
		size := int(binary.LittleEndian.Uint16(rest[len(rest)-head:]))
		if size < head || size > len(rest) {
			return nil, damaged
		}
		out[[16]byte(rest[len(rest)-16:])] = rest[len(rest)-size : len(rest)-head]
		rest = rest[:len(rest)-size]
	}
	return out, nil
}

// sections reads the metadata, fromEnd bytes before the end of the image.
func sections(image []byte, fromEnd uint32) ([]Section, error) {
	const op, head, entry = "snp.ParseFirmware", 16, 12
	if fromEnd < head || uint64(fromEnd) > uint64(len(image)) {
		return nil, fail.New(fail.Invalid, op, "the firmware image has no SEV metadata: it is not made for SEV-SNP")
	}
	m := image[len(image)-int(fromEnd):]
	le := binary.LittleEndian
	count := le.Uint32(m[12:])
	if string(m[:4]) != "ASEV" || le.Uint32(m[8:]) != 1 || count > maxSections ||
		int(count)*entry > len(m)-head || uint64(le.Uint32(m[4:])) < head+uint64(count)*entry {
		return nil, fail.New(fail.Invalid, op, "the SEV metadata of the firmware image is damaged or of an unknown version")
	}
	out := make([]Section, count)
	for i := range out {
		b := m[head+i*entry:]
		out[i] = Section{le.Uint32(b), le.Uint32(b[4:]), SectionKind(le.Uint32(b[8:]))}
	}
	return out, nil
}

// Digest returns the digest of the image as it lies at the end of the first four
// gigabytes of memory: the start of the measurement of a machine.
func (f *Firmware) Digest() [DigestSize]byte {
	var c chain
	address := uint64(1)<<32 - uint64(len(f.image))
	for at := 0; at < len(f.image); at += page {
		c.add(pageNormal, address+uint64(at), sha512.Sum384(f.image[at:at+page]))
	}
	return c
}
