package manifest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/manifest"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/nodetest"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

var ctx = context.Background()

// writer keeps files.
type writer struct {
	t testing.TB
	*ao.Env
}

func (w writer) file(content, contentType string) string {
	w.t.Helper()
	name, err := w.Cache.Write(ctx, Of(P("data", Binary(content)), P("content-type", Binary(contentType))), store.Durable)
	if err != nil {
		w.t.Fatal(err)
	}
	return name
}

// site is a manifest with its ID.
type site struct {
	id   string
	json string
}

func (w writer) site(more string) site {
	file := func(s string) string { return w.file("<"+s+">", "text/html") }
	text := fmt.Sprintf(`{"manifest":"arweave/paths","version":"0.1.0","index":{"path":"index.html"},%s
		"paths":{"index.html":{"id":%q},"assets/app.js":{"id":%q},"docs":{"intro":{"id":%q}},"about":{"id":%q},"about/team":{"id":%q},"lost":{"id":%q}}}`,
		more, file("index"), w.file("code()", "text/javascript"), file("intro"), file("about"), file("team"), idOf("not stored"))
	return site{w.file(text, manifest.ContentType+"+json"), text}
}

// CONF-NAME-15: the index, and paths nested or flat.
func TestPaths(t *testing.T) {
	b := aotest.New(t, manifest.New())
	w := writer{t, b.Env}
	s := w.site("")
	for _, base := range []Value{
		Of(P("device", Binary(manifest.Name)), P("data", Binary(s.json))),
		Of(P("device", Binary(manifest.Name)), P("body", Binary(s.json))),
		&As{Device: Binary(manifest.Name), Message: Binary(s.id)},
	} {
		for p, want := range map[string]string{"index": "<index>", "index.html": "<index>", "assets/app.js": "code()", "docs/intro": "<intro>", "about": "<about>"} {
			b.Want(b.Path(base, p+"/data"), Binary(want))
		}
		b.Want(b.Path(base, "assets/app.js/content-type"), Binary("text/javascript"))
		for _, p := range []string{"nowhere", "assets/nowhere", "docs/intro2", "docs/index"} {
			if r := b.Path(base, p); r.Status != ao.Failed || r.Value != Value(NotFound) {
				t.Errorf("%s: %v", p, r)
			}
		}
		r := b.Path(base, "lost")
		if m, _ := r.Value.(*Message); r.Status != ao.Failed || !strings.Contains(m.Text("body"), "does not have") {
			t.Error(r)
		}
	}
	none := Of(P("device", Binary(manifest.Name)), P("data", Binary("{}")))
	if r := b.Path(none, "index"); r.Value != Value(NotFound) {
		t.Error("a manifest without index has one:", r)
	}
	if r := b.Path(Of(P("device", Binary(manifest.Name))), "index"); r.Status != ao.Failed {
		t.Error(r)
	}
}

// TestMissing: what is not there is the fallback, and without one not found, or
// the index if the node wants it so.
func TestMissing(t *testing.T) {
	b := aotest.New(t, manifest.New())
	w := writer{t, b.Env}
	with := w.site(`"fallback":{"id":"` + w.file("<fallback>", "text/html") + `"},`)
	base := Of(P("device", Binary(manifest.Name)), P("data", Binary(with.json)))
	b.Want(b.Path(base, "nowhere/data"), Binary("<fallback>"))
	b.Want(b.Path(base, "docs/nowhere/data"), Binary("<fallback>")) // also below a folder
	lenient := aotest.With(t, ao.Services{Cache: b.Cache}, Of(P("manifest_404", Binary("fallback"))), manifest.New())
	lenient.Want(lenient.Path(base, "nowhere/data"), Binary("<fallback>"))
	base = base.Set("data", Binary(w.site("").json))
	lenient.Want(lenient.Path(base, "nowhere/data"), Binary("<index>"))
}

func get(t *testing.T, url, host string) (status int, body, contentType string) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header.Get("Content-Type")
}

var hooks = P("on", Of(P("request", NewList(Of(P("device", Binary("name@1.0"))), Of(P("device", Binary("manifest@1.0")))))))

