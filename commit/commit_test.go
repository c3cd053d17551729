package commit

import (
	"path/filepath"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
)

// testWallet returns an RSA key of the shared test data.
func testWallet(t testing.TB) *keys.PrivateKey {
	t.Helper()
	k, err := keys.ReadFile(filepath.Join(sharedtest.Dir(t, "testdata"), "key-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}
