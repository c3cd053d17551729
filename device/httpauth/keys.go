package httpauth

import (
	"encoding/base64"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// secret returns the secret of the user: that of the request, or the one that is
// derived from its authorization (spec 04, 6.5.1).
//
// # Errors
//
// An outcome with the status 401 and a challenge when there is no
// authorization, with 400 when it is no Basic one.
func (d *deriver) secret(c *ao.Call) (string, error) {
	if err := hosted.RefuseForeign(&c.Env, c.Request()); err != nil {
		return "", err
	}
	v, err := c.Arg("secret")
	if err != nil {
		return "", err
	}
	if given := hosted.Texts(v); len(given) > 0 {
		return given[0], nil
	}
	text := func(k, v string) message.Pair { return message.P(k, message.Binary(v)) }
	header := c.Request().Text("authorization")
	if header == "" {
		return "", &ao.Outcome{Status: ao.Failed, Value: message.Of(message.P("status", message.Int(401)),
			text("www-authenticate", "Basic"), text("details", "No authorization header provided."))}
	}
	scheme, rest, _ := strings.Cut(header, " ")
	credentials, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	if !strings.EqualFold(scheme, "Basic") || err != nil || len(credentials) == 0 || len(credentials) > hosted.MaxSecret {
		return "", &ao.Outcome{Status: ao.Failed, Value: message.Of(message.P("status", message.Int(400)),
			text("details", "Unrecognized authorization header: "+scheme))}
	}
	if v, _ := c.Request().Get("raw"); message.IsTrue(v) {
		return string(credentials), nil
	}
	return d.derived(c, string(credentials))
}

// generate returns the secret. Whoever asks has shown what it is made from.
func (d *deriver) generate(c *ao.Call) (message.Value, error) {
	secret, err := d.secret(c)
	if err != nil {
		return nil, err
	}
	return message.Binary(secret), nil
}

// commit commits to the base in the name of the user (spec 04, 6.5.2).
func (d *deriver) commit(c *ao.Call) (message.Value, error) {
	secret, err := d.secret(c)
	if err != nil {
		return nil, err
	}
	out, _, err := hosted.CommitSecret(c.Ctx, &c.Env, Name, secret, c.Base.Without("secret", "authorization"))
	if err != nil {
		return nil, err
	}
	return out, nil
}

// verify says whether the user, who is the committer when the request names one,
// has committed to the base (SEC-15).
func (d *deriver) verify(c *ao.Call) (message.Value, error) {
	secret, err := d.secret(c)
	if err != nil {
		return nil, err
	}
	who := c.Request().Text(commit.FieldCommitter)
	if who == "" {
		who = hosted.Committer(secret)
	}
	err = hosted.VerifySecret(c.Ctx, &c.Env, c.Base, who, secret)
	if fail.Is(err, fail.Unauthorized) {
		return message.False, nil
	}
	return message.True, err
}
