package whois_test

import (
	"context"
	"errors"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/whois"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

var base = Of(P("device", Binary(whois.Name)))

func TestEcho(t *testing.T) {
	b := aotest.New(t, whois.New())
	b.Want(b.Path(base, "echo"), Binary("unknown"))
	b.Want(b.Ask(base, "echo", P("ao-peer", Binary("127.0.0.1:12345"))), Binary("127.0.0.1:12345"))
}

// other is another node; it answers once.
type other struct{ asked int }

func (o *other) Send(_ context.Context, node string, req *Message) (Value, error) {
	if o.asked++; o.asked > 1 || node != "http://other" || req.Text("path") != "/~whois@1.0/echo" {
		return nil, errors.New("asked again or wrongly")
	}
	return Of(P("body", Binary("10.0.0.1:80"))), nil
}

// CONF-META-12
func TestNode(t *testing.T) {
	b := aotest.New(t, whois.New())
	if r := b.Path(base, "node"); r.Status != ao.Failed || r.Value != Value(Binary("No bootstrap node configured.")) {
		t.Fatal(r)
	}
	b = aotest.With(t, ao.Services{}, Of(P("host", Binary("example.org:80"))), whois.New())
	b.Want(b.Path(base, "node"), Binary("example.org:80"))
	b = aotest.With(t, ao.Services{Transport: &other{}}, Of(P("host_bootstrap_node", Binary("http://other"))), whois.New())
	for range 2 {
		b.Want(b.Path(base, "node"), Binary("10.0.0.1:80"))
	}
	b = aotest.With(t, ao.Services{}, Of(P("host_bootstrap_node", Binary("http://other"))), whois.New())
	if r := b.Path(base, "node"); r.Status != ao.Failure {
		t.Fatal(r)
	}
}
