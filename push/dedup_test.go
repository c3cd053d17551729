package push_test

import (
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// twins are two nodes that both schedule and push a process, with a third that
// its letters go to.
type twins struct {
	one, two, target *node
	from, to         string
	message          *Message // makes the process send three letters
}

// newTwins makes them; authority gives that of the target process, and known
// says whether the target's node knows the process that sends.
func newTwins(t *testing.T, authority func(one, two string) Value, known bool) twins {
	t.Helper()
	x := twins{one: fresh(t), two: fresh(t), target: fresh(t)}
	more := []Pair{}
	if a := authority(x.one.key.Address(), x.two.key.Address()); a != nil {
		more = append(more, P("authority", a))
	}
	x.to = x.target.spawn(sink, more...)
	both := x.one.key.Address() + "," + x.two.key.Address()
	x.from = x.one.spawn(fan, P("peer", Binary(x.to)), P("scheduler", Binary(both)))
	x.two.spawn(fan) // so that it has the program
	p := must.Have[schedule.Process](t)(x.one.order.Find(ctx, x.from))
	definition := must.Have[Value](t)(LoadAll(ctx, x.one.env.Cache, p.Definition)).(*Message)
	x.two.resolve(definition.Set("path", Binary("/push")).Set("method", Binary("POST")))
	x.one.meet(x.target, x.to)
	x.two.meet(x.target, x.to)
	if known {
		must.Have[string](t)(x.target.env.Cache.Write(ctx, definition, store.Lazy))
	}
	x.message = x.one.letter(x.from, fanOut()...)
	return x
}

// push has both nodes push the same slot, at once or one after the other.
func (x twins) push(atOnce bool) {
	var wg sync.WaitGroup
	for _, n := range []*node{x.one, x.two} {
		work := func() {
			n.resolve(Of(P("path", Binary("/"+x.from+"/push")), P("method", Binary("POST")), P("result-depth", Int(2)), P("body", x.message)))
		}
		if atOnce {
			wg.Go(work)
			continue
		}
		work()
	}
	wg.Wait()
}

// Two nodes that push the same slot deliver its letters once: when the target
// accepts messages from both, and when its node knows that both schedule the
// process that sends.
func TestTwoPushers(t *testing.T) {
	list := func(one, two string) Value { return Binary(one + "," + two) }
	nobody := func(string, string) Value { return nil }
	for name, x := range map[string]struct {
		authority func(one, two string) Value
		known     bool
		atOnce    bool
		count     int64
	}{
		"authority":                           {list, false, false, 3},
		"authority, at once":                  {list, false, true, 3},
		"known":                               {nobody, true, false, 3},
		"known, at once":                      {nobody, true, true, 3},
		"a list":                              {func(one, two string) Value { return NewList(Binary(one), Binary(two)) }, false, false, 3},
		"one of them is known to be accepted": {func(one, _ string) Value { return Binary(one) }, true, false, 3},
		"nobody knows who they are":           {nobody, false, false, 6},
	} {
		t.Run(name, func(t *testing.T) {
			tw := newTwins(t, x.authority, x.known)
			tw.push(x.atOnce)
			assertIdle(t, tw.one)
			assertIdle(t, tw.two)
			if got := tw.target.slot(tw.to); got != x.count {
				t.Fatalf("slot %d, want %d", got, x.count)
			}
			tw.target.want("/"+tw.to+"/now/count", Int(x.count))
			if x.count != 3 {
				return
			}
			for i, a := range schedules(t, tw.target, tw.to)[1:] {
				if a.Message("body").Text("from-process") != tw.from {
					t.Errorf("slot %d: %s", i+1, show(a))
				}
			}
		})
	}
}

// claims returns a letter by somebody who says that it comes from an outbox.
func claims(t *testing.T, n *node, key *keys.PrivateKey, to, from, tag string) *Message {
	t.Helper()
	m := Of(P("type", Binary("Message")), P("target", Binary(to)), P("action", Binary("Note")), P("note", Binary("evil")), P("from-process", Binary(from)))
	signed := must.Have[*Message](t)(commit.Commit(ctx, n.env.Codec(), m.WithHashpath(KnownHashpath(tag)), key, commit.Spec{}))
	return signed.WithPrivate(nil)
}

// Nobody can have a real letter taken for a copy by claiming its origin first:
// not a stranger, and not somebody who is accepted for a letter that says it
// comes from elsewhere.
func TestClaimedOrigin(t *testing.T) {
	tw := newTwins(t, func(one, two string) Value { return Binary(one + "," + two) }, false)
	tag := func(process, entry string) string { return process + "/push/1/" + entry }
	for _, m := range []*Message{
		claims(t, tw.target, must.Key(t), tw.to, tw.from, tag(tw.from, "1")),
		claims(t, tw.target, must.Key(t), tw.to, tw.from, tag(tw.from, "2")),
		claims(t, tw.target, tw.one.key, tw.to, tw.to, tag(tw.from, "3")),
	} {
		tw.target.resolve(Of(P("path", Binary("/~scheduler@1.0/schedule")), P("method", Binary("POST")), P("body", m)))
	}
	tw.push(false)
	assertIdle(t, tw.one)
	if got := tw.target.slot(tw.to); got != 6 {
		t.Fatalf("slot %d, want 6", got)
	}
}

// A letter that is sent again gets its first slot, and a message of a user
// another one, as in the reference.
func TestSameMessageAgain(t *testing.T) {
	n := fresh(t)
	to := n.spawn(sink)
	post := func(m *Message) int64 {
		a := n.resolve(Of(P("path", Binary("/~scheduler@1.0/schedule")), P("method", Binary("POST")), P("body", m)))
		return must.Have[int64](t)(schedule.Slot(a))
	}
	m := n.letter(to, action("Note")...)
	if a, b := post(m), post(m); a != 1 || b != 2 {
		t.Fatal(a, b)
	}
	letter := claims(t, n, must.Key(t), to, to, to+"/push/7/1r")
	if a, b := post(letter), post(letter); a != 3 || b != 3 {
		t.Fatal(a, b)
	}
	for i, tag := range []string{to + "/push/07/1", to + "/push/7/0", to + "/push/-1/1", to + "/pull/7/1", to + "/push/7/1/2", "x/push/7/1", to + "/push/7/r"} {
		m := claims(t, n, must.Key(t), to, to, tag)
		if a, b := post(m), post(m); b != a+1 {
			t.Errorf("%d: %s is taken for the tag of a letter", i, tag)
		}
	}
}
