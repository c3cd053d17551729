package hosted

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
)

func testKey(t testing.TB) *keys.PrivateKey {
	t.Helper()
	k, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func testVault(t testing.TB, wallet *keys.PrivateKey, passphrase string) *vault {
	t.Helper()
	v, err := newVault(wallet, passphrase, []byte("a salt of 16 b.."))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVault(t *testing.T) {
	wallet := testKey(t)
	v := testVault(t, wallet, "")
	sealed, err := v.seal("use", "text")
	if err != nil || bytes.Contains(sealed, []byte("text")) {
		t.Fatal(err)
	}
	if again, _ := v.seal("use", "text"); bytes.Equal(again, sealed) {
		t.Error("sealing twice gives the same bytes")
	}
	reparsed, err := keys.ParseJWK(wallet.JWK())
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]*vault{"itself": v, "later": testVault(t, reparsed, ""), "with a passphrase since": testVault(t, wallet, "a passphrase")} {
		if text, err := w.open("use", sealed); err != nil || text != "text" {
			t.Errorf("%s: %q %v", name, text, err)
		}
	}
	for name, w := range map[string]*vault{"another wallet": testVault(t, testKey(t), ""), "a passphrase alone": testVault(t, nil, "a passphrase"), "nothing": testVault(t, nil, "")} {
		if _, err := w.open("use", sealed); !fail.Is(err, fail.Unauthorized) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := testVault(t, nil, "").seal("use", "x"); err == nil {
		t.Error("sealed with nothing")
	}
	if _, err := v.open("another use", sealed); err == nil {
		t.Error("opened for another use")
	}
}

func TestPassphrase(t *testing.T) {
	sealed, err := testVault(t, testKey(t), "correct horse").seal("use", "text")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := testVault(t, testKey(t), "correct horse").open("use", sealed); err != nil || text != "text" {
		t.Errorf("the node's wallet is needed beside the passphrase: %v", err)
	}
	if _, err := testVault(t, testKey(t), "wrong horse").open("use", sealed); !fail.Is(err, fail.Unauthorized) {
		t.Errorf("a wrong passphrase: %v", err)
	}
}

// Every change of a sealed text is noticed, and no bytes cause a fault.
func FuzzVault(f *testing.F) {
	v := testVault(f, testKey(f), "")
	sealed, err := v.seal("use", "text")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add(sealed[:20])
	f.Add([]byte{})
	for i := range sealed {
		bent := bytes.Clone(sealed)
		bent[i] ^= 1
		f.Add(bent)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := v.open("use", b)
		if (err == nil) != bytes.Equal(b, sealed) || err == nil && text != "text" {
			t.Fatalf("%x: %q %v", b, text, err)
		}
		if err != nil && strings.Contains(err.Error(), "internal") {
			t.Fatal(err)
		}
	})
}
