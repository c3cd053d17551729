package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/server"
)

// mirror shows what reached a device.
func mirror() *ao.Device {
	return &ao.Device{Name: "mirror@1.0", Keys: []ao.Key{
		{Name: "signers", Run: func(c *ao.Call) (Value, error) {
			return Binary(strings.Join(c.Signers(c.Ctx, c.Request()), ",")), nil
		}},
		{Name: "base-signers", Run: func(c *ao.Call) (Value, error) {
			return Binary(strings.Join(c.Signers(c.Ctx, c.Base), ",")), nil
		}},
		{Name: "keys", Run: func(c *ao.Call) (Value, error) { return Binary(strings.Join(c.Request().Keys(), " ")), nil }},
		{Name: "peer", Run: func(c *ao.Call) (Value, error) { return Binary(c.Request().Text("ao-peer")), nil }},
		{Name: "panic", Run: func(*ao.Call) (Value, error) { panic("on purpose") }},
		{Name: "teapot", Run: func(*ao.Call) (Value, error) {
			return Of(P("status", Int(418)), P("text", Binary("a\r\nset-cookie: x=1")), P("body", Binary("short"))), nil
		}},
		{Name: "nested", Run: func(c *ao.Call) (Value, error) {
			return Of(P("n", Of(P("k", Binary("deep")))), P("l", NewList(Int(1), Int(2)))), nil
		}},
	}}
}

// onWire returns a message as header fields and body.
func onWire(t testing.TB, m *Message) (map[string]string, string) {
	t.Helper()
	ctx, env := context.Background(), commit.Env(NoLoader{})
	tabm, err := structured.Bundle(ctx, env, m)
	if err != nil {
		t.Fatal(err)
	}
	enc, err := httpsig.Codec{}.Encode(ctx, env, tabm, codec.Options{Bundle: true, Inlined: true})
	if err != nil {
		t.Fatal(err)
	}
	header := map[string]string{}
	for k, v := range enc.(*Message).All() {
		if k != "body" {
			header[k] = string(v.(Binary))
		}
	}
	return header, enc.(*Message).Text("body")
}

