package poda_test

import (
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/attest"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/poda"
	"github.com/hyperbeam-go/hyperbeam/device/stack"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/nodetest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// sink is a device that notes what it executes.
func sink() *ao.Device {
	run := func(c *ao.Call) (Value, error) {
		body := c.Request().Message("body")
		return c.Base.Set("last", body).Set("results", Of(P("data", Binary(body.Text("action"))))), nil
	}
	return &ao.Device{Name: "sink@test", Doc: "Notes.", Keys: []ao.Key{
		{Name: "init", Run: func(c *ao.Call) (Value, error) { return c.Base, nil }},
		{Name: "compute", Run: run}, {Name: "other", Run: run},
	}}
}

// bench is a gate with three authorities, of which two must agree.
type bench struct {
	t testing.TB
	aotest.Bench
	keys     []*keys.PrivateKey // the authorities, and a stranger
	receiver *Message           // the definition
	item     *Message
}

var sender = strings.Repeat("S", 43)

func open(t testing.TB) bench {
	b := bench{t: t, Bench: aotest.New(t, poda.New(nil), sink(), stack.New())}
	var authorities []string
	for range 4 {
		k := nodetest.Must[*keys.PrivateKey](t)(keys.Generate(keys.Curve25519))
		b.keys, authorities = append(b.keys, k), append(authorities, k.Address())
	}
	authorities[0] += "?hint=http://somewhere.example"
	b.receiver = b.sign(Of(P("type", Binary("Process")), P("authority", Strings(authorities[:3])), P("quorum", Int(2))), 3)
	b.item = Of(P("target", Binary(b.id(b.receiver))), P("action", Binary("Credit")), P("n", Int(7)))
	return b
}

func (b bench) sign(m *Message, by ...int) *Message {
	for _, i := range by {
		m = nodetest.Must[*Message](b.t)(commit.Commit(b.t.Context(), b.Codec(), m, b.keys[i], commit.Spec{}))
	}
	return m
}

func (b bench) id(m *Message) string {
	i, err := commit.SignedID(b.t.Context(), m)
	if err != nil {
		b.t.Fatal(err)
	}
	return i.String()
}

func (b bench) claim(item *Message) attest.Claim {
	id := nodetest.Must[string](b.t)(attest.ItemID(b.t.Context(), item))
	return attest.Claim{Process: sender, Slot: 4, Hashpath: "h/p", State: strings.Repeat("Q", 43), Item: id}
}

// attested returns an attestation of the item by some keys.
func (b bench) attested(by ...int) *Message { return b.sign(b.claim(b.item).Message(), by...) }

// base returns the state of the receiver.
func (b bench) base(pairs ...Pair) *Message {
	return Of(append([]Pair{P("device", Binary(poda.Name)), P("gated-device", Binary("sink@test")), P("process", b.receiver)}, pairs...)...)
}

// letter returns the item with attestations.
func (b bench) letter(list ...Value) *Message {
	return Of(P("from-process", Binary(sender)), P("target", Binary(b.id(b.receiver))), P("action", Binary("forged")), P("body", b.item),
		P("attestations", NewList(list...).Numbered()))
}

func (b bench) compute(base, body *Message) *Message {
	b.t.Helper()
	return b.Message(b.Ask(base, "compute", P("slot", Int(9)), P("body", body)))
}

func reason(m *Message) string { return m.Message("results").Text("body") }

func TestQuorum(t *testing.T) {
	b := open(t)
	other := b.claim(b.item)
	other.State = strings.Repeat("R", 43)
	wrong := b.claim(b.item.Set("n", Int(8)))
	foreign := b.claim(b.item)
	foreign.Process = strings.Repeat("X", 43)
	changed := b.attested(1).Set("slot", Int(5))
	uncovered := nodetest.Must[*Message](t)(commit.Commit(t.Context(), b.Codec(), b.claim(b.item).Message(), b.keys[1], commit.Spec{Committed: []string{"type", "process", "slot"}}))
	for name, c := range map[string]struct {
		letter *Message
		refuse string
	}{
		"two":                    {b.letter(b.attested(0), b.attested(1)), ""},
		"two on one":             {b.letter(b.attested(0, 2)), ""},
		"three":                  {b.letter(b.attested(2), b.attested(0), b.attested(1)), ""},
		"two among others":       {b.letter(b.attested(3), Binary("x"), changed, b.attested(0), b.attested(1)), ""},
		"a list":                 {b.letter().Set("attestations", NewList(b.attested(0), b.attested(1))), ""},
		"one":                    {b.letter(b.attested(0)), "Not enough validations"},
		"one, twice":             {b.letter(b.attested(0), b.attested(0)), "Not enough validations"},
		"one and a stranger":     {b.letter(b.attested(0), b.attested(3)), "Not enough validations"},
		"one and a changed one":  {b.letter(b.attested(0), changed), "Not enough validations"},
		"one and half a one":     {b.letter(b.attested(0), uncovered), "Not enough validations"},
		"about other states":     {b.letter(b.attested(0), b.sign(other.Message(), 1)), "Not enough validations"},
		"about other messages":   {b.letter(b.sign(wrong.Message(), 0), b.sign(wrong.Message(), 1)), "Not enough validations"},
		"about other processes":  {b.letter(b.sign(foreign.Message(), 0), b.sign(foreign.Message(), 1)), "Not enough validations"},
		"unsigned":               {b.letter(b.claim(b.item).Message(), b.claim(b.item).Message()), "Not enough validations"},
		"none":                   {b.letter(), "Not enough validations"},
		"no attestations":        {b.letter().Without("attestations"), "Required PoDA messages missing"},
		"no body":                {b.letter(b.attested(0), b.attested(1)).Without("body"), "Required PoDA messages missing"},
		"another sender as well": {b.letter(b.attested(0), b.attested(1)).Set("From-Process", Binary(sender)), "The message names its sender in more than one way"},
		"a sender of capitals":   {b.letter().Without("from-process").Set("From-Process", Binary(sender)), "The message names its sender in more than one way"},
		"an empty sender":        {b.letter().Set("from-process", Binary("")), "The message names its sender in more than one way"},
	} {
		base := b.base(P("kept", Int(1)))
		for _, key := range []string{"compute", "other"} {
			m := b.Message(b.Ask(base, key, P("body", c.letter)))
			if got := reason(m); got != c.refuse {
				t.Errorf("%s, %s: %q, want %q", name, key, got, c.refuse)
			}
			if c.refuse != "" {
				if !Equal(m.Without("results"), base) {
					t.Errorf("%s, %s: what is refused changes the state: %v", name, key, m.Keys())
				}
				continue
			}
			if want := b.item.Set("from-process", Binary(sender)); !Equal(m.Message("last"), want) || m.Text("device") != poda.Name {
				t.Errorf("%s, %s: executed %v", name, key, m.Message("last"))
			}
		}
	}
}

// What a quorum attests is executed once, by the process that it is for.
func TestOnceAndOnlyHere(t *testing.T) {
	b := open(t)
	m := b.compute(b.base(), b.letter(b.attested(0), b.attested(1)))
	for _, letter := range []*Message{b.letter(b.attested(0), b.attested(1)), b.letter(b.attested(1, 2))} {
		if got := reason(b.compute(m, letter)); got != "The message has been executed before" {
			t.Error(got)
		}
	}
	later := b.claim(b.item)
	later.Slot++
	if got := reason(b.compute(m, b.letter(b.sign(later.Message(), 0, 1)))); got != "" {
		t.Error("the same message of another slot:", got)
	}
	b.item = b.item.Set("target", Binary(strings.Repeat("O", 43)))
	if got := reason(b.compute(b.base(), b.letter(b.attested(0, 1)))); got != "The message is for another process" {
		t.Error(got)
	}
}

// A program that forgets its state does not forget what it has executed.
func TestForgetfulProgram(t *testing.T) {
	b := open(t)
	b.Bench = aotest.New(t, poda.New(nil), &ao.Device{Name: "sink@test", Doc: "Forgets.", Keys: []ao.Key{{Name: "compute", Run: func(c *ao.Call) (Value, error) {
		return c.Base.With("device", "gated-device", "process"), nil
	}}}})
	m := b.compute(b.base(), b.letter(b.attested(0, 1)))
	m = b.compute(m, Of(P("action", Binary("Hello"))))
	if got := reason(b.compute(m, b.letter(b.attested(0, 1)))); got != "The message has been executed before" {
		t.Errorf("%q in %v", got, m.Keys())
	}
}

func TestUsers(t *testing.T) {
	b := open(t)
	user := Of(P("action", Binary("Hello")), P("target", Binary(b.id(b.receiver))))
	if m := b.compute(b.base(), user); !Equal(m.Message("last"), user) || m.Has("attested") {
		t.Error(m)
	}
}

// The rules are those that were signed, whatever is in the state; without any,
// nothing passes.
func TestRules(t *testing.T) {
	b := open(t)
	eased := b.base(P("quorum", Int(1)), P("authority", Binary(b.keys[3].Address())))
	if got := reason(b.compute(eased, b.letter(b.attested(0), b.attested(3)))); got != "Not enough validations" {
		t.Error(got)
	}
	good := b.receiver
	for name, definition := range map[string]*Message{
		"no quorum":       good.Without("quorum"),
		"quorum of none":  good.Set("quorum", Int(0)),
		"no number":       good.Set("quorum", Binary("some")),
		"more than there": good.Set("quorum", Int(4)),
		"no authority":    good.Without("authority"),
		"one, twice":      good.Set("authority", Strings([]string{b.keys[0].Address(), b.keys[0].Address() + "?hint=x"})),
	} {
		b.receiver = b.sign(definition.Without(CommitmentsKey), 3)
		b.item = b.item.Set("target", Binary(b.id(b.receiver)))
		for _, r := range []ao.Result{b.Ask(b.base(), "init"), b.Ask(b.base(), "compute", P("body", b.letter(b.attested(0), b.attested(1), b.attested(2))))} {
			if r.Status == ao.OK {
				t.Errorf("%s: %v", name, r.Value)
			}
		}
	}
	b.receiver = good
	if m := b.Message(b.Ask(b.base(), "init")); m.Text("device") != poda.Name {
		t.Error(m)
	}
}

// In a stack the gate ends the pass of what it refuses.
func TestInAStack(t *testing.T) {
	b := open(t)
	base := b.base(P("device", Binary(stack.Name)), P("device-stack", Strings([]string{poda.Name, "sink@test"}))).Without("gated-device")
	letter := b.letter(b.attested(0), b.attested(1))
	m := b.compute(base, letter)
	if !Equal(m.Message("last"), letter) || m.Text("device") != stack.Name {
		t.Error(m.Keys())
	}
	if again := b.compute(m.Without("last"), letter); again.Has("last") || reason(again) == "" {
		t.Error("executed again")
	}
	if m := b.compute(base, b.letter(b.attested(0))); m.Has("last") || reason(m) != "Not enough validations" {
		t.Error(m.Keys())
	}
}
