package greenzone

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Sizes in bytes (spec 04, 7.7.4).
const (
	zoneKeySize = 32
	ivSize      = 16
	tagSize     = 16
)

// gcm returns AES-256-GCM with the long nonce of the reference.
func gcm(key []byte) (cipher.AEAD, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, fail.Wrap(fail.Internal, "greenzone.Seal", err)
	}
	return cipher.NewGCMWithNonceSize(b, ivSize)
}

// seal encrypts a secret with the key of a zone: ciphertext and tag, and the
// initialisation vector.
func seal(key, secret []byte) (sealed, iv []byte, err error) {
	a, err := gcm(key)
	if err != nil {
		return nil, nil, err
	}
	iv = make([]byte, ivSize)
	if _, err := rand.Read(iv); err != nil {
		return nil, nil, fail.Wrap(fail.Internal, "greenzone.Seal", err)
	}
	return a.Seal(nil, iv, secret, nil), iv, nil
}

// unseal decrypts what seal encrypted.
func unseal(key, sealed, iv []byte) ([]byte, error) {
	a, err := gcm(key)
	if err != nil {
		return nil, err
	}
	if len(iv) != ivSize || len(sealed) < tagSize {
		return nil, fail.New(fail.Invalid, "greenzone.Open", "the encrypted key has %d bytes and an initialisation vector of %d", len(sealed), len(iv))
	}
	b, err := a.Open(nil, iv, sealed, nil)
	if err != nil {
		return nil, fail.New(fail.Unauthorized, "greenzone.Open", "the key was not encrypted by a node of this green zone")
	}
	return b, nil
}
