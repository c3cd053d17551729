// Package cookie is the device cookie@1.0: HTTP cookies as a codec, and the
// secrets in them as a way to be recognised.
package cookie

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const doc = `Reads and writes the cookies of a browser, and recognises browsers by a secret in one.

The cookies of a request are private state: no key of a message, never stored, never in an ID. "store" sets cookies, "extract" and
"get-cookie" read them. What a result has in this private state that the request did not have becomes one "set-cookie" header field
per cookie.

    curl -c jar -b jar 'http://localhost:8734/~cookie@1.0/store?k1=v1&k2=v2'
    curl -c jar -b jar 'http://localhost:8734/~cookie@1.0/get-cookie?key=k1'    # v1

As an authenticator ("generate", "commit", "verify"; secret@1.0 and auth-hook@1.0 use it) the device makes a random secret of 64 bytes
and puts it into a cookie that is named after its SHA-256, "secret-<committer>". "commit" covers a message with the HMAC of the secret,
"verify" says whether a message was committed to with the secret that the request shows: the HMAC is computed again.

Cookies with secrets are HttpOnly, SameSite=Lax and, over TLS, Secure, and scripts of a page do not get them from this device either
(options "cookie_form" and "cookie_show_secrets" turn this off). They are refused when a page of another site has made the browser send
them.`

var (
	optGenerator = ao.Option{Name: "cookie_default_generator", Default: message.Binary(""), Doc: "Path or message whose result is a new secret; random when empty."}
	optShow      = ao.Option{Name: "cookie_show_secrets", Default: message.False, Doc: "Let clients read cookies that hold secrets or wallets, as the reference does."}
)

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: cookie.Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "get-cookie", Doc: "One cookie: as it is, its long form (set-cookie), or its text (cookie).", Reads: "request: key, format (default, set-cookie, cookie)", Run: getCookie},
			{Name: "store", Doc: "The base with the keys of the request as cookies.", Reads: "request: any keys", Run: store},
			{Name: "extract", Doc: "The cookies, by name.", Reads: "base, request: cookies", Run: extract},
			{Name: "reset", Doc: "The base without cookies.", Reads: "base", Run: reset},
			{Name: "to", Doc: "The base with its cookies as lines under set-cookie or cookie.", Reads: "request: format (set-cookie, cookie)", Run: to},
			{Name: "from", Doc: "The base with the cookies of its keys cookie and set-cookie in private state.", Reads: "base: cookie, set-cookie", Run: from},
			{Name: "commit", Doc: "The base committed to with a secret, which is set as a cookie.", Reads: "request: secret, or committer and its cookie, or generator", Run: commitKey},
			{Name: "verify", Doc: "Whether the secret of the request has committed to the base.", Reads: "base: commitments; request: committer, secret or cookie", Run: verify},
			{Name: "generate", Doc: "The request with the secrets of its cookies, or with a new one.", Reads: "request: cookies, generator", Run: generate},
			{Name: "finalize", Doc: "The sequence of a request hook as it is: the edge sends new cookies.", Reads: "request: request, body", Run: finalize},
		},
		Options: append([]ao.Option{optGenerator, optShow}, hosted.CookieOptions()...),
		Examples: []ao.Example{
			{Path: `/~cookie@1.0&set-cookie="k1=v1"/get-cookie&key=k1`, Answer: "v1"},
		},
	}
}
