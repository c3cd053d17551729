package arweave

import (
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/keys"
)

// SignatureType is the number of a signature scheme in ANS-104. The zero value
// stands for Arweave, the type of an unsigned item.
type SignatureType uint16

// The types of ANS-104 implementations. Aptos items are read and written, but
// not verified.
const (
	Arweave       SignatureType = 1
	Ed25519       SignatureType = 2
	Ethereum      SignatureType = 3
	Solana        SignatureType = 4
	Aptos         SignatureType = 5
	MultiAptos    SignatureType = 6
	TypedEthereum SignatureType = 7
)

// sizes returns the lengths of signature and owner in bytes, 0 for an unknown
// type.
func (t SignatureType) sizes() (signature, owner int) {
	switch t {
	case Arweave:
		return 512, 512
	case Ed25519, Solana, Aptos:
		return 64, 32
	case Ethereum:
		return 65, 65
	case MultiAptos:
		return 64*32 + 4, 32*32 + 1
	case TypedEthereum:
		return 65, 42
	}
	return 0, 0
}

// Algorithm returns the algorithm that verifies the type, and whether this
// program has one.
func (t SignatureType) Algorithm() (keys.Algorithm, bool) {
	switch t {
	case Arweave:
		return keys.RSAPSSSHA256, true
	case Ed25519:
		return keys.Ed25519, true
	case Ethereum:
		return keys.Ethereum, true
	case Solana:
		return keys.Solana, true
	case TypedEthereum:
		return keys.TypedEthereum, true
	}
	return 0, false
}

// TypeOf returns the signature type that an algorithm produces, and whether
// there is one.
func TypeOf(alg keys.Algorithm) (SignatureType, bool) {
	for t := Arweave; t <= TypedEthereum; t++ {
		if a, ok := t.Algorithm(); ok && a == alg {
			return t, true
		}
	}
	return 0, false
}

// String returns a short name.
func (t SignatureType) String() string {
	switch t {
	case Arweave:
		return "arweave"
	case Ed25519:
		return "ed25519"
	case Ethereum:
		return "ethereum"
	case Solana:
		return "solana"
	case Aptos:
		return "aptos"
	case MultiAptos:
		return "multi-aptos"
	case TypedEthereum:
		return "typed-ethereum"
	}
	return "type " + strconv.Itoa(int(t))
}
