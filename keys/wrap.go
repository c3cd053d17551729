package keys

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Padding is a way to encrypt a short secret to an RSA key.
type Padding uint8

// The paddings. PKCS1 is that of the reference; whoever can have ciphertexts of
// his choice decrypted and sees how that fails can decrypt others with it, so
// OAEP is used with every peer that knows it.
const (
	OAEP  Padding = iota // RSAES-OAEP with SHA-256 (RFC 8017, 7.1)
	PKCS1                // RSAES-PKCS1-v1_5 (RFC 8017, 7.2)
)

// String returns the name that messages have for the padding.
func (p Padding) String() string {
	if p == PKCS1 {
		return "rsa-pkcs1-v1_5"
	}
	return "rsa-oaep-sha256"
}

// Wrap encrypts a secret to the RSA key with a modulus.
//
// # Errors
//
// [fail.Invalid] when the modulus is none (see [NewPublicKey]) or too short for
// the secret.
func Wrap(modulus []byte, p Padding, secret []byte) ([]byte, error) {
	const op = "keys.Wrap"
	if _, err := NewPublicKey(RSAPSSSHA256, modulus); err != nil {
		return nil, err
	}
	pub := &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: 65537}
	var out []byte
	var err error
	if p == PKCS1 {
		out, err = rsa.EncryptPKCS1v15(rand.Reader, pub, secret) //lint:ignore SA1019 what the reference understands
	} else {
		out, err = rsa.EncryptOAEP(sha256.New(), rand.Reader, pub, secret, nil)
	}
	if err != nil {
		return nil, fail.New(fail.Invalid, op, "the secret cannot be encrypted to this RSA key: %w", err)
	}
	return out, nil
}

// Unwrap decrypts what [Wrap] encrypted to the key.
//
// # Errors
//
// [fail.Unsupported] when the key is not of kind RSA; [fail.Unauthorized],
// without further reason, when it does not decrypt.
func (k *PrivateKey) Unwrap(p Padding, wrapped []byte) ([]byte, error) {
	const op = "keys.Unwrap"
	if k.rsa == nil {
		return nil, fail.New(fail.Unsupported, op, "only RSA keys decrypt, this is of kind %s (option key_type)", k.kind)
	}
	var out []byte
	var err error
	if p == PKCS1 {
		out, err = rsa.DecryptPKCS1v15(rand.Reader, k.rsa, wrapped) //lint:ignore SA1019 what the reference makes
	} else {
		out, err = rsa.DecryptOAEP(sha256.New(), rand.Reader, k.rsa, wrapped, nil)
	}
	if err != nil {
		return nil, fail.New(fail.Unauthorized, op, "this was not encrypted to the key")
	}
	return out, nil
}

// RSAParts returns modulus and private exponent of an RSA key, big-endian, and
// whether it is one. The exponent is the secret.
func (k *PrivateKey) RSAParts() (modulus, exponent []byte, ok bool) {
	if k.rsa == nil {
		return nil, nil, false
	}
	return k.rsa.N.Bytes(), k.rsa.D.Bytes(), true
}

// PKCS1 returns the public half of an RSA key as DER (RFC 8017, A.1.1), or nil
// for other kinds.
func (k *PrivateKey) PKCS1() []byte {
	if k.rsa == nil {
		return nil
	}
	return x509.MarshalPKCS1PublicKey(&k.rsa.PublicKey)
}
