package commit

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/flat"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// The matrix of spec 01, 18.1: each message in each codec, with nested messages
// linked or bundled.

// column is a codec of the matrix.
type column struct {
	name   string
	codec  codec.Codec // nil is structured@1.0
	bundle bool
	spec   Spec // how messages are committed
}

func columns() []column {
	items := Spec{Device: ans104.Name}
	bundled := Spec{Bundle: true}
	bundledItems := Spec{Device: ans104.Name, Bundle: true}
	return []column{
		{"structured", nil, false, Spec{}},
		{"httpsig", httpsig.Codec{}, false, Spec{}},
		{"httpsig, bundled", httpsig.Codec{}, true, bundled},
		{"flat", flat.Codec{}, false, Spec{}},
		{"ans104", ans104.Codec{}, false, items},
		{"ans104, bundled", ans104.Codec{}, true, bundledItems},
		{"json", json.Codec{}, false, Spec{}},
		{"json, bundled", json.Codec{}, true, bundled},
	}
}

// trip returns what a value is after it was encoded and decoded, whole.
func (c column) trip(ctx context.Context, env codec.Env, v message.Value) (message.Value, error) {
	var out message.Value
	var err error
	m, isMsg := v.(*message.Message)
	switch {
	case c.codec == nil:
		if out, err = structured.ToTABM(ctx, env, v); err == nil {
			out, err = structured.FromTABM(out)
		}
	case !isMsg:
		if out, err = c.codec.Encode(ctx, env, v, codec.Options{Bundle: c.bundle}); err == nil {
			out, err = c.codec.Decode(ctx, env, out, codec.Options{})
		}
	default:
		out, err = through(ctx, env, c.codec, m, codec.Options{Bundle: c.bundle})
	}
	if err != nil {
		return nil, err
	}
	return message.LoadAll(ctx, env.Load, out)
}

// like reports whether two values match as strictly as the reference asks (spec
// 01, 7.6): lists are numbered, names are in lower case, what a transport adds
// does not count, and commitments are their IDs.
func like(a, b message.Value) bool { return message.Equal(matched(a), matched(b)) }

func matched(v message.Value) message.Value {
	if l, ok := v.(*message.List); ok {
		v = l.Numbered()
	}
	m, ok := v.(*message.Message)
	if !ok {
		return v
	}
	b := message.NewBuilder(m.Len())
	for k, e := range m.All() {
		switch k = strings.ToLower(k); {
		case k == message.CommitmentsKey:
			ids := message.Empty()
			for id, c := range e.(*message.Message).All() {
				if c.(*message.Message).Has(FieldCommitter) {
					ids = ids.Set(id, message.True)
				}
			}
			b.Set(k, ids)
		case k == "content-digest" || k == "content-type" || k == "ao-body-key":
		default:
			b.Set(k, matched(e))
		}
	}
	return b.Message()
}

var (
	kib    = message.Binary(strings.Repeat("\x00", 1025))
	native = message.Binary(strings.Repeat("\x01\x7e", 16))
)

func integers(n ...int) *message.List {
	var out []message.Value
	for _, i := range n {
		out = append(out, message.Int(i))
	}
	return message.NewList(out...)
}

// balances is a table of n accounts.
func balances(n int) *message.Message {
	b := message.NewBuilder(n)
	for i := range n {
		b.Set(fmt.Sprintf("%043d", i), message.Int(i*1000))
	}
	return b.Message()
}

func deepTyped() *message.Message {
	return of("data", "D", "deep", of("data", "DD", "n", message.Int(3), "l", integers(1, 2, 3), "deeper", of("x", message.True)))
}

