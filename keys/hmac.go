package keys

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// HMACSHA256 returns the authentication code of message (RFC 2104).
func HMACSHA256(key, message []byte) [sha256.Size]byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	var out [sha256.Size]byte
	h.Sum(out[:0])
	return out
}

// VerifyHMACSHA256 reports in constant time whether mac is the code of message.
func VerifyHMACSHA256(key, message, mac []byte) bool {
	want := HMACSHA256(key, message)
	return hmac.Equal(want[:], mac)
}

// Limits of [PBKDF2]: rounds, and bytes of derived key.
const (
	MaxIterations = 10_000_000
	MaxDerived    = 1024
)

// PBKDF2 derives length bytes from a password with HMAC of "sha256" or
// "sha512" (RFC 8018, 5.2).
//
// # Errors
//
// [fail.Unsupported] for another hash, [fail.Invalid] when iterations or length
// are below 1 or above [MaxIterations] and [MaxDerived].
func PBKDF2(hash, password string, salt []byte, iterations, length int) ([]byte, error) {
	const op = "keys.PBKDF2"
	if iterations < 1 || iterations > MaxIterations || length < 1 || length > MaxDerived {
		return nil, fail.New(fail.Invalid, op, "%d iterations for %d bytes are out of range", iterations, length)
	}
	var out []byte
	var err error
	switch hash {
	case "sha256":
		out, err = pbkdf2.Key(sha256.New, password, salt, iterations, length)
	case "sha512":
		out, err = pbkdf2.Key(sha512.New, password, salt, iterations, length)
	default:
		return nil, fail.New(fail.Unsupported, op, "no key derivation with hash %q", hash)
	}
	return out, fail.Wrap(fail.Invalid, op, err)
}
