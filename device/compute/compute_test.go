package compute_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/attest"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/nodetest"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

var ctx = context.Background()

// counter is a device of processes that adds the numbers it is sent, and some
// more on a node that lies. It tells of each in its outbox.
func counter(lie int64) *ao.Device {
	number := func(m *Message, key string) int64 {
		v, _ := m.Get(key)
		n, _ := AsInt(v)
		return n
	}
	return &ao.Device{Name: "counter@test", Doc: "Counts.", Keys: []ao.Key{
		{Name: "init", Run: func(c *ao.Call) (Value, error) { return c.Base, nil }},
		{Name: "compute", Run: func(c *ao.Call) (Value, error) {
			sum := number(c.Base, "sum") + number(c.Request().Message("body"), "n") + lie
			return c.Base.Set("sum", Int(sum)).Set("results", Of(P("data", Int(sum)),
				P("outbox", Of(P("1", Of(P("Target", Binary(strings.Repeat("T", 43))), P("Sum", Int(sum)))))))), nil
		}},
	}}
}

func open(t testing.TB, lie int64) nodetest.Server { return nodetest.Open(t, nil, counter(lie)) }

// spawn schedules a counter with numbers, and returns its ID.
func spawn(n nodetest.Server, numbers ...int) string {
	id := n.Spawn(P("execution-device", Binary("counter@test")))
	for _, i := range numbers {
		n.Send(id, P("n", Int(i)))
	}
	return id
}

func attestation(id string, slot int) string {
	return fmt.Sprintf("/~compute@1.0/compute&process=%s&slot=%d", id, slot)
}

// Two nodes attest one state: each signs the same message, and each agrees with
// the other.
func TestNodesAgree(t *testing.T) {
	one, two := open(t, 0), open(t, 0)
	id := spawn(one, 3, 4)
	two.Meet(one, id)
	for slot := range 3 {
		a := nodetest.Must[*Message](t)(two.Post(one, attestation(id, slot)))
		b := nodetest.Must[*Message](t)(one.Post(two, attestation(id, slot)))
		claim := nodetest.Must[attest.Claim](t)(attest.Read(a))
		if other := nodetest.Must[attest.Claim](t)(attest.Read(b)); claim != other || claim.Slot != int64(slot) || claim.Process != id {
			t.Fatalf("slot %d: %+v, %+v", slot, claim, other)
		}
		v := nodetest.Must[*Message](t)(one.Post(two, "/~compute@1.0/challenge", P("body", a)))
		if v.Text("verdict") != "agree" || v.Text("attested") != claim.State || v.Text("computed") != claim.State ||
			v.Text("attested-hashpath") != v.Text("computed-hashpath") {
			t.Fatal(v)
		}
		both := v.Message("attestation")
		if got := nodetest.Must[[]string](t)(attest.Witnesses(ctx, one.Env().Codec(), both)); !slices.Contains(got, one.Address()) || !slices.Contains(got, two.Address()) {
			t.Errorf("slot %d: attested by %v", slot, got)
		}
		if again := nodetest.Must[attest.Claim](t)(attest.Read(both)); again != claim {
			t.Errorf("slot %d: %+v", slot, again)
		}
	}
	for slot, want := range []string{"0", "3", "7"} {
		if got := two.Get(fmt.Sprintf("/%s~process@1.0/compute=%d/sum", id, slot)); got != want {
			t.Errorf("sum %s, want %s", got, want)
		}
	}
}

