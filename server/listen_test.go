package server_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/server"
)

// start serves as a node does, and returns the address and a function that
// stops the server and returns what Serve returned.
func start(t testing.TB, s *server.Server) (addr string, stop func() error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	var once sync.Once
	stop = func() (err error) {
		once.Do(func() { cancel(); err = <-done })
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return ln.Addr().String(), stop
}

// CONF-HTTP-11
func TestProtocols(t *testing.T) {
	cert, pool := certificate(t)
	plain, _ := node(t, nil, server.Options{})
	secure, _ := node(t, nil, server.Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
	plainAddr, _ := start(t, plain)
	secureAddr, _ := start(t, secure)
	protocols := func(set func(*http.Protocols)) *http.Protocols {
		p := new(http.Protocols)
		set(p)
		return p
	}
	for name, x := range map[string]struct {
		url   string
		proto string
		p     *http.Protocols
	}{
		"h1":     {"http://" + plainAddr, "HTTP/1.1", protocols(func(p *http.Protocols) { p.SetHTTP1(true) })},
		"h2c":    {"http://" + plainAddr, "HTTP/2.0", protocols(func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) })},
		"h2":     {"https://" + secureAddr, "HTTP/2.0", protocols(func(p *http.Protocols) { p.SetHTTP2(true) })},
		"h1 TLS": {"https://" + secureAddr, "HTTP/1.1", protocols(func(p *http.Protocols) { p.SetHTTP1(true) })},
	} {
		tr := &http.Transport{Protocols: x.p, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "example.com"}}
		req, err := http.NewRequest("POST", x.url, strings.NewReader("the body"))
		if err != nil {
			t.Fatal(err)
		}
		req.URL.Opaque = `/~message@1.0&k="a%2Fb"/body` // arrives as it is
		res, err := tr.RoundTrip(req)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b, _ := io.ReadAll(res.Body)
		res.Body.Close()
		tr.CloseIdleConnections()
		if res.StatusCode != 200 || string(b) != "the body" || res.Proto != x.proto || res.Header.Get("signature") == "" {
			t.Errorf("%s: %s %d %q", name, res.Proto, res.StatusCode, b)
		}
	}
}

// certificate returns the test certificate of net/http/httptest.
func certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(srv.Close)
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	return srv.TLS.Certificates[0], pool
}

// raw sends bytes on a connection of their own and returns the response.
func raw(t testing.TB, addr, request string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	go func() { _, _ = io.WriteString(conn, request) }()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return answer{body: err.Error()}
	}
	b, _ := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(b)}
}

// SEC-23
func TestLimits(t *testing.T) {
	block, blocked := make(chan struct{}), make(chan struct{}, 8)
	slow := &ao.Device{Name: "slow@1.0", Keys: []ao.Key{
		{Name: "wait", Run: func(c *ao.Call) (Value, error) {
			blocked <- struct{}{}
			select {
			case <-block:
			case <-c.Ctx.Done():
				return nil, c.Ctx.Err()
			}
			return Binary("done"), nil
		}},
		{Name: "expire", Run: func(c *ao.Call) (Value, error) {
			<-c.Ctx.Done()
			return Of(), nil
		}},
	}}
	config := Of(P("max_body_bytes", Int(1000)), P("max_concurrent", Int(1)))
	s, _ := node(t, config, server.Options{Limits: server.Limits{HeaderBytes: 80 << 10, BodyTime: 200 * time.Millisecond, HeaderTime: 200 * time.Millisecond}}, slow)
	addr, _ := start(t, s)
	post := func(n int, body string) string {
		return fmt.Sprintf("POST /~message@1.0/body HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s", n, body)
	}
	if a := raw(t, addr, post(1000, strings.Repeat("x", 1000))); a.status != 200 {
		t.Errorf("body at the limit: %d", a.status)
	}
	if a := raw(t, addr, post(1001, strings.Repeat("x", 1001))); a.status != 413 || !strings.Contains(a.body, "1000") {
		t.Errorf("body over the limit: %+v", a)
	}
	chunked := "POST /~message@1.0/body HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n" + strings.Repeat("x", 2000) + "\r\n0\r\n\r\n"
	if a := raw(t, addr, chunked); a.status != 413 {
		t.Errorf("chunked body over the limit: %+v", a)
	}
	if a := raw(t, addr, post(500, "x")); a.status != 504 && a.status != 408 {
		t.Errorf("body that stalls: %+v", a)
	}
	header := func(n int) string {
		return "GET /~message@1.0&a=1/a HTTP/1.1\r\nhost: x\r\nbig: " + strings.Repeat("x", n) + "\r\nconnection: close\r\n\r\n"
	}
	if a := raw(t, addr, header(64<<10)); a.status != 200 {
		t.Errorf("64 KiB of headers: %d", a.status)
	}
	if a := raw(t, addr, header(200<<10)); a.status != 431 {
		t.Errorf("200 KiB of headers: %d", a.status)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if a := do(t, "GET", "http://"+addr+"/~slow@1.0/wait", nil, ""); a.body != "done" {
			t.Errorf("%+v", a)
		}
	})
	<-blocked
	if a := do(t, "GET", "http://"+addr+"/~message@1.0&a=1/a", nil, ""); a.status != 429 || a.header.Get("retry-after") == "" {
		t.Errorf("over max_concurrent: %+v", a)
	}
	close(block)
	wg.Wait()
}

