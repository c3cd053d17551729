package keys

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"golang.org/x/crypto/sha3"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// ethereumAddress is the last 20 bytes of the Keccak-256 of a curve point.
type ethereumAddress [20]byte

// Keccak256 returns the hash of the concatenated pieces: Keccak with its
// original padding, which is not SHA3-256.
func Keccak256(pieces ...[]byte) [32]byte {
	h := sha3.NewLegacyKeccak256()
	for _, p := range pieces {
		h.Write(p)
	}
	var out [32]byte
	h.Sum(out[:0])
	return out
}

// EthereumAddress returns the checksummed address (EIP-55) of an uncompressed
// curve point: 65 bytes, of which the first is not looked at (spec 01, 14.4).
//
// # Errors
//
// [fail.Invalid] when the key has another length.
func EthereumAddress(uncompressed []byte) (string, error) {
	if len(uncompressed) != 65 {
		return "", fail.New(fail.Invalid, "keys.EthereumAddress", "curve point of %d bytes, want 65", len(uncompressed))
	}
	h := Keccak256(uncompressed[1:])
	return checksumAddress(ethereumAddress(h[12:])), nil
}

func addressOf(p *secp256k1.PublicKey) ethereumAddress {
	h := Keccak256(p.SerializeUncompressed()[1:])
	return ethereumAddress(h[12:])
}

// checksumAddress writes capitals where the hash of the lower-case address has
// a digit of 8 or more (EIP-55).
func checksumAddress(a ethereumAddress) string {
	text := hex.AppendEncode([]byte("0x"), a[:])
	h := Keccak256(text[2:])
	for i := range 40 {
		if nibble := h[i/2] >> (4 - i%2*4) & 15; nibble >= 8 && text[2+i] >= 'a' {
			text[2+i] -= 'a' - 'A'
		}
	}
	return string(text)
}

// parseEthereumAddress reads 0x and 40 hex digits of any case.
func parseEthereumAddress(s string) (ethereumAddress, error) {
	var a ethereumAddress
	if len(s) == 42 && s[:2] == "0x" {
		if _, err := hex.Decode(a[:], []byte(s[2:])); err == nil {
			return a, nil
		}
	}
	return a, fail.New(fail.Invalid, "keys.NewPublicKey", "not an Ethereum address of 0x and 40 hex digits")
}

// personalDigest is the hash of EIP-191 version 0x45.
func personalDigest(message []byte) [32]byte {
	head := strconv.AppendInt([]byte("\x19Ethereum Signed Message:\n"), int64(len(message)), 10)
	return Keccak256(head, message)
}

// typedDigest is the EIP-712 hash of {address, Transaction hash: message} in
// the domain {name: Bundlr, version: 1}, the structure arbundles signs.
func typedDigest(a ethereumAddress, message []byte) [32]byte {
	domainType := Keccak256([]byte("EIP712Domain(string name,string version)"))
	name, version := Keccak256([]byte("Bundlr")), Keccak256([]byte("1"))
	domain := Keccak256(domainType[:], name[:], version[:])
	typ := Keccak256([]byte("Bundlr(bytes Transaction hash,address address)"))
	content := Keccak256(message)
	var padding [12]byte
	structure := Keccak256(typ[:], content[:], padding[:], a[:])
	return Keccak256([]byte("\x19\x01"), domain[:], structure[:])
}

// recoversTo reports whether signature (r, s, v) over digest was made by the
// owner of address. v is 27 or 28, or 0 or 1.
func recoversTo(digest [32]byte, signature []byte, address ethereumAddress) bool {
	if len(signature) != 65 {
		return false
	}
	v := signature[64]
	if v < 2 {
		v += 27
	}
	if v != 27 && v != 28 {
		return false
	}
	var compact [65]byte
	compact[0] = v
	copy(compact[1:], signature[:64])
	p, _, err := ecdsa.RecoverCompact(compact[:], digest[:])
	return err == nil && addressOf(p) == address
}

// signRecoverable returns r, s and v (27 or 28) over digest.
func signRecoverable(key *secp256k1.PrivateKey, digest [32]byte) []byte {
	compact := ecdsa.SignCompact(key, digest[:], false)
	return append(compact[1:], compact[0])
}

// verifyECDSA checks r and s over the SHA-256 of message.
func verifyECDSA(p *secp256k1.PublicKey, message, signature []byte) bool {
	if len(signature) != 64 {
		return false
	}
	var r, s secp256k1.ModNScalar
	if r.SetByteSlice(signature[:32]) || s.SetByteSlice(signature[32:]) || r.IsZero() || s.IsZero() {
		return false
	}
	h := sha256.Sum256(message)
	return ecdsa.NewSignature(&r, &s).Verify(h[:], p)
}

// signECDSA returns r and s over the SHA-256 of message.
func signECDSA(key *secp256k1.PrivateKey, message []byte) []byte {
	h := sha256.Sum256(message)
	sig := ecdsa.Sign(key, h[:])
	r, s := sig.R(), sig.S()
	out := make([]byte, 64)
	r.PutBytesUnchecked(out[:32])
	s.PutBytesUnchecked(out[32:])
	return out
}