func signed(t testing.TB, m *Message) *Message {
	t.Helper()
	out, err := commit.Commit(context.Background(), commit.Env(NoLoader{}), m, key(t), commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// SEC-01, SEC-02
func TestVerification(t *testing.T) {
	s, _ := node(t, nil, server.Options{}, mirror())
	url := listen(t, s).URL + "/~mirror@1.0"
	m := signed(t, Of(P("a", Binary("1")), P("n", Int(5)), P("body", Binary("b"))))
	who := commit.Committers(m)[0]
	header, body := onWire(t, m)

	if a := do(t, "POST", url+"/signers", header, body); a.status != 200 || a.body != who {
		t.Fatalf("valid: %+v, want %s", a, who)
	}
	if a := do(t, "POST", url+"/keys", header, body); strings.Contains(a.body, "user-agent") || !strings.Contains(a.body, "method") {
		t.Fatalf("uncommitted keys: %s", a.body)
	}
	if a := do(t, "POST", url+"/signers?a=2", header, body); a.body != "" {
		t.Fatalf("a query over a signed key passes for signed: %+v", a)
	}
	tamper := func(name string, change func(h map[string]string, b *string)) {
		h, b := map[string]string{}, body
		for k, v := range header {
			h[k] = v
		}
		change(h, &b)
		a := do(t, "POST", url+"/signers", h, b)
		if a.status != 400 || !strings.Contains(a.body, "does not hold") && !strings.Contains(a.body, "signature") {
			t.Errorf("%s: %d %q", name, a.status, a.body)
		}
	}
	tamper("header", func(h map[string]string, _ *string) { h["a"] = "2" })
	tamper("type", func(h map[string]string, _ *string) { h["ao-types"] = `n="float"`; h["n"] = "5.0" })
	tamper("body", func(_ map[string]string, b *string) { *b = "c" })
	tamper("missing", func(h map[string]string, _ *string) { delete(h, "a") })
	tamper("no input", func(h map[string]string, _ *string) { h["signature-input"] = "comm-x=(" })
	tamper("signature", func(h map[string]string, _ *string) {
		h["signature"] = strings.Replace(h["signature"], "=:", "=:AA", 1)
	})
	for _, claim := range []string{`committer="` + who + `"`, `committer="x"`} {
		tamper("claim "+claim, func(h map[string]string, _ *string) {
			h["signature-input"] = strings.Replace(h["signature-input"], `keyid="constant:ao"`, `keyid="constant:ao";`+claim, 1)
		})
	}
	for _, path := range []string{"/signers?commitments=x", "/signers&commitments=1", "/(~mirror@1.0&commitments=1/signers)/x"} {
		if a := do(t, "GET", url+path, nil, ""); a.status != 400 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := do(t, "GET", url+"/signers", map[string]string{"commitments+link": "x"}, ""); a.status != 400 {
		t.Errorf("header commitments: %d %s", a.status, a.body)
	}
}

// TestNestedCommitments refuses commitments that do not hold wherever they are,
// because IDs are read from them (spec 06, 12.25).
func TestNestedCommitments(t *testing.T) {
	s, _ := node(t, nil, server.Options{}, mirror())
	url := listen(t, s).URL + "/~mirror@1.0/keys"
	inner := signed(t, Of(P("x", Binary("1"))))
	for name, x := range map[string]struct {
		m    *Message
		want int
	}{
		"valid":    {Of(P("sub", inner)), 200},
		"tampered": {Of(P("sub", inner.Set("x", Binary("2")))), 400},
		"deep":     {Of(P("sub", Of(P("sub", inner.Set("x", Binary("2")))))), 400},
	} {
		header, body := onWire(t, x.m)
		if a := do(t, "POST", url, header, body); a.status != x.want {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	forged := `{"sub":{"x":"1","commitments":{"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA":{"keyid":"constant:ao","type":"hmac-sha256","committer":"me"}}}}`
	if a := do(t, "POST", url, map[string]string{"content-type": "application/json"}, forged); a.status != 400 {
		t.Errorf("JSON: %d %s", a.status, a.body)
	}
	for _, odd := range []string{`{"commitments":"x"}`, `{"commitments":{"x":"y"}}`, `{"a":{"commitments":[1]}}`} {
		if a := do(t, "POST", url, map[string]string{"content-type": "application/json"}, odd); a.status != 400 {
			t.Errorf("%s: %d %s", odd, a.status, a.body)
		}
	}
}

// TestForgedResult: what a device answers is shown, but is not kept under IDs of
// commitments that do not hold, whatever the request says of caching.
func TestForgedResult(t *testing.T) {
	theirs := signed(t, Of(P("to", Binary("ada"))))
	i, err := commit.SignedID(context.Background(), theirs)
	if err != nil {
		t.Fatal(err)
	}
	forger := &ao.Device{Name: "forger@1.0", Keys: []ao.Key{{Name: "nested", Run: func(*ao.Call) (Value, error) {
		return Of(P("n", theirs.Set("to", Binary("eve")))), nil
	}}}}
	s, e := node(t, nil, server.Options{}, forger)
	url := listen(t, s).URL
	for _, control := range []string{"", "always"} {
		a := do(t, "GET", url+"/~forger@1.0/nested", map[string]string{"cache-control": control}, "")
		if a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if a := do(t, "GET", url+"/"+i.String()+"/to", nil, ""); a.status != 404 {
		t.Fatalf("under the ID of a message that was never stored: %d %s", a.status, a.body)
	}
	if _, err := e.Cache.Write(context.Background(), theirs, 0); err != nil {
		t.Fatal(err)
	}
	if a := do(t, "GET", url+"/"+i.String()+"/to", nil, ""); a.body != "ada" {
		t.Fatalf("%d %s", a.status, a.body)
	}
}

func TestForceSignedRequests(t *testing.T) {
	s, e := node(t, Of(P("force_signed_requests", True), P("store_all_signed", True)), server.Options{}, mirror())
	url := listen(t, s).URL + "/~mirror@1.0/signers"
	if a := do(t, "GET", url, nil, ""); a.status != 401 {
		t.Errorf("unsigned: %d", a.status)
	}
	m := signed(t, Of(P("a", Binary("1"))))
	header, body := onWire(t, m)
	if a := do(t, "POST", url, header, body); a.status != 200 {
		t.Errorf("signed: %d %s", a.status, a.body)
	}
	id, err := commit.SignedID(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	if has, err := e.Cache.Has(context.Background(), id.String()); err != nil || !has {
		t.Error("store_all_signed kept nothing", err)
	}
}

// TestClientDialect verifies what JavaScript clients have signed, when the
// operator allows it, and notices every change.
func TestClientDialect(t *testing.T) {
	type request struct {
		URL     string
		Method  string
		Headers map[string]string
		Body    struct {
			Bytes []byte `json:"$bytes"`
		}
	}
	off, _ := node(t, nil, server.Options{}, mirror())
	on, _ := node(t, Of(P("client_signatures", True)), server.Options{}, mirror())
	urlOff, urlOn := listen(t, off).URL, listen(t, on).URL
	dir := sharedtest.Dir(t, "vectors/hbsig")
	checked := 0
	for _, file := range []string{"flat.json", "body.json", "map.json", "number.json", "ao.json"} {
		raw, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		var cases []struct {
			ID     string
			Signed request
		}
		if err := json.Unmarshal(raw, &cases); err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			h := c.Signed.Headers
			if strings.ContainsAny(strings.Join(values(h), ""), "\r\n") || h["signature"] == "" || h["content-length"] != "" || h["a/b"] != "" {
				continue
			}
			target := h["path"]
			if target == "" {
				target = "/~message@1.0/id"
			}
			// The signed path leads elsewhere, so only acceptance shows here.
			a := do(t, "POST", urlOn+target, h, string(c.Signed.Body.Bytes))
			if a.status == 400 && strings.Contains(a.body, "client signature") {
				t.Errorf("%s: %s", c.ID, a.body)
			}
			changed := map[string]string{}
			for k, v := range h {
				changed[k] = v
			}
			changed["path"] = target + "x"
			if a := do(t, "POST", urlOn+target, changed, string(c.Signed.Body.Bytes)); a.status != 400 {
				t.Errorf("%s: a changed path is accepted: %d %s", c.ID, a.status, a.body)
			}
			if a := do(t, "POST", urlOn+target, h, string(c.Signed.Body.Bytes)+"x"); a.status != 400 {
				t.Errorf("%s: a changed body is accepted: %d", c.ID, a.status)
			}
			if a := do(t, "POST", urlOff+target, changed, string(c.Signed.Body.Bytes)); strings.Contains(a.body, "client signature") {
				t.Errorf("%s: read although the option is off", c.ID)
			}
			checked++
		}
	}
	if checked < 30 {
		t.Errorf("only %d requests checked", checked)
	}
}

func values(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// CONF-HTTP-14, SEC-22
func TestPeer(t *testing.T) {
	s, _ := node(t, nil, server.Options{}, mirror())
	url := listen(t, s).URL + "/~mirror@1.0/peer"
	h := map[string]string{"ao-peer-port": "77", "x-real-ip": "9.9.9.9"}
	if a := do(t, "GET", url, h, ""); a.body != "127.0.0.1:77" {
		t.Errorf("x-real-ip believed of a stranger: %s", a.body)
	}
	s, _ = node(t, nil, server.Options{TrustedProxies: func(peer string) bool { return peer == "127.0.0.1" }}, mirror())
	if a := do(t, "GET", listen(t, s).URL+"/~mirror@1.0/peer", h, ""); a.body != "9.9.9.9:77" {
		t.Errorf("x-real-ip of a proxy: %s", a.body)
	}
	if a := do(t, "GET", url, map[string]string{"ao-peer-port": "x\ty"}, ""); a.status != http.StatusOK || a.body != "" {
		t.Errorf("bad port: %d %s", a.status, a.body)
	}
}
