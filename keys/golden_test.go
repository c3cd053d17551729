package keys

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
)

func decode(t testing.TB, s string) []byte {
	t.Helper()
	b, err := id.Decode(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readJSON(t testing.TB, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestReferenceItem verifies the signature of EX-18.
// CONF-MSG-126
func TestReferenceItem(t *testing.T) {
	var ex struct {
		Modulus, Address, Signature string
		Message                     string `json:"message-hex"`
	}
	readJSON(t, testdata(t, "ex18.json"), &ex)
	k, err := NewPublicKey(RSAPSSSHA256, decode(t, ex.Modulus))
	if err != nil {
		t.Fatal(err)
	}
	if k.Address() != ex.Address || AddressOf(k.Bytes()).String() != ex.Address {
		t.Errorf("address %s, want %s", k.Address(), ex.Address)
	}
	msg, err := hex.DecodeString(ex.Message)
	if err != nil {
		t.Fatal(err)
	}
	sig := decode(t, ex.Signature)
	if err := k.Verify(msg, sig); err != nil {
		t.Error(err)
	}
	for i := range sig {
		sig[i] ^= 1
		if k.Verify(msg, sig) == nil {
			t.Fatalf("accepted with a bit of byte %d flipped", i)
		}
		sig[i] ^= 1
	}
	if k.Verify(append(msg, 0), sig) == nil {
		t.Error("accepted another message")
	}
}

// TestArbundles verifies what arbundles signed with each kind of key.
func TestArbundles(t *testing.T) {
	var file struct {
		Seed  string
		Items []struct{ Name, Owner, Signature, Signed string }
	}
	readJSON(t, testdata(t, "arbundles.json"), &file)
	seed, err := hex.DecodeString(file.Seed)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range file.Items {
		alg, ok := ParseAlgorithm(it.Name)
		if !ok {
			t.Fatal(it.Name)
		}
		k, err := NewPublicKey(alg, decode(t, it.Owner))
		if err != nil {
			t.Fatal(err)
		}
		msg, sig := decode(t, it.Signed), decode(t, it.Signature)
		if err := k.Verify(msg, sig); err != nil {
			t.Errorf("%s: %v", it.Name, err)
		}
		for _, i := range []int{0, 31, 32, len(sig) - 1} {
			sig[i] ^= 1
			if k.Verify(msg, sig) == nil {
				t.Errorf("%s: accepted with byte %d changed", it.Name, i)
			}
			sig[i] ^= 1
		}
		if k.Verify(msg, sig[:len(sig)-1]) == nil || k.Verify(msg, append(sig, 0)) == nil || k.Verify(msg[1:], sig) == nil {
			t.Errorf("%s: accepted another length or message", it.Name)
		}
		checkSameSigner(t, alg, seed, k, msg, sig)
	}
}

// checkSameSigner signs with the seed arbundles had: these schemes are
// deterministic, so the signatures must be the same.
func checkSameSigner(t *testing.T, alg Algorithm, seed []byte, want PublicKey, msg, sig []byte) {
	t.Helper()
	s, err := keyFromSeed(t, alg.Kind(), seed).Signer(alg)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.EqualFold(string(s.Public().Bytes()), string(want.Bytes())) {
		t.Errorf("%s: public key differs", alg)
	}
	got, err := s.Sign(msg)
	if err != nil || string(got) != string(sig) {
		t.Errorf("%s: signed %x, %v; want %x", alg, got, err, sig)
	}
}

// TestHTTPSignatures verifies every commitment recorded from the reference.
// CONF-MSG-126
func TestHTTPSignatures(t *testing.T) {
	type text struct{ Bin string }
	base := func(raw json.RawMessage) []byte { // text, or bytes that are none
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return []byte(s)
		}
		var o struct{ B64u string }
		readJSON(t, raw, &o)
		return decode(t, o.B64u)
	}
	var file struct {
		Cases []struct {
			Name        string
			Verify      json.RawMessage
			Commitments []struct {
				Base       json.RawMessage `json:"signature_base"`
				Commitment struct {
					Map struct{ Type, Keyid, Signature text }
				}
			}
		}
	}
	readJSON(t, sharedtest.File(t, "vectors/ids.json"), &file)
	rsaCount, hmacCount := 0, 0
	for _, c := range file.Cases {
		if string(c.Verify) != "true" {
			continue
		}
		for _, m := range c.Commitments {
			f := m.Commitment.Map
			sig := decode(t, f.Signature.Bin)
			switch {
			case f.Type.Bin == RSAPSSSHA512.String():
				raw := decode(t, strings.TrimPrefix(f.Keyid.Bin, "publickey:"))
				k, err := NewPublicKey(RSAPSSSHA512, raw)
				if err == nil {
					err = k.Verify(base(m.Base), sig)
				}
				if err != nil {
					t.Errorf("%s: %v", c.Name, err)
				}
				rsaCount++
			case strings.HasPrefix(f.Keyid.Bin, "constant:"):
				if !VerifyHMACSHA256([]byte(f.Keyid.Bin), base(m.Base), sig) {
					t.Errorf("%s: hmac", c.Name)
				}
				hmacCount++
			}
		}
	}
	if rsaCount < 50 || hmacCount < 50 {
		t.Errorf("only %d RSA and %d HMAC signatures were found", rsaCount, hmacCount)
	}
}

func TestEthereumAddress(t *testing.T) {
	key := decode(t, "BAoixXds4JhW42pzlLb83B3-I21lX78j3Q7cPaoFiCjMgjYwYLDj-xL132J147ifZFwRBmzmEMC8eYAXzbRNWuA")
	const want = "0xb7B4360F7F6298dE2e7a11009270F35F189Bd77E"
	if got, err := EthereumAddress(key); err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := EthereumAddress(key[1:]); err == nil {
		t.Error("64 bytes accepted")
	}
	if h := hex.EncodeToString(ptr(Keccak256([]byte("test"), []byte("ing")))); !strings.HasPrefix(h, "5f16f4c7") || !strings.HasSuffix(h, "9d1b02") {
		t.Error(h)
	}
	for _, a := range []string{"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"} {
		k, err := NewPublicKey(TypedEthereum, []byte(strings.ToLower(a)))
		if err != nil || k.Address() != a {
			t.Errorf("%s, %v; want %s", k.Address(), err, a)
		}
	}
}

func ptr(b [32]byte) []byte { return b[:] }

func TestPBKDF2(t *testing.T) {
	salt := id.Hash([]byte("constant:ao"))
	for length, want := range map[int]string{
		64: "mlsHMg7--kCo2gyrZxnVvnIW559rzCa2X0d3FuB3yq8h3Gjgd8VD99IC5y4vMRW3VpkFpkbW8Jy0qIzWVF_cvQ",
	} {
		got, err := PBKDF2("sha256", "user:pass", salt[:], 1_200_000, length)
		if err != nil || id.Encode(got) != want {
			t.Errorf("%s, %v; want %s", id.Encode(got), err, want)
		}
	}
	got, err := PBKDF2("sha256", "user:pass", salt[:], 1, 32)
	if err != nil || id.Encode(got) != "63dc1N5NZ0g0tf4AtAc5vBcfH4FatCAfzc63a_79eKY" {
		t.Errorf("%s, %v", id.Encode(got), err)
	}
	for _, bad := range []struct {
		hash string
		n, l int
	}{{"md5", 1, 1}, {"sha256", 0, 1}, {"sha256", 1, 0}, {"sha512", MaxIterations + 1, 1}, {"sha512", 1, MaxDerived + 1}} {
		if _, err := PBKDF2(bad.hash, "p", nil, bad.n, bad.l); err == nil {
			t.Errorf("%+v accepted", bad)
		}
	}
	if b, err := PBKDF2("sha512", "p", []byte("s"), 2, 10); err != nil || len(b) != 10 {
		t.Error(err)
	}
}
