package conformance

import (
	"os"
	"path/filepath"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// walletFiles are the signing keys of the vectors, in testdata.
var walletFiles = [...]string{"ref-wallet.json", "key-1.json", "key-2.json"}

// wallets holds the signing keys by address.
type wallets map[string]*keys.PrivateKey

// readWallets reads the keys from the folder testdata.
func readWallets(dir string) (wallets, error) {
	out := wallets{}
	for _, f := range walletFiles {
		k, err := keys.ReadFile(filepath.Join(dir, f))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[k.Address()] = k
	}
	return out, nil
}

// signersOf returns the keys that signed a recorded message, in order. A
// message without signers yields one nil key, for an unsigned commitment.
func (c *testCase) signersOf(m *message.Message) []*keys.PrivateKey {
	var out []*keys.PrivateKey
	for _, who := range commit.Committers(m) {
		if k := c.wallets[who]; k != nil {
			out = append(out, k)
		}
	}
	if out == nil {
		return []*keys.PrivateKey{nil}
	}
	return out
}
