package id

import (
	"encoding/base32"
	"strings"
)

// Base32Size is the length of an ID in base32.
const Base32Size = 52

func base32Alphabet() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// Base32 returns an ID as a name that a host can have: base32 in lower case,
// without padding (spec 05, 5.6).
func (i ID) Base32() string { return strings.ToLower(base32Alphabet().EncodeToString(i[:])) }

// ParseBase32 returns the ID with a base32 name, in any case, and whether the
// text is one. Of the texts that differ in bits which belong to no byte, one is
// a name.
func ParseBase32(name string) (out ID, ok bool) {
	if len(name) != Base32Size {
		return out, false
	}
	b, err := base32Alphabet().DecodeString(strings.ToUpper(name))
	if err != nil || copy(out[:], b) != Size {
		return out, false
	}
	return out, out.Base32() == strings.ToLower(name)
}
