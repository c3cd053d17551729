package commit

// Types of httpsig@1.0 commitments (spec 01, 9; RFC 9421, 6.2.2).
const (
	TypeHMAC      = "hmac-sha256"
	TypeRSA       = "rsa-pss-sha512"
	TypeEd25519   = "ed25519"
	TypeSecp256k1 = "ecdsa-secp256k1-sha256"
)
