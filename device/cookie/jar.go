package cookie

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// cookiesOf returns the cookies that a call sees: those of the base, over those
// of the request.
func cookiesOf(c *ao.Call) *message.Message {
	base, _ := cookie.Extract(c.Base)
	return cookie.Of(c.Request()).Merge(base)
}

// shown returns cookies without those that clients must not see: whatever runs
// in a page of this node could read them (SEC-13).
func shown(c *ao.Call, cookies *message.Message) *message.Message {
	if hosted.IsInside(&c.Env, c.Request()) || optShow.Bool(&c.Env) {
		return cookies
	}
	for name := range cookies.All() {
		if hosted.IsGuarded(name) {
			cookies = cookies.Without(name)
		}
	}
	return cookies
}

// getCookie returns one cookie (spec 04, 6.2.7).
func getCookie(c *ao.Call) (message.Value, error) {
	name := c.Text("key")
	v, ok := shown(c, cookiesOf(c)).Get(name)
	if !ok {
		return nil, ao.Missing
	}
	switch format := c.Request().Text("format"); format {
	case "", "default":
		return private(v), nil
	case "set-cookie":
		return ao.Confidential(cookie.Full(v)), nil
	case "cookie":
		text, _ := cookie.Text(message.Empty().Set(name, v), name)
		return message.Binary(text), nil
	default:
		return nil, fail.New(fail.Invalid, cookie.Name+"/get-cookie", "format is default, set-cookie or cookie, not %.32q", format)
	}
}

func private(v message.Value) message.Value {
	if m, ok := v.(*message.Message); ok {
		return ao.Confidential(m)
	}
	return v
}

// notCookies are keys of requests that are about the request (spec 04, 6.2.8),
// with the header fields that programs send by themselves.
var notCookies = map[string]bool{
	"path": true, "accept-bundle": true, "ao-peer": true, "ao-peer-port": true, "host": true, "method": true, "body": true,
	"accept": true, "accept-encoding": true, "accept-language": true, "accept-charset": true, "accept-codec": true, "user-agent": true,
	"connection": true, "cache-control": true, "pragma": true, "content-type": true, "content-length": true, "content-digest": true,
	"codec-device": true, "device": true, "origin": true, "referer": true, "authorization": true, "cookie": true, "set-cookie": true,
	"commitments": true, "ao-types": true, "te": true, "dnt": true, "priority": true, "upgrade-insecure-requests": true, "if-none-match": true,
}

func isCookie(key string) bool {
	return !notCookies[key] && !strings.HasPrefix(key, "sec-") && !strings.HasPrefix(key, "x-forwarded-") && key != "x-real-ip"
}

// store sets cookies (spec 04, 6.2.8). Secrets are not set from outside: else a
// link to this node could make a browser take an identity that its author knows.
func store(c *ao.Call) (message.Value, error) {
	cookies := cookiesOf(c)
	for key := range c.Request().All() {
		if !isCookie(key) {
			continue
		}
		if hosted.IsGuarded(key) && !hosted.IsInside(&c.Env, c.Request()) {
			return nil, fail.New(fail.Forbidden, cookie.Name+"/store", "cookies of the name %.80q are made by this node only", key)
		}
		v, ok, err := c.Lookup(c.Request(), key)
		if err != nil || !ok {
			return nil, err
		}
		if m, isMsg := v.(*message.Message); !isMsg {
			text, isText := message.Text(v)
			if !isText {
				return nil, fail.New(fail.Invalid, cookie.Name+"/store", "the value of cookie %.80q is no text", key)
			}
			v = message.Binary(text)
		} else if !m.Has("value") {
			return nil, fail.New(fail.Invalid, cookie.Name+"/store", "cookie %.80q has no value", key)
		}
		cookies = cookies.Set(key, v)
	}
	_, base := cookie.Extract(c.Base)
	return cookie.Slot.Set(base, cookies), nil
}

// extract returns the cookies (spec 04, 6.2.8).
func extract(c *ao.Call) (message.Value, error) {
	return ao.Confidential(shown(c, cookiesOf(c))), nil
}

// reset removes all cookies (spec 04, 6.2.8).
func reset(c *ao.Call) (message.Value, error) {
	_, base := cookie.Extract(c.Base)
	return base, nil
}

// from reads the cookie header fields of the base (spec 04, 6.2.2).
func from(c *ao.Call) (message.Value, error) {
	cookies, base := cookie.Extract(c.Base)
	return cookie.Slot.Set(base, cookies), nil
}

// to writes the cookies of the base as header fields (spec 04, 6.2.6).
func to(c *ao.Call) (message.Value, error) {
	cookies, base := cookie.Extract(c.Base)
	cookies = shown(c, cookies)
	switch format := c.Request().Text("format"); format {
	case "set-cookie":
		return ao.Confidential(base.Set("set-cookie", message.Strings(cookie.FormatSet(cookies)))), nil
	case "cookie":
		return ao.Confidential(base.Set("cookie", message.Binary(cookie.Format(cookies)))), nil
	default:
		return nil, fail.New(fail.Invalid, cookie.Name+"/to", "format is set-cookie or cookie, not %.32q", format)
	}
}
