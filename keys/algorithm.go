package keys

// Kind is the type of a key pair.
type Kind uint8

// The kinds of key pairs.
const (
	RSA        Kind = iota + 1 // Arweave's: 4096 bits, public exponent 65537
	Curve25519                 // Ed25519 signatures
	Secp256k1                  // Ethereum's curve
)

// String returns a short name of the kind.
func (k Kind) String() string {
	switch k {
	case RSA:
		return "rsa"
	case Curve25519:
		return "ed25519"
	case Secp256k1:
		return "secp256k1"
	}
	return "unknown"
}

// Algorithm is a signature scheme: what is hashed, how it is padded, and how
// key and signature look on the wire.
type Algorithm uint8

// The algorithms. RSA keys are their modulus, big-endian, with the exponent
// 65537 understood.
const (
	// RSAPSSSHA512 is rsa-pss-sha512 of RFC 9421, 3.3.1: salt of 64 bytes.
	RSAPSSSHA512 Algorithm = iota + 1
	// RSAPSSSHA256 is Arweave's: salt of 32 bytes.
	RSAPSSSHA256
	// Ed25519 is RFC 8032; key 32 bytes, signature 64.
	Ed25519
	// ECDSASecp256k1 is ECDSA over SHA-256; key 65 bytes (or 33), signature
	// r and s of 32 bytes each.
	ECDSASecp256k1
	// Ethereum signs a personal message (EIP-191) with Keccak-256; key 65
	// bytes, signature r, s and recovery byte.
	Ethereum
	// TypedEthereum signs the message inside the EIP-712 structure that
	// arbundles uses; the key is the 42 characters of the address.
	TypedEthereum
	// Solana is Ed25519 over the lower-case hex of the message, as wallets
	// that sign only text do.
	Solana
)

// String returns the name of the algorithm, as in RFC 9421 where it has one.
func (a Algorithm) String() string {
	switch a {
	case RSAPSSSHA512:
		return "rsa-pss-sha512"
	case RSAPSSSHA256:
		return "rsa-pss-sha256"
	case Ed25519:
		return "ed25519"
	case ECDSASecp256k1:
		return "ecdsa-secp256k1-sha256"
	case Ethereum:
		return "ethereum"
	case TypedEthereum:
		return "typed-ethereum"
	case Solana:
		return "solana"
	}
	return "unknown"
}

// ParseAlgorithm returns the algorithm whose name is s, and whether there is
// one.
func ParseAlgorithm(s string) (Algorithm, bool) {
	for a := RSAPSSSHA512; a <= Solana; a++ {
		if a.String() == s {
			return a, true
		}
	}
	return 0, false
}

// Kind returns the kind of key pair the algorithm works with.
func (a Algorithm) Kind() Kind {
	switch a {
	case RSAPSSSHA512, RSAPSSSHA256:
		return RSA
	case Ed25519, Solana:
		return Curve25519
	case ECDSASecp256k1, Ethereum, TypedEthereum:
		return Secp256k1
	}
	return 0
}
