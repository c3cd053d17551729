package keys

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
)

// keyFromSeed builds a curve key from 32 fixed bytes.
func keyFromSeed(t testing.TB, kind Kind, seed []byte) *PrivateKey {
	t.Helper()
	j := map[string]string{"kty": "OKP", "crv": "Ed25519", "d": id.Encode(seed),
		"x": id.Encode(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))}
	if kind == Secp256k1 {
		j = map[string]string{"kty": "EC", "crv": "secp256k1", "d": id.Encode(seed)}
		p := secpPoint(seed)
		j["x"], j["y"] = id.Encode(p[1:33]), id.Encode(p[33:])
	}
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParseJWK(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// secpPoint returns the uncompressed point of a secret.
func secpPoint(seed []byte) []byte {
	return secp256k1.PrivKeyFromBytes(seed).PubKey().SerializeUncompressed()
}

// wallet returns a 4096-bit key.
func wallet(t testing.TB) *PrivateKey {
	t.Helper()
	k, err := ReadFile(sharedtest.Dir(t, "testdata/key-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestWallets reads wallets of the reference and of arbundles, with and without
// primes, and signs with both RSA algorithms.
func TestWallets(t *testing.T) {
	for name, address := range map[string]string{
		"testdata/ref-wallet.json": "IC04uinebAqC_kAxB9eBWmDPBMfqaWIN7l7KvRa-RzA",
		"testdata/key-1.json":      "vcaPe4JWnrSOCktDHBgXge-zWUb6JRkqbom5w9t7i-4",
		"testdata/key-2.json":      "J-j0jyZ1YWhMBXtJMWHz-dl-mDcksoJSQo_Fq5loHUs",
		"vectors/hbsig/jwk.json":   "9183APBTssX45Ry9pcu-Dm8T48aExE6KT10AwfkeRYY",
	} {
		k, err := ReadFile(sharedtest.Dir(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if k.Address() != address || k.Kind() != RSA {
			t.Errorf("%s: address %s, want %s", name, k.Address(), address)
		}
		if len(k.rsa.Primes) != 2 || k.rsa.Precomputed.Dp == nil {
			t.Errorf("%s: no primes", name)
		}
		for _, alg := range []Algorithm{RSAPSSSHA256, RSAPSSSHA512} {
			signAndVerify(t, k, alg)
		}
		again, err := ParseJWK(k.JWK())
		if err != nil || !again.rsa.Equal(k.rsa) {
			t.Errorf("%s does not survive writing: %v", name, err)
		}
	}
}

func signAndVerify(t *testing.T, k *PrivateKey, alg Algorithm) {
	t.Helper()
	s, err := k.Signer(alg)
	if err != nil {
		t.Fatal(err)
	}
	msg := []byte("a message of " + alg.String())
	sig, err := s.Sign(msg)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := NewPublicKey(s.Algorithm(), s.Public().Bytes())
	if err != nil || !pub.Equal(s.Public()) {
		t.Errorf("%s: the public key differs, %v", alg, err)
	}
	if err := pub.Verify(msg, sig); err != nil {
		t.Errorf("%s: %v", alg, err)
	}
	err = pub.Verify([]byte("another"), sig)
	if !fail.Is(err, fail.Unauthorized) {
		t.Errorf("%s: verdict on another message: %v", alg, err)
	}
}

func TestCurves(t *testing.T) {
	for kind, algs := range map[Kind][]Algorithm{
		Curve25519: {Ed25519, Solana},
		Secp256k1:  {ECDSASecp256k1, Ethereum, TypedEthereum},
	} {
		k, err := Generate(kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, alg := range algs {
			signAndVerify(t, k, alg)
		}
		if _, err := k.Signer(RSAPSSSHA256); !fail.Is(err, fail.Invalid) {
			t.Errorf("%s key signs RSA: %v", kind, err)
		}
		again, err := ParseJWK(k.JWK())
		if err != nil || again.Address() != k.Address() {
			t.Errorf("%s key does not survive writing: %v", kind, err)
		}
	}
	if _, err := Generate(0); !fail.Is(err, fail.Unsupported) {
		t.Error(err)
	}
}

func TestCompressedPoint(t *testing.T) {
	k := keyFromSeed(t, Secp256k1, []byte(strings.Repeat("k", 32)))
	s, err := k.Signer(ECDSASecp256k1)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := s.Sign([]byte("m"))
	if err != nil {
		t.Fatal(err)
	}
	pub, err := NewPublicKey(ECDSASecp256k1, k.ec.PubKey().SerializeCompressed())
	if err != nil || pub.Verify([]byte("m"), sig) != nil {
		t.Error("compressed point", err)
	}
	if pub.Verify([]byte("m"), make([]byte, 64)) == nil {
		t.Error("zero signature accepted")
	}
}

func TestBadPublicKeys(t *testing.T) {
	point := secpPoint([]byte(strings.Repeat("k", 32)))
	hybrid := append([]byte{6}, point[1:]...)
	off := append([]byte{}, point...)
	off[64] ^= 1
	for _, c := range []struct {
		alg Algorithm
		raw []byte
	}{
		{Ed25519, point}, {Solana, nil}, {Ethereum, point[:33]}, {Ethereum, hybrid}, {ECDSASecp256k1, off},
		{TypedEthereum, []byte("0xzz")}, {TypedEthereum, []byte("0y" + strings.Repeat("a", 40))},
		{TypedEthereum, []byte("0x" + strings.Repeat("g", 40))}, {0, point}, {200, point},
	} {
		if k, err := NewPublicKey(c.alg, c.raw); err == nil || k.Verify(nil, nil) == nil {
			t.Errorf("%s accepted %x", c.alg, c.raw)
		}
	}
}

func TestSecretsStaySecret(t *testing.T) {
	k := keyFromSeed(t, Secp256k1, []byte(strings.Repeat("k", 32)))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got, want := fmt.Sprintf(verb, k), "secp256k1 key of "+k.Address(); got != want {
			t.Errorf("%s prints %q, want %q", verb, got, want)
		}
	}
}

func TestBadJWK(t *testing.T) {
	var good map[string]any
	if err := json.Unmarshal(wallet(t).JWK(), &good); err != nil {
		t.Fatal(err)
	}
	change := func(key string, v any, drop ...string) string {
		c := map[string]any{}
		for k, v := range good {
			c[k] = v
		}
		if c[key] = v; v == nil {
			delete(c, key)
		}
		for _, k := range drop {
			delete(c, k)
		}
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for name, text := range map[string]string{
		"no JSON":          "secret text",
		"no object":        "[]",
		"public":           change("d", nil),
		"kty":              change("kty", "oct"),
		"curve":            `{"kty":"EC","crv":"P-256","d":"AA"}`,
		"n missing":        change("n", nil),
		"n not base64":     change("n", "!!"),
		"e of 3":           change("e", "Aw"),
		"d wrong":          change("d", "AQAB", "p", "q"),
		"d zero":           change("d", "AA", "p", "q"),
		"d wrong, primes":  change("d", "AQAB"),
		"p wrong":          change("p", "AQAB"),
		"p zero":           change("p", "AA"),
		"n even, small":    change("n", "AAAC"),
		"ec short":         `{"kty":"EC","crv":"secp256k1","d":"AQ","x":"AQ","y":"AQ"}`,
		"ec zero":          `{"kty":"EC","crv":"secp256k1","d":"` + strings.Repeat("A", 43) + `"}`,
		"ec no x":          `{"kty":"EC","crv":"secp256k1","d":"` + strings.Repeat("B", 43) + `"}`,
		"ec wrong x":       `{"kty":"EC","crv":"secp256k1","d":"` + strings.Repeat("B", 43) + `","x":"AQ","y":"AQ"}`,
		"okp short":        `{"kty":"OKP","crv":"Ed25519","d":"AQ"}`,
		"okp no x":         `{"kty":"OKP","crv":"Ed25519","d":"` + strings.Repeat("A", 43) + `"}`,
		"okp wrong x":      `{"kty":"OKP","crv":"Ed25519","d":"` + strings.Repeat("A", 43) + `","x":"AQ"}`,
		"bigger than any":  `{"kty":"` + strings.Repeat("A", MaxJWKSize) + `"}`,
		"d one less prime": change("d", good["p"], "p", "q"),
	} {
		k, err := ParseJWK([]byte(text))
		if err == nil {
			t.Errorf("%s: accepted as %s", name, k)
		} else if strings.Contains(err.Error(), "secret text") {
			t.Errorf("%s: the error quotes the file: %v", name, err)
		}
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key.json")
	if _, err := ReadFile(path); !fail.Is(err, fail.NotFound) || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
	k, err := Generate(Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.CreateFile(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again, err := ReadFile(path)
	if err != nil || again.Address() != k.Address() {
		t.Error(err)
	}
	if err := k.CreateFile(path); !fail.Is(err, fail.Conflict) {
		t.Errorf("existing file: %v", err)
	}
	if err := k.CreateFile(filepath.Join(dir, "none", "key.json")); !fail.Is(err, fail.Unavailable) {
		t.Errorf("missing folder: %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("files left behind: %v, %v", left, err)
	}
	bad := filepath.Join(dir, "bad.json")
	if err := os.WriteFile(bad, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = ReadFile(bad)
	var e *fail.Error
	if !errors.As(err, &e) || e.Path != bad {
		t.Errorf("bad file: %v", err)
	}
	if _, err := ReadFile(dir); err == nil {
		t.Error("a folder was read")
	}
}

func TestAlgorithmNames(t *testing.T) {
	for a := RSAPSSSHA512; a <= Solana; a++ {
		if got, ok := ParseAlgorithm(a.String()); !ok || got != a || a.Kind().String() == "unknown" {
			t.Errorf("%s", a)
		}
	}
	if _, ok := ParseAlgorithm("unknown"); ok {
		t.Error("unknown")
	}
}

func FuzzParseJWK(f *testing.F) {
	f.Add([]byte(`{"kty":"OKP","crv":"Ed25519","d":"AQ","x":"AQ"}`))
	f.Add([]byte(`{"kty":"EC","crv":"secp256k1","d":"AQ","x":"AQ","y":"AQ"}`))
	f.Add([]byte(`{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if k, err := ParseJWK(text); err == nil {
			if _, err := ParseJWK(k.JWK()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkVerifyEthereum(b *testing.B) {
	s, err := keyFromSeed(b, Secp256k1, []byte(strings.Repeat("k", 32))).Signer(Ethereum)
	if err != nil {
		b.Fatal(err)
	}
	sig, err := s.Sign([]byte("m"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Public().Verify([]byte("m"), sig); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAddressIsThatOfHTTPKeyIDs: the address of a pair is what nodes derive
// from the public key in a key ID.
func TestAddressIsThatOfHTTPKeyIDs(t *testing.T) {
	for kind, alg := range map[Kind]Algorithm{Curve25519: Ed25519, Secp256k1: ECDSASecp256k1} {
		k := keyFromSeed(t, kind, []byte(strings.Repeat("a", 32)))
		s, err := k.Signer(alg)
		if err != nil {
			t.Fatal(err)
		}
		if want := AddressOf(s.Public().Bytes()).String(); k.Address() != want {
			t.Errorf("%s: %s, want %s", kind, k.Address(), want)
		}
	}
}
