package snptest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
)

// Measurement returns the digest of a machine that was started from [Hashes]:
// the second vector of spec 04, 7.5.6, and that of the reference's report.
func Measurement(t testing.TB) [snp.DigestSize]byte {
	t.Helper()
	r, err := snp.Launch{
		VCPUs: 32, VCPUType: 5, VMM: snp.QEMU, Features: 1,
		Firmware: [48]byte(unhex(t, firmware)), Kernel: [32]byte(unhex(t, kernel)),
		Initrd: [32]byte(unhex(t, initrd)), Append: [32]byte(unhex(t, commandLine)),
	}.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const (
	firmware    = "b8c5d4082d5738db6b0fb0294174992738645df70c44cdecf7fad3a62244b788e7e408c582ee48a74b289f3acec78510"
	kernel      = "69d0cd7d13858e4fcef6bc7797aebd258730f215bc5642c4ad8e4b893cc67576"
	initrd      = "544045560322dbcd2c454bdc50f35edf0147829ec440e6cb487b4a1503f923c1"
	commandLine = "95a34faced5e487991f9cc2253a41cbd26b708bf00328f98dddbbf6b3ea2892e"
)

// Hashes returns what such a machine says it was started from.
func Hashes() *message.Message {
	return message.Of(
		message.P("vcpus", message.Int(32)), message.P("vcpu_type", message.Int(5)),
		message.P("vmm_type", message.Int(1)), message.P("guest_features", message.Int(1)),
		message.P("firmware", message.Binary(firmware)), message.P("kernel", message.Binary(kernel)),
		message.P("initrd", message.Binary(initrd)), message.P("append", message.Binary(commandLine)))
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Wallet makes a wallet of the kind rsa, shorter than real ones, which
// take seconds to make.
func Wallet(t testing.TB) *keys.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	text := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	jwk, err := json.Marshal(map[string]string{"kty": "RSA", "e": "AQAB", "n": text(k.N.Bytes()), "d": text(k.D.Bytes())})
	if err != nil {
		t.Fatal(err)
	}
	w, err := keys.ParseJWK(jwk)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
