// Package keys signs and verifies.
//
// A [PrivateKey] is one of three [Kind]s of secret. A kind serves one or more
// [Algorithm]s: the same RSA wallet signs HTTP messages with SHA-512 and
// Arweave items with SHA-256. Choosing an algorithm yields a [Signer], and its
// counterpart is a [PublicKey], the bytes that travel on the wire together
// with the algorithm they are meant for.
//
//	wallet, err := keys.ReadFile("hyperbeam-key.json")
//	signer, err := wallet.Signer(keys.RSAPSSSHA512)
//	sig, err := signer.Sign(message)
//	...
//	key, err := keys.NewPublicKey(keys.RSAPSSSHA512, modulus)
//	err = key.Verify(message, sig)
//
// Messages are given whole; each algorithm does its own hashing. Signing uses
// the constant-time implementations of the standard library and of decred's
// secp256k1. Verification handles only public data, and RSA verification is
// done by word arithmetic that is free to be fast (see montgomery.go).
//
// Keys rest in files as JWK (RFC 7517), in the form Arweave wallets use; see
// [ReadFile] and [PrivateKey.CreateFile]. Nothing in this package prints or
// logs a secret: a [PrivateKey] formats as its kind and address.
package keys
