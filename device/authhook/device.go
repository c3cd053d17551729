// Package authhook is the device auth-hook@1.0: a request hook that signs for
// users who have no wallet.
package authhook

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "auth-hook@1.0"

const doc = `Signs requests, as a request hook, with the wallet that this node keeps for the user.

A handler of the hook "request" says with "when" which requests it signs ("committers": uncommitted by default, always, or a list of
signers; "keys": always by default, or keys of which one must be there) and with "secret-provider" how users are recognised: a device,
or a message with a device, of which "generate" gives the secret of the user. secret@1.0 tells about the wallets.

    {"on": {"request": {"device": "auth-hook@1.0", "path": "request", "when": {"keys": ["authorization", "!"]},
      "secret-provider": {"device": "http-auth@1.0", "access-control": {"device": "http-auth@1.0"}}}}}

With this handler, which nodes have unless they configure another, who asks for a path with a mark "!" is asked for a password, and the
request and what is marked are signed by their wallet:

    curl 'http://localhost:8734/~message@1.0&a=1/committers/1&!' -u user:password
    curl -u user:password 'http://localhost:8734/<process>~process@1.0/schedule&action=Eval&data=1&!'

With the provider {"device": "cookie@1.0"} browsers get an identity without being asked; while the node makes no more wallets (option
"hosted_per_minute"), new visitors are served without one. Set "hosted_key_type" to "ed25519" where visitors are many. A request that a page of another site has made
the browser send is not signed (option "hosted_foreign").`

var (
	optProvider = ao.Option{Name: "hook_secret_provider", Default: message.Binary(""), Doc: "Device, or message with a device, that recognises users when a handler names none."}
	optMark     = ao.Option{Name: "auth_hook_commit_key", Default: message.Binary("!"), Doc: "Key that marks the messages of a path that are to be signed each by itself."}
	optIgnored  = ao.Option{Name: "hook_auth_ignored_keys", Default: message.Strings([]string{"secret", "cookie", "set-cookie", "path", "method", "authorization", "!"}), Doc: "Keys of requests that are not signed."}
)

// New returns the device on top of a service.
func New(s *hosted.Service) *ao.Device {
	d := device{s}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "request", Doc: "The sequence of a request hook, signed for the user.", Reads: "base: when, secret-provider; request: request, body, ignored-keys", Run: d.request},
		},
		Options: append(hosted.NodeOptions(), optProvider, optMark, optIgnored),
	}
}

type device struct{ *hosted.Service }
