package keys

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
)

// digest is a hash function of PSS, named by its size in bytes.
type digest int

const (
	sha256Hash digest = sha256.Size
	sha512Hash digest = sha512.Size
)

// sum writes the hash of the concatenated pieces into out.
func (d digest) sum(out *[64]byte, a, b, c []byte) {
	if d == sha256Hash {
		h := sha256.New()
		h.Write(a)
		h.Write(b)
		h.Write(c)
		h.Sum(out[:0])
		return
	}
	h := sha512.New()
	h.Write(a)
	h.Write(b)
	h.Write(c)
	h.Sum(out[:0])
}

// verifyPSS reports whether signature is RSASSA-PSS (RFC 8017, 8.1.2) of a
// message whose hash is mHash, with the salt length taken from the signature
// and MGF1 of the same hash function.
func (m *modulus) verifyPSS(h digest, mHash, signature []byte) bool {
	size := int(h)
	if len(signature) != m.length {
		return false
	}
	var buf [MaxModulusBits / 8]byte
	em := buf[:m.length]
	if !m.power65537(em, signature) {
		return false
	}
	// The encoded message has one bit less than the modulus, which can be a
	// byte less.
	emBits := m.bits - 1
	if emBits%8 == 0 {
		if em[0] != 0 {
			return false
		}
		em = em[1:]
	}
	if len(em) < size+2 || em[len(em)-1] != 0xbc {
		return false
	}
	db, hash := em[:len(em)-size-1], em[len(em)-size-1:len(em)-1]
	unused := byte(0xff) << ((emBits-1)%8 + 1) // bits above emBits
	if db[0]&unused != 0 {
		return false
	}
	mask(db, hash, h)
	db[0] &^= unused
	for len(db) > 0 && db[0] == 0 {
		db = db[1:]
	}
	if len(db) == 0 || db[0] != 1 {
		return false
	}
	var zeros [8]byte
	var want [64]byte
	h.sum(&want, zeros[:], mHash, db[1:])
	return string(want[:size]) == string(hash)
}

// mask applies MGF1 (RFC 8017, B.2.1) of seed to db by exclusive or.
func mask(db, seed []byte, h digest) {
	var counter [4]byte
	var out [64]byte
	for i := uint32(0); len(db) > 0; i++ {
		binary.BigEndian.PutUint32(counter[:], i)
		h.sum(&out, seed, counter[:], nil)
		n := min(len(db), int(h))
		for k := range n {
			db[k] ^= out[k]
		}
		db = db[n:]
	}
}
