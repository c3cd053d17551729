package client_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/conformance/testdevice"
	devmessage "github.com/hyperbeam-go/hyperbeam/device/message"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/server"
)

var ctx = context.Background()

func key(t testing.TB, kind keys.Kind) *keys.PrivateKey {
	t.Helper()
	k, err := keys.Generate(kind)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// mirror answers the request it got, and who signed it.
func mirror() *ao.Device {
	return &ao.Device{Name: "mirror@1.0", Keys: []ao.Key{
		{Name: "signers", Run: func(c *ao.Call) (Value, error) { return Strings(c.Signers(c.Ctx, c.Request())), nil }},
		{Name: "request", Run: func(c *ao.Call) (Value, error) { return c.Request().Without(CommitmentsKey), nil }},
		{Name: "cookie", Run: func(c *ao.Call) (Value, error) {
			m, _ := cookie.Slot.In(c.Request())
			return cookie.Slot.Set(Of(P("saw", Binary(m.Text("k")))), Of(P("k", Binary("v 2")))), nil
		}},
		{Name: "created", Run: func(*ao.Call) (Value, error) {
			return nil, &ao.Outcome{Status: ao.Created, Value: Of(P("slot", Int(3)))}
		}},
	}}
}

// serve starts a node that listens as nodes do, and returns host and port.
func serve(t testing.TB) string {
	t.Helper()
	r, err := ao.NewRegistry(devmessage.New(), testdevice.New(), mirror())
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(ao.New(r, ao.Services{Key: key(t, keys.Curve25519)}, ao.Limits{}),
		server.Options{Codecs: []codec.Codec{ans104.Codec{}}})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

// CONF-HTTP-17
func TestSend(t *testing.T) {
	addr := serve(t)
	c := client.New(client.Options{Codecs: []codec.Codec{ans104.Codec{}}})
	defer c.Close()
	for _, node := range []string{"http://" + addr, "h2c://" + addr, "http://" + addr + "/"} {
		v, err := c.Send(ctx, node, Of(P("path", Binary("/~message@1.0&a+integer=7/a"))))
		if err != nil || v != Value(Int(7)) {
			t.Fatalf("%s: %v %v", node, v, err)
		}
		_, err = c.Send(ctx, node, Of(P("path", Binary("/~message@1.0/nothing"))))
		var o *ao.Outcome
		if !errors.As(err, &o) || o.Status != ao.Failed || get(o.Value, "body") != Value(NotFound) || get(o.Value, "status") != Value(Int(404)) {
			t.Fatalf("%s: %v", node, err)
		}
		_, err = c.Send(ctx, node, Of(P("path", Binary("/~mirror@1.0/created"))))
		if !errors.As(err, &o) || o.Status != ao.Created {
			t.Fatalf("%s: %v", node, err)
		}
	}
}

func get(m Value, k string) Value {
	v, _ := m.(*Message).Get(k)
	return v
}

// TestSigned sends a message signed by each kind of key, in each codec, and
// with everything that makes signing hard: types, nested messages, line breaks.
// CONF-HTTP-17
func TestSigned(t *testing.T) {
	addr := serve(t)
	c := client.New(client.Options{Codecs: []codec.Codec{ans104.Codec{}}, Port: 1234})
	rsa := key(t, keys.RSA)
	full := Of(P("path", Binary("/~mirror@1.0/signers")), P("n", Int(5)), P("sub", Of(P("k", True))),
		P("l", NewList(Int(1), Binary("x"))), P("text", Binary("two\r\nlines")), P("body", Binary("b")))
	flat := Of(P("path", Binary("/~mirror@1.0/signers")), P("action", Binary("Eval")), P("data", Binary("1")))
	for name, x := range map[string]struct {
		key  *keys.PrivateKey
		req  *Message
		spec commit.Spec
	}{
		"ed25519":        {key(t, keys.Curve25519), full, commit.Spec{}},
		"secp256k1":      {key(t, keys.Secp256k1), full, commit.Spec{}},
		"rsa":            {rsa, full, commit.Spec{}},
		"bundle":         {key(t, keys.Curve25519), full, commit.Spec{Bundle: true}},
		"json":           {key(t, keys.Curve25519), full.Set("codec-device", Binary("json@1.0")), commit.Spec{}},
		"item":           {rsa, flat.Set("codec-device", Binary("ans104@1.0")), commit.Spec{Device: "ans104@1.0"}},
		"path unsigned":  {key(t, keys.Curve25519), full, commit.Spec{Committed: []string{"n", "sub"}}},
		"method is kept": {key(t, keys.Curve25519), full.Set("method", Binary("PUT")), commit.Spec{}},
	} {
		t.Run(name, func(t *testing.T) {
			rep, err := c.SignAndDo(ctx, "http://"+addr, x.req, x.key, x.spec)
			if err != nil {
				t.Fatal(err)
			}
			if rep.Status != 200 || rep.Message.Text("1") != committer(t, x.key, x.spec) || len(rep.Signers) != 1 {
				t.Fatalf("status %d, signers %v, message %v: %s", rep.Status, rep.Signers, rep.Message.Keys(), rep.Body)
			}
		})
	}
}

// A codec-device that somebody has signed, as location records have it, arrives
// with the rest.
func TestSignedCodec(t *testing.T) {
	k := key(t, keys.Curve25519)
	m, err := commit.Commit(ctx, commit.Env(NoLoader{}), Of(P("type", Binary("record")), P("codec-device", Binary("httpsig@1.0"))), k, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	c := client.New(client.Options{})
	rep, err := c.Do(ctx, "http://"+serve(t), m.Set("path", Binary("/~mirror@1.0/signers")).Set("method", Binary("POST")))
	if err != nil || rep.Message.Text("1") != k.Address() {
		t.Fatalf("%v: %v", err, rep)
	}
}

// committer returns the address that commitments of a key name.
func committer(t *testing.T, k *keys.PrivateKey, spec commit.Spec) string {
	m, err := commit.Commit(ctx, commit.Env(NoLoader{}), Of(P("a", Binary("1"))), k, commit.Spec{Device: spec.Device})
	if err != nil {
		t.Fatal(err)
	}
	return commit.Committers(m)[0]
}

// TestTampered changes one byte of what was signed.
func TestTampered(t *testing.T) {
	addr := serve(t)
	c := client.New(client.Options{})
	signed, err := commit.Commit(ctx, commit.Env(NoLoader{}), Of(P("path", Binary("/~mirror@1.0/signers")), P("a", Binary("1"))), key(t, keys.Curve25519), commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := c.Do(ctx, "http://"+addr, signed.Set("a", Binary("2")))
	if err != nil || rep.Status != 400 || !strings.Contains(rep.Body, "does not hold") {
		t.Fatalf("%v %+v", err, rep)
	}
}

func TestPaths(t *testing.T) {
	addr := serve(t)
	c := client.New(client.Options{})
	for path, want := range map[string]string{
		`/~message@1.0&a="b c"/a`:                "b c",
		`~message@1.0&a=%22x/y%22/a`:             "x/y",
		`/~message@1.0/a?a=1+2`:                  "1 2",
		`/~message@1.0&k=(~message@1.0&v=7/v)/k`: "7",
		"/~message@1.0&a=ä/a":                    "ä",
	} {
		v, err := c.Send(ctx, "http://"+addr, Of(P("path", Binary(path))))
		if err != nil || v != Value(Binary(want)) {
			t.Errorf("%s: %v %v", path, v, err)
		}
	}
}

// CONF-HTTP-17
func TestCookies(t *testing.T) {
	addr := serve(t)
	c := client.New(client.Options{Cookies: cookie.Slot})
	req := cookie.Slot.Set(Of(P("path", Binary("/~mirror@1.0/cookie"))), Of(P("k", Binary("v1"))))
	rep, err := c.Do(ctx, "http://"+addr, req)
	if err != nil || rep.Message.Text("saw") != "v1" {
		t.Fatal(rep, err)
	}
	if got, _ := cookie.Slot.In(rep.Message); got.Text("k") != "v 2" {
		t.Fatal(rep.Header)
	}
}

// TestBadPeers meets peers that do not answer as nodes do.
func TestBadPeers(t *testing.T) {
	c := client.New(client.Options{Timeout: 200 * time.Millisecond, MaxReply: 1000,
		DialControl: func(_, address string, _ syscall.RawConn) error {
			if strings.HasPrefix(address, "127.0.0.2:") {
				return fail.New(fail.Forbidden, "test", "private address")
			}
			return nil
		}})
	peer := func(f http.HandlerFunc) string {
		srv := httptest.NewServer(f)
		t.Cleanup(srv.Close)
		return srv.URL
	}
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	for name, x := range map[string]struct {
		node string
		kind fail.Kind
	}{
		"too large": {peer(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 2000)) }), fail.Upstream},
		"slow": {peer(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		}), fail.Timeout},
		"not signed by who says so": {peer(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("signature-input", `comm-x=("a");alg="hmac-sha256";keyid="constant:ao"`)
			w.Header().Set("signature", `comm-x=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:`)
			w.Header().Set("a", "1")
		}), fail.Upstream},
		"cut off": {peer(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("x"))
		}), fail.Upstream},
		"nobody there": {"http://127.0.0.1:1", fail.Unavailable},
		"refused":      {"http://127.0.0.2:80", fail.Forbidden},
		"no URL":       {"ftp://x", fail.Invalid},
		"user in URL":  {"http://a:b@x", fail.Invalid},
	} {
		_, err := c.Do(ctx, x.node, Of(P("path", Binary("/x"))))
		if !fail.Is(err, x.kind) {
			t.Errorf("%s: %v, want kind %v", name, err, x.kind)
		}
	}
	redirect := peer(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) })
	if rep, err := c.Do(ctx, redirect, Of(P("path", Binary("/x")))); err != nil || rep.Status != 302 {
		t.Error("a redirect must be returned:", err)
	}
}

func FuzzTarget(f *testing.F) {
	for _, s := range []string{"/a b", "%zz", "~x@1.0&a=\"b\"", "//a//", "\x00\xff", "?a=%2", "#x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, p string) {
		got := client.Target("", p)
		req, err := http.NewRequest("GET", "http://x", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := req.URL.Parse("http://x" + got); err != nil {
			t.Fatalf("%q: %v", got, err)
		}
	})
}
