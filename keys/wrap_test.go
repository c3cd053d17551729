package keys

import (
	"bytes"
	"crypto/x509"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
)

// CONF-TEE-13
func TestWrapAndUnwrap(t *testing.T) {
	k, err := ParseJWK(sharedtest.File(t, "testdata/key-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	n, d, ok := k.RSAParts()
	if !ok || len(d) == 0 {
		t.Fatal("no RSA key")
	}
	secret := []byte("0123456789abcdef0123456789abcdef")
	for _, p := range []Padding{OAEP, PKCS1} {
		w, err := Wrap(n, p, secret)
		if err != nil {
			t.Fatal(p, err)
		}
		if got, err := k.Unwrap(p, w); err != nil || !bytes.Equal(got, secret) {
			t.Error(p, got, err)
		}
		w[len(w)-1] ^= 1
		if got, err := k.Unwrap(p, w); !fail.Is(err, fail.Unauthorized) && bytes.Equal(got, secret) {
			t.Error(p, "a changed ciphertext:", err)
		}
		if _, err := Wrap(n, p, make([]byte, 1024)); !fail.Is(err, fail.Invalid) {
			t.Error(p, "a long secret:", err)
		}
	}
	if _, err := Wrap([]byte{1, 2, 3}, OAEP, secret); err == nil {
		t.Error("a modulus of three bytes")
	}
	if pub, err := x509.ParsePKCS1PublicKey(k.PKCS1()); err != nil || !bytes.Equal(pub.N.Bytes(), n) {
		t.Error(err)
	}
	other, err := Generate(Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Unwrap(OAEP, secret); !fail.Is(err, fail.Unsupported) || other.PKCS1() != nil {
		t.Error(err)
	}
	if _, _, ok := other.RSAParts(); ok {
		t.Error("an Ed25519 key has a modulus")
	}
}
