package arweave

import (
	"crypto/sha512"
	"strconv"
)

// HashSize is the length of a deep hash in bytes.
const HashSize = sha512.Size384

// Hash is a deep hash.
type Hash [HashSize]byte

// HashBlob returns the deep hash of bytes: the SHA-384 of the SHA-384 of
// "blob" and the length, and the SHA-384 of the bytes.
func HashBlob(b []byte) Hash {
	var tag [24]byte
	head := sha512.Sum384(strconv.AppendInt(append(tag[:0], "blob"...), int64(len(b)), 10))
	return fold(head, sha512.Sum384(b))
}

// HashList returns the deep hash of a list, given those of its elements: from
// the SHA-384 of "list" and the count, each element is hashed in.
func HashList(elements ...Hash) Hash {
	acc := listStart(len(elements))
	for i := range elements {
		acc = fold(acc, elements[i])
	}
	return acc
}

func listStart(count int) Hash {
	var tag [24]byte
	return sha512.Sum384(strconv.AppendInt(append(tag[:0], "list"...), int64(count), 10))
}

// fold returns the SHA-384 of a and b.
func fold(a, b Hash) Hash {
	var pair [2 * HashSize]byte
	copy(pair[:], a[:])
	copy(pair[HashSize:], b[:])
	return sha512.Sum384(pair[:])
}
