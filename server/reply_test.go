package server_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/codec/flat"
	devmessage "github.com/hyperbeam-go/hyperbeam/device/message"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/server"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// CONF-HTTP-12
func TestNegotiation(t *testing.T) {
	s, _ := node(t, nil, server.Options{Codecs: []codec.Codec{flat.Codec{}}})
	url := listen(t, s).URL + "/~message@1.0&a=1/a"
	for _, x := range []struct{ key, value, want string }{
		{"accept", "application/json", "json@1.0"},
		{"accept", "application/json;q=0.5", "json@1.0"},
		{"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ""},
		{"accept", "application/xml, application/json;q=0.9, */*;q=0.1", "json@1.0"},
		{"accept", "*/*, application/json;q=0.1", ""},
		{"accept", "application/json;q=0", ""},
		{"accept", "application/message", ""},
		{"accept", "foo@9.9", ""},
		{"accept", "device/json@1.0", "json@1.0"},
		{"accept", "json@1.0", "json@1.0"},
		{"accept", "application/flat", "flat@1.0"},
		{"accept-codec", "httpsig@1.0", ""},
		{"accept-codec", "json@1.0", "json@1.0"},
		{"require-codec", "application/json", "json@1.0"},
		{"require-codec", "application/httpsig", ""},
	} {
		if a := do(t, "GET", url, map[string]string{x.key: x.value}, ""); a.status != 200 || a.header.Get("codec-device") != x.want {
			t.Errorf("%s: %s: status %d, codec %q, want %q", x.key, x.value, a.status, a.header.Get("codec-device"), x.want)
		}
	}
	if a := do(t, "GET", url, map[string]string{"require-codec": "no-such@1.0"}, ""); a.status != 415 || !strings.Contains(a.body, "json@1.0") {
		t.Errorf("unknown required codec: %d %s", a.status, a.body)
	}
}

// CONF-HTTP-05, 11
func TestReplies(t *testing.T) {
	s, _ := node(t, nil, server.Options{}, mirror())
	url := listen(t, s).URL
	for name, x := range map[string]struct {
		method, path string
		header       map[string]string
		status       int
		check        func(a answer) bool
	}{
		"page for a missing key": {"GET", "/~message@1.0/x", nil, 404, func(a answer) bool {
			return a.header.Get("content-type") == "text/html" && a.header.Get("signature") == "" && strings.Contains(a.body, "404")
		}},
		"message for a bundle": {"GET", "/~message@1.0/x", map[string]string{"accept-bundle": "true"}, 404, func(a answer) bool {
			return a.body == "not_found" && a.header.Get("status") == "404"
		}},
		"message in JSON": {"GET", "/~message@1.0/x", map[string]string{"accept": "application/json"}, 404, func(a answer) bool { return strings.Contains(a.body, `"not_found"`) }},
		"cross origin": {"GET", "/~message@1.0/x", map[string]string{"access-control-request-headers": "x-a"}, 404, func(a answer) bool {
			return a.header.Get("access-control-allow-headers") == "x-a" && a.header.Get("access-control-allow-origin") == "*"
		}},
		"preflight": {"OPTIONS", "/any/where", nil, 204, func(a answer) bool { return a.header.Get("access-control-allow-headers") == "*" && a.body == "" }},
		"head": {"HEAD", "/~message@1.0&a=1/a", nil, 200, func(a answer) bool {
			return a.body == "" && a.header.Get("content-digest") != "" && a.header.Get("content-length") == "1"
		}},
		"root":              {"GET", "/", nil, 302, func(a answer) bool { return a.header.Get("location") == "/~hyperbuddy@1.0/dashboard" }},
		"root with a query": {"GET", "/?a=b", nil, 400, func(a answer) bool { return strings.Contains(a.body, "names nothing") }},
		"unknown device":    {"GET", "/~nothing@1.0/x", map[string]string{"accept": "application/json"}, 404, func(a answer) bool { return strings.Contains(a.body, "no device") }},
		"line breaks": {"GET", "/~mirror@1.0/teapot", nil, 418, func(a answer) bool {
			return a.header.Get("set-cookie") == "" && strings.Contains(a.body, "a\r\nset-cookie: x=1")
		}},
		"line breaks, JSON": {"GET", "/~mirror@1.0/teapot", map[string]string{"accept": "application/json"}, 418, func(a answer) bool { return a.header.Get("text") == "" && strings.Contains(a.body, `"text":"a\r\n`) }},
		"bad path":          {"GET", "/~message@1.0&a+integer=x/a", nil, 400, func(a answer) bool { return a.header.Get("content-type") != "text/html" && a.body != "" }},
		"bad path, JSON":    {"GET", "/~message@1.0&a+integer=x/a", map[string]string{"accept": "application/json"}, 400, func(a answer) bool { return strings.Contains(a.body, `"status":400`) }},
		"bad scope":         {"GET", "/~message@1.0/a", map[string]string{"x.y": "1"}, 400, func(a answer) bool { return strings.Contains(a.body, "x.y") }},
		"a fault has a name": {"GET", "/~mirror@1.0/panic", nil, 500, func(a answer) bool {
			return strings.Contains(a.body, "number ") && !strings.Contains(a.body, "purpose")
		}},
		"absolute target": {"GET", "/~message@1.0/host", nil, 200, func(a answer) bool { return strings.HasPrefix(a.body, "127.0.0.1") }},
	} {
		a := do(t, x.method, url+x.path, x.header, "")
		if a.status != x.status || !x.check(a) {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// TestLinks reads the nested messages of a reply at their IDs.
func TestLinks(t *testing.T) {
	s, _ := node(t, nil, server.Options{}, mirror())
	url := listen(t, s).URL
	a := do(t, "GET", url+"/~mirror@1.0/nested", nil, "")
	link := a.header.Get("n+link")
	if link == "" || a.header.Get("l+link") == "" {
		t.Fatalf("%+v", a)
	}
	if a := do(t, "GET", url+"/"+link+"/k", nil, ""); a.status != 200 || a.body != "deep" {
		t.Errorf("%+v", a)
	}
	if a := do(t, "GET", url+"/"+link, nil, ""); a.status != 200 || a.header.Get("k") != "deep" {
		t.Errorf("%+v", a)
	}
	if a := do(t, "GET", url+"/"+a.header.Get("l+link")+"/2", nil, ""); a.status != 200 || a.body != "2" {
		t.Errorf("%+v", a)
	}
	bundled := do(t, "GET", url+"/~mirror@1.0/nested", map[string]string{"accept-bundle": "true"}, "")
	if bundled.header.Get("n+link") != "" || !strings.Contains(bundled.body, "deep") {
		t.Errorf("%+v", bundled)
	}
}

// counting counts the batches that reach a store.
type counting struct {
	store.Store
	writes atomic.Int64
}

func (c *counting) Apply(ctx context.Context, b *store.Batch, d store.Durability) error {
	c.writes.Add(1)
	return c.Store.Apply(ctx, b, d)
}

// TestRepetition answers the same request many times, at once, with one
// signature and no write after the first answer.
func TestRepetition(t *testing.T) {
	kept := &counting{Store: mem.New(mem.Options{})}
	r, err := ao.NewRegistry(devmessage.New(), mirror())
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(ao.New(r, ao.Services{Key: key(t), Cache: cache.New(kept, cache.Options{})}, ao.Limits{}), server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	url := listen(t, s).URL
	for _, path := range []string{"/~message@1.0&a=1/a", "/~mirror@1.0/nested"} {
		first := do(t, "GET", url+path, nil, "")
		before := kept.writes.Load()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 20 {
					a := do(t, "GET", url+path, nil, "")
					if a.header.Get("signature") != first.header.Get("signature") || a.body != first.body {
						t.Errorf("%s: signed again", path)
						return
					}
				}
			})
		}
		wg.Wait()
		if n := kept.writes.Load() - before; n != 0 {
			t.Errorf("%s: %d writes by repeated reads", path, n)
		}
	}
	if a, b := do(t, "GET", url+"/~message@1.0&a=1/a", nil, ""), do(t, "GET", url+"/~message@1.0&a=2&b=1/b", nil, ""); a.body == b.body && a.header.Get("signature") == b.header.Get("signature") {
		t.Error("results with different hashpaths share a signature")
	}
}

// CONF-HTTP-16
func TestCookies(t *testing.T) {
	slot := cookie.Slot
	dev := &ao.Device{Name: "jar@1.0", Keys: []ao.Key{
		{Name: "show", Run: func(c *ao.Call) (Value, error) {
			m, _ := slot.In(c.Request())
			return Binary(m.Text("a")), nil
		}},
		{Name: "put", Run: func(c *ao.Call) (Value, error) {
			had, _ := slot.In(c.Request())
			return slot.Set(Of(P("body", Binary("ok"))), had.Set("k", Binary(`v"1`)).Set("f", Of(P("value", Binary("x")),
				P("attributes", Of(P("Path", Binary("/")))), P("flags", Strings([]string{"Secure", "HttpOnly"}))))), nil
		}},
	}}
	s, _ := node(t, nil, server.Options{}, dev)
	url := listen(t, s).URL + "/~jar@1.0"
	h := map[string]string{"cookie": `a="1"; b=2`}
	if a := do(t, "GET", url+"/show", h, ""); a.body != "1" {
		t.Errorf("%+v", a)
	}
	if a := do(t, "GET", url+"/cookie", h, ""); a.status != 404 {
		t.Errorf("the cookie header is a key: %+v", a)
	}
	a := do(t, "GET", url+"/put", h, "")
	got := a.header.Values("set-cookie")
	if len(got) != 2 || got[0] != `f="x"; Path=/; Secure; HttpOnly` || got[1] != `k="v%221"` {
		t.Errorf("%q", got)
	}
	if strings.Contains(a.header.Get("signature-input"), "cookie") {
		t.Error("cookies are signed")
	}
}

// CONF-HTTP-07: with a page of its own
func TestIndex(t *testing.T) {
	page := &ao.Device{Name: "page@1.0", Keys: []ao.Key{{Name: "index", Run: func(c *ao.Call) (Value, error) {
		return Of(P("content-type", Binary("text/html")), P("body", Binary("<p>"+c.Base.Text("a"))), P("a", Binary("other"))), nil
	}}}}
	s, _ := node(t, Of(P("default_index", Of(P("device", Binary("page@1.0"))))), server.Options{}, page)
	url := listen(t, s).URL + "/~message@1.0&a=1/set&b=2"
	if a := do(t, "GET", url, nil, ""); a.body != "<p>1" || a.header.Get("content-type") != "text/html" || a.header.Get("a") != "1" {
		t.Errorf("%+v", a)
	}
	if a := do(t, "GET", url, map[string]string{"accept-bundle": "true"}, ""); a.body != "" {
		t.Errorf("%+v", a)
	}
}

// CONF-META-08, 09
func TestHooks(t *testing.T) {
	var calls atomic.Int64
	dev := &ao.Device{Name: "gate@1.0", Keys: []ao.Key{
		{Name: "request", Run: func(c *ao.Call) (Value, error) {
			calls.Add(1)
			req := c.Request().Message("request")
			if req.Has("forbidden") {
				return nil, ao.Refuse(403, "no")
			}
			return c.Request(), nil
		}},
		{Name: "response", Run: func(c *ao.Call) (Value, error) {
			m := c.Request().Message("body")
			return Of(P("body", m.Set("seen", Binary("yes")))), nil
		}},
	}}
	handler := Of(P("device", Binary("gate@1.0")))
	s, _ := node(t, Of(P("on", Of(P("request", handler), P("response", handler)))), server.Options{}, dev)
	url := listen(t, s).URL + "/~message@1.0&a=1/a"
	if a := do(t, "GET", url, nil, ""); a.body != "1" || a.header.Get("seen") != "yes" || calls.Load() != 1 {
		t.Errorf("%+v", a)
	}
	if a := do(t, "GET", url, map[string]string{"forbidden": "1"}, ""); a.status != 403 || a.body != "no" || a.header.Get("signature") != "" {
		t.Errorf("%+v", a)
	}
}

// CONF-META-05
func TestUninitialised(t *testing.T) {
	meta := &ao.Device{Name: "meta@1.0", Keys: []ao.Key{{Name: "info", Run: func(*ao.Call) (Value, error) { return Of(P("port", Int(1))), nil }}}}
	s, _ := node(t, Of(P("initialized", Binary("false"))), server.Options{}, meta)
	url := listen(t, s).URL
	if a := do(t, "GET", url+"/~message@1.0&a=1/a", nil, ""); a.status != 400 || a.body != "Node must be initialized before use." {
		t.Errorf("%+v", a)
	}
	if a := do(t, "GET", url+"/~meta@1.0/info/port", nil, ""); a.status != 200 || a.header.Get("port") != "1" {
		t.Errorf("%+v", a)
	}
}

// TestConfigChange sees that what a server remembers follows the node message.
func TestConfigChange(t *testing.T) {
	var config atomic.Pointer[Message]
	config.Store(Empty())
	s, _ := node(t, nil, server.Options{Config: config.Load})
	url := listen(t, s).URL + "/~message@1.0&a=1/a"
	if a := do(t, "GET", url, nil, ""); a.header.Get("signature") == "" {
		t.Error("not signed")
	}
	config.Store(Of(P("force_signed", False)))
	if a := do(t, "GET", url, nil, ""); a.status != http.StatusOK || a.header.Get("signature") != "" {
		t.Error("signed although the option is off")
	}
}
