package hosted

import (
	"context"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// testWallet returns a wallet that a secret opens.
func testWallet(t testing.TB, secret string) *Wallet {
	t.Helper()
	e := aotest.New(t).Env
	key := testKey(t)
	access, who, err := CommitSecret(context.Background(), e, "cookie@1.0", secret,
		Of(P("device", Binary("cookie@1.0")), P("wallet-address", Binary(key.Address()))))
	if err != nil {
		t.Fatal(err)
	}
	return &Wallet{Key: key, Persist: NonVolatile, Access: access, Committer: who, Controllers: []string{"a", "b"}, Required: 2}
}

func TestRecordRoundTrip(t *testing.T) {
	w := testWallet(t, "secret")
	if !ao.IsConfidential(w.Record()) || !ao.IsConfidential(w.Record().Message("access-control")) {
		t.Error("a record may be stored in clear")
	}
	text, err := textOf(t.Context(), commit.Env(NoLoader{}), w.Record())
	if err != nil {
		t.Fatal(err)
	}
	m, err := messageOf(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadRecord(m)
	if err != nil {
		t.Fatal(err)
	}
	if got.Key.Address() != w.Key.Address() || got.KeyID() != w.KeyID() || got.Required != 2 || len(got.Controllers) != 2 || got.Persist != NonVolatile {
		t.Fatalf("%+v", got)
	}
	e := aotest.New(t).Env
	if err := VerifySecret(t.Context(), e, got.Access, got.Committer, "secret"); err != nil {
		t.Error(err)
	}
	if err := VerifySecret(t.Context(), e, got.Access, got.Committer, "Secret"); !fail.Is(err, fail.Unauthorized) {
		t.Errorf("another secret: %v", err)
	}
}

// A record of another node cannot join what does not belong together.
//
// SEC-15
func TestRecordsThatDoNotFit(t *testing.T) {
	r, other := testWallet(t, "secret").Record(), testWallet(t, "other").Record()
	get := func(m *Message, k string) Value { v, _ := m.Get(k); return v }
	access := r.Message("access-control")
	name := access.Commitments().Keys()[0]
	narrow := access.Commitments().Message(name).Set("committed", Strings([]string{"device"}))
	for what, m := range map[string]*Message{
		"no wallet":                     r.Without("wallet"),
		"somebody else's wallet":        r.Set("wallet", get(other, "wallet")),
		"with the address":              r.Set("wallet", get(other, "wallet")).Set("address", get(other, "address")),
		"another address":               r.Set("address", get(other, "address")),
		"another committer":             r.Set("committer", get(other, "committer")),
		"another access control":        r.Set("access-control", get(other, "access-control")),
		"an uncommitted access control": r.Set("access-control", access.Without(CommitmentsKey)),
		"an uncovered address":          r.Set("access-control", access.Set(CommitmentsKey, Of(P(name, narrow)))),
		"a committer that is a path":    r.Set("committer", Binary("../../../x")),
		"no committer":                  r.Without("committer"),
		"no access control":             r.Without("access-control"),
		"a public wallet":               r.Set("wallet", Binary(`{"kty":"OKP","crv":"Ed25519","x":"AA"}`)),
		"nobody required":               r.Set("required-controllers", Int(0)),
		"an unknown place":              r.Set("persist", Binary("cloud")),
		"too many controllers":          r.Set("controllers", Strings(make([]string, 0))).Set("controllers", many(17)),
	} {
		if _, err := ReadRecord(m); !fail.Is(err, fail.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := ReadRecord(r); err != nil {
		t.Error(err)
	}
}

func many(n int) *List {
	out := make([]string, n)
	for i := range out {
		out[i] = Int(i).String()
	}
	return Strings(out)
}

// FuzzRecord reads records of any text: what it takes for one is one.
func FuzzRecord(f *testing.F) {
	text, err := textOf(context.Background(), commit.Env(NoLoader{}), testWallet(f, "secret").Record())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(`{"wallet":"{}"}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := messageOf(context.Background(), text)
		if err != nil {
			return
		}
		w, err := ReadRecord(m)
		if err != nil {
			if fail.Is(err, fail.Internal) {
				t.Fatal(err)
			}
			return
		}
		if again, err := ReadRecord(w.Record()); err != nil || again.KeyID() != w.KeyID() {
			t.Fatal("what was read is not a record:", err)
		}
	})
}
