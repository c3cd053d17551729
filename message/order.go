package message

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sort"
)

// WireKeys returns the keys in the order that byte-exact outputs list them
// (K-order of spec 01, 2.3): bytewise up to 32 keys, the reverse of the hash
// trie order of the reference above. The slice must not be changed.
func (m *Message) WireKeys() []string {
	if m.Len() <= SmallSize {
		return m.Keys()
	}
	memo := m.Memo()
	if p := memo.wireKeys.Load(); p != nil {
		return *p
	}
	keys := m.Keys()
	SortWire(keys)
	memo.wireKeys.Store(&keys)
	return keys
}

// MapKeys returns the keys in the iteration order of the reference (I-order of
// spec 01, 2.3): bytewise up to 32 keys, the reverse of [Message.WireKeys]
// above.
func (m *Message) MapKeys() []string {
	if m.Len() <= SmallSize {
		return m.Keys()
	}
	keys := slices.Clone(m.WireKeys())
	slices.Reverse(keys)
	return keys
}

// SortWire sorts distinct keys in place into K-order, as the keys of one map.
func SortWire(keys []string) {
	if len(keys) <= SmallSize {
		sort.Strings(keys)
		return
	}
	type hashed struct {
		path uint64
		key  string
	}
	hs := make([]hashed, len(keys))
	for i, k := range keys {
		hs[i] = hashed{triePath(mapHash(k)), k}
	}
	slices.SortFunc(hs, func(a, b hashed) int {
		switch {
		case a.path > b.path:
			return -1
		case a.path < b.path:
			return 1
		case a.key > b.key: // 64-bit collisions do not occur in practice
			return -1
		}
		return 1
	})
	for i := range hs {
		keys[i] = hs[i].key
	}
}

// triePath turns a hash into a number whose order is that of the hash's
// nibbles, least significant first.
func triePath(h uint64) uint64 {
	h = bits.ReverseBytes64(h)
	return h&0x0f0f0f0f0f0f0f0f<<4 | h>>4&0x0f0f0f0f0f0f0f0f
}

// mapHash is the 64-bit internal hash of OTP 27 for a binary, salt 0 (spec 01,
// 2.3).
func mapHash(key string) uint64 {
	const c1, c2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
	var a, b, t uint64
	mixA := func(e uint64) {
		a ^= bits.RotateLeft64(e*c1, 31) * c2
		a = (bits.RotateLeft64(a, 27)+b)*5 + 0x52DCE729
		t++
	}
	mixB := func(e uint64) {
		b ^= bits.RotateLeft64(e*c2, 33) * c1
		b = (bits.RotateLeft64(b, 31)+a)*5 + 0x38495AB5
		t++
	}
	mixA(11)
	mixB(8 * uint64(len(key)))
	s := []byte(key)
	for ; len(s) >= 16; s = s[16:] {
		mixA(binary.LittleEndian.Uint64(s))
		mixB(binary.LittleEndian.Uint64(s[8:]))
	}
	if len(s) > 8 {
		b ^= bits.RotateLeft64(tail(s[8:])*c2, 33) * c1
	}
	if len(s) > 0 {
		a ^= bits.RotateLeft64(tail(s[:min(8, len(s))])*c1, 31) * c2
	}
	a ^= t
	b ^= t
	a += b
	b += a
	a, b = avalanche(a), avalanche(b)
	a += b
	b += a
	return a ^ b
}

// tail reads up to 8 bytes little-endian, zero-extended.
func tail(s []byte) uint64 {
	var x uint64
	for i, c := range s {
		x |= uint64(c) << (8 * i)
	}
	return x
}

func avalanche(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xFF51AFD7ED558CCD
	x ^= x >> 33
	x *= 0xC4CEB9FE1A85EC53
	return x ^ x>>33
}
