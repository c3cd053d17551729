// Package secret is the device secret@1.0: wallets that the node keeps for users
// who have none.
package secret

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "secret@1.0"

const doc = `Keeps wallets for users who have none, and signs with them.

"generate" gives who asks a wallet, or tells the one they have; "commit" signs the base with it. A user is recognised by what the device
under "access-control" of the base recognises: by default a cookie (cookie@1.0), or a password (http-auth@1.0).

    curl -c jar -b jar 'http://localhost:8734/~secret@1.0/generate?persist=non-volatile'    # secret:
    curl -c jar -b jar 'http://localhost:8734/~secret@1.0/commit/text?text=hello'    # hello
    curl -c jar -b jar -H 'accept: application/json' 'http://localhost:8734/~secret@1.0/export'    # kty

"persist" says where the wallet is: "in-memory" ends with the node, "non-volatile" is encrypted in its store, "client" is encrypted in a
cookie and nowhere else. A wallet may be used by who shows the secret that its access control was committed to with, or by its
"controllers": "required-controllers" of them must have signed the request with path and keyids. Controllers are the option
"wallet_admin" or the operator unless the request names addresses, or none with "controllers=false".

Private keys leave the node through "export" only: to the owner, to controllers, and encrypted to "recipient" (an X25519 key; HPKE,
RFC 9180) when the request has one, as that of "sync" does. docs/hosted-wallets.md tells what this protects from, and what not.`

var optList = ao.Option{Name: "secret_list_public", Default: message.False, Doc: "Let anyone list the key IDs of all hosted wallets, as the reference does."}

// New returns the device on top of a service.
func New(s *hosted.Service) *ao.Device {
	d := device{s}
	const finds = "request: secret, keyids or cookies; base: secret"
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "generate", Doc: "The address and key ID of the user's wallet, which is made when there is none.", Reads: finds + ", access-control; request: persist, controllers, required-controllers", Run: d.generate},
			{Name: "import", Doc: "Makes the user the owner of the wallets whose JWK is given.", Reads: "request: key, or wallet cookies; else as generate", Run: d.importKey},
			{Name: "list", Doc: "The key IDs of the user's wallets; of all for the admin.", Reads: finds, Run: d.list},
			{Name: "commit", Doc: "The base signed with the user's wallets.", Reads: finds + "; request: commitment-device", Run: d.commit},
			{Name: "export", Doc: "The records of the user's wallets, with their private keys.", Reads: finds + "; request: recipient", Run: d.export},
			{Name: "sync", Doc: "Takes over the wallets of another node that lets this one export them; for the operator.", Reads: "request: node, keyids", Run: d.sync},
		},
		Options: append(hosted.NodeOptions(), optList),
	}
}

type device struct{ *hosted.Service }
