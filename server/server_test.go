package server_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	devmessage "github.com/hyperbeam-go/hyperbeam/device/message"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/server"
)

// key returns a signing key. Ed25519 keeps tests fast.
func key(t testing.TB) *keys.PrivateKey {
	t.Helper()
	k, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// node returns a server over message@1.0 and more devices.
func node(t testing.TB, config *message.Message, opt server.Options, devices ...*ao.Device) (*server.Server, *ao.Engine) {
	t.Helper()
	r, err := ao.NewRegistry(append(devices, devmessage.New())...)
	if err != nil {
		t.Fatal(err)
	}
	e := ao.New(r, ao.Services{Key: key(t)}, ao.Limits{})
	if config != nil {
		opt.Config = func() *message.Message { return config }
	}
	s, err := server.New(e, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s, e
}

// listen serves a handler on a loopback port.
func listen(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

type answer struct {
	status int
	header http.Header
	body   string
}

func do(t testing.TB, method, url string, header map[string]string, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(b)}
}

// CONF-HTTP-12
func TestLiteral(t *testing.T) {
	s, _ := node(t, nil, server.Options{})
	srv := listen(t, s)
	for range 2 {
		a := do(t, "GET", srv.URL+"/~message@1.0&a=1/a", nil, "")
		if a.status != 200 || a.body != "1" || a.header.Get("ao-result") != "body" || a.header.Get("status") != "200" {
			t.Fatalf("%+v", a)
		}
		if !strings.Contains(a.header.Get("signature-input"), `alg="ed25519"`) {
			t.Fatal("not signed: ", a.header)
		}
	}
	if a := do(t, "GET", srv.URL+"/~message@1.0&a+integer=1/a", map[string]string{"accept": "application/json"}, ""); !strings.Contains(a.body, `"body":1`) {
		t.Fatalf("%+v", a)
	}
	if a := do(t, "GET", srv.URL+"/~message@1.0/nothing", nil, ""); a.status != 404 || a.header.Get("content-type") != "text/html" {
		t.Fatalf("%+v", a)
	}
	if a := do(t, "POST", srv.URL+"/~message@1.0/body", nil, "hello"); a.body != "hello" {
		t.Fatalf("%+v", a)
	}
	if a := do(t, "GET", srv.URL+"/a%20b", nil, ""); a.status != 400 || a.body == "" {
		t.Fatalf("%+v", a)
	}
}
