package authhook

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// hooked is a request on its way through the hook.
type hooked struct {
	*ao.Call
	provider *message.Message
	raw      *message.Message // the request
	seq      []message.Value
	ignored  []string
	mark     string
	signers  []string // of raw

	authorization message.Value // that raw came with, or nil
}

// request signs a request and what is marked in it (spec 04, 6.7.2).
func (d device) request(c *ao.Call) (message.Value, error) {
	h, err := read(c)
	if err != nil {
		return nil, err
	}
	relevant, err := h.relevant()
	if err != nil || !relevant {
		return c.Request(), err
	}
	if hosted.Foreign(&c.Env, h.raw) {
		if h.marked() {
			return nil, hosted.RefuseForeign(&c.Env, h.raw)
		}
		return c.Request(), nil
	}
	if err := h.readIgnored(); err != nil {
		return nil, err
	}
	if err := h.generate(); err != nil {
		return nil, err
	}
	w, cookies, err := d.Identity(c.With(h.provider, h.raw))
	if fail.Is(err, fail.Busy) && !h.marked() {
		return c.Request(), nil // without a signature rather than not at all
	}
	if err != nil {
		return nil, err
	}
	h.raw = cookie.With(h.raw, cookies)
	if err := h.sign(w); err != nil {
		return nil, err
	}
	return h.finalize()
}

// read reads the call of the hook.
func read(c *ao.Call) (*hooked, error) {
	const op = Name + "/request"
	h := &hooked{Call: c, mark: optMark.Text(&c.Env)}
	v, err := c.Arg("request")
	if err != nil {
		return nil, err
	}
	var ok bool
	if h.raw, ok = v.(*message.Message); !ok {
		return nil, fail.New(fail.Invalid, op, "the hook has no request")
	}
	if v, _ = c.Request().Get("body"); v != nil {
		if m, isMsg := v.(*message.Message); isMsg {
			if l, err := m.List(); err == nil {
				v = l
			}
		}
		if l, isList := v.(*message.List); isList {
			for _, e := range l.All() {
				h.seq = append(h.seq, e)
			}
		}
	}
	if h.provider, err = providerOf(c); err != nil {
		return nil, err
	}
	h.authorization, _ = h.raw.Get("authorization")
	h.signers = c.Signers(c.Ctx, h.raw)
	return h, nil
}

// providerOf returns the message that recognises users.
func providerOf(c *ao.Call) (*message.Message, error) {
	v, ok, err := c.Lookup(c.Base, "secret-provider")
	if err != nil {
		return nil, err
	}
	if !ok {
		if v, err = message.Loaded(c.Ctx, c.Cache, optProvider.In(&c.Env)); err != nil {
			return nil, err
		}
	}
	if m, isMsg := v.(*message.Message); isMsg {
		return m, nil
	}
	if name, _ := message.Text(v); name != "" {
		return message.Of(message.P("device", message.Binary(name))), nil
	}
	return nil, &ao.Outcome{Status: ao.Failed, Value: message.Binary("no_key_provider")}
}

// readIgnored reads which keys are not signed. Secrets never are.
func (h *hooked) readIgnored() error {
	v, ok, err := h.Lookup(h.raw, "ignored-keys")
	if err != nil {
		return err
	}
	if !ok {
		v = optIgnored.In(&h.Env)
	}
	h.ignored = append(hosted.Texts(v), secrets...)
	return nil
}

// secrets are the keys that say who the user is. They are no part of the request
// that the hook returns, which may be sent on to other nodes: the signature takes
// their place.
var secrets = []string{"secret", "cookie", "set-cookie", "authorization"}

// generate has the provider recognise the user, or make a secret for them. What
// it refuses ends the request: so a browser is asked for a password.
func (h *hooked) generate() error {
	req := h.raw.Without(message.CommitmentsKey).Set(path.Key, message.Binary(textOr(h.provider, "generate-path", "generate")))
	v, err := h.Internal().Resolve(h.Ctx, h.provider, hosted.Inside(req))
	if err != nil {
		if ao.AsMissing(err) {
			return nil
		}
		return err
	}
	switch x := v.(type) {
	case message.Binary:
		h.provider = h.provider.Set("secret", x)
	case *message.Message:
		if secret, ok := x.Get("secret"); ok {
			h.provider = h.provider.Set("secret", secret)
		}
		was, _ := h.raw.Get(path.Key)
		commitments, signed := h.raw.Get(message.CommitmentsKey)
		h.raw = cookie.With(x.Without("secret", message.CommitmentsKey).WithPrivate(h.raw.Private()), cookie.Of(x)).
			Set(path.Key, was)
		if signed {
			h.raw = h.raw.Set(message.CommitmentsKey, commitments)
		}
	}
	h.raw = h.raw.Without("secret")
	return nil
}

func textOr(m *message.Message, key, otherwise string) string {
	if text := m.Text(key); text != "" {
		return text
	}
	return otherwise
}

// finalize lets the provider have the last word (spec 04, 6.7.2).
func (h *hooked) finalize() (message.Value, error) {
	out := message.Of(message.P("request", h.raw), message.P("body", message.NewList(h.seq...)))
	v, err := h.Internal().Resolve(h.Ctx, h.provider, hosted.Inside(out).Set(path.Key, message.Binary(textOr(h.provider, "finalize-path", "finalize"))))
	if err != nil {
		if ao.AsMissing(err) {
			return out, nil
		}
		return nil, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name+"/finalize", "the secret provider did not return a message")
	}
	for _, k := range []string{"request", "body"} {
		if x, ok := m.Get(k); ok {
			out = out.Set(k, x)
		}
	}
	return out, nil
}
