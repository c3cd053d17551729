package commit

import (
	"crypto/sha256"

	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// blockSize is the block of SHA-256 in bytes.
const blockSize = sha256.BlockSize

// macOf returns the HMAC-SHA-256 of what a commitment signs. Short texts do not
// leave the stack.
func macOf(key []byte, s *httpsig.Surface, commitment *message.Message) id.ID {
	var buf [1024]byte
	return hmacBehind(key, s.AppendBase(buf[:blockSize], commitment))
}

// hmacBehind returns HMAC-SHA-256 (RFC 2104) of buf without its first block,
// which it overwrites. It exists beside crypto/hmac because unsigned IDs are
// made by the million, and this form allocates nothing.
func hmacBehind(key, buf []byte) id.ID {
	if len(key) > blockSize {
		sum := sha256.Sum256(key)
		key = sum[:]
	}
	var outer [blockSize + sha256.Size]byte
	clear(buf[:blockSize])
	copy(buf, key)
	copy(outer[:], key)
	for i := range blockSize {
		buf[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	inner := sha256.Sum256(buf)
	copy(outer[blockSize:], inner[:])
	return sha256.Sum256(outer[:])
}
