package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/server"
)

// TestHost: hooks learn the host of signed requests, which do not carry it, and
// see requests for "/", which have the page of the server when nothing comes of
// them.
func TestHost(t *testing.T) {
	slot := NewSlot[string]("host")
	var heard string
	ear := &ao.Device{Name: "ear@1.0", Keys: []ao.Key{{Name: "request", Run: func(c *ao.Call) (Value, error) {
		m := c.Request().Message("request")
		heard, _ = slot.In(m)
		if host := m.Text("host"); host != "" {
			heard = "said " + host
		}
		if strings.HasSuffix(heard, "site.test") {
			return c.Request().Set("body", NewList(Of(P("body", Binary("a site"))))), nil
		}
		return c.Request(), nil
	}}}}
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the page")) })
	s, _ := node(t, Of(P("on", Of(P("request", Of(P("device", Binary("ear@1.0"))))))), server.Options{Host: slot, Root: page}, ear)
	send := func(path, host string, header map[string]string) (int, string) {
		req := httptest.NewRequest("GET", path, nil)
		req.Host = host
		for k, v := range header {
			req.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		return w.Code, w.Body.String()
	}
	header, _ := onWire(t, signed(t, Of(P("a", Int(1)))))
	if status, body := send("/~message@1.0/a", "node.test", header); status != 200 || body != "1" || heard != "node.test" {
		t.Error(status, body, heard)
	}
	if status, body := send("/~message@1.0&a=2/a", "node.test", nil); status != 200 || body != "2" || heard != "said node.test" {
		t.Error(status, body, heard)
	}
	for _, x := range [][2]string{{"site.test", "a site"}, {"node.test", "the page"}} {
		if status, body := send("/", x[0], nil); status != 200 || body != x[1] {
			t.Error(x[0], status, body)
		}
	}
	if status, body := send("//", "node.test", nil); status != 400 || !strings.Contains(body, "names nothing") {
		t.Error(status, body)
	}
}
