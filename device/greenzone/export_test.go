package greenzone

import (
	"encoding/base64"

	"github.com/hyperbeam-go/hyperbeam/keys"
)

// PublicKey is what nodes send of their wallet.
var PublicKey = publicKey

// OpenKey decrypts what a node answers to "key".
func OpenKey(zone []byte, sealed, iv string) (*keys.PrivateKey, error) {
	s, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, err
	}
	v, err := base64.StdEncoding.DecodeString(iv)
	if err != nil {
		return nil, err
	}
	term, err := unseal(zone, s, v)
	if err != nil {
		return nil, err
	}
	return privateKey(term)
}
