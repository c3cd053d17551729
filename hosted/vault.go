package hosted

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	stdjson "encoding/json"

	"golang.org/x/crypto/argon2"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Format of what is sealed (docs/formats/hosted-wallet.md).
const (
	sealVersion    = 1
	fromWallet     = 'w' // key derived from the node's wallet
	fromPassphrase = 'p' // key derived from a passphrase
	checkSize      = 8
	sealHead       = 2 + checkSize
	saltSize       = 16
)

// vault encrypts what this node keeps for itself.
type vault struct {
	seals byte // the key that seals
	keys  map[byte]*vaultKey
}

type vaultKey struct {
	aead  cipher.AEAD
	check [checkSize]byte // tells keys apart
}

// newVault returns a vault of the node's wallet and, if there is one, of a
// passphrase with its salt, which then seals.
func newVault(wallet *keys.PrivateKey, passphrase string, salt []byte) (*vault, error) {
	v := &vault{keys: map[byte]*vaultKey{}}
	add := func(kind byte, secret []byte) error {
		k, err := newVaultKey(secret)
		v.keys[kind], v.seals = k, kind
		return err
	}
	if wallet != nil {
		// The private exponent is the same however the wallet is written.
		var j struct{ D string }
		if err := stdjson.Unmarshal(wallet.JWK(), &j); err != nil {
			return nil, fail.Wrap(fail.Internal, "hosted.Vault", err)
		}
		if err := add(fromWallet, []byte(wallet.Address()+j.D)); err != nil {
			return nil, err
		}
	}
	if passphrase != "" {
		if err := add(fromPassphrase, argon2.IDKey([]byte(passphrase), salt, 3, 64<<10, 2, 32)); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func newVaultKey(secret []byte) (*vaultKey, error) {
	const op = "hosted.Vault"
	derived, err := hkdf.Key(sha256.New, secret, nil, "hyperbeam-go hosted wallets 1", 32+checkSize)
	if err != nil {
		return nil, fail.Wrap(fail.Internal, op, err)
	}
	block, err := aes.NewCipher(derived[:32])
	if err != nil {
		return nil, fail.Wrap(fail.Internal, op, err)
	}
	k := &vaultKey{check: [checkSize]byte(derived[32:])}
	k.aead, err = cipher.NewGCM(block)
	return k, fail.Wrap(fail.Internal, op, err)
}

// seal encrypts a text that only this node can open, and only for the same use.
func (v *vault) seal(use, text string) ([]byte, error) {
	k := v.keys[v.seals]
	if k == nil {
		return nil, fail.New(fail.Unsupported, "hosted.Seal", "the node has neither a wallet nor a passphrase to encrypt with")
	}
	nonce := make([]byte, k.aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	out := append([]byte{sealVersion, v.seals}, k.check[:]...)
	return k.aead.Seal(append(out, nonce...), nonce, []byte(text), []byte(use)), nil
}

// open is the inverse of seal.
//
// # Errors
//
// [fail.Invalid] when the bytes are damaged or for another use,
// [fail.Unauthorized] when they were sealed with another key.
func (v *vault) open(use string, sealed []byte) (string, error) {
	const op = "hosted.Open"
	if len(sealed) < sealHead || sealed[0] != sealVersion {
		return "", fail.New(fail.Invalid, op, "this is no sealed wallet of version %d", sealVersion)
	}
	k := v.keys[sealed[1]]
	if k == nil || [checkSize]byte(sealed[2:sealHead]) != k.check {
		return "", fail.New(fail.Unauthorized, op, "sealed with another key: the node's wallet or the passphrase has changed")
	}
	rest := sealed[sealHead:]
	if len(rest) < k.aead.NonceSize() {
		return "", fail.New(fail.Invalid, op, "the sealed wallet is cut off")
	}
	nonce, text := rest[:k.aead.NonceSize()], rest[k.aead.NonceSize():]
	out, err := k.aead.Open(nil, nonce, text, []byte(use))
	if err != nil {
		return "", fail.New(fail.Invalid, op, "the sealed wallet is damaged")
	}
	return string(out), nil
}

// textOf returns a message as JSON with its commitments.
func textOf(ctx context.Context, env codec.Env, m *message.Message) (string, error) {
	tabm, err := structured.Bundle(ctx, env, m)
	if err != nil {
		return "", err
	}
	v, err := json.Codec{}.Encode(ctx, env, tabm, codec.Options{Bundle: true, Inlined: true})
	if err != nil {
		return "", err
	}
	text, _ := message.Text(v)
	return text, nil
}

// messageOf is the inverse of textOf.
func messageOf(ctx context.Context, text string) (*message.Message, error) {
	tabm, err := json.Codec{}.Decode(ctx, commit.Env(message.NoLoader{}), message.Binary(text), codec.Options{Bundle: true})
	if err != nil {
		return nil, err
	}
	v, err := structured.FromTABM(tabm)
	if err != nil {
		return nil, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, "hosted.Record", "the text is not that of a message")
	}
	return m, nil
}
