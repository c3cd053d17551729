package httpsig

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Fields of a commitment (spec 01, 9).
const (
	fieldDevice    = "commitment-device"
	fieldType      = "type"
	fieldKeyID     = "keyid"
	fieldCommitter = "committer"
	fieldCommitted = "committed"
	fieldSignature = "signature"
	fieldBundle    = "bundle"
)

// Schemes of key IDs (spec 01, 10.9).
const (
	SchemePublicKey = "publickey"
	SchemeConstant  = "constant"
	SchemeSecret    = "secret"
)

// Committer returns the address that a key ID names: the hash of a public key,
// the hash inside a secret's ID, or "" for constants and unknown schemes.
func Committer(keyID string) string {
	scheme, rest, ok := strings.Cut(keyID, ":")
	if !ok {
		return ""
	}
	switch scheme {
	case SchemePublicKey:
		key, err := id.Decode(rest)
		if err != nil {
			return ""
		}
		return Address(key)
	case SchemeSecret:
		return rest
	}
	return ""
}

// Address returns the address of a public key: its hash, or the key itself when
// it has 32 bytes (spec 01, 14.3).
func Address(key []byte) string {
	if len(key) == id.Size {
		return id.Encode(key)
	}
	return id.Hash(key).String()
}

// Algorithm returns the "alg" parameter of a commitment: its type for
// httpsig@1.0, DEVICE/TYPE for others (spec 01, 10.6).
func Algorithm(commitment *message.Message) string {
	device, typ := commitment.Text(fieldDevice), commitment.Text(fieldType)
	switch {
	case device == "" || device == Name:
		return typ
	case typ == "":
		return device
	}
	return device + "/" + typ
}

// splitAlgorithm is the inverse of [Algorithm].
func splitAlgorithm(alg string) (device, typ string) {
	if !strings.Contains(alg, "@") {
		return Name, alg
	}
	device, typ, _ = strings.Cut(alg, "/")
	return device, typ
}

// CommitmentID returns the ID of a commitment with the given signature bytes:
// an HMAC is its own ID, other signatures are hashed.
func CommitmentID(signature []byte) string {
	if len(signature) == id.Size {
		return id.Encode(signature)
	}
	return id.Hash(signature).String()
}

// signatureName returns the label of a signature in HTTP fields.
func signatureName(signature []byte) string {
	return "comm-" + strings.ToLower(id.Hash(signature).String())
}
