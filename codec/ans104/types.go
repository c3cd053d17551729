package ans104

import (
	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Types of ANS-104 commitments. The reference knows the first two; the others
// are the registered names of what is signed: RFC 9421 for Ed25519, the numbers
// of the Ethereum proposals, and the namespace of Solana (CAIP-74), which signs
// the hexadecimal text.
const (
	TypeUnsigned      = "unsigned-sha256"
	TypeRSA           = "rsa-pss-sha256"
	TypeEd25519       = "ed25519"
	TypeEthereum      = "eip191"
	TypeTypedEthereum = "eip712"
	TypeSolana        = "solana-ed25519"
	TypeAptos         = "aptos-ed25519"       // read, not verified
	TypeMultiAptos    = "aptos-multi-ed25519" // read, not verified
)

// TypeName returns the commitment type of a signature type, or "" for an
// unknown one.
func TypeName(t arweave.SignatureType) string {
	switch t {
	case arweave.Arweave:
		return TypeRSA
	case arweave.Ed25519:
		return TypeEd25519
	case arweave.Ethereum:
		return TypeEthereum
	case arweave.TypedEthereum:
		return TypeTypedEthereum
	case arweave.Solana:
		return TypeSolana
	case arweave.Aptos:
		return TypeAptos
	case arweave.MultiAptos:
		return TypeMultiAptos
	}
	return ""
}

// SignatureType is the inverse of [TypeName]; [TypeUnsigned] is
// [arweave.Arweave], as items without signature are written.
func SignatureType(name string) (arweave.SignatureType, bool) {
	if name == TypeUnsigned {
		return arweave.Arweave, true
	}
	for t := arweave.Arweave; t <= arweave.TypedEthereum; t++ {
		if TypeName(t) == name {
			return t, true
		}
	}
	return 0, false
}

var errNotBytes = fail.New(fail.Invalid, "ans104.Decode", "an ANS-104 item is bytes")