// CONF-NEW-08: with the hook, manifests are sites over HTTP.
func TestHook(t *testing.T) {
	n := nodetest.Open(t, []Pair{hooks})
	w, url := writer{t, n.Env()}, n.URL
	plain := w.site("")
	fallback := w.site(`"fallback":{"id":"` + w.file("<fallback>", "text/html") + `"},`)
	for _, x := range []struct {
		path   string
		status int
		body   string
		typ    string
	}{
		{"/" + plain.id, 200, "<index>", "text/html"},
		{"/" + plain.id + "/", 200, "<index>", "text/html"},
		{"/" + plain.id + "/assets/app.js", 200, "code()", "text/javascript"},
		{"/" + plain.id + "/assets/app.js?v=3", 200, "code()", "text/javascript"},
		{"/" + plain.id + "/docs/intro", 200, "<intro>", "text/html"},
		{"/" + plain.id + "/about", 200, "<about>", "text/html"},
		{"/" + plain.id + "/about/team", 200, "<team>", "text/html"}, // below a file
		{"/" + plain.id + "/nowhere", 404, "", "text/html"},
		{"/" + plain.id + "/docs/nowhere", 404, "", "text/html"},
		{"/" + plain.id + "/lost", 404, "", "text/html"},
		{"/" + plain.id + "/about/content-type", 200, "text/html", ""},
		{"/" + plain.id + "~message@1.0/content-type", 200, manifest.ContentType + "+json", ""}, // names a device
		{"/" + fallback.id + "/nowhere", 200, "<fallback>", "text/html"},
		{"/" + fallback.id + "/docs/nowhere/deep", 200, "<fallback>", "text/html"},
		{"/" + fallback.id + "/index", 200, "<index>", "text/html"},
		{"/" + fallback.id + "/docs", 200, "<fallback>", "text/html"}, // a folder is no page
		{"/" + fallback.id + "/docs/intro", 200, "<intro>", "text/html"},
		{"/" + idOf("unknown"), 404, "", "text/html"},
		{"/" + w.file("plain", "text/plain"), 200, "plain", "text/plain"}, // no manifest
		{"/~message@1.0&a=1/a", 200, "1", ""},
	} {
		status, body, typ := get(t, url+x.path, "")
		if status != x.status || x.body != "" && body != x.body || x.typ != "" && !strings.HasPrefix(typ, x.typ) {
			t.Errorf("%s: %d %s %.200q", x.path, status, typ, body)
		}
	}
	damaged := w.file("{", manifest.ContentType+"+json")
	if status, body, _ := get(t, url+"/"+damaged+"/x", ""); status != 400 {
		t.Error(status, body)
	}
}

// TestHosts: behind the hook of name@1.0 an ID and a name are sites of their
// own.
func TestHosts(t *testing.T) {
	n := nodetest.Open(t, []Pair{hooks, P("node_host", Binary("example.org"))})
	s, url := writer{t, n.Env()}.site(""), n.URL
	i, err := id.Parse(s.id)
	if err != nil {
		t.Fatal(err)
	}
	host := i.Base32() + ".example.org"
	for _, x := range []struct {
		host, path, body string
		status           int
	}{
		{host, "/", "<index>", 200},
		{host + ":8734", "/", "<index>", 200},
		{strings.ToUpper(host) + ".", "/assets/app.js", "code()", 200},
		{host, "/" + s.id + "/assets/app.js", "code()", 200}, // not twice
		{host, "/nowhere", "", 404},
		{"nobody.example.org", "/", "", 404},
		{"nobody.example.org", "/~message@1.0&a=1/a", "1", 200},
		{"a.b.example.org", "/~message@1.0&a=1/a", "1", 200}, // two labels are no name
	} {
		if status, body, _ := get(t, url+x.path, x.host); status != x.status || x.body != "" && body != x.body {
			t.Errorf("%s%s: %d %.100q", x.host, x.path, status, body)
		}
	}
	for _, host := range []string{"example.org", "localhost", "127.0.0.1:80", "[::1]:80", "other.test"} {
		if status, body, _ := get(t, url+"/", host); status != 200 || !strings.Contains(body, "HyperBEAM") {
			t.Errorf("%s does not show the node's page but %d %.100q", host, status, body)
		}
	}
}

func BenchmarkFile(b *testing.B) {
	bench := aotest.New(b, manifest.New())
	w := writer{b, bench.Env}
	var paths strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&paths, `"assets/%d.js":{"id":%q},`, i, idOf(fmt.Sprint(i)))
	}
	s := w.file(`{"paths":{`+paths.String()+`"docs/x":{"id":"`+w.file("x", "text/plain")+`"}}}`, manifest.ContentType)
	base := &As{Device: Binary(manifest.Name), Message: Binary(s)}
	b.ReportAllocs()
	for b.Loop() {
		bench.OK(bench.Path(base, "docs/x"))
	}
}
