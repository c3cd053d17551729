package dedup_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/dedup"
	"github.com/hyperbeam-go/hyperbeam/device/multipass"
	"github.com/hyperbeam-go/hyperbeam/device/stack"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func appender(name string) *ao.Device {
	return &ao.Device{Name: name, Doc: "Appends.", Keys: []ao.Key{{Name: "append", Run: func(c *ao.Call) (Value, error) {
		return c.Base.Set("result", Binary(c.Base.Text("result")+"+"+name+c.Request().Text("bin"))), nil
	}}}}
}

// CONF-DEDUP-01, 02
func TestRequestsOnce(t *testing.T) {
	for _, c := range []struct {
		passes int
		want   string
	}{
		{1, "INIT+D2_+D3_+D2/+D3/"},
		{2, "INIT+D2_+D3_+D2_+D3_+D2/+D3/+D2/+D3/"},
	} {
		b := aotest.New(t, dedup.New(), stack.New(), multipass.New(), appender("D2"), appender("D3"))
		var m Value = Of(P("device", Binary(stack.Name)), P("dedup-subject", Binary("request")), P("passes", Int(c.passes)),
			P("device-stack", Strings([]string{dedup.Name, "D2", "D3", multipass.Name})), P("result", Binary("INIT")))
		for _, bin := range []string{"_", "_", "/", "/"} {
			m = b.OK(b.Ask(m, "append", P("bin", Binary(bin))))
		}
		if got := m.(*Message).Text("result"); got != c.want {
			t.Errorf("passes %d: %s, want %s", c.passes, got, c.want)
		}
	}
}

func TestSubjects(t *testing.T) {
	b := aotest.New(t, dedup.New())
	base := Of(P("device", Binary(dedup.Name)))
	one := b.Message(b.Ask(base, "compute", P("body", Binary("x"))))
	if r := b.Ask(one, "compute", P("body", Binary("x"))); r.Status != "skip" || !Equal(r.Value, one) {
		t.Fatal(r)
	}
	two := b.Message(b.Ask(one, "compute", P("body", Of(P("a", Int(1))))))
	v, _ := two.Get("dedup")
	if l := v.(*List); l.Len() != 2 || l.At(1) != newest(one) {
		t.Fatal("the newest ID must be first")
	}
	named := base.Set("dedup-subject", Binary("topic"))
	b.Want(b.Ask(named, "compute", P("body", Binary("x"))), named)
	if m := b.Message(b.Ask(named, "compute", P("topic", Binary("x")))); !m.Has("dedup") {
		t.Fatal("the named subject is not seen")
	}
	second := base.Set("pass", Int(2))
	b.Want(b.Ask(second, "compute", P("body", Binary("x"))), second)
	if r := b.Ask(base.Set("dedup", Int(1)), "compute", P("body", Binary("x"))); r.Status != ao.Failed {
		t.Fatal(r)
	}
}

func newest(m *Message) Value {
	v, _ := m.Get("dedup")
	return v.(*List).At(0)
}
