package commit

import (
	"crypto/sha256"

	"github.com/hyperbeam-go/hyperbeam/id"
)

// hmacSHA256 returns HMAC-SHA-256 (RFC 2104). It exists beside crypto/hmac
// because unsigned IDs are made by the million and this form does not allocate
// hash states.
func hmacSHA256(key, data []byte) id.ID {
	const block = 64
	if len(key) > block {
		sum := sha256.Sum256(key)
		key = sum[:]
	}
	buf := make([]byte, block+len(data))
	var outer [block + sha256.Size]byte
	copy(buf, key)
	copy(outer[:], key)
	for i := range block {
		buf[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	copy(buf[block:], data)
	inner := sha256.Sum256(buf)
	copy(outer[block:], inner[:])
	return sha256.Sum256(outer[:])
}
