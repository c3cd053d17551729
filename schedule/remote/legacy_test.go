package remote_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/itemjson"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// legacy is a node beside a scheduler unit that orders one process.
type legacy struct {
	*server
	su      *su
	process string
}

func newLegacy(t testing.TB, key *keys.PrivateKey, messages int) legacy {
	t.Helper()
	u := newSU(t, key)
	n := fresh(t)
	n.knows(key, P("url", Binary(u.url)), P("variant", Binary("ao.TN.1")))
	m := signItem(t, must.Key(t), Of(
		P("device", Binary("process@1.0")), P("type", Binary("Process")), P("scheduler", Binary(key.Address())),
		P("execution-device", Binary("test-device@1.0"))))
	l := legacy{n, u, n.knowsProcess(m)}
	l.fill(messages)
	return l
}

// fill schedules messages with capitals in their tags, as SDKs send them.
func (l legacy) fill(n int) {
	user := must.Key(l.t)
	for i := range n {
		l.su.add(l.process, item(l.t, user, l.process, "data "+strconv.Itoa(i),
			"Data-Protocol", "ao", "Variant", "ao.TN.1", "Type", "Message", "Action", "Eval", "Timestamp", "5", "N", strconv.Itoa(i)))
	}
}

// CONF-SCHED-12 against a scheduler unit on this machine: its schedule is read
// through the node, computed, and kept.
func TestReadsLegacySchedule(t *testing.T) {
	l := newLegacy(t, must.Key(t), 30)
	l.want("/~scheduler@1.0/slot/current?target="+l.process, "29")
	m := l.bundle("/~scheduler@1.0/schedule?target="+l.process+"&from=0&to=10", 0, 10)
	a := m.Message("assignments").Message("7")
	for key, want := range map[string]Value{
		"slot": Int(7), "epoch": Int(0), "timestamp": Int(1_700_000_000_007), "process": Binary(l.process), "variant": Binary("ao.TN.1"),
		"type": Binary("Assignment"), "block-hash": Binary(schedule.NoBlock), "nonce": Binary("7"),
	} {
		if got, _ := a.Get(key); !Equal(got, want) {
			t.Errorf("%q of the assignment is %v, want %v", key, got, want)
		}
	}
	body := a.Message("body")
	if body.Text("action") != "Eval" || body.Text("data") != "data 7" || body.Text("timestamp") != "5" || len(commit.VerifiedSigners(ctx, l.Env().Codec(), body)) != 1 {
		t.Errorf("the message is %v", body)
	}
	l.want("/"+l.process+"/now/results/assignment-slot", "29")
	var page struct {
		Edges []struct {
			Node struct{ Message struct{ Data string } }
		} `json:"edges"`
	}
	_, text := l.get("/~scheduler@1.0/schedule?target=" + l.process + "&from=0&to=10&accept=application/aos-2")
	if err := json.Unmarshal([]byte(text), &page); err != nil || len(page.Edges) != 11 || page.Edges[3].Node.Message.Data != "data 3" {
		t.Errorf("%v: %s", err, text)
	}
	// What is kept is not asked for again.
	asked := len(l.su.asked)
	l.bundle("/"+l.process+"/schedule?from=3&to=29", 3, 29)
	l.want("/"+l.process+"/compute&slot=4/results/assignment-slot", "4")
	if got := l.su.asked[asked:]; len(got) != 0 {
		t.Errorf("asked again: %v", got)
	}
	l.su.mu.Lock()
	l.fill(2)
	l.su.mu.Unlock()
	l.want("/"+l.process+"/now/results/assignment-slot", "31")
}

// A wallet of RSA, as those of legacynet are.
func TestLegacyRSA(t *testing.T) {
	key := must.Have[*keys.PrivateKey](t)(keys.ReadFile(sharedtest.Dir(t, "testdata/key-1.json")))
	l := newLegacy(t, key, 3)
	l.want("/"+l.process+"/now/results/assignment-slot", "2")
}

// CONF-SCHED-13: a message that is signed as an item is scheduled by the unit.
func TestPostsLegacyItem(t *testing.T) {
	l := newLegacy(t, must.Key(t), 1)
	m := signItem(t, must.Key(t), Of(P("target", Binary(l.process)), P("type", Binary("Message")), P("data-protocol", Binary("ao")), P("data", Binary("x"))))
	a := l.ok(l.send(Of(P("path", Binary("/~scheduler@1.0/schedule")), P("body", m))))
	if must.Have[int64](t)(schedule.Slot(a)) != 1 || a.Message("body").Text("data") != "x" || idOf(t, a.Message("body")) != idOf(t, m) {
		t.Fatal(a)
	}
	r := l.send(Of(P("path", Binary("/~scheduler@1.0/schedule")), P("body", letter(t, must.Key(t), l.process, 1))))
	if r.Status != 422 || r.Message.Text("body") != "Process resides on legacy scheduler. Message must be signed with ANS-104." {
		t.Fatalf("status %d: %s", r.Status, explain(r))
	}
}

