package snp

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// reference is the machine of spec 04, 7.5.6.
func reference(t testing.TB, initrd, commandLine string) Launch {
	return Launch{
		VCPUs: 32, VCPUType: 5, VMM: QEMU, Features: 1,
		Firmware: [48]byte(unhex(t, "b8c5d4082d5738db6b0fb0294174992738645df70c44cdecf7fad3a62244b788e7e408c582ee48a74b289f3acec78510")),
		Kernel:   [32]byte(unhex(t, "69d0cd7d13858e4fcef6bc7797aebd258730f215bc5642c4ad8e4b893cc67576")),
		Initrd:   [32]byte(unhex(t, initrd)),
		Append:   [32]byte(unhex(t, commandLine)),
	}
}

// CONF-TEE-09
func TestDigestVectors(t *testing.T) {
	for _, v := range []struct{ initrd, commandLine, digest, text string }{
		{"02e28b6c718bf0a5260d6f34d3c8fe0d71bf5f02af13e1bc695c6bc162120da1", "56e1e5190622c8c6b9daa4fe3ad83f3831c305bb736735bf795b284cb462c9e7",
			"c2648349062ecc4d8cdeb41ca2eac99c324781a9400ccf1305ebf78328cce4e6d134e9fca2096f5739c56da5a16a353f", "wmSDSQYu"},
		{"544045560322dbcd2c454bdc50f35edf0147829ec440e6cb487b4a1503f923c1", "95a34faced5e487991f9cc2253a41cbd26b708bf00328f98dddbbf6b3ea2892e",
			"87a66765a6781512346ecb47511165c26b6da3e729973d9710a0c567c74aa657823af0c162d516f8430054ffa32ec249", ""},
	} {
		got, err := reference(t, v.initrd, v.commandLine).Digest()
		if err != nil || hexOf(got[:]) != v.digest {
			t.Errorf("%x, %v; want %s", got, err, v.digest)
		}
		if text := base64.RawURLEncoding.EncodeToString(got[:]); !strings.HasPrefix(text, v.text) {
			t.Error(text)
		}
	}
}

// The steps in between of spec 04, 7.5.6.
func TestDigestSteps(t *testing.T) {
	sum := func(eip uint32) string {
		p := QEMU.saveArea(eip, 0x800F12, 1)
		h := sha512.Sum384(p[:])
		return hexOf(h[:])
	}
	if got := sum(bootEIP); got != "77920c4c629ff47e90c0e174fc1ad0eb6fa664f88cd4739488058a8c6cb1a77b3856f55378e9518d0da99452d51c553a" {
		t.Error("first processor:", got)
	}
	if got := sum(ReferenceLayout().ResetEIP); got != "8413b852790765a310d95867a8b00bfca3a802b5a80830044b45e253fe96222657e11e53fcf63eb0e0afd722385bf7b4" {
		t.Error("other processors:", got)
	}
	l := reference(t, strings.Repeat("00", 32), strings.Repeat("00", 32))
	c := chain(l.Firmware)
	c.add(pageZero, 0x800000, [48]byte{})
	if got := hexOf(c[:]); got != "a1aa0ae3d024015f8f8db1a5e938c27247b67a2cc8f97c69f9a140c6ba33698c22b8eb7387bfd801680d9e0e4a6be773" {
		t.Error("first page:", got)
	}
}

// Everything that a machine is started from is in the digest.
func TestDigestTellsMachinesApart(t *testing.T) {
	zero := strings.Repeat("00", 32)
	seen := map[string]string{}
	for name, change := range map[string]func(*Launch){
		"none":          func(*Launch) {},
		"one processor": func(l *Launch) { l.VCPUs = 1 },
		"31 processors": func(l *Launch) { l.VCPUs = 31 },
		"Rome":          func(l *Launch) { l.VCPUType = 6 },
		"Milan":         func(l *Launch) { l.VCPUType = 10 },
		"Genoa":         func(l *Launch) { l.VCPUType = 13 },
		"EC2":           func(l *Launch) { l.VMM = EC2 },
		"KRUN":          func(l *Launch) { l.VMM = KRUN },
		"features":      func(l *Launch) { l.Features = 3 },
		"firmware":      func(l *Launch) { l.Firmware[0]++ },
		"kernel":        func(l *Launch) { l.Kernel[31]++ },
		"initrd":        func(l *Launch) { l.Initrd[31]++ },
		"append":        func(l *Launch) { l.Append[31]++ },
		"table":         func(l *Launch) { l.Layout = ReferenceLayout(); l.Layout.HashTable = 0x80F000 },
		"section":       func(l *Launch) { l.Layout = ReferenceLayout(); l.Layout.Sections[0].Size += page },
	} {
		l := reference(t, zero, zero)
		change(&l)
		d, err := l.Digest()
		if err != nil {
			t.Fatal(name, err)
		}
		if other, ok := seen[string(d[:])]; ok {
			t.Errorf("%s and %s have the same digest", name, other)
		}
		seen[string(d[:])] = name
	}
}