// TestMatrixRoundTrips: what goes through a codec comes back.
func TestMatrixRoundTrips(t *testing.T) {
	for name, row := range map[string]struct {
		v    message.Value
		skip string // names of columns
	}{
		// CONF-MSG-01
		"a binary": {message.Binary("bytes \x00 \u00e4"), ""},
		// CONF-MSG-02
		"integers": {of("a", message.Int(1), "b", message.Int(2)), ""},
		// CONF-MSG-03
		"underscore": {of("normal_key", "text"), ""},
		// CONF-MSG-05
		"body": {of("body", "B", "k", "v"), ""},
		// CONF-MSG-06
		"large values": {of("big-1", kib, "big-2", kib, "a", "1", "b", "2"), ""},
		// CONF-MSG-07
		"atom": {of("highly_unusual_http_header", message.Atom("highly_unusual_http_value")), ""},
		// CONF-MSG-08
		"large integer": {of("atom_key", message.Int(1234567890)), ""},
		// CONF-MSG-10
		"nested": {of("a", "1", "n", of("x", "2"), "z", "3"), ""},
		// CONF-MSG-11
		"list": {of("l", message.Strings([]string{"1", "2", "3"})), ""},
		// CONF-MSG-12
		"empty in the body": {of("body", of("empty-map-test", message.Empty())), ""},
		// CONF-MSG-14
		"type inside": {of("a", of("b", message.Int(1))), ""},
		// CONF-MSG-15
		"fields of items": {of("anchor", native, "target", native, "data", "D", "k", "v"), ""},
		// CONF-MSG-16
		"list in the body": {of("body", message.NewList(of("a", "1"), of("b", "2"), of("c", "3"))), ""},
		// CONF-MSG-17
		"short values": {of("n", of("a", "1", "b", "2", "c", "3")), ""},
		// CONF-MSG-19
		"balances": {balances(5), ""},
		// CONF-MSG-20
		"many balances": {of("balances", balances(1000)), "ans104; ans104, bundled"},
		// CONF-MSG-32
		"deep data": {deepTyped(), ""},
		// CONF-MSG-33
		"large beside nested": {of("big", kib, "n", of("a", "1")), ""},
		// CONF-MSG-35
		"large and body": {of("big", kib, "body", "B", "k", "v"), ""},
		// CONF-MSG-36
		"large, nested": {of("n", of("big", kib, "body", "B"), "k", "v"), ""},
		// CONF-MSG-37
		"three levels": {of("a", of("b", of("body", "B", "c", "1"), "d", "2"), "body", "top"), ""},
		// CONF-MSG-38
		"body in body in body": {of("body", of("body", of("body", "B", "k", "1"), "k", "2"), "k", "3"), ""},
		// CONF-MSG-40
		"data in the body": {of("body", of("data", "D", "k", "v"), "x", "y"), ""},
		// CONF-MSG-45
		"lists of lists": {of("l", message.NewList(message.NewList(integers(1, 2), integers(3)), message.NewList(integers(4)))), ""},
	} {
		for _, c := range columns() {
			if strings.Contains("; "+row.skip+";", "; "+c.name+";") {
				continue
			}
			env := storing(row.v)
			got, err := c.trip(t.Context(), env, row.v)
			if err != nil || !like(got, row.v) {
				t.Errorf("%s, %s: %v, %v", name, c.name, got, err)
				continue
			}
			// CONF-MSG-52: again and again
			if again, err := c.trip(t.Context(), storing(got), got); err != nil || !like(again, got) {
				t.Errorf("%s, %s, again: %v, %v", name, c.name, again, err)
			}
		}
	}
}

// TestMatrixIDs: what goes through a codec keeps its unsigned ID.
func TestMatrixIDs(t *testing.T) {
	for name, m := range map[string]*message.Message{
		// CONF-MSG-09
		"data": of("data", "D"),
		// CONF-MSG-18
		"deep and typed": deepTyped(),
		// CONF-MSG-47
		"a link": of("k", "v", "n", message.Link{ID: strings.Repeat("L", 42) + "A"}),
	} {
		for _, c := range columns() {
			if c.bundle && name == "a link" {
				continue // its content is needed
			}
			env := storing(m)
			var got message.Value
			var err error
			if name == "a link" { // stays one
				if c.codec == nil {
					got, err = structured.ToTABM(t.Context(), env, m)
				} else {
					got, err = through(t.Context(), env, c.codec, m, codec.Options{})
				}
			} else {
				got, err = c.trip(t.Context(), env, m)
			}
			if err != nil {
				t.Errorf("%s, %s: %v", name, c.name, err)
				continue
			}
			if name == "a link" && c.codec == nil {
				got, _ = structured.FromTABM(got)
			}
			want, _ := UnsignedID(t.Context(), m)
			if id, err := UnsignedID(t.Context(), got.(*message.Message).Without(message.CommitmentsKey)); err != nil || id != want {
				t.Errorf("%s, %s: ID %s, %v, want %s", name, c.name, id, err, want)
			}
		}
	}
}

