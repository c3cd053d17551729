package hosted

import (
	"errors"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// candidate is a wallet that a request asks for.
type candidate struct {
	committer string
	secret    string // what the request shows, or ""
}

// Usable returns the wallets that a call may use (spec 04, 6.6.3 and 6.6.4). It
// asks for those of a "secret" of the request, or else of the base; or else for
// those that "keyids" of the request names ("all" of the node, for its
// admin); or else
// for those of its cookies. What it asks for and may not use is left out.
//
// # Errors
//
// [fail.Busy] when a proof cannot be checked now; those of the store.
func (s *Service) Usable(c *ao.Call) ([]*Wallet, error) {
	jar := s.jar(c)
	asked, err := s.candidates(c, jar)
	if err != nil {
		return nil, err
	}
	var out []*Wallet
	for _, x := range asked {
		w, err := s.get(c.Ctx, x.committer)
		if err != nil {
			return nil, err
		}
		if w == nil || slices.ContainsFunc(out, func(o *Wallet) bool { return o.Committer == w.Committer }) {
			continue
		}
		ok := w.approved(c)
		if !ok {
			if ok, err = w.proven(c, x.secret); err != nil {
				return nil, err
			}
		}
		if ok {
			out = append(out, w)
		}
	}
	if !names(c.Request()) {
		out = append(out, s.clientWallets(c.Ctx, jar)...)
	}
	return out, nil
}

// jar returns the cookies of a call that say what their owner wants.
func (s *Service) jar(c *ao.Call) *message.Message {
	if Foreign(&c.Env, c.Request()) {
		return nil
	}
	return cookie.Of(c.Request())
}

// names reports whether a request says which wallets it means.
func names(req *message.Message) bool { return req.Has(keySecret) || req.Has(keyIDsKey) }

// maxNamed bounds the wallets that a request can name.
const maxNamed = 256

// IsAdmin reports whether the request is signed, as an order, by who controls
// the wallets of this node.
func IsAdmin(c *ao.Call) bool {
	return c.Approved(c.Ctx, c.Request(), admins(&c.Env), orderKeys...)
}

// Keys of requests.
const (
	keySecret = "secret"
	keyIDsKey = "keyids"
)

func (s *Service) candidates(c *ao.Call, jar *message.Message) ([]candidate, error) {
	var out []candidate
	bySecret := func(secrets []string) []candidate {
		for _, text := range secrets[:min(len(secrets), maxSecrets)] {
			out = append(out, candidate{Committer(text), text})
		}
		return out
	}
	for _, m := range []*message.Message{c.Request(), c.Base} {
		if m.Has(keySecret) {
			v, _, err := c.Lookup(m, keySecret)
			return bySecret(Texts(v)), err
		}
	}
	v, err := c.Arg(keyIDsKey)
	if err != nil || v == nil {
		return bySecret(Secrets(jar)), err
	}
	names := Texts(v)
	switch everything := len(names) == 1 && names[0] == "all"; {
	case everything && IsAdmin(c):
		if names, err = s.all(c.Ctx); err != nil {
			return nil, err
		}
	case everything:
		return bySecret(Secrets(jar)), nil
	case len(names) > maxNamed:
		return nil, fail.New(fail.TooLarge, "hosted.KeyIDs", "%d keyids, at most %d are read", len(names), maxNamed)
	}
	for _, name := range names {
		committer := strings.TrimPrefix(name, KeyID(""))
		text, _ := cookie.Text(jar, SecretCookie+committer)
		out = append(out, candidate{committer, text})
	}
	return out, nil
}

// orderKeys are the keys of a request that a controller's signature must cover,
// when the request has them: all that changes what is done.
var orderKeys = []string{
	path.Key, keyIDsKey, keySecret, "key", "body", "target", "node", "recipient", keyPersist, keyAccess, keyControllers, keyRequired,
	"commitment-device", "committed", "bundle", "type",
}

// approved reports whether enough controllers of a wallet have signed the
// request as an order.
func (w *Wallet) approved(c *ao.Call) bool {
	n := 0
	for _, who := range w.Controllers {
		if c.Approved(c.Ctx, c.Request(), []string{who}, orderKeys...) {
			n++
		}
	}
	return n >= max(1, w.Required)
}

// proven reports whether the request proves to the device of the access control
// that it comes from the owner.
func (w *Wallet) proven(c *ao.Call, secret string) (bool, error) {
	if !permitted(&c.Env, w.Access) || Foreign(&c.Env, c.Request()) {
		return false, nil
	}
	req := c.Request().Without(message.CommitmentsKey).
		Set(path.Key, message.Binary("verify")).
		Set(keyCommitter, message.Binary(w.Committer))
	if secret != "" {
		req = req.Set(keySecret, message.Binary(secret))
	}
	v, err := c.Internal().Resolve(c.Ctx, w.Access, Inside(req))
	var o *ao.Outcome
	switch {
	case fail.Is(err, fail.Busy), fail.Is(err, fail.Timeout), fail.Is(err, fail.Unavailable):
		return false, err
	case err != nil && !errors.As(err, &o) && fail.Is(err, fail.Internal):
		return false, err
	case err != nil:
		return false, nil
	}
	return message.IsTrue(v), nil
}

// permitted reports whether the device of an access control may guard wallets
// (SEC-02: a device that does not really verify would open them to everybody).
func permitted(e *ao.Env, access *message.Message) bool {
	return slices.Contains(Texts(OptDevices.In(e)), access.Text("device"))
}
