package commit

import (
	"encoding/base64"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// material is a key with the ID it goes by and, where there is one, the
// committer it stands for (spec 01, 10.9).
type material struct {
	keyID     string
	key       []byte
	committer string
}

// publicMaterial returns the key material of a public key.
func publicMaterial(k keys.PublicKey) material {
	raw := k.Bytes()
	return material{
		keyID:     httpsig.SchemePublicKey + ":" + base64.StdEncoding.EncodeToString(raw),
		key:       raw,
		committer: httpsig.Address(raw),
	}
}

// hmacMaterial returns the key of an HMAC commitment from its key ID, scheme
// and secret, each of which may be empty.
//
// # Errors
//
// [fail.Invalid] when the scheme contradicts the key ID,
// [fail.Unauthorized] when the secret is missing or is not the one meant.
func hmacMaterial(keyID, scheme, secret string) (material, error) {
	const op = "commit.KeyID"
	given, _, hasScheme := strings.Cut(keyID, ":")
	switch {
	case !hasScheme:
		given = ""
	case scheme != "" && scheme != given:
		return material{}, fail.New(fail.Invalid, op, "scheme %q contradicts the key ID %.64q", scheme, keyID)
	}
	if scheme == "" {
		if scheme = given; scheme == "" {
			scheme = httpsig.SchemeConstant
		}
	}
	switch scheme {
	case httpsig.SchemeConstant:
		if keyID == "" {
			keyID = constantKey
		}
		if given == "" && keyID != constantKey {
			keyID = httpsig.SchemeConstant + ":" + keyID
		}
		return material{keyID: keyID, key: []byte(keyID)}, nil
	case httpsig.SchemeSecret:
		if secret == "" {
			return material{}, fail.New(fail.Unauthorized, op, "the commitment needs its secret")
		}
		who := id.Hash([]byte(secret)).String()
		canonical := httpsig.SchemeSecret + ":" + who
		if keyID != "" && keyID != canonical {
			return material{}, fail.New(fail.Unauthorized, op, "the secret is not that of the key ID")
		}
		return material{keyID: canonical, key: []byte(secret), committer: who}, nil
	}
	return material{}, fail.New(fail.Unsupported, op, "unknown key scheme %.32q for an HMAC", scheme)
}

// algorithmOf returns the signature algorithm of a commitment type, and false
// for HMACs and unknown types.
func algorithmOf(typ string) (keys.Algorithm, bool) {
	switch typ {
	case TypeRSA:
		return keys.RSAPSSSHA512, true
	case TypeEd25519:
		return keys.Ed25519, true
	case TypeSecp256k1:
		return keys.ECDSASecp256k1, true
	}
	return 0, false
}

// typeOf returns the commitment type that a key of the given kind makes.
func typeOf(k keys.Kind) string {
	switch k {
	case keys.Curve25519:
		return TypeEd25519
	case keys.Secp256k1:
		return TypeSecp256k1
	}
	return TypeRSA
}

// verifyingKey returns the public key that a commitment names.
func verifyingKey(c *message.Message, alg keys.Algorithm) (keys.PublicKey, error) {
	rest, ok := strings.CutPrefix(c.Text(FieldKeyID), httpsig.SchemePublicKey+":")
	if !ok {
		return keys.PublicKey{}, fail.New(fail.Unauthorized, "commit.Verify", "the key ID of the commitment is not a public key")
	}
	raw, err := id.Decode(rest)
	if err != nil {
		return keys.PublicKey{}, fail.New(fail.Unauthorized, "commit.Verify", "the public key of the commitment is not base64: %w", err)
	}
	k, err := keys.NewPublicKey(alg, raw)
	if err != nil {
		return k, fail.New(fail.Unauthorized, "commit.Verify", "the public key of the commitment is unusable: %w", err)
	}
	if who := c.Text(FieldCommitter); who != "" && who != httpsig.Address(raw) {
		return k, fail.New(fail.Unauthorized, "commit.Verify", "the committer %s is not the owner of the key", who)
	}
	return k, nil
}
