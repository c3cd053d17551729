package hosted

import (
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Sign returns m signed by wallets, one after the other, and noted as signed by
// them. spec may name another commitment device than httpsig@1.0.
//
// # Errors
//
// [fail.NotFound] without a wallet, else those of [commit.Commit].
func Sign(c *ao.Call, m *message.Message, spec commit.Spec, wallets ...*Wallet) (*message.Message, error) {
	if len(wallets) == 0 {
		return nil, fail.New(fail.NotFound, "hosted.Sign", "No wallets found to sign with.")
	}
	before := c.Signers(c.Ctx, m)
	for _, w := range wallets {
		var err error
		if m, err = commit.Commit(c.Ctx, c.Codec(), m, w.Key, spec); err != nil {
			return nil, err
		}
		before = append(before, w.Key.Address())
	}
	return ao.WithSigners(m, before...), nil
}

// Import makes the caller the owner of keys: the JWKs under "key" of the
// request or the base, or else those in cookies (spec 04, 6.6.8). It returns the
// wallets in the order given, and the cookies that their owner needs.
//
// # Errors
//
// [fail.Invalid] when there is none, or one that cannot be read; those of
// [Service.Register].
func (s *Service) Import(c *ao.Call) ([]*Wallet, *message.Message, error) {
	const op = "hosted.Import"
	if err := RefuseForeign(&c.Env, c.Request()); err != nil {
		return nil, nil, err
	}
	found, err := s.importable(c)
	if err != nil {
		return nil, nil, err
	}
	if len(found) == 0 {
		return nil, nil, fail.New(fail.Invalid, op, "No viable wallets found to import.")
	}
	if len(found) > maxWallets {
		return nil, nil, fail.New(fail.TooLarge, op, "%d wallets, at most %d are imported at once", len(found), maxWallets)
	}
	var out []*Wallet
	cookies := message.Empty()
	for _, key := range found {
		w, more, err := s.Register(c, key)
		if err != nil {
			return nil, nil, err
		}
		out = append(out, w)
		cookies = cookies.Merge(more)
	}
	return out, cookies, nil
}

// importable returns the keys that a call brings.
func (s *Service) importable(c *ao.Call) ([]*keys.PrivateKey, error) {
	var out []*keys.PrivateKey
	for _, m := range []*message.Message{c.Request(), c.Base} {
		v, ok, err := c.Lookup(m, "key")
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		for _, text := range Texts(v) {
			key, err := readJWK(text)
			if err != nil {
				return nil, err
			}
			out = append(out, key)
		}
		return out, nil
	}
	for _, w := range s.clientWallets(c.Ctx, s.jar(c)) {
		out = append(out, w.Key)
	}
	return out, nil
}

// List returns the key IDs of the wallets that a call may use; for the admin of
// the node, of all.
//
// # Errors
//
// Those of [Service.Usable].
func (s *Service) List(c *ao.Call, everything bool) ([]string, error) {
	var out []string
	if everything || IsAdmin(c) {
		all, err := s.all(c.Ctx)
		if err != nil {
			return nil, err
		}
		for _, committer := range all {
			out = append(out, KeyID(committer))
		}
	} else {
		usable, err := s.Usable(c)
		if err != nil {
			return nil, err
		}
		for _, w := range usable {
			if w.Committer != "" {
				out = append(out, w.KeyID())
			}
		}
	}
	slices.SortFunc(out, strings.Compare)
	return slices.Compact(out), nil
}