func TestDigestRefuses(t *testing.T) {
	zero := strings.Repeat("00", 32)
	for name, change := range map[string]func(*Launch){
		"no processors":   func(l *Launch) { l.VCPUs = 0 },
		"many processors": func(l *Launch) { l.VCPUs = MaxVCPUs + 1 },
		"type":            func(l *Launch) { l.VCPUType = 15 },
		"negative type":   func(l *Launch) { l.VCPUType = -1 },
		"VMM":             func(l *Launch) { l.VMM = 4 },
		"no VMM":          func(l *Launch) { l.VMM = 0 },
		"kind of section": func(l *Launch) { l.Layout = &Layout{Sections: []Section{{0, page, 9}}, ResetEIP: 1} },
		"sections":        func(l *Launch) { l.Layout = &Layout{Sections: make([]Section, maxSections+1)} },
		"size":            func(l *Launch) { l.Layout = &Layout{Sections: []Section{{0, 1 << 31, SectionMemory}}} },
		"table": func(l *Launch) {
			l.Layout = &Layout{Sections: []Section{{0, page, SectionKernelHashes}}, HashTable: 0xFFF}
		},
		"reset": func(l *Launch) { l.Layout = &Layout{} },
	} {
		l := reference(t, zero, zero)
		change(&l)
		if d, err := l.Digest(); err == nil {
			t.Errorf("%s: %x", name, d)
		}
	}
}

// image makes firmware with a layout.
func image(l *Layout, size int) []byte {
	le := binary.LittleEndian
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i >> 8)
	}
	meta := append([]byte("ASEV"), make([]byte, 12)...)
	le.PutUint32(meta[4:], uint32(16+12*len(l.Sections)))
	le.PutUint32(meta[8:], 1)
	le.PutUint32(meta[12:], uint32(len(l.Sections)))
	for _, s := range l.Sections {
		meta = le.AppendUint32(le.AppendUint32(le.AppendUint32(meta, s.Address), s.Size), uint32(s.Kind))
	}
	const fromEnd = 1024
	copy(b[size-fromEnd:], meta)
	var entries []byte
	entry := func(name string, n uint32) {
		g := guid(name)
		entries = append(le.AppendUint16(le.AppendUint32(entries, n), 22), g[:]...)
	}
	entry(guidHashTable, l.HashTable)
	entry(guidReset, l.ResetEIP)
	entry(guidMetadata, fromEnd)
	g := guid(guidFooter)
	entries = append(le.AppendUint16(entries, uint16(len(entries)+18)), g[:]...)
	copy(b[size-32-len(entries):], entries)
	return b
}

func TestFirmware(t *testing.T) {
	b := image(ReferenceLayout(), 64<<10)
	f, err := ParseFirmware(b)
	if err != nil {
		t.Fatal(err)
	}
	want := ReferenceLayout()
	if f.Layout.HashTable != want.HashTable || f.Layout.ResetEIP != want.ResetEIP || len(f.Layout.Sections) != len(want.Sections) {
		t.Fatalf("%+v", f.Layout)
	}
	for i, s := range f.Layout.Sections {
		if s != want.Sections[i] {
			t.Errorf("section %d: %+v", i, s)
		}
	}
	// The digest is that of every page at its address below 4 GiB.
	var c chain
	for i := range 16 {
		c.add(pageNormal, 1<<32-64<<10+uint64(i)*page, sha512.Sum384(b[i*page:(i+1)*page]))
	}
	if f.Digest() != [48]byte(c) {
		t.Error("digest")
	}
	for name, damage := range map[string]func([]byte) []byte{
		"empty":    func([]byte) []byte { return nil },
		"half":     func(b []byte) []byte { return b[:len(b)-100] },
		"no table": func([]byte) []byte { return make([]byte, page) },
		"footer size": func(b []byte) []byte {
			b[len(b)-50] = 0xFF
			b[len(b)-49] = 0xFF
			return b
		},
		"metadata": func(b []byte) []byte { b[len(b)-1024] = 'X'; return b },
		"count":    func(b []byte) []byte { b[len(b)-1024+12] = 200; return b },
	} {
		if _, err := ParseFirmware(damage(image(want, 64<<10))); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAppendHash(t *testing.T) {
	if AppendHash(" console=ttyS0\n") != sha256.Sum256([]byte("console=ttyS0\x00")) {
		t.Error("the command line is hashed without blanks around it and with a NUL")
	}
}

func FuzzFirmware(f *testing.F) {
	f.Add(image(ReferenceLayout(), 8<<10))
	f.Add(make([]byte, page))
	f.Fuzz(func(_ *testing.T, b []byte) {
		if fw, err := ParseFirmware(b); err == nil {
			l := Launch{VCPUs: 2, VMM: EC2, Layout: &fw.Layout, Firmware: fw.Digest()}
			_, _ = l.Digest()
		}
	})
}

func BenchmarkDigest(b *testing.B) {
	b.ReportAllocs()
	l := Launch{VCPUs: 32, VCPUType: 5, VMM: QEMU, Features: 1}
	for b.Loop() {
		if _, err := l.Digest(); err != nil {
			b.Fatal(err)
		}
	}
}
