package commit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// The rest of the checklists of spec 01, 18.1, 18.2 and 18.5.

// Keys to cover may be listed in any order, with nested lists in bodies too.
func TestExplicitCommitted(t *testing.T) {
	key := generate(t, keys.Curve25519)
	nested := of("l", message.NewList(integers(1, 2), integers(3)), "body", of("l", integers(4)))
	for name, row := range map[string]struct {
		m    *message.Message
		keys []string
	}{
		// CONF-MSG-23
		"texts": {of("a", "1", "b", "2", "c", "3"), []string{"c", "a", "b"}},
		// CONF-MSG-24
		"nested lists": {of("a", "1", "b", nested, "c", "3", "d", nested, "e", "5"), []string{"c", "e", "a", "b", "d"}},
		// CONF-MSG-51
		"flat and nested": {of("a", "1", "n", of("x", "2"), "z", message.Int(3), "m", deepTyped()), []string{"z", "n", "a", "m"}},
	} {
		for _, c := range columns() {
			if c.spec.Device == ans104.Name {
				continue // items cover everything
			}
			spec := c.spec
			spec.Committed = row.keys
			m := mustCommit(t, row.m, key, spec)
			v, err := c.trip(t.Context(), storing(m), m)
			if err != nil {
				t.Errorf("%s, %s: %v", name, c.name, err)
				continue
			}
			for _, got := range []*message.Message{m, v.(*message.Message)} {
				if err := Verify(t.Context(), storing(m), got, Signed(), ""); err != nil {
					t.Errorf("%s, %s: %v", name, c.name, err)
				}
				if only := got.OnlyCommitted().Keys(); len(only) != len(row.keys)+1 {
					t.Errorf("%s, %s: covers %v", name, c.name, only)
				}
			}
		}
	}
}

// What is added after committing is not committed, and an uncommitted message
// carries a committed one.
func TestWhatIsCommitted(t *testing.T) {
	key := generate(t, keys.Curve25519)
	// CONF-MSG-28
	m := mustCommit(t, of("a", "1", "b", "2", "c", "3"), key, Spec{}).Set("bad-key", message.Binary("x"))
	ids, err := Signed().Of(m)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Committed(ids, false); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("committed: %v", got)
	}
	// CONF-MSG-43, CONF-MSG-59
	large := of("big", strings.Repeat("x", 1<<20), "n", of("big", strings.Repeat("y", 1<<20), "a", "1"), "k", "v")
	for _, c := range columns()[1:3] {
		m = mustCommit(t, large, key, c.spec)
		if ids, err = Signed().Of(m); err != nil {
			t.Fatal(err)
		}
		got := m.Committed(ids, false)
		slices.Sort(got)
		if !slices.Equal(got, []string{"big", "k", "n"}) {
			t.Errorf("%s: committed %v", c.name, got)
		}
		if only := m.OnlyCommitted(); !slices.Equal(only.Keys(), []string{"big", "commitments", "k", "n"}) {
			t.Errorf("%s: only committed %v", c.name, only.Keys())
		}
	}
	// CONF-MSG-27
	inner := mustCommit(t, of("l", integers(1, 2, 3)), key, Spec{})
	for _, c := range columns()[:4] {
		v, err := c.trip(t.Context(), storing(of("n", inner)), of("a", "1", "n", inner))
		if err != nil {
			t.Fatal(c.name, err)
		}
		back := v.(*message.Message)
		if err := Verify(t.Context(), storing(inner), back.Message("n"), Signed(), ""); err != nil || len(Committers(back)) != 0 || len(Committers(back.Message("n"))) != 1 {
			t.Errorf("%s: %v, %v", c.name, err, back)
		}
	}
}

