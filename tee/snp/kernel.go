package snp

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// guid returns the 16 bytes of a GUID, the first three groups of which are
// little endian. text is a constant of this package.
func guid(text string) [16]byte {
	b, _ := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	return [16]byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]}
}

// Names of the table of hashes and of its entries (spec 04, 7.5.1).
const (
	guidHashes = "9438d606-4f22-4cc9-b479-a793d411fd21"
	guidAppend = "97d02dd8-bd20-4c94-aa78-e7714d36ab2a"
	guidInitrd = "44baf731-3a2f-4bd7-9af1-41e29169781d"
	guidKernel = "4de79437-abd2-427f-b835-d5b172d2045b"
)

// Sizes of the table: its header and one entry with name, size and hash; and
// with the padding that makes it whole units of 16 bytes.
const (
	hashEntry = 16 + 2 + 32
	hashTable = 16 + 2 + 3*hashEntry
	hashRoom  = (hashTable + 15) / 16 * 16
)

// hashPage returns the page in which the firmware finds the hashes of what it
// starts, with the table at an offset that leaves room for it.
func (l Launch) hashPage(offset uint32) [page]byte {
	var p [page]byte
	at := int(offset)
	put := func(b []byte) { at += copy(p[at:], b) }
	size := func(n int) {
		binary.LittleEndian.PutUint16(p[at:], uint16(n))
		at += 2
	}
	head := guid(guidHashes)
	put(head[:])
	size(hashTable)
	for _, e := range []struct {
		name string
		hash [32]byte
	}{{guidAppend, l.Append}, {guidInitrd, l.Initrd}, {guidKernel, l.Kernel}} {
		name := guid(e.name)
		put(name[:])
		size(hashEntry)
		put(e.hash[:])
	}
	return p
}

// AppendHash returns the hash of a kernel command line as machines are measured
// with it: without blanks around it and with a NUL at its end.
func AppendHash(commandLine string) [32]byte {
	return sha256.Sum256(append([]byte(strings.TrimSpace(commandLine)), 0))
}
