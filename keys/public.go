package keys

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
)

// PublicKey verifies signatures of one algorithm. It is immutable and safe for
// concurrent use; an RSA key holds precomputed constants, so keeping it spares
// some microseconds on each verification.
type PublicKey struct {
	raw   string
	rsa   *modulus             // of RSA algorithms
	point *secp256k1.PublicKey // of Ethereum and ECDSASecp256k1
	alg   Algorithm
}

// NewPublicKey reads the wire form of a key: an RSA modulus of 1024 to 8192
// bits, the 32 bytes of an Ed25519 or Solana key, the 65 bytes (33 also for
// ECDSASecp256k1) of a curve point, or the 42 characters of a typed-Ethereum
// address. raw is copied.
//
// # Errors
//
// [fail.Invalid] when raw is no such key, [fail.Unsupported] for an unknown
// algorithm.
func NewPublicKey(alg Algorithm, raw []byte) (PublicKey, error) {
	const op = "keys.NewPublicKey"
	k := PublicKey{raw: string(raw), alg: alg}
	switch alg {
	case RSAPSSSHA512, RSAPSSSHA256:
		m, err := newModulus(raw)
		if err != nil {
			return PublicKey{}, err
		}
		k.rsa = m
	case Ed25519, Solana:
		if len(raw) != ed25519.PublicKeySize {
			return PublicKey{}, fail.New(fail.Invalid, op, "%s key of %d bytes, want 32", alg, len(raw))
		}
	case ECDSASecp256k1, Ethereum:
		if !(len(raw) == 65 && raw[0] == 4) && !(len(raw) == 33 && alg == ECDSASecp256k1) {
			return PublicKey{}, fail.New(fail.Invalid, op, "%s key of %d bytes is not a curve point in wire form", alg, len(raw))
		}
		p, err := secp256k1.ParsePubKey(raw)
		if err != nil {
			return PublicKey{}, fail.New(fail.Invalid, op, "%s key is not on the curve: %w", alg, err)
		}
		k.point = p
	case TypedEthereum:
		if _, err := parseEthereumAddress(string(raw)); err != nil {
			return PublicKey{}, err
		}
	default:
		return PublicKey{}, fail.New(fail.Unsupported, op, "unknown signature algorithm %d", alg)
	}
	return k, nil
}

// Algorithm returns the algorithm the key is meant for, 0 for the zero value.
func (k PublicKey) Algorithm() Algorithm { return k.alg }

// Bytes returns a copy of the wire form.
func (k PublicKey) Bytes() []byte { return []byte(k.raw) }

// Equal reports whether both keys have the same algorithm and wire form.
func (k PublicKey) Equal(o PublicKey) bool { return k.alg == o.alg && k.raw == o.raw }

// Address returns the human address of the key's owner: the checksummed 0x…
// form (EIP-55) for the Ethereum algorithms, else the base64url SHA-256 of the
// wire form, which is also what gateways index ANS-104 owners by.
func (k PublicKey) Address() string {
	switch k.alg {
	case Ethereum, ECDSASecp256k1:
		return checksumAddress(addressOf(k.point))
	case TypedEthereum:
		a, err := parseEthereumAddress(k.raw)
		if err != nil {
			return ""
		}
		return checksumAddress(a)
	}
	return id.Hash([]byte(k.raw)).String()
}

// AddressOf returns the native Arweave address of the wire form of a key:
// its SHA-256, or a 32-byte key itself (spec 01, 14.3).
func AddressOf(raw []byte) id.ID {
	if len(raw) == id.Size {
		return id.ID(raw)
	}
	return id.Hash(raw)
}

// Verify returns nil when signature is one of message under k.
//
// # Errors
//
// [fail.Unauthorized] in every other case.
func (k PublicKey) Verify(message, signature []byte) error {
	ok := false
	switch k.alg {
	case RSAPSSSHA512:
		h := sha512.Sum512(message)
		ok = k.rsa.verifyPSS(sha512Hash, h[:], signature)
	case RSAPSSSHA256:
		h := sha256.Sum256(message)
		ok = k.rsa.verifyPSS(sha256Hash, h[:], signature)
	case Ed25519:
		ok = len(signature) == ed25519.SignatureSize && ed25519.Verify([]byte(k.raw), message, signature)
	case Solana:
		ok = len(signature) == ed25519.SignatureSize && ed25519.Verify([]byte(k.raw), hex.AppendEncode(nil, message), signature)
	case ECDSASecp256k1:
		ok = verifyECDSA(k.point, message, signature)
	case Ethereum:
		ok = recoversTo(personalDigest(message), signature, addressOf(k.point))
	case TypedEthereum:
		if a, err := parseEthereumAddress(k.raw); err == nil {
			ok = recoversTo(typedDigest(a, message), signature, a)
		}
	}
	if !ok {
		return fail.New(fail.Unauthorized, "keys.Verify", "the %s signature does not belong to the message and the key", k.alg)
	}
	return nil
}