// TestMatrixCommitments: what is committed in a codec verifies, and does so when
// it has gone through it.
func TestMatrixCommitments(t *testing.T) {
	key := generate(t, keys.Curve25519)
	for name, row := range map[string]struct {
		m    *message.Message
		skip string
	}{
		// CONF-MSG-13
		"an empty body": {of("body", ""), "ans104; ans104, bundled"}, // items have no empty data
		// CONF-MSG-22
		"texts": {of("a", "1", "b", "2", "c", "3", "d", "4", "e", "5"), ""},
		// CONF-MSG-25
		"data": {of("data", "D"), ""},
		// CONF-MSG-26
		"nested": {of("a", "1", "n", of("x", "2")), ""},
		// CONF-MSG-29
		"empty values": {of("a", "1", "text", "", "map", message.Empty(), "list", message.NewList()), ""},
		// CONF-MSG-30, 71
		"floats": {of("l", message.NewList(message.Float(1), message.Float(2), message.Float(3))), ""},
		// CONF-MSG-39
		"deep": {deepTyped(), ""},
		// CONF-MSG-42
		"components": {of("method", "GET", "target-uri", "u", "authority", "a", "scheme", "s", "request-target", "r", "path", "p", "query", "q", "query-param", "qp",
			"status", "200", "reason-phrase", "OK", "body", "B", "content-digest", "d"), ""},
		// CONF-MSG-63
		"typed and untyped": {of("a", of("x", "1"), "b", of("y", message.Int(2))), ""},
	} {
		for _, c := range columns() {
			if strings.Contains("; "+row.skip+";", "; "+c.name+";") {
				continue
			}
			t.Run(name+", "+c.name, func(t *testing.T) { commits(t, c, row.m, key) })
		}
	}
}

// TestMatrixCommittedInside: a committed message in a committed message, which
// both verify when they have gone through.
func TestMatrixCommittedInside(t *testing.T) {
	key := generate(t, keys.Curve25519)
	for _, c := range columns() {
		for _, place := range []string{
			"body", // CONF-MSG-34
			"n",    // CONF-MSG-44
		} {
			t.Run(place+", "+c.name, func(t *testing.T) {
				inner := mustCommit(t, of("content-type", "test/x", "body", "line 1\nline 2", "f", message.Float(0.5), "n", message.Int(7)), key, c.spec)
				got := commits(t, c, of("a", "1", place, inner, "z", "2"), generate(t, keys.Curve25519))
				back := got.Message(place)
				if err := Verify(t.Context(), storing(got), back, Signed(), ""); err != nil || len(Committers(back)) != 1 || Committers(back)[0] != key.Address() {
					t.Errorf("inside: %v, by %v", err, Committers(back))
				}
				if only := back.OnlyCommitted(); !like(only, inner.OnlyCommitted()) {
					t.Errorf("inside: %v, want %v", only, inner)
				}
			})
		}
	}
}

// commits commits a message in a codec, sends it through, and returns what
// arrives.
func commits(t *testing.T, c column, m *message.Message, key *keys.PrivateKey) *message.Message {
	t.Helper()
	ctx := t.Context()
	env := storing(m)
	signed, err := Commit(ctx, env, m, key, c.spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(ctx, env, signed, Signed(), ""); err != nil {
		t.Fatalf("before: %v", err)
	}
	whole, err := message.LoadAll(ctx, env.Load, signed) // items link what is nested
	if err != nil {
		t.Fatal(err)
	}
	signed = whole.(*message.Message)
	if !like(signed.Without(message.CommitmentsKey), m.Without(message.CommitmentsKey)) {
		t.Errorf("committing changes the content: %v", signed)
	}
	only := signed.OnlyCommitted()
	if !like(only, signed) {
		t.Errorf("not all is committed: %v of %v", only.Keys(), signed.Keys())
	}
	env = storing(signed)
	v, err := c.trip(ctx, env, signed)
	if err != nil {
		t.Fatalf("through: %v", err)
	}
	got := v.(*message.Message)
	if err := Verify(ctx, env, got, Signed(), ""); err != nil {
		t.Errorf("after: %v", err)
	}
	if len(Committers(got)) != 1 || !like(got, signed) {
		t.Errorf("through: %v, want %v", got, signed)
	}
	return got
}
