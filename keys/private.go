package keys

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// WalletBits is the size of generated RSA keys, that of Arweave wallets.
const WalletBits = 4096

// Signer signs with one algorithm. It is safe for concurrent use.
type Signer interface {
	// Algorithm returns the algorithm of the signatures.
	Algorithm() Algorithm
	// Public returns the key that verifies them.
	Public() PublicKey
	// Sign returns a signature of message, which is given whole.
	Sign(message []byte) ([]byte, error)
}

// PrivateKey is a key pair. Exactly one of the secrets is set, that of its
// kind. It formats as kind and address, never as its secret.
type PrivateKey struct {
	rsa  *rsa.PrivateKey
	ed   ed25519.PrivateKey
	ec   *secp256k1.PrivateKey
	kind Kind
}

// Generate makes a new key pair; RSA keys have [WalletBits] and take seconds.
//
// # Errors
//
// [fail.Unsupported] for an unknown kind, [fail.Internal] when the system has
// no randomness.
func Generate(kind Kind) (*PrivateKey, error) {
	const op = "keys.Generate"
	k := &PrivateKey{kind: kind}
	var err error
	switch kind {
	case RSA:
		k.rsa, err = rsa.GenerateKey(rand.Reader, WalletBits)
	case Curve25519:
		_, k.ed, err = ed25519.GenerateKey(rand.Reader)
	case Secp256k1:
		k.ec, err = secp256k1.GeneratePrivateKey()
	default:
		return nil, fail.New(fail.Unsupported, op, "unknown kind of key %d", kind)
	}
	if err != nil {
		return nil, fail.Wrap(fail.Internal, op, err)
	}
	return k, nil
}

// Kind returns the kind of the key pair.
func (k *PrivateKey) Kind() Kind { return k.kind }

// Address returns the address under which the key pair commits to messages:
// [AddressOf] of the wire form that HTTP signatures name it by (spec 01, 14.3).
// Owners of ANS-104 items go by [PublicKey.Address], which is another text for
// keys that are not RSA.
func (k *PrivateKey) Address() string {
	alg := RSAPSSSHA512
	switch k.kind {
	case Curve25519:
		alg = Ed25519
	case Secp256k1:
		alg = ECDSASecp256k1
	}
	return AddressOf(k.wire(alg)).String()
}

// Format prints kind and address for every verb.
func (k *PrivateKey) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "%s key of %s", k.kind, k.Address())
}

// Signer returns the key as a signer of one algorithm.
//
// # Errors
//
// [fail.Invalid] when the algorithm does not work with this kind of key, or
// the key is not usable with it.
func (k *PrivateKey) Signer(alg Algorithm) (Signer, error) {
	if alg.Kind() != k.kind {
		return nil, fail.New(fail.Invalid, "keys.Signer", "a key of kind %s cannot sign with %s", k.kind, alg)
	}
	pub, err := NewPublicKey(alg, k.wire(alg))
	if err != nil {
		return nil, err
	}
	return signer{k, pub}, nil
}

// wire returns the public key as alg writes it.
func (k *PrivateKey) wire(alg Algorithm) []byte {
	switch k.kind {
	case RSA:
		return k.rsa.N.Bytes()
	case Curve25519:
		return k.ed.Public().(ed25519.PublicKey)
	case Secp256k1:
		if alg == TypedEthereum {
			return []byte(checksumAddress(addressOf(k.ec.PubKey())))
		}
		return k.ec.PubKey().SerializeUncompressed()
	}
	return nil
}

type signer struct {
	key *PrivateKey
	pub PublicKey
}

func (s signer) Algorithm() Algorithm { return s.pub.alg }

func (s signer) Public() PublicKey { return s.pub }

func (s signer) Sign(message []byte) ([]byte, error) {
	switch s.pub.alg {
	case RSAPSSSHA512:
		h := sha512.Sum512(message)
		return s.pss(crypto.SHA512, h[:])
	case RSAPSSSHA256:
		h := sha256.Sum256(message)
		return s.pss(crypto.SHA256, h[:])
	case Ed25519:
		return ed25519.Sign(s.key.ed, message), nil
	case Solana:
		return ed25519.Sign(s.key.ed, hex.AppendEncode(nil, message)), nil
	case ECDSASecp256k1:
		return signECDSA(s.key.ec, message), nil
	case Ethereum:
		return signRecoverable(s.key.ec, personalDigest(message)), nil
	case TypedEthereum:
		return signRecoverable(s.key.ec, typedDigest(addressOf(s.key.ec.PubKey()), message)), nil
	}
	return nil, fail.New(fail.Unsupported, "keys.Sign", "cannot sign with algorithm %d", s.pub.alg)
}

// pss signs a digest with a salt as long as the digest.
func (s signer) pss(h crypto.Hash, sum []byte) ([]byte, error) {
	sig, err := rsa.SignPSS(rand.Reader, s.key.rsa, h, sum, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	if err != nil {
		return nil, fail.New(fail.Invalid, "keys.Sign", "the RSA key cannot sign: %w", err)
	}
	return sig, nil
}
