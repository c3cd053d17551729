package hosted

import (
	"context"
	"strings"

	stdjson "encoding/json"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Prefixes of the names of cookies: a secret by its committer, a wallet by its
// address.
const (
	SecretCookie = "secret-"
	WalletCookie = "wallet-"
)

// Most cookies of a kind that are looked at in one request.
const (
	maxSecrets = 16
	maxWallets = 8
)

// IsGuarded reports whether a cookie holds a secret or a wallet. Scripts of a
// page must not see these.
func IsGuarded(name string) bool {
	return strings.HasPrefix(name, SecretCookie) || strings.HasPrefix(name, WalletCookie)
}

// Options of the cookies that this node makes.
var (
	OptCookieForm = ao.Option{Name: "cookie_form", Default: message.Binary("guarded"), Doc: "Cookies with secrets are guarded (HttpOnly, SameSite, Path, and Secure over TLS), or bare as the reference has them."}
	OptCookieSite = ao.Option{Name: "cookie_same_site", Default: message.Binary("Lax"), Doc: "SameSite of guarded cookies: Lax, Strict or None."}
	OptCookieAge  = ao.Option{Name: "cookie_max_age", Default: message.Int(31_536_000), Doc: "Seconds that guarded cookies live; 0 ends them with the browser."}
)

// CookieOptions are the options of the cookies that this node makes.
func CookieOptions() []ao.Option { return []ao.Option{OptCookieForm, OptCookieSite, OptCookieAge} }

// Guard returns the value of a cookie that holds a secret: HttpOnly, and over
// TLS Secure (SEC-13). req is the request that it answers.
func Guard(e *ao.Env, req *message.Message, secret string) message.Value {
	if OptCookieForm.Text(e) == "bare" {
		return message.Binary(secret)
	}
	attributes := message.Of(
		message.P("Path", message.Binary("/")),
		message.P("SameSite", message.Binary(OptCookieSite.Text(e))))
	if age := OptCookieAge.Int(e); age > 0 {
		attributes = attributes.Set("Max-Age", message.Binary(message.Int(age).String()))
	}
	flags := []string{"HttpOnly"}
	if cookie.ArrivalOf(req).Secure {
		flags = append(flags, "Secure")
	}
	return message.Of(
		message.P("value", message.Binary(secret)),
		message.P("attributes", attributes),
		message.P("flags", message.Strings(flags)))
}

// Secrets returns the secrets in cookies, by committer. Cookies whose name is
// not that of their secret are left out.
func Secrets(cookies *message.Message) []string {
	var out []string
	for name := range cookies.All() {
		committer, ok := strings.CutPrefix(name, SecretCookie)
		if !ok || len(out) >= maxSecrets {
			continue
		}
		if text, ok := cookie.Text(cookies, name); ok && text != "" && Committer(text) == committer {
			out = append(out, text)
		}
	}
	return out
}

// walletCookie returns the cookie that holds a client wallet.
func (s *Service) walletCookie(e *ao.Env, req *message.Message, key *keys.PrivateKey) (*message.Message, error) {
	text, err := compactJWK(key)
	if err != nil {
		return nil, err
	}
	if OptClient.Text(e) == "jwk" {
		text = strings.ReplaceAll(text, `"`, `\"`)
	} else {
		sealed, err := s.vault.seal("cookie "+key.Address(), text)
		if err != nil {
			return nil, err
		}
		text = id.Encode(sealed)
	}
	return message.Empty().Set(WalletCookie+key.Address(), Guard(e, req, text)), nil
}

// compactJWK returns a key as a JWK without what can be computed: a browser
// takes no cookie of more than 4096 bytes.
func compactJWK(key *keys.PrivateKey) (string, error) {
	var j map[string]any
	if err := stdjson.Unmarshal(key.JWK(), &j); err != nil {
		return "", fail.Wrap(fail.Internal, "hosted.JWK", err)
	}
	for _, k := range []string{"p", "q", "dp", "dq", "qi"} {
		delete(j, k)
	}
	out, err := stdjson.Marshal(j)
	return string(out), fail.Wrap(fail.Internal, "hosted.JWK", err)
}

// clientWallets returns the wallets that are in cookies. Who has the key in a
// cookie is its owner.
func (s *Service) clientWallets(_ context.Context, cookies *message.Message) []*Wallet {
	var out []*Wallet
	for name := range cookies.All() {
		address, ok := strings.CutPrefix(name, WalletCookie)
		if !ok || len(out) >= maxWallets {
			continue
		}
		text, _ := cookie.Text(cookies, name)
		if key, err := s.readWalletCookie(address, text); err == nil && key.Address() == address {
			out = append(out, &Wallet{Key: key, Persist: Client, Required: 1})
		}
	}
	return out
}

func (s *Service) readWalletCookie(address, text string) (*keys.PrivateKey, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return readJWK(text)
	}
	sealed, err := id.Decode(text)
	if err != nil {
		return nil, fail.New(fail.Invalid, "hosted.Cookie", "the wallet cookie is damaged")
	}
	if text, err = s.vault.open("cookie "+address, sealed); err != nil {
		return nil, err
	}
	return readJWK(text)
}

// readJWK reads a JWK whose quotes may be escaped.
func readJWK(text string) (*keys.PrivateKey, error) {
	return keys.ParseJWK([]byte(strings.ReplaceAll(text, `\"`, `"`)))
}
