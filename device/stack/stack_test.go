package stack_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/stack"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// appender is a device whose key "append" adds its name and the request's
// "bin" to the result, each after a separator, under the prefixes.
func appender(name, separator string) *ao.Device {
	return &ao.Device{Name: name, Doc: "Appends.", Keys: []ao.Key{{Name: "append", Run: func(c *ao.Call) (Value, error) {
		in, out := append(Parts(c.Base.Text("input-prefix")), "result"), append(Parts(c.Base.Text("output-prefix")), "result")
		v, _, err := c.LookupPath(c.Base, in)
		if err != nil {
			return nil, err
		}
		old, _ := Text(v)
		bin := c.Request().Text("bin")
		return c.Set(c.Ctx, c.Base, strings.Join(out, "/"), Binary(old+separator+name+separator+bin))
	}}}}
}

// answer is a device that answers every key but "unknown" through f.
func answer(name string, f ao.Func) *ao.Device {
	return &ao.Device{Name: name, Doc: "Answers.", Handler: f, Excludes: []string{"set", "keys", "unknown"}}
}

func stackOf(pairs []Pair, names ...string) *Message {
	m := Of(P("device", Binary(stack.Name)), P("device-stack", Strings(names)), P("result", Binary("INIT")))
	return m.Merge(Of(pairs...))
}

// CONF-STACK-02, 03, 04
func TestFoldAppends(t *testing.T) {
	b := aotest.New(t, stack.New(), appender("D1", "!"), appender("D2", "_"))
	m := b.Message(b.Ask(stackOf(nil, "D1", "D2"), "append", P("bin", Binary("2"))))
	if got := m.Text("result"); got != "INIT!D1!2_D2_2" {
		t.Fatal(got)
	}
	if m.Text("device") != stack.Name || m.Has("device-key") || m.Has("pass") {
		t.Fatalf("traces of the fold stay: %v", m.Keys())
	}
	if v, _ := m.Get("previous-device"); v != Value(Atom("dev_message")) {
		t.Fatalf("previous-device is %v", v)
	}
	again := b.Message(b.Ask(m, "append", P("bin", Binary("3"))))
	if got := again.Text("result"); got != "INIT!D1!2_D2_2!D1!3_D2_3" {
		t.Fatal(got)
	}
}

