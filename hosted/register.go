package hosted

import (
	"slices"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Identity returns the wallet of who calls, which is made when there is none
// (spec 04, 6.6.5). Of several usable ones it is the first by key ID, so that a
// browser that has got several at once keeps one identity. cookies are those
// that the caller needs to be recognised again.
//
// # Errors
//
// [fail.Forbidden] for pages of other origins, [fail.Busy] over a limit (H3),
// those of the access control, such as the challenge of http-auth@1.0.
func (s *Service) Identity(c *ao.Call) (w *Wallet, cookies *message.Message, err error) {
	if err := RefuseForeign(&c.Env, c.Request()); err != nil {
		return nil, nil, err
	}
	usable, err := s.Usable(c)
	if err != nil {
		return nil, nil, err
	}
	if len(usable) > 0 {
		slices.SortStableFunc(usable, func(a, b *Wallet) int { return compare(a, b) })
		return usable[0], nil, nil
	}
	return s.Register(c, nil)
}

func compare(a, b *Wallet) int {
	switch x, y := a.KeyID()+a.Key.Address(), b.KeyID()+b.Key.Address(); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// Register makes the caller the owner of a wallet: of the given key, or of a
// new one (spec 04, 6.6.6). cookies are those that the caller needs to be
// recognised again.
//
// # Errors
//
// [fail.Conflict] when the caller's secret has a wallet, [fail.Busy] over a
// limit, [fail.Invalid] for rules that cannot be; those of the access control.
func (s *Service) Register(c *ao.Call, key *keys.PrivateKey) (*Wallet, *message.Message, error) {
	if err := RefuseForeign(&c.Env, c.Request()); err != nil {
		return nil, nil, err
	}
	w, err := newRules(c)
	if err != nil {
		return nil, nil, err
	}
	access, err := accessOf(c)
	if err != nil {
		return nil, nil, err
	}
	// The proof of a secret may fail, and costs less than a key.
	if err := s.check(c, access); err != nil {
		return nil, nil, err
	}
	if err := s.make.admit(&c.Env); err != nil {
		return nil, nil, err
	}
	if key == nil {
		if key, err = s.make.key(c.Ctx, &c.Env); err != nil {
			return nil, nil, err
		}
	}
	w.Key = key
	cookies, err := s.commitTo(c, w, access.Set(keyWalletOf, message.Binary(key.Address())))
	if err != nil {
		return nil, nil, err
	}
	if err := w.check(); err != nil {
		return nil, nil, err
	}
	if err := s.add(c.Ctx, &c.Env, w); err != nil {
		return nil, nil, err
	}
	if w.Persist == Client {
		own, err := s.walletCookie(&c.Env, c.Request(), key)
		if err != nil {
			return nil, nil, err
		}
		cookies = cookies.Merge(own)
	}
	return w, cookies, nil
}

// newRules returns a wallet without a key, with the rules that a request gives.
func newRules(c *ao.Call) (*Wallet, error) {
	rules := message.Empty()
	for _, k := range []string{keyPersist, keyControllers, keyRequired} {
		for _, m := range []*message.Message{c.Request(), c.Base} {
			v, ok, err := c.Lookup(m, k)
			if err != nil {
				return nil, err
			}
			if ok {
				rules = rules.Set(k, v)
				break
			}
		}
	}
	w := &Wallet{Persist: Persist(rules.Text(keyPersist))}
	if w.Persist == "" {
		w.Persist = InMemory
	}
	v, ok := rules.Get(keyControllers)
	switch {
	case !ok || message.IsTrue(v):
		rules = rules.Set(keyControllers, message.Strings(admins(&c.Env)))
	case isFalse(v):
		rules = rules.Set(keyControllers, message.NewList())
	}
	if err := w.readRules(rules); err != nil {
		return nil, err
	}
	if n := len(w.Controllers); n > 0 && w.Required > n {
		return nil, fail.New(fail.Invalid, "hosted.Controllers", "%d controllers cannot be required of %d", w.Required, n)
	}
	return w, nil
}

func isFalse(v message.Value) bool {
	text, ok := message.Text(v)
	return ok && text == "false"
}

// maxAccess bounds an access control in bytes of JSON.
const maxAccess = 8 << 10

// accessOf returns the access control that a call asks for.
func accessOf(c *ao.Call) (*message.Message, error) {
	const op = "hosted.AccessControl"
	v, ok, err := c.Lookup(c.Base, keyAccess)
	if err != nil {
		return nil, err
	}
	if !ok {
		return message.Of(message.P("device", message.Binary(cookie.Name))), nil
	}
	if text, isText := message.Text(v); isText {
		if v, err = c.ResolveRequest(c.Ctx, message.Of(message.P(path.Key, message.Binary(text)))); err != nil {
			return nil, err
		}
	}
	m, isMsg := v.(*message.Message)
	if !isMsg {
		return nil, fail.New(fail.Invalid, op, "access-control is a message with a device")
	}
	m = m.Without(message.CommitmentsKey)
	if text, err := textOf(c.Ctx, commit.Env(message.NoLoader{}), m); err != nil || len(text) > maxAccess {
		return nil, fail.New(fail.TooLarge, op, "access-control has links, or more than %d bytes", maxAccess)
	}
	if !permitted(&c.Env, m) {
		return nil, fail.New(fail.Forbidden, op, "the device %.64q may not guard wallets; option hosted_access_devices says which may", m.Text("device"))
	}
	return m, nil
}

// check commits to an access control without a wallet, to see that the caller
// can be recognised before a key is made for it. A new secret is made then, and
// so nothing is seen beforehand.
func (s *Service) check(c *ao.Call, access *message.Message) error {
	if access.Text("device") == cookie.Name {
		return nil
	}
	trial := &Wallet{Persist: Client}
	if _, err := s.commitTo(c, trial, access); err != nil {
		return err
	}
	had, err := s.get(c.Ctx, trial.Committer)
	if err == nil && had != nil {
		return taken(trial)
	}
	return err
}

// commitTo has an access control committed to by the secret of the caller, or by
// a new one, and makes it that of w.
func (s *Service) commitTo(c *ao.Call, w *Wallet, access *message.Message) (cookies *message.Message, err error) {
	const op = "hosted.AccessControl"
	req := c.Request().Without(message.CommitmentsKey).Set(path.Key, message.Binary("commit"))
	secret := secretOf(c)
	if secret == "" && access.Text("device") == cookie.Name {
		if secret, err = s.unused(c); err != nil {
			return nil, err
		}
	}
	if secret != "" {
		req = req.Set(keySecret, message.Binary(secret))
	}
	v, err := c.Internal().Resolve(c.Ctx, access, Inside(req.Without(keyCommitter)))
	if err != nil {
		return nil, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, op, "the device %.64q does not commit", access.Text("device"))
	}
	fresh := commit.Committers(m)
	if len(fresh) != 1 {
		return nil, fail.New(fail.Invalid, op, "the device %.64q made %d commitments instead of one", access.Text("device"), len(fresh))
	}
	w.Committer, w.Access = fresh[0], m.WithPrivate(nil)
	return cookie.Of(m), nil
}

// unused returns a secret from the cookies of the caller that has no wallet, as
// when the node has been started anew, or "".
func (s *Service) unused(c *ao.Call) (string, error) {
	for _, secret := range Secrets(s.jar(c)) {
		w, err := s.get(c.Ctx, Committer(secret))
		if err != nil {
			return "", err
		}
		if w == nil {
			return secret, nil
		}
	}
	return "", nil
}

// secretOf returns the secret that a call gives: of several the one whose
// committer is first, as in [Service.Identity].
func secretOf(c *ao.Call) string {
	for _, m := range []*message.Message{c.Request(), c.Base} {
		v, ok := m.Get(keySecret)
		if !ok {
			continue
		}
		best := ""
		for _, s := range Texts(v) {
			if best == "" || Committer(s) < Committer(best) {
				best = s
			}
		}
		return best
	}
	return ""
}
