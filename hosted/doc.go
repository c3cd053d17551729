// Package hosted keeps wallets for users who have none: browsers with a cookie,
// programs with a password (spec 04, 6.3 and 6.6). It is the machinery behind
// secret@1.0, auth-hook@1.0, cookie@1.0 and http-auth@1.0.
//
// # Secrets and wallets
//
// A user holds a secret, a text. SHA-256 of it is its committer, and a message
// that is committed to with the HMAC of the secret ([CommitSecret]) can be
// recognised later by whoever shows the secret again ([VerifySecret]). The node
// keeps the committer and such a message, the access control of a wallet, but
// never the secret:
//
//	wallet      the key, made by the node or imported
//	access      {device: cookie@1.0, wallet-address: A}, committed to with the secret
//	controllers addresses that may use the wallet without the secret
//
// A [Wallet] may be used by who proves the secret to the device of its access
// control, which recomputes the HMAC, or by as many of its controllers as it
// requires, if they have signed the request as an order (SEC-15).
//
// # Where wallets are
//
// "in-memory" wallets end with the process, "non-volatile" ones are in the
// store, encrypted (docs/formats/hosted-wallet.md), and "client" ones are in a
// cookie of their owner, encrypted too. What this protects from, and what not, is
// in docs/hosted-wallets.md.
//
// # Labelled invariants
//
//	H1  A wallet's key leaves the node only through Export, sealed to its reader
//	    or to who has proved to be its owner or controller.
//	H2  A wallet is never replaced by another one with the same committer.
//	H3  What a stranger can make the node create is bounded in number, in rate and
//	    in processors it keeps busy.
package hosted
