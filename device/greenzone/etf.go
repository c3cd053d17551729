package greenzone

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
)

// RSA keys travel in Erlang's external term format: {{rsa,65537}, N} is a public
// key, {{rsa,65537}, D, N} a private one (spec 04, 7.7.7). These two terms are
// all that is written and read.
const (
	etfVersion = 131
	etfTuple   = 0x68 // one byte of arity
	etfAtom    = 0x77 // UTF-8, one byte of length
	etfOldAtom = 0x64 // Latin-1, two bytes of length
	etfInteger = 0x62 // four bytes
	etfBinary  = 0x6D // four bytes of length

	exponent = 65537
	maxPart  = 1024 // bytes of a number of a key
)

// writeKey returns the term of a key of the given numbers.
func writeKey(numbers ...[]byte) []byte {
	out := []byte{etfVersion, etfTuple, byte(1 + len(numbers)), etfTuple, 2, etfAtom, 3, 'r', 's', 'a', etfInteger}
	out = binary.BigEndian.AppendUint32(out, exponent)
	for _, n := range numbers {
		out = append(out, etfBinary)
		out = binary.BigEndian.AppendUint32(out, uint32(len(n)))
		out = append(out, n...)
	}
	return out
}

// readKey returns the numbers of a term that is a key of so many.
func readKey(b []byte, count int) ([][]byte, error) {
	bad := fail.New(fail.Invalid, "greenzone.Key", "this is not an RSA key as nodes exchange them")
	eat := func(want ...byte) bool {
		if len(b) < len(want) || string(b[:len(want)]) != string(want) {
			return false
		}
		b = b[len(want):]
		return true
	}
	if !eat(etfVersion, etfTuple, byte(1+count), etfTuple, 2) ||
		!eat(etfAtom, 3, 'r', 's', 'a') && !eat(etfOldAtom, 0, 3, 'r', 's', 'a') ||
		!eat(etfInteger, 0, 1, 0, 1) {
		return nil, bad
	}
	out := make([][]byte, count)
	for i := range out {
		if !eat(etfBinary) || len(b) < 4 {
			return nil, bad
		}
		n := binary.BigEndian.Uint32(b)
		b = b[4:]
		if n == 0 || n > maxPart || uint64(n) > uint64(len(b)) {
			return nil, bad
		}
		out[i], b = b[:n], b[n:]
	}
	if len(b) != 0 {
		return nil, bad
	}
	return out, nil
}

// publicKey returns the term of the public half of a wallet, as base64.
func publicKey(k *keys.PrivateKey) (string, error) {
	n, _, ok := k.RSAParts()
	if !ok {
		return "", notRSA(k)
	}
	return base64.StdEncoding.EncodeToString(writeKey(n)), nil
}

func notRSA(k *keys.PrivateKey) error {
	return fail.New(fail.Unsupported, Name, "a green zone needs a wallet of the kind rsa, this is %s (make one with the option key_type)", k.Kind())
}

// modulus reads a public key.
func modulus(text string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fail.New(fail.Invalid, "greenzone.Key", "public_key is not base64")
	}
	parts, err := readKey(b, 1)
	if err != nil {
		return nil, err
	}
	return parts[0], nil
}

// privateKey reads a wallet from its term.
func privateKey(term []byte) (*keys.PrivateKey, error) {
	parts, err := readKey(term, 2)
	if err != nil {
		return nil, err
	}
	text := base64.RawURLEncoding.EncodeToString
	jwk, err := json.Marshal(map[string]string{"kty": "RSA", "e": "AQAB", "d": text(parts[0]), "n": text(parts[1])})
	if err != nil {
		return nil, fail.Wrap(fail.Internal, "greenzone.Key", err)
	}
	return keys.ParseJWK(jwk)
}