// CONF-PUSH-04: pushing a message that is not signed as an item is refused as the
// unit would refuse it, and one that is gets its slot there.
func TestPushesToLegacy(t *testing.T) {
	l := newLegacy(t, must.Key(t), 1)
	push := func(m *Message) *client.Reply {
		return l.send(Of(P("path", Binary("/"+l.process+"~process@1.0/push")), P("body", m)))
	}
	if r := push(letter(t, must.Key(t), l.process, 1)); r.Status != 422 {
		t.Fatalf("status %d: %s", r.Status, explain(r))
	}
	item := signItem(t, must.Key(t), Of(P("target", Binary(l.process)), P("type", Binary("Message")), P("data-protocol", Binary("ao")), P("data", Binary("x"))))
	if r := push(item); r.Status != 200 {
		t.Fatalf("status %d: %s", r.Status, explain(r))
	}
	l.want("/"+l.process+"/slot/current", "1")
}

// Units redirect to the one that has the process; redirects that go in circles
// end.
func TestLegacyRedirect(t *testing.T) {
	l := newLegacy(t, must.Key(t), 3)
	gate := newSU(t, l.su.key)
	gate.moved = l.su.url
	l.knows(l.su.key, P("url", Binary(gate.url)), P("variant", Binary("ao.TN.1")), P("nonce", Int(1)))
	l.want("/"+l.process+"/now/results/assignment-slot", "2")
	l.want("/"+l.process+"/slot/current", "2")
	if len(gate.asked) == 0 {
		t.Fatal("the gate was not asked")
	}
	l.su.moved = gate.url
	if r := l.ask("/" + l.process + "/slot"); r.Status != 502 || !strings.Contains(explain(r), "redirected more than") {
		t.Fatalf("status %d: %s", r.Status, explain(r))
	}
}

// A unit that lies is refused as any scheduler is.
func TestLegacyLiars(t *testing.T) {
	stranger := must.Key(t)
	for name, x := range map[string]struct {
		twist func(l legacy, e []suEdge) []suEdge
		says  string
	}{
		"reordered": {func(_ legacy, e []suEdge) []suEdge { e[3], e[4] = e[4], e[3]; return e }, "in its place is the assignment"},
		"dropped":   {func(_ legacy, e []suEdge) []suEdge { return append(e[:3], e[4:]...) }, "in its place is the assignment"},
		"forged": {func(l legacy, e []suEdge) []suEdge {
			other := &su{t: l.t, key: stranger, height: l.su.height}
			e[3].Node.Assignment = other.assignment(l.process, 3, e[3].Node.Message.ID, id.ID{})
			return e
		}, "not a scheduler of the process"},
		"changed": {func(_ legacy, e []suEdge) []suEdge {
			tags := append([]itemjson.Tag{}, e[3].Node.Assignment.Tags...)
			tags[5].Value = "1"
			e[3].Node.Assignment.Tags = tags
			return e
		}, "signature of the assignment does not hold"},
		"another message": {func(_ legacy, e []suEdge) []suEdge { e[3].Node.Message = e[2].Node.Message; return e }, "is assigned"},
		"message changed": {func(_ legacy, e []suEdge) []suEdge {
			m := *e[3].Node.Message
			m.Data = "other"
			e[3].Node.Message = &m
			return e
		}, "signature of the message does not hold"},
		"message kept back": {func(_ legacy, e []suEdge) []suEdge { e[3].Node.Message = nil; return e }, "is not shown"},
		"chain broken": {func(l legacy, e []suEdge) []suEdge {
			e[3].Node.Assignment = l.su.assignment(l.process, 3, e[3].Node.Message.ID, id.Hash([]byte("x")))
			return e
		}, "hash chain does not continue"},
		"of another process": {func(l legacy, e []suEdge) []suEdge {
			e[3].Node.Assignment = l.su.assignment(e[0].Node.Message.ID, 3, e[3].Node.Message.ID, id.ID{})
			return e
		}, "is of process"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLegacy(t, must.Key(t), 6)
			l.su.twist = func(e []suEdge) []suEdge { return x.twist(l, e) }
			r := l.ask("/" + l.process + "~process@1.0/compute&slot=5")
			text := explain(r)
			if r.Status < 400 || !strings.Contains(text, x.says) || !strings.Contains(text, "slot 3 of process "+l.process) || !strings.Contains(text, l.su.key.Address()) {
				t.Fatalf("status %d: %s", r.Status, text)
			}
			l.want("/"+l.process+"~process@1.0/compute&slot=2/results/assignment-slot", "2")
		})
	}
}

// Before legacynet kept its chain, nothing is asked of it.
func TestLegacyBeforeChain(t *testing.T) {
	l := newLegacy(t, must.Key(t), 0)
	l.su.height = 1_400_000
	l.fill(2)
	l.su.chain = id.ID{}
	l.fill(2)
	l.want("/"+l.process+"/now/results/assignment-slot", "3")
}

// A message that the unit does not show, because it was assigned from the base
// layer, is taken from the cache.
func TestLegacyAssignsKnown(t *testing.T) {
	l := newLegacy(t, must.Key(t), 2)
	known := signItem(t, must.Key(t), Of(P("data", Binary("known")), P("type", Binary("Message"))))
	l.knowsProcess(known)
	l.su.add(l.process, arweave.Item{Signature: []byte("x")})
	e := &l.su.edges[2]
	e.Node.Message, e.Node.Assignment = nil, l.su.assignment(l.process, 2, idOf(t, known), l.su.chain)
	if got := l.bundle("/"+l.process+"/schedule", 0, 2).Message("assignments").Message("2").Message("body"); got.Text("data") != "known" {
		t.Fatal(got)
	}
}