// Programs come to one state on every node, whichever way they go: from the
// beginning, or from a snapshot.
func TestProgramsAgree(t *testing.T) {
	lua := Of(P("content-type", Binary("application/lua")), P("body", Binary(`
function compute(base, req)
  base.count = (base.count or 0) + 1
  base.chance = math.random(1000000)
  base.time = os.time()
  base.results = { output = { body = "count " .. base.count }, outbox = { ["1"] = { target = "x", at = os.time() } } }
  return base
end`)))
	aos := Of(P("content-type", Binary("application/wasm")), P("body", Binary(sharedtest.File(t, "testdata/aos-2-pure-xs.wasm"))))
	for name, c := range map[string]struct {
		program    *Message
		definition []Pair
	}{
		"lua": {lua, []Pair{P("execution-device", Binary("lua@5.3a")), P("module", Binary(""))}},
		"aos": {aos, []Pair{P("execution-device", Binary("stack@1.0")), P("image", Binary("")), P("passes", Int(2)), P("output-prefix", Binary("wasm")),
			P("stack-keys", Strings([]string{"init", "compute", "snapshot", "normalize"})),
			P("device-stack", Strings([]string{"wasi@1.0", "json-iface@1.0", "wasm-64@1.0", "multipass@1.0"}))}},
	} {
		one, two := open(t, 0), open(t, 0)
		for i, p := range c.definition {
			if p.Value == Value(Binary("")) {
				c.definition[i].Value = Binary(one.ID(c.program))
			}
		}
		for _, n := range []nodetest.Server{one, two} {
			nodetest.Must[string](t)(n.Engine().Cache.Write(ctx, c.program, store.Lazy))
		}
		id := one.Spawn(c.definition...)
		for i := range 5 {
			one.Send(id, P("type", Binary("Message")), P("action", Binary("Eval")), P("data", Binary(fmt.Sprintf("X = (X or 0) + %d; T = {}; return tostring(T) .. X .. math.random(100)", i))))
			one.Path("/" + id + "/now/at-slot") // slot by slot, and at once on the other node
		}
		two.Meet(one, id)
		for _, slot := range []int{5, 3} {
			a := nodetest.Must[*Message](t)(two.Post(one, attestation(id, slot)))
			if v := nodetest.Must[*Message](t)(one.Post(two, "/~compute@1.0/challenge", P("body", a))); v.Text("verdict") != "agree" {
				t.Errorf("%s, slot %d: %v, attested %s, computed %s", name, slot, v.Text("verdict"), v.Text("attested"), v.Text("computed"))
			}
		}
	}
}

// The hashpath of an attestation is that of AO-Core: the process, and each
// assignment on what was before.
func TestHashpaths(t *testing.T) {
	n := open(t, 0)
	id := spawn(n, 1, 2, 3)
	want := make([]string, 4)
	path := id
	for slot := range want {
		a := n.Path(fmt.Sprintf("/%s/schedule&from+integer=%d/assignments/%d", id, slot, slot)).(*Message)
		path = nodetest.Must[string](t)(ao.CombineHashpath(path, n.ID(a), ""))
		want[slot] = path
	}
	if !strings.HasPrefix(want[0], id+"/") || len(want[3]) != 87 {
		t.Fatal(want)
	}
	for _, slot := range []int{2, 0, 3, 1, 3} {
		if c := nodetest.Must[attest.Claim](t)(attest.Read(n.Path(attestation(id, slot)).(*Message))); c.Hashpath != want[slot] {
			t.Errorf("slot %d: %s, want %s", slot, c.Hashpath, want[slot])
		}
	}
}

