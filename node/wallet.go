package node

import (
	"log/slog"
	"path/filepath"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
)

// KeyPath returns the wallet file of the configuration, "" when the node keeps
// nothing.
func (c *Config) KeyPath() string {
	if c.KeyFile != "" || c.DataDir == "" {
		return c.KeyFile
	}
	return filepath.Join(c.DataDir, "wallet.json")
}

// wallet reads the wallet of the node, or makes one.
func wallet(c *Config, log *slog.Logger) (*keys.PrivateKey, error) {
	file := c.KeyPath()
	if file != "" {
		k, err := keys.ReadFile(file)
		if !fail.Is(err, fail.NotFound) {
			return k, err
		}
	}
	kind := keys.RSA
	switch c.KeyType {
	case "ed25519":
		kind = keys.Curve25519
	case "secp256k1":
		kind = keys.Secp256k1
	default:
		log.Info("making a wallet, this takes a few seconds")
	}
	k, err := keys.Generate(kind)
	if err != nil || file == "" {
		return k, err
	}
	if err := makeFolder(filepath.Dir(file)); err != nil {
		return nil, err
	}
	if err := k.CreateFile(file); err != nil {
		return nil, err
	}
	log.Info("wallet made", "file", file, "address", k.Address())
	return k, nil
}
