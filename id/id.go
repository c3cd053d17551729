// Package id holds the arithmetic of identifiers.
//
// An AO-Core ID is 32 bytes. Its native form is those bytes, its human form the
// 43 characters of unpadded base64url. IDs are chained (hashpaths) and
// accumulated (sets of commitments); see spec 01 sections 3.1-3.3. Everything
// here is pure and allocates at most its result.
package id

import (
	"crypto/sha256"
	"encoding/base64"
	"math/bits"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Size is the length of a native ID in bytes, HumanSize that of its text.
const (
	Size      = 32
	HumanSize = 43
)

// ID is a native identifier.
type ID [Size]byte

// String returns the human form.
func (i ID) String() string { return base64.RawURLEncoding.EncodeToString(i[:]) }

// IsZero reports whether all bytes are zero.
func (i ID) IsZero() bool { return i == ID{} }

// Hash returns the SHA-256 of b as an ID.
func Hash(b []byte) ID { return sha256.Sum256(b) }

// Encode returns b as unpadded base64url.
func Encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Decode reads base64 in either alphabet, mixed, with optional padding and
// ASCII whitespace between characters (spec 01, 3.1). Unused trailing bits are
// ignored.
//
// # Errors
//
// [fail.Invalid] when another character occurs or the length cannot be.
func Decode(s string) ([]byte, error) {
	for _, enc := range [...]*base64.Encoding{base64.RawURLEncoding, base64.StdEncoding} {
		if b, err := enc.DecodeString(s); err == nil {
			return b, nil
		}
	}
	return decodeLoose(s)
}

// decodeLoose reads what is not written in one of the usual ways.
func decodeLoose(s string) ([]byte, error) {
	const op = "id.Decode"
	var tmp [128]byte
	buf := tmp[:0]
	if len(s) > len(tmp) {
		buf = make([]byte, 0, len(s))
	}
	pad := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == ' ' || (c >= '\t' && c <= '\r'):
			continue
		case c == '=':
			pad++
			continue
		case c == '+':
			c = '-'
		case c == '/':
			c = '_'
		}
		if pad > 0 {
			return nil, fail.New(fail.Invalid, op, "base64 continues after its padding")
		}
		buf = append(buf, c)
	}
	if pad > 2 || (pad > 0 && (len(buf)+pad)%4 != 0) {
		return nil, fail.New(fail.Invalid, op, "base64 has the wrong padding")
	}
	out := make([]byte, base64.RawURLEncoding.DecodedLen(len(buf)))
	n, err := base64.RawURLEncoding.Decode(out, buf)
	if err != nil {
		return nil, fail.New(fail.Invalid, op, "not base64url: %w", err)
	}
	return out[:n], nil
}

// Is reports whether s has the length of an ID: 32 (native), 42 (Ethereum
// address) or 43 (human). The content is not inspected (spec 01, 3.2, Q-04).
func Is(s string) bool { return len(s) == 32 || len(s) == 42 || len(s) == 43 }

// Parse reads a native (32 bytes) or human (43 characters) ID.
//
// # Errors
//
// [fail.Invalid] when s is neither.
func Parse(s string) (ID, error) {
	var out ID
	switch len(s) {
	case Size:
		copy(out[:], s)
		return out, nil
	case HumanSize:
		// Strict alphabet first: this is the hot path.
		if n, err := base64.RawURLEncoding.Decode(out[:], []byte(s)); err == nil && n == Size {
			return out, nil
		}
		b, err := Decode(s)
		if err == nil && len(b) == Size {
			copy(out[:], b)
			return out, nil
		}
	}
	return out, fail.New(fail.Invalid, "id.Parse", "not an ID (32 bytes or 43 base64url characters)")
}

// Human returns the human form of s: 32 bytes are encoded, 42 and 43
// characters are returned unchanged.
//
// # Errors
//
// [fail.Invalid] for any other length.
func Human(s string) (string, error) {
	switch len(s) {
	case 32:
		return Encode([]byte(s)), nil
	case 42, 43:
		return s, nil
	}
	return "", fail.New(fail.Invalid, "id.Human", "not an ID: %d bytes", len(s))
}

// Chain returns SHA-256(a || x): the next root of a hashpath (spec 01, 3.3).
func Chain(a ID, x []byte) ID {
	h := sha256.New()
	h.Write(a[:])
	h.Write(x)
	var out ID
	h.Sum(out[:0])
	return out
}

// Accumulate returns the sum of ids as big-endian integers modulo 2^256. It
// does not depend on their order; one ID accumulates to itself.
func Accumulate(ids ...ID) ID {
	var w [4]uint64 // least significant first
	for _, i := range ids {
		var carry uint64
		for k := range w {
			w[k], carry = bits.Add64(w[k], word(i, 3-k), carry)
		}
	}
	var out ID
	for k := range w {
		for j := range 8 {
			out[(3-k)*8+j] = byte(w[k] >> (56 - 8*j))
		}
	}
	return out
}

// word returns the n-th big-endian 64-bit word of i.
func word(i ID, n int) uint64 {
	var v uint64
	for _, b := range i[n*8 : n*8+8] {
		v = v<<8 | uint64(b)
	}
	return v
}