func TestRequestTimeout(t *testing.T) {
	slow := &ao.Device{Name: "slow@1.0", Keys: []ao.Key{{Name: "wait", Run: func(c *ao.Call) (Value, error) {
		<-c.Ctx.Done()
		return c.Env.Resolve(c.Ctx, c.Base, Binary("x"))
	}}}}
	s, _ := node(t, Of(P("request_timeout", Int(50))), server.Options{}, slow)
	if a := do(t, "GET", listen(t, s).URL+"/~slow@1.0/wait", nil, ""); a.status != 504 {
		t.Errorf("%+v", a)
	}
}

// TestGracefulStop lets a running request finish.
func TestGracefulStop(t *testing.T) {
	running, release := make(chan struct{}), make(chan struct{})
	slow := &ao.Device{Name: "slow@1.0", Keys: []ao.Key{{Name: "wait", Run: func(*ao.Call) (Value, error) {
		close(running)
		<-release
		return Binary("done"), nil
	}}}}
	s, _ := node(t, nil, server.Options{}, slow)
	addr, stop := start(t, s)
	got := make(chan answer, 1)
	go func() { got <- do(t, "GET", "http://"+addr+"/~slow@1.0/wait", nil, "") }()
	<-running
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for { // the listener closes first
		c, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		c.Close()
	}
	close(release)
	if a := <-got; a.body != "done" {
		t.Errorf("%+v", a)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// FuzzServer sends arbitrary bytes: every answer is HTTP and none is a fault.
func FuzzServer(f *testing.F) {
	s, _ := node(f, nil, server.Options{}, mirror())
	for _, r := range []string{
		"GET /~message@1.0&a=1/a HTTP/1.1\r\nhost: x\r\n\r\n",
		"POST /~mirror@1.0/keys?a+list=1,2&0.b=c HTTP/1.1\r\nhost: x\r\nao-types: a=\"integer\"\r\na: 1\r\ncontent-length: 3\r\n\r\nabc",
		"POST /~mirror@1.0/keys HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=\"B\"\r\ncontent-length: 70\r\n\r\n--B\r\ncontent-disposition: form-data;name=\"a/b\"\r\n\r\nv\r\n--B--",
		"POST /x HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 60\r\n\r\n{\"path\":\"/~mirror@1.0/nested\",\"commitments\":{\"a\":{\"x\":1}}}",
		"GET /(~message@1.0&a=(/b)/c)/d?x=%41&y+atom=z HTTP/1.1\r\nhost: x\r\naccept: application/json, */*;q=0.1\r\ncookie: a=\"b\"; c\r\n\r\n",
		"GET /~mirror@1.0/signers HTTP/1.1\r\nhost: x\r\nsignature: comm-a=:AAAA:\r\nsignature-input: comm-a=(\"a\");alg=\"hmac-sha256\";keyid=\"constant:ao\"\r\n\r\n",
		"0 /() HTTP/0.0\n\r\n",
		"HEAD / HTTP/1.0\r\n\r\n",
	} {
		f.Add([]byte(r))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
		if err != nil || strings.Contains(r.RequestURI, "panic") {
			return
		}
		r.RemoteAddr = "127.0.0.1:1"
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("status %d: %s\n%q", w.Code, w.Body, b)
		}
		for k, vs := range w.Header() {
			for _, v := range vs {
				if strings.ContainsAny(k+v, "\r\n\x00") {
					t.Fatalf("header %q: %q", k, v)
				}
			}
		}
	})
}

// BenchmarkServe measures the handler alone, for a request that repeats, one
// that does not, and a signed one.
func BenchmarkServe(b *testing.B) {
	s, _ := node(b, nil, server.Options{}, mirror())
	bench := func(name string, next func(i int) *http.Request) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				r := next(i)
				i++
				s.ServeHTTP(&discard{header: http.Header{}}, r)
			}
		})
	}
	get := func(uri string) *http.Request {
		r := httptest.NewRequest("GET", uri, nil)
		r.Header["User-Agent"] = []string{"bench"}
		return r
	}
	same := get("/~message@1.0&a=1/a")
	bench("repeated", func(int) *http.Request { return same })
	bench("new", func(i int) *http.Request { return get(fmt.Sprintf("/~message@1.0&a=%d/a", i)) })
	header, body := onWire(b, signed(b, Of(P("a", Binary("1")), P("body", Binary("b")))))
	bench("signed", func(int) *http.Request {
		r := httptest.NewRequest("POST", "/~mirror@1.0/signers", strings.NewReader(body))
		for k, v := range header {
			r.Header.Set(k, v)
		}
		return r
	})
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}
