package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/hyperbeam-go/hyperbeam/keys"
)

type keyCmd struct {
	New    keyNewCmd    `cmd:"" help:"Make a wallet."`
	Show   keyShowCmd   `cmd:"" help:"Print the address of a wallet."`
	Import keyImportCmd `cmd:"" help:"Copy a wallet, completed with what speeds up signing."`
}

type keyNewCmd struct {
	File string `arg:"" help:"File to make; an existing one is never replaced." type:"path"`
	Type string `help:"Kind of key: rsa (every peer accepts it), ed25519 or secp256k1." enum:"rsa,ed25519,secp256k1" default:"rsa"`
}

// Run makes a wallet file.
func (c keyNewCmd) Run(out *output) error {
	kind := map[string]keys.Kind{"rsa": keys.RSA, "ed25519": keys.Curve25519, "secp256k1": keys.Secp256k1}[c.Type]
	k, err := keys.Generate(kind)
	if err != nil {
		return err
	}
	if err := k.CreateFile(c.File); err != nil {
		return err
	}
	return printKey(out, k, c.File)
}

type keyShowCmd struct {
	File string `arg:"" help:"Wallet file (JWK)." type:"existingfile"`
}

// Run prints what is public about a wallet.
func (c keyShowCmd) Run(out *output) error {
	k, err := keys.ReadFile(c.File)
	if err != nil {
		return err
	}
	return printKey(out, k, c.File)
}

type keyImportCmd struct {
	From string `arg:"" help:"Wallet to read (JWK); - is standard input."`
	To   string `arg:"" help:"File to make." type:"path"`
}

// Run copies a wallet. Keys without CRT factors get them recovered: without
// them signing takes three times as long.
func (c keyImportCmd) Run(out *output) error {
	text, err := readInput(c.From, keys.MaxJWKSize)
	if err != nil {
		return err
	}
	k, err := keys.ParseJWK(text)
	if err != nil {
		return err
	}
	if err := k.CreateFile(c.To); err != nil {
		return err
	}
	return printKey(out, k, c.To)
}

func printKey(out *output, k *keys.PrivateKey, file string) error {
	if out.json {
		return json.NewEncoder(os.Stdout).Encode(map[string]string{
			"address": k.Address(), "kind": k.Kind().String(), "file": file})
	}
	fmt.Printf("%s\n  %s key in %s\n", k.Address(), k.Kind(), file)
	return nil
}
