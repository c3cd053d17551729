package httpsig_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/httpsig"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func TestSerialize(t *testing.T) {
	b := aotest.New(t, httpsig.New())
	base := Of(P("device", Binary("httpsig@1.0")), P("a", Binary("1")), P("body", Binary("hello")))
	b.Want(b.Path(base, "serialize"), Binary("a: 1\r\ncontent-digest: sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:\r\ndevice: httpsig@1.0\r\n\r\nhello"))
	m := b.Message(b.Ask(base, "serialize", P("format", Binary("components"))))
	if m.Text("body") != "hello" || m.Message("headers").Text("a") != "1" {
		t.Fatal(m)
	}
	if r := b.Ask(base, "serialize", P("format", Binary("xml"))); r.Status != ao.Failed {
		t.Fatal(r)
	}
}
