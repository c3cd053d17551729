package keys

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"math/big"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
)

// jwk is the JSON form of a key (RFC 7517, RFC 7518 section 6, RFC 8037).
type jwk struct {
	Kty string `json:"kty"`
	Ext bool   `json:"ext,omitempty"`
	Alg string `json:"alg,omitempty"`
	Crv string `json:"crv,omitempty"`
	E   string `json:"e,omitempty"`
	N   string `json:"n,omitempty"`
	X   string `json:"x,omitempty"`
	Y   string `json:"y,omitempty"`
	D   string `json:"d"`
	P   string `json:"p,omitempty"`
	Q   string `json:"q,omitempty"`
	DP  string `json:"dp,omitempty"`
	DQ  string `json:"dq,omitempty"`
	QI  string `json:"qi,omitempty"`
}

// MaxJWKSize is the greatest JWK that is read, in bytes.
const MaxJWKSize = 64 << 10

// ParseJWK reads a private key: RSA (with or without its primes, which are
// recovered when absent), EC with the curve secp256k1, or OKP with Ed25519.
//
// # Errors
//
// [fail.Invalid] when the text is no such key or its parts contradict each
// other, [fail.Unsupported] for other key types and curves. No error quotes the
// text.
func ParseJWK(text []byte) (*PrivateKey, error) {
	const op = "keys.ParseJWK"
	if len(text) > MaxJWKSize {
		return nil, fail.New(fail.Invalid, op, "key file of %d bytes, at most %d", len(text), MaxJWKSize)
	}
	var j jwk
	if err := json.Unmarshal(text, &j); err != nil {
		return nil, fail.New(fail.Invalid, op, "not a JWK: the text is not the JSON object of a key")
	}
	if j.D == "" {
		return nil, fail.New(fail.Invalid, op, "the JWK has no private part (d)")
	}
	switch {
	case j.Kty == "RSA":
		return parseRSA(&j)
	case j.Kty == "EC" && j.Crv == "secp256k1":
		return parseEC(&j)
	case j.Kty == "OKP" && j.Crv == "Ed25519":
		return parseOKP(&j)
	}
	return nil, fail.New(fail.Unsupported, op, "key type %q with curve %q is not supported", j.Kty, j.Crv)
}

// member decodes a base64url member that must be there.
func member(name, text string) ([]byte, error) {
	b, err := id.Decode(text)
	if err != nil || len(b) == 0 {
		return nil, fail.New(fail.Invalid, "keys.ParseJWK", "member %s of the JWK is missing or not base64url", name)
	}
	return b, nil
}

func parseRSA(j *jwk) (*PrivateKey, error) {
	const op = "keys.ParseJWK"
	n, err := member("n", j.N)
	if err != nil {
		return nil, err
	}
	if _, err := newModulus(n); err != nil {
		return nil, err
	}
	d, err := member("d", j.D)
	if err != nil {
		return nil, err
	}
	if j.E != "" {
		e, err := member("e", j.E)
		if err != nil {
			return nil, err
		}
		if new(big.Int).SetBytes(e).Cmp(big.NewInt(publicExponent)) != 0 {
			return nil, fail.New(fail.Invalid, op, "the public exponent of an RSA key must be 65537")
		}
	}
	k := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).SetBytes(n), E: publicExponent},
		D:         new(big.Int).SetBytes(d),
	}
	var p, q *big.Int
	if j.P != "" && j.Q != "" {
		pb, err := member("p", j.P)
		if err != nil {
			return nil, err
		}
		qb, err := member("q", j.Q)
		if err != nil {
			return nil, err
		}
		p, q = new(big.Int).SetBytes(pb), new(big.Int).SetBytes(qb)
	} else if p, q, err = factor(k.N, k.D); err != nil {
		return nil, err
	}
	k.Primes = []*big.Int{p, q}
	k.Precompute()
	if err := k.Validate(); err != nil {
		return nil, fail.New(fail.Invalid, op, "the parts of the RSA key contradict each other: %w", err)
	}
	return &PrivateKey{kind: RSA, rsa: k}, nil
}

func parseEC(j *jwk) (*PrivateKey, error) {
	const op = "keys.ParseJWK"
	d, err := member("d", j.D)
	if err != nil {
		return nil, err
	}
	var s secp256k1.ModNScalar
	if len(d) != 32 || s.SetByteSlice(d) || s.IsZero() {
		return nil, fail.New(fail.Invalid, op, "the private part of a secp256k1 key must be 32 bytes and below the order of the curve")
	}
	k := &PrivateKey{kind: Secp256k1, ec: secp256k1.NewPrivateKey(&s)}
	x, err := member("x", j.X)
	if err != nil {
		return nil, err
	}
	y, err := member("y", j.Y)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(append(x, y...), k.ec.PubKey().SerializeUncompressed()[1:]) {
		return nil, fail.New(fail.Invalid, op, "the public part of the key does not belong to its private part")
	}
	return k, nil
}

func parseOKP(j *jwk) (*PrivateKey, error) {
	const op = "keys.ParseJWK"
	d, err := member("d", j.D)
	if err != nil {
		return nil, err
	}
	if len(d) != ed25519.SeedSize {
		return nil, fail.New(fail.Invalid, op, "the private part of an Ed25519 key must be 32 bytes")
	}
	k := &PrivateKey{kind: Curve25519, ed: ed25519.NewKeyFromSeed(d)}
	x, err := member("x", j.X)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(x, k.wire(Ed25519)) {
		return nil, fail.New(fail.Invalid, op, "the public part of the key does not belong to its private part")
	}
	return k, nil
}

// JWK returns the key as a JWK with its secret: one line of JSON. RSA keys
// carry their primes, and e is "AQAB" as other software writes it.
func (k *PrivateKey) JWK() []byte {
	j := jwk{Ext: true}
	switch k.kind {
	case RSA:
		p, q := k.rsa.Primes[0], k.rsa.Primes[1]
		j.Kty, j.E, j.N = "RSA", id.Encode(big.NewInt(publicExponent).Bytes()), id.Encode(k.rsa.N.Bytes())
		j.D, j.P, j.Q = id.Encode(k.rsa.D.Bytes()), id.Encode(p.Bytes()), id.Encode(q.Bytes())
		j.DP, j.DQ = id.Encode(k.rsa.Precomputed.Dp.Bytes()), id.Encode(k.rsa.Precomputed.Dq.Bytes())
		j.QI = id.Encode(k.rsa.Precomputed.Qinv.Bytes())
	case Secp256k1:
		point := k.ec.PubKey().SerializeUncompressed()
		j.Kty, j.Alg, j.Crv = "EC", "ES256K", "secp256k1"
		j.X, j.Y, j.D = id.Encode(point[1:33]), id.Encode(point[33:]), id.Encode(k.ec.Serialize())
	case Curve25519:
		j.Kty, j.Alg, j.Crv = "OKP", "EdDSA", "Ed25519"
		j.X, j.D = id.Encode(k.wire(Ed25519)), id.Encode(k.ed.Seed())
	}
	out, err := json.Marshal(j)
	if err != nil { // strings and a boolean always marshal
		return nil
	}
	return out
}
