package cookie

import (
	"errors"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// own returns the cookies that say what their owner wants.
func own(c *ao.Call) *message.Message {
	if hosted.Foreign(&c.Env, c.Request()) {
		return message.Empty()
	}
	return cookiesOf(c)
}

// newSecret makes a secret (spec 04, 6.4.1).
func newSecret(c *ao.Call) (string, error) {
	const op = cookie.Name + "/generate"
	v, err := c.Arg("generator")
	if err != nil {
		return "", err
	}
	if v == nil {
		v = optGenerator.In(&c.Env)
	}
	var how *message.Message
	switch x := v.(type) {
	case *message.Message:
		how = x
	default:
		text, _ := message.Text(v)
		if text == "" {
			return hosted.NewSecret(), nil
		}
		how = message.Of(message.P(path.Key, message.Binary(text)))
	}
	out, err := c.Internal().ResolveRequest(c.Ctx, how)
	if err != nil {
		return "", err
	}
	secret, ok := message.Text(out)
	if !ok || secret == "" {
		return "", fail.New(fail.Invalid, op, "the generator gives no text")
	}
	return secret, nil
}

// withSecret returns m with a secret in its cookies.
func withSecret(c *ao.Call, m *message.Message, secret string) *message.Message {
	return cookie.With(m, message.Empty().Set(hosted.SecretCookie+hosted.Committer(secret), hosted.Guard(&c.Env, c.Request(), secret)))
}

// generate returns the request with the secrets of its cookies, or a new one
// (spec 04, 6.4.1). Clients get it as a cookie only.
func generate(c *ao.Call) (message.Value, error) {
	if err := hosted.RefuseForeign(&c.Env, c.Request()); err != nil {
		return nil, err
	}
	out := c.Request()
	secrets := hosted.Secrets(own(c))
	if len(secrets) == 0 {
		secret, err := newSecret(c)
		if err != nil {
			return nil, err
		}
		secrets = []string{secret}
		out = withSecret(c, out, secret)
	}
	if hosted.IsInside(&c.Env, c.Request()) || optShow.Bool(&c.Env) {
		out = out.Set("secret", message.Strings(secrets))
	}
	return ao.Confidential(out), nil
}

// commitKey commits to the base with a secret (spec 04, 6.4.2).
func commitKey(c *ao.Call) (message.Value, error) {
	if err := hosted.RefuseForeign(&c.Env, c.Request()); err != nil {
		return nil, err
	}
	secret, err := secretToCommit(c)
	if err != nil {
		return nil, err
	}
	_, base := cookie.Extract(c.Base)
	out, _, err := hosted.CommitSecret(c.Ctx, &c.Env, cookie.Name, secret, base.Without("secret"))
	if err != nil {
		return nil, err
	}
	return ao.Confidential(withSecret(c, cookie.With(out, cookie.Of(c.Base)), secret)), nil
}

func secretToCommit(c *ao.Call) (string, error) {
	v, err := c.Arg("secret")
	if err != nil {
		return "", err
	}
	if given := hosted.Texts(v); len(given) > 0 {
		return given[0], nil
	}
	if who := c.Request().Text(commit.FieldCommitter); who != "" {
		secret, ok := cookie.Text(own(c), hosted.SecretCookie+who)
		if !ok {
			return "", fail.New(fail.Invalid, cookie.Name+"/commit", "Necessary cookie not found in request.")
		}
		return secret, nil
	}
	return newSecret(c)
}

// verify says whether a committer, whose secret the request shows, has committed
// to the base (spec 04, 6.4.3; SEC-15).
func verify(c *ao.Call) (message.Value, error) {
	who := c.Request().Text(commit.FieldCommitter)
	v, err := c.Arg("secret")
	if err != nil {
		return nil, err
	}
	given := hosted.Texts(v)
	switch cookies := own(c); {
	case len(given) > 0:
	case who != "":
		if text, ok := cookie.Text(cookies, hosted.SecretCookie+who); ok {
			given = []string{text}
		}
	default:
		given = hosted.Secrets(cookies)
	}
	if len(given) == 0 {
		return nil, &ao.Outcome{Status: ao.Failed, Value: message.Binary("no_secret")}
	}
	for _, secret := range given {
		of := who
		if of == "" {
			of = hosted.Committer(secret)
		}
		err := hosted.VerifySecret(c.Ctx, &c.Env, c.Base, of, secret)
		var f *fail.Error
		switch {
		case err == nil:
			return message.True, nil
		case !errors.As(err, &f) || f.Kind != fail.Unauthorized:
			return nil, err
		}
	}
	return message.False, nil
}

// finalize leaves the sequence of a hook as it is. The edge sends the cookies of
// the request that the hook returns, whatever comes of it (spec 04, 6.4.4, adds
// a step to the sequence instead, which fails on results that are no messages
// and makes the secret a public key of the result).
func finalize(c *ao.Call) (message.Value, error) {
	return c.Request(), nil
}
