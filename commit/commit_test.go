package commit

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// testWallet returns an RSA key of the shared test data.
func testWallet(t testing.TB) *keys.PrivateKey {
	t.Helper()
	k, err := keys.ReadFile(filepath.Join(sharedtest.Dir(t, "testdata"), "key-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func of(pairs ...any) *message.Message {
	b := message.NewBuilder(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		v, ok := pairs[i+1].(message.Value)
		if !ok {
			v = message.Binary(pairs[i+1].(string))
		}
		b.Set(pairs[i].(string), v)
	}
	return b.Message()
}

func mustCommit(t testing.TB, m *message.Message, key *keys.PrivateKey, spec Spec) *message.Message {
	t.Helper()
	out, err := Commit(t.Context(), storing(m), m, key, spec)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestExampleIDs are EX-01 to EX-14 and EX-22 of spec 01.
// CONF-MSG-120, 121
func TestExampleIDs(t *testing.T) {
	nested := of("a", "1", "nested", of("b", "1"), "c", "3")
	many := message.NewBuilder(33)
	for i := range 33 {
		many.Set(fmt.Sprint("k", i+1), message.Binary("v"))
	}
	list := message.NewList(message.Int(1), message.Binary("two"), message.Float(3), message.NewList(), message.Empty())
	for _, c := range []struct {
		v      message.Value
		bundle bool
		want   string
	}{
		{message.Empty(), false, "TWaabU6nSWpn7zPaiWSd9gQkfNwa1t3onrDRNB-bFiI"},
		{of("a", "b"), false, "qoKsl5XJIjkL7QIfUXNplkdh71dTOV1mUtP3b4WlzMk"},
		{of("atom", message.Atom("foo"), "bool", message.True, "f", message.Float(1.5), "int", message.Int(42), "neg", message.Int(-7)), false, "rEpLdQEOqulanFTdBQy0CPB8u-8S3mQ8Y1e-9VdqAP0"},
		{message.NewList(message.Int(1), message.Binary("a")), false, "9Ot5l6Tk1g2LAnZVQWHiga7bTTDRxUS7K7FUxS8NV2k"},
		{list, false, "fjeLHwlzvkfKesIlfXTb5raoaWu5TVPCzIOwVPXeERk"},
		{of("list", list), false, "MI5AZWyYpJKo0F13bBdq92TRY9OhJ308FfRL5AhJbCU"},
		{nested, false, "EDapoxkJMJXH64mGgNxx1PZ9GwTN8yqIkDL9z2NnSDU"},
		{nested, true, "7ML3dEEvYj3r2GS4jSKWy2s6JptsFVKXzZ_iSjZwWcU"},
		{of("body", "Hello", "k", "v"), false, "pHMUt0bH_2jDb5MNQHo1ufGo6h_ovYCZhAZD27ERhIU"},
		{of("body", ""), false, "feQToGkJiFe7m-SVxUaFdsBHBCxNPZ1dcyblyPvLu74"},
		{of("data", "Hello", "k", "v"), false, "Erjx2BsFoGiVfmu61yQ1R5FQ3QzElG_gTvm4Fzm_GQg"},
		{of("method", "GET", "path", "/x"), false, "9cY7dgb-J7taDjee3MYs7ptpgoQzwyHuM3q1D1d5ClA"},
		{of("a", "1", "n", of("b", "1", "m", of("x", "y"), "e", message.Empty())), true, "Eqxp8aKyuoSJtvOoX3nZqKJt18B92rIqwsk6nTXgx30"},
		{of("body", "Hello", "n", of("x", "y")), true, "BYdFvkjpChiVNArArKHFPTnz6Bb7xQgEAmeKvl4crCg"},
		{of("k", "v", "n", of("body", "inner")), true, "td646YBr80mWNbXzCqqboW5lEqa_F24Ym8sbWuSrhDg"},
		{of("k", "v", "n", of("body", "inner", "z", "1")), true, "PknNrOazY8owCqpi2Xs0Vf15DcvrY6nXkhax8hn0pxk"},
		{of("data", of("x", "y")), true, "_CajMaGaS-vqRkPMKwEFLVpQZ8t_5U9U6cfRWw3Sn2k"},
		{of("n", message.Empty()), true, "oLsHr77yKVjfuUE320G9FrTbZmrXD_1wRgBoUtuxuMY"},
		{of("n", message.NewList()), true, "4bdq-70E5lcWwvVpKL8WBh97tRnLmuv94GL-Et0wRFg"},
		{of("l", message.NewList(message.Int(1), message.Binary("two"), message.NewList(message.True), of("q", message.Float(2.5)))), true, "zuCfzKVatseToTfGp2PX6mRoEEn49R7PxfCCnSvPTpo"},
		{of("big", strings.Repeat("x", 4097), "ok", strings.Repeat("y", 20)), false, "W-PN0CoKNKiITTtSJOjv-GeO6izRdvncCQ5UCZ8ksIY"},
		{of("oK5A0WV1HLBCsclwlKv1Bw0ag_PGBZ6eSA86tJqU--4", message.Int(5), "x", "v"), false, "LSFcG1a1W_75UOpnKIwCY4mpZVFijT4lvHMvd5LPNM8"},
		{many.Message(), false, "0SIAY1WauGnew0Tbg8LKucxnKNbO_KU2YbNAh-l9IhA"},
	} {
		i, err := LinkID(t.Context(), c.v)
		if c.bundle {
			_, only := first(mustCommit(t, c.v.(*message.Message), nil, Spec{Type: "unsigned", Bundle: true}).Commitments())
			i, err = id.Parse(only.Text("signature"))
		}
		if err != nil || i.String() != c.want {
			t.Errorf("%v bundle %v: %s, %v, want %s", c.v, c.bundle, i, err, c.want)
		}
	}
}

// TestSecret is EX-15, and what a secret is good for.
// CONF-MSG-61, 120
func TestSecret(t *testing.T) {
	m := mustCommit(t, of("a", "b"), nil, Spec{Type: "unsigned", Scheme: "secret", Secret: "test-secret"})
	key, c := first(m.Commitments())
	if key != "C7WRbTn4qGaa6KGZ60R-xUZALoIxIHsx_7TB88UZuBg" || c.Text("keyid") != "secret:nK8Gu0Q2zb-iCvkSGmJrwQk8T1SzHA-pN5V4VhNTRbY" {
		t.Fatal(key, c.Text("keyid"))
	}
	if got := Committers(m); !slices.Equal(got, []string{"nK8Gu0Q2zb-iCvkSGmJrwQk8T1SzHA-pN5V4VhNTRbY"}) {
		t.Fatal(got)
	}
	for secret, ok := range map[string]bool{"test-secret": true, "": false, "other": false} {
		if err := Verify(t.Context(), pure(), m, Signed(), secret); (err == nil) != ok || (err != nil && !fail.Is(err, fail.Unauthorized)) {
			t.Errorf("secret %q: %v", secret, err)
		}
	}
	if err := Verify(t.Context(), pure(), m.Set("a", message.Binary("c")), Signed(), "test-secret"); !fail.Is(err, fail.Unauthorized) {
		t.Errorf("tampered: %v", err)
	}
	if err := Verify(t.Context(), pure(), m, Signed(), "test-secret"); err != nil {
		t.Errorf("again: %v", err)
	}
}

// TestKeyIDs is the table of spec 01, 10.9.
func TestKeyIDs(t *testing.T) {
	hash := "secret:" + id.Hash([]byte("s")).String()
	for _, c := range []struct {
		keyID, scheme, secret string
		want                  string
		kind                  fail.Kind
	}{
		{"", "", "", "constant:ao", 0},
		{"constant:ao", "", "", "constant:ao", 0},
		{"constant:x", "", "", "constant:x", 0},
		{"x", "", "", "constant:x", 0},
		{"x", "constant", "", "constant:x", 0},
		{"", "secret", "s", hash, 0},
		{hash, "", "s", hash, 0},
		{"secret:other", "", "s", "", fail.Unauthorized},
		{"", "secret", "", "", fail.Unauthorized},
		{hash, "constant", "s", "", fail.Invalid},
		{"", "publickey", "", "", fail.Unsupported},
		{"publickey:AAAA", "", "", "", fail.Unsupported},
		{"colour:red", "", "", "", fail.Unsupported},
	} {
		m, err := Commit(t.Context(), pure(), of("a", "b"), nil, Spec{Type: TypeHMAC, KeyID: c.keyID, Scheme: c.scheme, Secret: c.secret})
		if c.want == "" {
			if !fail.Is(err, c.kind) {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		_, made := first(m.Commitments())
		if got := made.Text("keyid"); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
		if err := Verify(t.Context(), pure(), m, Every(), c.secret); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestSigners commits with every kind of key, sends the message and verifies
// it.
func TestSigners(t *testing.T) {
	for _, c := range []struct {
		key *keys.PrivateKey
		typ string
	}{{testWallet(t), TypeRSA}, {generate(t, keys.Curve25519), TypeEd25519}, {generate(t, keys.Secp256k1), TypeSecp256k1}} {
		for _, bundle := range []bool{false, true} {
			in := of("a", message.Int(1), "body", "text", "n", of("x", message.True))
			m := mustCommit(t, in, c.key, Spec{Bundle: bundle})
			if m.Commitments().Len() != 2 {
				t.Fatalf("%d commitments", m.Commitments().Len())
			}
			who := Committers(m)
			if len(who) != 1 {
				t.Fatal(who)
			}
			for way, send := range ways() {
				if way == "as an item" || bundle && way == "over HTTP" {
					continue // items carry no other commitments, and a bundle travels as one
				}
				got, err := send(t.Context(), storing(in), m)
				if err != nil {
					t.Fatal(err)
				}
				r := got.(*message.Message)
				if err := VerifyAll(t.Context(), storing(in), r); err != nil {
					t.Errorf("%s %s, bundle %v: %v", c.typ, way, bundle, err)
				}
				if got := VerifiedSigners(t.Context(), storing(in), r); !slices.Equal(got, who) {
					t.Errorf("signers %v, want %v", got, who)
				}
			}
			for _, changed := range []*message.Message{m.Set("a", message.Int(2)), m.Set("a", message.Binary("1")), m.Without("body"), m.Set("n", of("x", message.False))} {
				if err := VerifyAll(t.Context(), storing(changed), changed); !fail.Is(err, fail.Unauthorized) {
					t.Errorf("%s: tampered message accepted: %v", c.typ, err)
				}
			}
		}
	}
}

// TestForgeries changes commitments.
// SEC-02
func TestForgeries(t *testing.T) {
	alice, bob := generate(t, keys.Curve25519), generate(t, keys.Curve25519)
	m, other := mustCommit(t, of("a", "1"), alice, Spec{}), mustCommit(t, of("a", "2"), bob, Spec{})
	pick := func(m *message.Message) (string, *message.Message) {
		for k, v := range m.Commitments().All() {
			if c := v.(*message.Message); c.Text("type") == TypeEd25519 {
				return k, c
			}
		}
		return "", nil
	}
	key, c := pick(m)
	otherKey, otherC := pick(other)
	for name, forged := range map[string]*message.Message{
		"another committer": of(key, c.Set("committer", message.Binary(otherC.Text("committer")))),
		"another key":       of(key, c.Set("keyid", message.Binary(otherC.Text("keyid")))),
		"another signature": of(key, c.Set("signature", message.Binary(otherC.Text("signature")))),
		"another ID":        of(otherKey, c),
		"another message":   of(otherKey, otherC),
		"more keys":         of(key, c.Set("committed", message.Strings([]string{"a", "b"}))),
		"no keys":           of(key, c.Set("committed", message.NewList())),
		"no signature":      of(key, c.Without("signature")),
		"unknown type":      of(key, c.Set("type", message.Binary("rot13"))),
		"no type":           of(key, c.Without("type")),
		"type of an HMAC":   of(key, c.Set("type", message.Binary(TypeHMAC))),
		"constant key":      of(key, c.Set("keyid", message.Binary("constant:ao"))),
		"unknown device":    of(key, c.Set("commitment-device", message.Binary("x@1.0"))),
		"not a message":     of(key, "x"),
	} {
		t.Run(name, func(t *testing.T) {
			bad := of("a", "1", "b", "2", "commitments", forged)
			if err := VerifyAll(t.Context(), pure(), bad); err == nil {
				t.Fatal("accepted")
			}
			if got := VerifiedSigners(t.Context(), pure(), bad); got != nil {
				t.Fatalf("signed by %v", got)
			}
			if _, err := VerifyDeep(t.Context(), pure(), bad, 10); err == nil {
				t.Fatal("accepted in depth")
			}
		})
	}
}

// TestSelection is spec 01, 8.1, with.
func TestSelection(t *testing.T) {
	alice, bob := generate(t, keys.Curve25519), generate(t, keys.Secp256k1)
	m := mustCommit(t, mustCommit(t, of("a", "1"), alice, Spec{}), bob, Spec{})
	all := m.Commitments().Keys()
	if len(all) != 3 {
		t.Fatalf("commitments %v", all)
	}
	who := Committers(m)
	for name, c := range map[string]struct {
		req  *message.Message
		want int
	}{
		"nothing selects the unsigned": {of(), 1},
		"none":                         {of("committers", "none", "commitments", "none"), 1},
		"all committers":               {of("committers", "all"), 2},
		"one committer":                {of("committers", who[0]), 1},
		"list of committers":           {of("committers", message.Strings(who)), 2},
		"numbered committers":          {of("committers", message.Strings(who).Numbered()), 2},
		"all commitments":              {of("commitments", "all"), 3},
		"one commitment":               {of("commitments", all[0]), 1},
		"both":                         {of("commitments", message.Strings(all[:1]), "committers", "all"), 3},
	} {
		s, err := SelectionOf(c.req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Of(m)
		if err != nil || len(got) != c.want {
			t.Errorf("%s: %v, %v, want %d", name, got, err, c.want)
		}
		if err := Verify(t.Context(), pure(), m, s, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (Selection{Committers: []string{"nobody"}}).Of(m); !fail.Is(err, fail.NotFound) {
		t.Error(err)
	}
	if _, err := SelectionOf(of("committers", message.NewList(message.Empty()))); !fail.Is(err, fail.Invalid) {
		t.Errorf("a list of messages: %v", err)
	}
	if err := Verify(t.Context(), pure(), of("a", "1"), Signed(), ""); err != nil {
		t.Errorf("an empty selection is valid (Q-16): %v", err)
	}
	if err := Verify(t.Context(), pure(), nil, Signed(), ""); err != nil {
		t.Errorf("no message: %v", err)
	}
}

// TestStacking covers Q-35: a later signature covers the keys of the
// commitments that are there, and one HMAC stays beside all signatures.
func TestStacking(t *testing.T) {
	alice, bob := generate(t, keys.Curve25519), generate(t, keys.Secp256k1)
	m := mustCommit(t, of("a", "1", "b", "2"), alice, Spec{Committed: []string{"a"}})
	m = mustCommit(t, m, bob, Spec{})
	for k, v := range m.Commitments().All() {
		if got := message.CommittedBy(v.(*message.Message)); !slices.Equal(got, []string{"a"}) {
			t.Errorf("%s covers %v", k, got)
		}
	}
	if m.Commitments().Len() != 3 {
		t.Errorf("%d commitments", m.Commitments().Len())
	}
	unsigned := mustCommit(t, of("a", "1"), nil, Spec{Type: "unsigned"})
	again := mustCommit(t, unsigned.Set("a", message.Binary("2")), nil, Spec{Type: "unsigned"})
	if again.Commitments().Len() != 1 {
		t.Error("the old HMAC is still there")
	}
	later := mustCommit(t, unsigned.Set("b", message.Binary("2")), alice, Spec{})
	if err := VerifyAll(t.Context(), pure(), later); err != nil {
		t.Error(err)
	}
}

func TestCommitRefusals(t *testing.T) {
	key := generate(t, keys.Curve25519)
	for name, c := range map[string]struct {
		key  *keys.PrivateKey
		spec Spec
		kind fail.Kind
	}{
		"no key":          {nil, Spec{}, fail.Unauthorized},
		"no key for type": {nil, Spec{Type: TypeRSA}, fail.Unauthorized},
		"other key":       {key, Spec{Type: TypeRSA}, fail.Invalid},
		"unknown type":    {key, Spec{Type: "rot13"}, fail.Unsupported},
		"unknown device":  {key, Spec{Device: "x@1.0"}, fail.Unsupported},
	} {
		if _, err := Commit(t.Context(), pure(), of("a", "1"), c.key, c.spec); !fail.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// CONF-MSG-60
func TestIDs(t *testing.T) {
	ctx := t.Context()
	m := mustCommit(t, of("a", "1"), generate(t, keys.Curve25519), Spec{})
	plain, err := UnsignedID(ctx, of("a", "1"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := UnsignedID(ctx, m); err != nil || got != plain {
		t.Errorf("unsigned %s, %v", got, err)
	}
	signed, err := SignedID(ctx, m)
	if err != nil || signed == plain {
		t.Errorf("signed %s, %v", signed, err)
	}
	if got, err := EveryID(ctx, m); err != nil || got != id.Accumulate(signed, plain) {
		t.Errorf("every %s, %v", got, err)
	}
	if got, err := SignedID(ctx, of("a", "1")); err != nil || got != plain {
		t.Errorf("signed ID without signature %s, %v", got, err)
	}
	odd := of("a", "1", "commitments", of("not an ID", of("committer", "x")))
	if got, err := SignedID(ctx, odd); !fail.Is(err, fail.Invalid) {
		t.Errorf("commitment under no ID: %s, %v", got, err)
	}
}

// TestOutcomesAreKept verifies once: the second answer comes from the memo, and
// a changed message has no part in it.
func TestOutcomesAreKept(t *testing.T) {
	m := forget(mustCommit(t, of("a", "1"), generate(t, keys.Curve25519), Spec{}))
	if err := VerifyAll(t.Context(), pure(), m); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(10, func() { _ = VerifyAll(t.Context(), pure(), m) }); n > 12 {
		t.Errorf("verifying again allocates %v times", n)
	}
	if err := VerifyAll(t.Context(), pure(), m.Set("a", message.Binary("2"))); !fail.Is(err, fail.Unauthorized) {
		t.Error(err)
	}
}

// FuzzVerify verifies what arbitrary HTTP fields decode to: no claim may be
// accepted that was not signed. The only commitments a stranger can make are
// those with constant keys.
func FuzzVerify(f *testing.F) {
	m := mustCommit(f, of("a", "1", "body", "x"), nil, Spec{Type: "unsigned"})
	v, err := through(f.Context(), pure(), echo{httpsig.Codec{}}, m, codec.Options{})
	if err != nil {
		f.Fatal(err)
	}
	w := v.(*message.Message)
	f.Add("1", "x", w.Text("signature"), w.Text("signature-input"))
	f.Add("1", "x", "comm-x=:AA==:", `comm-x=("a");alg="ed25519";keyid="publickey:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="`)
	f.Add("1", "x", "comm-x=:AA==:", `comm-x=("a");alg="ans104@1.0/rsa-pss-sha256";keyid="publickey:AAAA";original-tags="1:a:1";bundle="true"`)
	f.Add("1", "x", "comm-x=:AA==:", `comm-x=("a");alg="ans104@1.0/eip191";field-anchor="x";created=5`)
	f.Fuzz(func(t *testing.T, a, body, signature, input string) {
		in := of("a", a, "body", body, "signature", signature, "signature-input", input)
		v, err := httpsig.Codec{}.Decode(t.Context(), pure(), in, codec.Options{})
		if err != nil {
			return
		}
		m := v.(*message.Message)
		for _, who := range VerifiedSigners(t.Context(), pure(), m) {
			t.Errorf("accepted a signature by %s", who)
		}
		_, _ = VerifyDeep(t.Context(), pure(), m, 4)
		_, _ = SignedID(t.Context(), m)
	})
}

// echo is a codec that does not decode.
type echo struct{ httpsig.Codec }

// Decode returns the encoded form.
func (echo) Decode(_ context.Context, _ codec.Env, v message.Value, _ codec.Options) (message.Value, error) {
	return v, nil
}

// The public HMAC key, and a secret, do not speak for whoever they name.
//
// SEC-02
func TestClaimedCommitterOfAnHMAC(t *testing.T) {
	victim := testWallet(t).Address()
	for name, spec := range map[string]Spec{"constant": {Type: TypeHMAC}, "secret": {Type: TypeHMAC, Scheme: "secret", Secret: "s"}} {
		m := mustCommit(t, of("a", "1"), nil, spec)
		id := m.Commitments().Keys()[0]
		forged := m.Set(message.CommitmentsKey, of(id, m.Commitments().Message(id).Set(FieldCommitter, message.Binary(victim))))
		if err := Verify(t.Context(), storing(m), m, Every(), spec.Secret); err != nil {
			t.Errorf("%s: the honest one: %v", name, err)
		}
		if err := Verify(t.Context(), storing(m), forged, Every(), spec.Secret); !fail.Is(err, fail.Unauthorized) {
			t.Errorf("%s: %v", name, err)
		}
		if got := VerifiedSigners(t.Context(), storing(m), forged); len(got) > 0 {
			t.Errorf("%s: signers %v", name, got)
		}
	}
}

// A key that nobody has signed, whatever its type, does not hide who signed the
// others.
func TestSignersBesideUncoveredKeys(t *testing.T) {
	key := testWallet(t)
	m := mustCommit(t, of("a", "1", "n", message.Int(2)), key, Spec{})
	more := m.Set("mark", message.True)
	if got := VerifiedSigners(t.Context(), storing(more), more); !slices.Equal(got, []string{key.Address()}) {
		t.Errorf("signers %v", got)
	}
	changed := more.Set("n", message.Int(3))
	if got := VerifiedSigners(t.Context(), storing(changed), changed); len(got) > 0 {
		t.Errorf("signers of a changed message: %v", got)
	}
}

// A commitment that only a secret can check is no obstacle inside a message, and
// makes nobody a signer.
func TestSecretsInsideAMessage(t *testing.T) {
	inner := mustCommit(t, of("a", "1"), nil, Spec{Type: TypeHMAC, Scheme: "secret", Secret: "s"})
	m := of("inner", inner)
	if who, err := VerifyDeep(t.Context(), storing(m), m, 10); err != nil || len(who) > 0 {
		t.Errorf("nested: %v %v", who, err)
	}
	fresh := inner.Set("a", message.Binary("1")).Set(message.CommitmentsKey, inner.Commitments().Set("x", of()).Without("x"))
	if _, err := VerifyDeep(t.Context(), storing(fresh), fresh, 10); err == nil {
		t.Error("by itself it passes for checked")
	}
	if who := VerifiedSigners(t.Context(), storing(fresh), fresh); len(who) > 0 {
		t.Errorf("signers %v", who)
	}
	id := inner.Commitments().Keys()[0]
	lying := of("inner", inner.Set(message.CommitmentsKey, of(id, inner.Commitments().Message(id).Set(FieldCommitter, message.Binary("x")))))
	if _, err := VerifyDeep(t.Context(), storing(lying), lying, 10); err == nil {
		t.Error("a committer who is not that of the secret")
	}
}
