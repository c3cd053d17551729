// Package httpauth is the device http-auth@1.0: users who are recognised by a
// name and a password.
package httpauth

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "http-auth@1.0"

const doc = `Recognises users by HTTP Basic authentication (RFC 7617).

The secret of a user is derived from "user:password" with PBKDF2: it stands for the user as the random secret in a cookie does for a
browser (cookie@1.0). "generate" is the secret, "commit" covers a message with its HMAC, "verify" says whether the user has committed to
a message. Without the header field "authorization" they answer 401 with a challenge, upon which browsers ask for a password.

    curl -u user:password 'http://localhost:8734/~http-auth@1.0/commit/verify'    # true

A derivation costs some half a second of a processor. The node makes as many at once as "http_auth_parallel" says, remembers the latest results,
and lets requests choose the number of rounds only within bounds.

The reference derives with the same salt on every node, so that a user has the same secret everywhere, and one table of passwords serves
against all nodes. Here the salt is that of the node by default ("http_auth_salt" is "node"); set it to "constant" for the secrets of
the reference, or to a text of your own that several nodes share.`

var (
	optSalt       = ao.Option{Name: "http_auth_salt", Default: message.Binary("node"), Doc: "Salt of passwords: node (this node's own), constant (the reference's), or a text that is hashed."}
	optIterations = ao.Option{Name: "http_auth_iterations", Default: message.Int(1_200_000), Doc: "Rounds of PBKDF2 when a request names none."}
	optLeast      = ao.Option{Name: "http_auth_min_iterations", Default: message.Int(600_000), Doc: "Fewest rounds that a request may ask for."}
	optMost       = ao.Option{Name: "http_auth_max_iterations", Default: message.Int(2_000_000), Doc: "Most rounds that a request may ask for."}
	optParallel   = ao.Option{Name: "http_auth_parallel", Default: message.Int(1), Doc: "Derivations at the same time."}
	optRate       = ao.Option{Name: "http_auth_per_minute", Default: message.Int(60), Doc: "Derivations of passwords in a minute, all users together."}
)

// New returns the device.
func New() *ao.Device {
	d := newDeriver()
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "generate", Doc: "The secret of the user; a challenge (401) without one.", Reads: "request: authorization, or secret; raw, alg, salt, iterations, key-length", Run: d.generate},
			{Name: "commit", Doc: "The base committed to by the user.", Reads: "request: as generate", Run: d.commit},
			{Name: "verify", Doc: "Whether the user has committed to the base.", Reads: "request: as generate, committer; base: commitments", Run: d.verify},
		},
		Options: []ao.Option{optSalt, optIterations, optLeast, optMost, optParallel, optRate},
		Examples: []ao.Example{
			{Path: `/~http-auth@1.0/commit&secret=s/verify&secret=s`, Answer: "true"},
		},
	}
}