// CONF-STACK-02
func TestEightDevicesInOrder(t *testing.T) {
	var devices []*ao.Device
	var names []string
	want := "INIT"
	for i := range 8 {
		n := fmt.Sprintf("D%d", i+1)
		devices = append(devices, appender(n, "+"))
		names = append(names, n)
		want += "+" + n + "+x"
	}
	b := aotest.New(t, append(devices, stack.New())...)
	if got := b.Message(b.Ask(stackOf(nil, names...), "append", P("bin", Binary("x")))).Text("result"); got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

// CONF-STACK-01
func TestTransform(t *testing.T) {
	cool := &ao.Device{Name: "make-cool@1.0", Doc: "Cool.", Keys: []ao.Key{{Name: "value", Run: func(c *ao.Call) (Value, error) {
		return Binary("Super-" + c.Base.Text("value")), nil
	}}}}
	b := aotest.New(t, stack.New(), cool)
	m := Of(P("device", Binary(stack.Name)), P("device-stack", Of(P("make-cool", Binary("make-cool@1.0")))), P("value", Binary("Cool")))
	b.Want(b.Path(m, "transform/make-cool/value"), Binary("Super-Cool"))
	if r := b.Path(m, "transform/other/value"); r.Value != Value(NotFound) {
		t.Fatal(r)
	}
}

// CONF-STACK-03
func TestPrefixes(t *testing.T) {
	b := aotest.New(t, stack.New(), appender("D1", "!"), appender("D2", "_"))
	t.Run("output prefix for each device", func(t *testing.T) {
		m := stackOf([]Pair{P("output-prefixes", Strings([]string{"out1/", "out2/"}))}, "D1", "D2")
		m = b.Message(b.Ask(m, "append", P("bin", Binary("2"))))
		if got := DeepGet(m, []string{"out1", "result"}); got != Value(Binary("INIT!D1!2")) {
			t.Fatal(got)
		}
		if got := DeepGet(m, []string{"out2", "result"}); got != Value(Binary("INIT_D2_2")) {
			t.Fatal(got)
		}
	})
	t.Run("both prefixes for each device", func(t *testing.T) {
		m := stackOf([]Pair{
			P("combined", Of(P("result", Binary("IN")))),
			P("output-prefixes", Of(P("1", Binary("a")), P("2", Binary("b")))),
			P("input-prefixes", Of(P("1", Binary("combined")), P("2", Binary("a")))),
		}, "D1", "D2")
		m = b.Message(b.Ask(m, "append", P("bin", Binary("2"))))
		if got := DeepGet(m, []string{"b", "result"}); got != Value(Binary("IN!D1!2_D2_2")) {
			t.Fatal(got)
		}
	})
	t.Run("prefix of the whole stack", func(t *testing.T) {
		m := stackOf([]Pair{P("output-prefix", Binary("combined")), P("input-prefix", Binary("combined")),
			P("combined", Of(P("result", Binary("INIT"))))}, "D1", "D2")
		m = b.Message(b.Ask(m, "append", P("bin", Binary("2"))))
		if got := DeepGet(m, []string{"combined", "result"}); got != Value(Binary("INIT!D1!2_D2_2")) {
			t.Fatal(got)
		}
		if m.Text("output-prefix") != "combined" || m.Text("previous-output-prefix") != "combined" {
			t.Fatal("prefix of the stack is lost")
		}
	})
}

// CONF-STACK-05
func TestSkipEndsThePass(t *testing.T) {
	skip := answer("skip@1.0", func(c *ao.Call) (Value, error) { return nil, &ao.Outcome{Status: "skip", Value: c.Base} })
	b := aotest.New(t, stack.New(), appender("D1", "+"), skip, appender("D2", "+"))
	m := b.Message(b.Ask(stackOf([]Pair{P("pass", Int(7))}, "D1", "skip@1.0", "D2"), "append", P("bin", Binary("2"))))
	if got := m.Text("result"); got != "INIT+D1+2" {
		t.Fatal(got)
	}
	if v, _ := m.Get("pass"); v != Value(Int(7)) || m.Text("device") != stack.Name {
		t.Fatalf("pass %v, device %s", v, m.Text("device"))
	}
}

// CONF-STACK-05
func TestPassRepeats(t *testing.T) {
	repeat := answer("repeat@1.0", func(c *ao.Call) (Value, error) {
		if v, _ := c.Base.Get("pass"); v != Value(Int(3)) {
			return nil, &ao.Outcome{Status: "pass", Value: c.Base}
		}
		return c.Base, nil
	})
	b := aotest.New(t, stack.New(), appender("D1", "+"), repeat)
	m := b.Message(b.Ask(stackOf(nil, "D1", "repeat@1.0"), "append", P("bin", Binary("_"))))
	if got := m.Text("result"); got != "INIT+D1+_+D1+_+D1+_" || m.Has("pass") {
		t.Fatal(got, m.Keys())
	}
}

// CONF-STACK-05
func TestDeviceWithoutTheKeyIsPassedOver(t *testing.T) {
	special := &ao.Device{Name: "special@1.0", Doc: "Special.", Keys: []ao.Key{{Name: "special", Run: func(c *ao.Call) (Value, error) {
		return c.Base.Set("special", Binary("done")), nil
	}}}}
	b := aotest.New(t, stack.New(), appender("D1", "+"), special)
	m := b.Message(b.Ask(stackOf(nil, "D1", "special@1.0"), "special"))
	if m.Text("special") != "done" {
		t.Fatal(m.Keys())
	}
}

// CONF-STACK-06
func TestMap(t *testing.T) {
	b := aotest.New(t, stack.New(), appender("D1", "+"), appender("D2", "-"))
	base := stackOf([]Pair{P("mode", Binary("Map"))}, "D1", "D2", "message@1.0")
	m := b.Message(b.Ask(base, "append", P("bin", Binary("2"))))
	if m.Len() != 2 {
		t.Fatalf("the device that does not know the key must be left out: %v", m.Keys())
	}
	for place, want := range map[string]string{"1": "INIT+D1+2", "2": "INIT-D2-2"} {
		if got := m.Message(place).Text("result"); got != want {
			t.Errorf("%s: %s", place, got)
		}
	}
	m = b.Message(b.Ask(base, "append", P("bin", Binary("2")), P("mode", Binary("Fold"))))
	if m.Text("result") != "INIT+D1+2-D2-2" {
		t.Fatal("the mode of the request must win")
	}
}

func TestStackKeys(t *testing.T) {
	b := aotest.New(t, stack.New(), appender("D1", "+"))
	base := stackOf([]Pair{P("stack-keys", Strings([]string{"append"}))}, "D1")
	if m := b.Message(b.Ask(base, "append")); m.Text("result") != "INIT+D1+" {
		t.Fatal(m.Text("result"))
	}
	b.Want(b.Path(base, "result"), Binary("INIT"))
	if r := b.Path(base, "other"); r.Value != Value(NotFound) {
		t.Fatal(r)
	}
}

func TestErrorsSayWhere(t *testing.T) {
	b := aotest.New(t, stack.New(), appender("D1", "+"),
		answer("refuse@1.0", func(*ao.Call) (Value, error) { return nil, ao.Refuse(418, "teapot") }),
		answer("fail@1.0", func(*ao.Call) (Value, error) { return nil, errors.New("host detail") }))
	r := b.Ask(stackOf(nil, "D1", "refuse@1.0"), "append")
	m, _ := r.Value.(*Message)
	if r.Status != ao.Failed || m.Text("stack-place") != "2" || m.Text("stack-device") != "refuse@1.0" || m.Text("stack-key") != "append" || m.Text("body") != "teapot" {
		t.Fatalf("%s %v", r.Status, m)
	}
	r = b.Ask(stackOf(nil, "D1", "fail@1.0"), "append")
	if m, _ = r.Value.(*Message); r.Status != ao.Failure || !strings.Contains(m.Text("body"), `device 2 of the stack, fail@1.0, failed on "append"`) {
		t.Fatalf("%s %v", r.Status, m.Text("body"))
	}
	r = b.Ask(stackOf(nil, "D1", "missing@1.0"), "append")
	if m, _ = r.Value.(*Message); !strings.Contains(m.Text("body"), "device 2 of the stack, missing@1.0") {
		t.Fatal(m.Text("body"))
	}
	if r = b.Ask(Of(P("device", Binary(stack.Name))), "append"); r.Status != ao.Failed {
		t.Fatal(r)
	}
}

func TestCommitmentsThatNoLongerHoldAreDropped(t *testing.T) {
	c := Of(P("abc", Of(P("committed", Strings([]string{"device", "result"})))))
	b := aotest.New(t, stack.New(), appender("D1", "+"))
	m := b.Message(b.Ask(stackOf([]Pair{P("commitments", c)}, "D1"), "append"))
	if m.Has("commitments") {
		t.Fatal("commitments stay although the result changed")
	}
}

// TestLimits: stacks that would run for ever end, and say why.
func TestLimits(t *testing.T) {
	again := answer("again@1.0", func(c *ao.Call) (Value, error) { return nil, &ao.Outcome{Status: "pass", Value: c.Base} })
	b := aotest.New(t, stack.New(), again)
	r := b.Ask(stackOf(nil, "again@1.0"), "x")
	if m, _ := r.Value.(*Message); r.Status != ao.Failed || m.Text("error") != "limit-exceeded" {
		t.Fatal(r)
	}
	for _, mode := range []string{"Fold", "Map"} {
		r = b.Ask(stackOf([]Pair{P("mode", Binary(mode))}, stack.Name, stack.Name), "x")
		if v, _ := r.Value.(*Message).Get("status"); r.Status != ao.Failed || v != Value(Int(508)) {
			t.Fatal(mode, r)
		}
	}
}

// trivial is a device that counts.
func trivial(name string) *ao.Device {
	return &ao.Device{Name: name, Doc: "Counts.", Keys: []ao.Key{{Name: "compute", Run: func(c *ao.Call) (Value, error) {
		v, _ := c.Base.Get(name)
		n, _ := AsInt(v)
		return c.Base.Set(name, Int(n+1)), nil
	}}}}
}

// BenchmarkComputeTwoDevices computes as a process does: each slot on the
// state of the one before, without hashpaths.
func BenchmarkComputeTwoDevices(b *testing.B) {
	bench := aotest.New(b, stack.New(), trivial("one"), trivial("two"))
	env := bench.Internal()
	base := stackOf([]Pair{P("a", Binary("x")), P("b", Binary("y")), P("c", Binary("z"))}, "one", "two")
	req := Of(P("path", Binary("compute")), P("slot", Int(1)))
	var m Value = base
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if m, err = env.Resolve(b.Context(), m, req); err != nil {
			b.Fatal(err)
		}
	}
}