// A node that computes something else is found out, by who challenges its
// attestation and by who asks it himself.
func TestNodesDisagree(t *testing.T) {
	honest, liar := open(t, 0), open(t, 1)
	id := spawn(honest, 3)
	liar.Meet(honest, id)
	lie := nodetest.Must[*Message](t)(honest.Post(liar, attestation(id, 1)))
	claim := nodetest.Must[attest.Claim](t)(attest.Read(lie))
	nodetest.Must[string](t)(honest.Engine().Cache.Write(ctx, lie, store.Lazy))
	lieID := honest.ID(lie)
	peer := "/~compute@1.0/challenge/verdict?process=" + id + "&slot=1&peer=" + liar.URL
	if got := honest.Get(peer); got != "disagree" {
		t.Error(got)
	}
	for name, v := range map[string]*Message{
		"challenge":     nodetest.Must[*Message](t)(liar.Post(honest, "/~compute@1.0/challenge", P("body", lie))),
		"of a peer":     nodetest.Must[*Message](t)(liar.Post(honest, "/~compute@1.0/challenge&slot=1", P("process", Binary(id)), P("peer", Binary(liar.URL)))),
		"by its ID":     honest.Resolve(Of(P("path", Binary("/~compute@1.0/challenge")), P("attestation", Binary(lieID)))).(*Message),
		"from its base": honest.Resolve(Of(P("path", Binary("/"+lieID+"~compute@1.0/challenge")))).(*Message),
	} {
		if v.Text("verdict") != "disagree" || v.Text("attested") != claim.State || v.Text("computed") == claim.State || len(v.Text("computed")) != 43 {
			t.Errorf("%s: %v", name, v)
		}
		if v.Text("attested-hashpath") != claim.Hashpath || v.Text("computed-hashpath") != claim.Hashpath {
			t.Errorf("%s: they do not speak of one hashpath: %v", name, v)
		}
		own := v.Message("attestation")
		if got := nodetest.Must[[]string](t)(attest.Witnesses(ctx, honest.Env().Codec(), own)); !slices.Equal(got, []string{honest.Address()}) {
			t.Errorf("%s: the answer is by %v", name, got)
		}
		if c := nodetest.Must[attest.Claim](t)(attest.Read(own)); c.State != v.Text("computed") || c.Slot != 1 {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestItems(t *testing.T) {
	one, two := open(t, 0), open(t, 0)
	id := spawn(one, 5)
	two.Meet(one, id)
	item := nodetest.Must[string](t)(attest.ItemID(ctx, Of(P("target", Binary(strings.Repeat("T", 43))), P("sum", Int(5)))))
	a := nodetest.Must[*Message](t)(two.Post(one, attestation(id, 1)+"&commit-to="+item))
	if c := nodetest.Must[attest.Claim](t)(attest.Read(a)); c.Item != item {
		t.Fatalf("%+v", c)
	}
	if v := nodetest.Must[*Message](t)(one.Post(two, "/~compute@1.0/challenge", P("body", a))); v.Text("verdict") != "agree" {
		t.Fatal(v)
	}
	if _, err := two.Post(one, attestation(id, 0)+"&commit-to="+item); err == nil {
		t.Error("a message that is not in the results is attested")
	}
}

func TestRefusals(t *testing.T) {
	n := open(t, 0)
	id := spawn(n, 1)
	good := nodetest.Must[*Message](t)(n.Post(n, attestation(id, 1)))
	stranger := nodetest.Must[*keys.PrivateKey](t)(keys.Generate(keys.Curve25519))
	partly := nodetest.Must[*Message](t)(commit.Commit(ctx, n.Env().Codec(), good.Without(CommitmentsKey), stranger, commit.Spec{Committed: []string{"type", "process", "slot"}}))
	challenge := func(m *Message) ao.Result {
		return ao.ResultOf(n.Node.Resolve(ctx, Of(P("path", Binary("/~compute@1.0/challenge")), P("body", m))))
	}
	for name, r := range map[string]ao.Result{
		"unsigned":             challenge(good.Without(CommitmentsKey)),
		"changed":              challenge(good.Set("state", Binary(strings.Repeat("A", 43)))),
		"state not covered":    challenge(partly),
		"no attestation":       challenge(n.Sign(Of(P("type", Binary("Message")), P("slot", Int(1))), stranger)),
		"nothing":              ao.ResultOf(n.Node.Resolve(ctx, Of(P("path", Binary("/~compute@1.0/challenge"))))),
		"no slot":              ao.ResultOf(n.Node.Resolve(ctx, Of(P("path", Binary("/~compute@1.0/compute&process="+id))))),
		"no process":           ao.ResultOf(n.Node.Resolve(ctx, Of(P("path", Binary("/~compute@1.0/compute&slot=1"))))),
		"a path as process":    ao.ResultOf(n.Node.Resolve(ctx, Of(P("path", Binary("/~compute@1.0/compute")), P("slot", Int(1)), P("process", Binary(strings.Repeat("/x", 21)+"y"))))),
		"a slot that is to be": ao.ResultOf(n.Node.Resolve(ctx, Of(P("path", Binary(attestation(id, 9)))))),
		"an unknown process":   ao.ResultOf(n.Node.Resolve(ctx, Of(P("path", Binary(attestation(strings.Repeat("A", 43), 1)))))),
	} {
		if r.Status == ao.OK {
			t.Errorf("%s: %v", name, r.Value)
		}
	}
}

// An attestation is by the wallet of the node, and yet no order of its operator.
//
// SEC-11
func TestAttestationsAreNoOrders(t *testing.T) {
	n := open(t, 0)
	id := spawn(n, 1)
	a := nodetest.Must[*Message](t)(n.Post(n, attestation(id, 1)))
	if got := nodetest.Must[[]string](t)(attest.Witnesses(ctx, n.Env().Codec(), a)); !slices.Equal(got, []string{n.Address()}) {
		t.Fatalf("attested by %v", got)
	}
	if n.Env().Approved(ctx, a, []string{n.Address()}, "process", "slot") {
		t.Error("an attestation approves of something")
	}
}

// Every form of naming the slot gives the same attestation.
func TestSubjects(t *testing.T) {
	n := open(t, 0)
	id := spawn(n, 2)
	want := nodetest.Must[attest.Claim](t)(attest.Read(n.Path(attestation(id, 1)).(*Message)))
	assignment := n.Path("/" + id + "/schedule/assignments/1").(*Message)
	for name, req := range map[string]*Message{
		"assignment":       Of(P("path", Binary("/~compute@1.0/compute")), P("body", assignment)),
		"within a message": Of(P("path", Binary("/~compute@1.0/execute")), P("body", Of(P("assignment", assignment)))),
	} {
		v, err := n.Node.Resolve(ctx, req)
		m, _ := v.(*Message)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got, err := attest.Read(m); err != nil || got != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
