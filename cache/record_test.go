package cache

import (
	"context"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// sample has a value of every tag.
func sample() *message.Message {
	huge := new(big.Int).Lsh(big.NewInt(3), 100)
	return message.Of(message.P("", message.Binary("")), message.P("a\x00/\xff", message.Binary("text")), message.P("int", message.Int(math.MinInt64)),
		message.P("big", message.Integer(huge)), message.P("neg", message.Integer(new(big.Int).Neg(huge))), message.P("float", message.Float(-0.1)),
		message.P("atom", message.Atom("some atom")), message.P("t", message.True), message.P("f", message.False),
		message.P("link", message.Link{ID: id.Hash(nil).String()}), message.P("odd", message.Link{ID: "not an ID"}),
		message.P("large", message.Binary(strings.Repeat("x", inlineSize+1))))
}

// someCommitments returns commitments with nested and with large values.
func someCommitments() commitments {
	return commitments{
		{id: id.Hash([]byte("1")), fields: message.Of(message.P("committed", message.Strings([]string{"a"})), message.P("deep", message.Of(message.P("x", message.Null))))},
		{id: id.Hash([]byte("3")), fields: message.Of(message.P("committed", message.Strings([]string{"a"})), message.P("deep", message.Null))},
		{id: id.Hash([]byte("2")), fields: message.Of(message.P("signature", message.Binary(strings.Repeat("s", inlineSize+1))))}}
}

func TestRecord(t *testing.T) {
	apart := map[id.ID]string{}
	w := recordWriter{apart: func(h id.ID, s string) { apart[h] = s }}
	u := id.Hash([]byte("u"))
	if err := w.content(u, sample()); err != nil {
		t.Fatal(err)
	}
	if len(apart) != 1 || len(w.dst) > 400 {
		t.Errorf("%d binaries apart, record of %d bytes", len(apart), len(w.dst))
	}
	fetch := func(h id.ID) (string, error) { return apart[h], nil }
	r := recordReader{s: string(w.dst), fetch: fetch}
	got, err := r.content()
	if err != nil || got.u != u || got.link != u || !message.Equal(got.value, sample()) || !got.links {
		t.Fatalf("%v, %v", got, err)
	}
	cut := func(rec []byte) {
		for n := range rec {
			r := recordReader{s: string(rec[:n]), fetch: fetch}
			if _, err := r.content(); err == nil {
				t.Fatalf("%d of %d bytes are a record", n, len(rec))
			}
		}
	}
	cut(w.dst)
	link, cs := id.Hash([]byte("link")), someCommitments()
	s := recordWriter{apart: w.apart}
	if err := s.signed(u, link, sample(), cs); err != nil {
		t.Fatal(err)
	}
	r = recordReader{s: string(s.dst), fetch: fetch}
	got, err = r.content()
	if err != nil || got.u != u || got.link != link || !message.Equal(got.value, sample()) || !message.Equal(got.commitments, cs.message()) {
		t.Fatalf("%v, %v", got, err)
	}
	cut(s.dst)
	if err := new(recordWriter).content(u, message.Of(message.P("a", message.Of(message.P("b", message.Of()))))); !fail.Is(err, fail.Exhausted) {
		t.Errorf("a content with embedded values: %v", err)
	}
	r = recordReader{s: "\x02" + string(w.dst[1:])}
	if _, err := r.content(); !fail.Is(err, fail.Unsupported) {
		t.Errorf("another version: %v", err)
	}
}

// TestGolden keeps the format: a record that another version of this program
// reads must not change.
func TestGolden(t *testing.T) {
	w := recordWriter{}
	_ = w.content(id.ID{}, message.Of(message.P("a", message.Int(-1)), message.P("b", message.Binary("x")), message.P("c", message.True)))
	want := "\x01m" + strings.Repeat("\x00", 32) + "\x03\x01a\x02\x01\x01b\x00\x01x\x01c\x07"
	if string(w.dst) != want {
		t.Errorf("got %q, want %q", w.dst, want)
	}
	w = recordWriter{}
	_ = w.signed(id.ID{}, id.ID{1}, message.Of(message.P("a", message.Int(-1))), commitments{
		{id: id.ID{2}, fields: message.Of(message.P("t", message.Of(message.P("1", message.Binary("a")))))},
		{id: id.ID{3}, fields: message.Of(message.P("t", message.Of(message.P("1", message.Binary("a")))))}})
	zeros := strings.Repeat("\x00", 31)
	want = "\x01s\x00" + zeros + "\x01" + zeros + "\x01\x01a\x02\x01\x02\x02" + zeros + "\x01\x01t\x0b\x01\x011\x00\x01a\x03" + zeros + "\x01\x01t\x0d"
	if string(w.dst) != want {
		t.Errorf("got %q, want %q", w.dst, want)
	}
}

func TestDamagedRecord(t *testing.T) {
	ctx := context.Background()
	s := mem.New(mem.Options{})
	u := id.Hash([]byte("u"))
	if err := s.Put(ctx, dirMessage+u.String(), []byte("\x01m short")); err != nil {
		t.Fatal(err)
	}
	if v, err := New(s, Options{}).Read(ctx, u.String()); !fail.Is(err, fail.Internal) {
		t.Errorf("%v, %v", v, err)
	}
}

// TestConflicts: what is there stays, and another message under the ID is an
// error.
func TestConflicts(t *testing.T) {
	ctx := context.Background()
	s := mem.New(mem.Options{})
	m := message.Of(message.P("a", message.Int(1)))
	u, err := New(s, Options{}).Write(ctx, m, store.Lazy)
	if err != nil {
		t.Fatal(err)
	}
	rec, _ := s.Get(ctx, dirMessage+u)
	other := append([]byte(nil), rec...)
	other[len(other)-1] ^= 2
	if err := s.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	c := New(s, Options{})
	_ = s.Put(ctx, dirMessage+u, other)
	if got, err := c.Write(ctx, m, store.Lazy, "name"); err != nil || got != u {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := c.Read(ctx, "name"); err != nil {
		t.Errorf("the rest of the batch is missing: %v", err)
	}
	_ = s.Reset(ctx)
	c.Forget()
	other[2] ^= 1
	_ = s.Put(ctx, dirMessage+u, other)
	if got, err := c.Write(ctx, m, store.Lazy); !fail.Is(err, fail.Conflict) {
		t.Errorf("%s, %v", got, err)
	}
}

// TestForeignID: when an ID leads to another message already, the first stays.
func TestForeignID(t *testing.T) {
	ctx := context.Background()
	s := mem.New(mem.Options{})
	first, err := New(s, Options{}).Write(ctx, message.Of(message.P("a", message.Int(1))), store.Lazy)
	if err != nil {
		t.Fatal(err)
	}
	c := New(s, Options{})
	key, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	m, err := commit.Commit(ctx, c.Env(), message.Of(message.P("b", message.Int(2))), key, commit.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	link, err := commit.SignedID(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	name := link.String()
	_ = s.Link(ctx, dirMessage+name, dirMessage+first)
	u, err := c.Write(ctx, m, store.Durable)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := c.Read(ctx, u); err != nil || !message.Equal(v, m) {
		t.Errorf("%v, %v", v, err)
	}
	if target, _ := s.Target(ctx, dirMessage+name); target != dirMessage+first {
		t.Errorf("the ID leads to %s", target)
	}
	if has, err := c.Has(ctx, id.Hash(nil).String()); has || err != nil {
		t.Errorf("has what is not there: %v, %v", has, err)
	}
	if has, err := c.Has(ctx, "name"); has || err != nil {
		t.Errorf("has what is no ID: %v, %v", has, err)
	}
}

func TestKnown(t *testing.T) {
	var k known
	k.init(1000)
	for i := range 5000 {
		h := id.Hash([]byte{byte(i), byte(i >> 8)})
		k.add(h, part)
		k.add(h, tree)
		k.add(h, part)
		if k.get(h) != tree {
			t.Fatal("an extent was lowered")
		}
	}
	n := 0
	for i := range k.shards {
		n += len(k.shards[i].young) + len(k.shards[i].old)
	}
	if n > 1100 {
		t.Errorf("%d IDs are remembered", n)
	}
	k.clear()
	if k.get(id.Hash([]byte{1, 0})) != 0 {
		t.Error("not cleared")
	}
}

func FuzzRecord(f *testing.F) {
	w := recordWriter{}
	_ = w.content(id.ID{}, sample())
	f.Add(string(w.dst))
	w = recordWriter{}
	_ = w.content(id.ID{}, message.NewList(message.Int(1), message.Binary("x")))
	f.Add(string(w.dst))
	w = recordWriter{}
	_ = w.signed(id.ID{}, id.ID{1}, message.Of(message.P("a", message.Int(1))), someCommitments())
	f.Add(string(w.dst))
	w = recordWriter{}
	_ = w.commitment(message.Of(message.P("committed", message.Strings([]string{"a"})), message.P("m", message.Of(message.P("x", message.Null)))))
	f.Add(string(w.dst))
	f.Fuzz(func(t *testing.T, s string) {
		r := recordReader{s: s}
		if c, err := r.content(); err == nil {
			w := recordWriter{}
			if err := w.content(c.u, c.value); err != nil {
				return // embedded values that are never written so
			}
			r = recordReader{s: string(w.dst)}
			if again, err := r.content(); err != nil || !message.Equal(again.value, c.value) {
				t.Fatalf("%v read again as %v: %v", c.value, again.value, err)
			}
		}
		r = recordReader{s: s}
		_, _ = r.commitment()
	})
}