// CONF-MSG-46, CONF-MSG-48: a link is committed as one, without what it leads to.
func TestLinksAreCommitted(t *testing.T) {
	key := generate(t, keys.Curve25519)
	for _, c := range columns() {
		if c.bundle {
			continue
		}
		m, err := Commit(t.Context(), pure(), of("k", "v", "submap", message.Link{ID: strings.Repeat("L", 42) + "A"}), key, c.spec)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err := Verify(t.Context(), pure(), m, Signed(), ""); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, ok := m.Message("submap").Get("x"); ok || m.Message("submap") != nil {
			t.Errorf("%s: the link became a message", c.name)
		}
	}
}

// CONF-MSG-49: a message and its form with links have one ID.
func TestLinkedFormHasTheSameID(t *testing.T) {
	m := of("a", "1", "n", deepTyped(), "l", message.NewList(message.Float(1.5), of("x", message.True)))
	tabm, err := structured.ToTABM(t.Context(), storing(m), m)
	if err != nil {
		t.Fatal(err)
	}
	linked, err := structured.FromTABM(tabm)
	if err != nil {
		t.Fatal(err)
	}
	if _, isLink := linked.(*message.Message).Message("n").Get("x"); isLink || linked.(*message.Message).Message("n") != nil {
		t.Fatal("it has no links")
	}
	a, err := UnsignedID(t.Context(), m)
	b, err2 := UnsignedID(t.Context(), linked.(*message.Message))
	if err != nil || err2 != nil || a != b {
		t.Error(a, b, err, err2)
	}
}

// Bundles: signatures that do not bundle survive in them, and those that do have
// other IDs.
func TestBundledSignatures(t *testing.T) {
	key := generate(t, keys.Curve25519)
	in := of("parameters", message.NewList(message.Float(5)), "n", of("x", "1"))
	linked := mustCommit(t, in, key, Spec{})
	// CONF-MSG-50
	v, err := columns()[2].trip(t.Context(), storing(linked), linked)
	if err == nil {
		err = Verify(t.Context(), storing(linked), v.(*message.Message), Signed(), "")
	}
	if err != nil || len(Committers(v.(*message.Message))) != 1 {
		t.Error(err)
	}
	// CONF-MSG-53
	for _, device := range []string{"", ans104.Name} {
		one := mustCommit(t, in, key, Spec{Device: device})
		other := mustCommit(t, in, key, Spec{Device: device, Bundle: true})
		a, err := SignedID(t.Context(), one)
		b, err2 := SignedID(t.Context(), other)
		if err != nil || err2 != nil || a == b {
			t.Errorf("%q: %s, %s, %v, %v", device, a, b, err, err2)
		}
	}
}

// CONF-MSG-54: a conversion in one direction, again, changes nothing.
func TestConversionsAreIdempotent(t *testing.T) {
	for _, m := range []*message.Message{deepTyped(), of("a", message.Int(1), "l", integers(1, 2)), of("a", "1")} {
		for name, convert := range map[string]func(message.Value) (message.Value, error){
			"linked":  func(v message.Value) (message.Value, error) { return structured.ToTABM(t.Context(), storing(m), v) },
			"bundled": func(v message.Value) (message.Value, error) { return structured.Bundle(t.Context(), storing(m), v) },
		} {
			once, err := convert(m)
			if err != nil {
				t.Fatal(err)
			}
			rich, err := structured.FromTABM(once)
			if err != nil {
				t.Fatal(err)
			}
			twice, err := convert(rich)
			if err != nil || !message.Equal(once, twice) {
				t.Errorf("%s: %v, then %v, %v", name, once, twice, err)
			}
		}
	}
}

// CONF-MSG-58, CONF-MSG-62: two signers of a deep message.
func TestTwoSigners(t *testing.T) {
	one, two := generate(t, keys.Curve25519), generate(t, keys.Secp256k1)
	m := mustCommit(t, mustCommit(t, deepTyped(), one, Spec{}), two, Spec{})
	by := Committers(m)
	slices.Sort(by)
	want := []string{one.Address(), two.Address()}
	slices.Sort(want)
	if !slices.Equal(by, want) {
		t.Fatalf("by %v", by)
	}
	for name, s := range map[string]Selection{
		"none": {}, "all": {AllCommitters: true}, "the first": {Committers: want[:1]}, "the second": {Committers: want[1:]},
		"both": {Committers: want}, "both, the other way": {Committers: []string{want[1], want[0]}},
	} {
		if err := Verify(t.Context(), storing(m), m, s, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Verify(t.Context(), storing(m), m, Selection{Committers: []string{generate(t, keys.Curve25519).Address()}}, ""); err == nil {
		t.Error("a stranger has signed")
	}
}

// CONF-MSG-121, CONF-MSG-120: EX-22, the order of more than 32 keys.
func TestManyKeys(t *testing.T) {
	for n, want := range map[int]string{
		32: "qh1pO7NGQ9i-47kMka9UvRTPooJdw6M3QcIHXIBrMGY",
		33: "0SIAY1WauGnew0Tbg8LKucxnKNbO_KU2YbNAh-l9IhA",
	} {
		b := message.NewBuilder(n)
		for i := range n {
			b.Set(fmt.Sprint("k", i+1), message.Binary("v"))
		}
		m := b.Message()
		if id, err := UnsignedID(t.Context(), m); err != nil || id.String() != want {
			t.Errorf("%d keys: %s, %v", n, id, err)
		}
		signed := mustCommit(t, m, generate(t, keys.Curve25519), Spec{})
		text, err := json.Encode(t.Context(), storing(m), m, codec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n == 33 && (!strings.HasPrefix(text, `{"k32":`) || !strings.HasSuffix(text, `"k28":"v","k3":"v"}`)) {
			t.Errorf("as JSON: %s", text)
		}
		v, err := columns()[1].trip(t.Context(), storing(signed), signed)
		if err == nil {
			err = Verify(t.Context(), storing(m), v.(*message.Message), Signed(), "")
		}
		if err != nil {
			t.Errorf("%d keys: %v", n, err)
		}
	}
	b := message.NewBuilder(40)
	for i := range 40 {
		b.Set(fmt.Sprint("key", i+1), message.Binary("v"))
	}
	if id, err := UnsignedID(t.Context(), b.Message()); err != nil || id.String() != "I760l2KJJGCsFsGaf45O2tOR6RYbteXsabCKqwFCca0" {
		t.Errorf("40 keys: %s, %v", id, err)
	}
}

// Numbers and lengths at the limits of the formats.
func TestLimitsOfFormats(t *testing.T) {
	key := generate(t, keys.Curve25519)
	for name, m := range map[string]*message.Message{
		// CONF-MSG-122
		"15 digits": of("n", message.Int(999999999999999), "m", message.Int(-999999999999999)),
		"16 digits": of("n", message.Int(1000000000000000), "m", message.Int(-1000000000000000)),
		// CONF-MSG-123
		"4096 bytes":         of("x", strings.Repeat("x", 4096)),
		"4097 bytes":         of("x", strings.Repeat("x", 4097)),
		"4096 bytes, nested": of("n", of("x", strings.Repeat("x", 4096))),
		"4097 bytes, nested": of("n", of("x", strings.Repeat("x", 4097))),
		"3072 bytes":         of("x", strings.Repeat("x", 3072), "body", strings.Repeat("y", 3072)),
		"3073 bytes":         of("x", strings.Repeat("x", 3073), "body", strings.Repeat("y", 3073)),
	} {
		for _, c := range columns() {
			t.Run(name+", "+c.name, func(t *testing.T) { commits(t, c, m, key) })
		}
	}
}

// CONF-MSG-124: what was signed is carried to another node, which has nothing
// else, and verifies there (spec 01, 17).
func TestCrossNode(t *testing.T) {
	key := generate(t, keys.Curve25519)
	for name, m := range map[string]*message.Message{
		"flat": of("a", "1", "b", "2"), "typed": of("a", message.Int(1), "f", message.Float(0.5), "t", message.True),
		"body": of("body", "B", "k", "v"), "data": of("data", "D", "k", "v"), "data and body": of("data", "D", "body", "B"),
		"nested": of("n", of("a", "1", "m", of("b", "2"))), "list": of("l", message.NewList(integers(1, 2), message.Binary("x"))),
		"empty values": of("t", "", "m", message.Empty(), "l", message.NewList(), "k", "v"), "large": of("x", strings.Repeat("x", 5000), "k", "v"),
	} {
		for _, c := range columns() {
			if !c.bundle {
				continue // leaves nested messages behind
			}
			signed := mustCommit(t, m, key, c.spec)
			v, err := through(t.Context(), storing(signed), c.codec, signed, codec.Options{Bundle: true})
			if err != nil {
				t.Errorf("%s, %s: %v", name, c.name, err)
				continue
			}
			got := forget(v.(*message.Message))
			if by := VerifiedSigners(t.Context(), pure(), got); !slices.Equal(by, Committers(signed)) {
				t.Errorf("%s, %s: signed by %v, want %v", name, c.name, by, Committers(signed))
			}
		}
	}
}

// Fields and tags of items.
func TestFieldsOfItems(t *testing.T) {
	key := generate(t, keys.Curve25519)
	idText := strings.Repeat("A", 42) + "E"
	for name, row := range map[string]struct {
		m      *message.Message
		field  bool     // the target is the field, not a tag
		tags   []string // in order
		covers []string
	}{
		// CONF-MSG-101
		"an ID as target": {of("target", idText, "k", "v"), true, []string{"k"}, []string{"k", "target"}},
		// CONF-MSG-100, CONF-MSG-106
		"no ID as target": {of("target", "somebody", "k", "v"), false, []string{"k", "target"}, []string{"k", "target"}},
		// CONF-MSG-102
		"a tag named type": {of("type", "Message", "k", "v"), false, []string{"k", "type"}, []string{"k", "type"}},
		// CONF-MSG-103
		"a body": {of("body", "B", "k", "v"), false, []string{"ao-data-key", "k"}, []string{"body", "k"}},
	} {
		m := mustCommit(t, row.m, key, Spec{Device: ans104.Name})
		tabm, err := structured.ToTABM(t.Context(), storing(m), m)
		if err != nil {
			t.Fatal(err)
		}
		it, err := ans104.ToItem(t.Context(), storing(m), tabm, codec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, tag := range it.Tags.List() {
			names = append(names, tag.Name)
		}
		if (len(it.Target) == 32) != row.field || !slices.Equal(names, row.tags) {
			t.Errorf("%s: target %x, tags %v", name, it.Target, names)
		}
		_, c := first(m.Commitments())
		covers := message.CommittedBy(c)
		slices.Sort(covers)
		if !slices.Equal(covers, row.covers) {
			t.Errorf("%s: covers %v", name, covers)
		}
		raw, err := it.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		// CONF-MSG-97: and the IDs survive
		back, err := OpenItem(message.Binary(raw))
		if err != nil || !like(back, m) {
			t.Errorf("%s: %v, %v", name, back, err)
		}
	}
}

// CONF-MSG-104: an item as an HTTP message, and as an item again.
func TestItemsOverHTTP(t *testing.T) {
	m := foreign(t, arweave.Item{Tags: itemTags(t, "Action", "Eval", "z", "1"), Data: []byte("x")})
	for range 2 {
		v, err := through(t.Context(), storing(m), httpsig.Codec{}, m, codec.Options{})
		if err == nil {
			v, err = through(t.Context(), storing(m), ans104.Codec{}, v.(*message.Message), codec.Options{})
		}
		if err != nil {
			t.Fatal(err)
		}
		got := v.(*message.Message)
		if err := VerifyAll(t.Context(), pure(), got); err != nil || !like(got, m) {
			t.Errorf("%v, %v", got, err)
		}
		m = got
	}
}
