package httpauth_test

import (
	"context"
	"encoding/base64"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/httpauth"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

func base(pairs ...Pair) *Message { return Of(append(pairs, P("device", Binary(httpauth.Name)))...) }

func basic(credentials string) Pair {
	return P("authorization", Binary("Basic "+base64.StdEncoding.EncodeToString([]byte(credentials))))
}

// cheap are options under which a derivation takes no time.
func cheap(more ...Pair) *Message {
	return Of(append([]Pair{P("http_auth_iterations", Int(10)), P("http_auth_min_iterations", Int(1))}, more...)...)
}

// The reference's vector (spec 04, 6.5.1).
func TestReferenceSecret(t *testing.T) {
	b := aotest.With(t, ao.Services{}, Of(P("http_auth_salt", Binary("constant"))), httpauth.New())
	const secret = "mlsHMg7--kCo2gyrZxnVvnIW559rzCa2X0d3FuB3yq8h3Gjgd8VD99IC5y4vMRW3VpkFpkbW8Jy0qIzWVF_cvQ"
	b.Want(b.Ask(base(), "generate", P("authorization", Binary("Basic dXNlcjpwYXNz"))), Binary(secret))
	m := b.Message(b.Ask(base(), "commit", basic("user:pass")))
	if who := commit.Committers(m); len(who) != 1 || who[0] != "kElT-lV99oloJEskH2wiq8mZw9ahO94TUHB2GP6fgKs" {
		t.Fatal(who)
	}
}

// One table of passwords does not serve against two nodes.
//
// SEC-14
func TestSaltOfTheNode(t *testing.T) {
	secret := func(config *Message) string {
		key, err := keys.Generate(keys.Curve25519)
		if err != nil {
			t.Fatal(err)
		}
		b := aotest.With(t, ao.Services{Key: key}, config, httpauth.New())
		v := b.OK(b.Ask(base(), "generate", basic("user:pass")))
		b.Want(b.Ask(base(), "generate", basic("user:pass")), v)
		text, _ := Text(v)
		return text
	}
	for name, c := range map[string]struct {
		config *Message
		same   bool
	}{"default": {cheap(), false}, "shared": {cheap(P("http_auth_salt", Binary("ours"))), true}} {
		one, two := secret(c.config), secret(c.config)
		if (one == two) != c.same {
			t.Errorf("%s: %s and %s", name, one, two)
		}
	}
}

// Who asks chooses neither a cost that is no protection nor one that occupies
// the node.
//
// SEC-14
func TestCostIsBounded(t *testing.T) {
	b := aotest.New(t, httpauth.New())
	for name, more := range map[string]Pair{
		"one round": P("iterations", Int(1)), "many": P("iterations", Binary("1000000000000")), "negative": P("iterations", Int(-1)), "no number": P("iterations", Binary("x")),
		"long": P("key-length", Int(1<<20)), "short": P("key-length", Int(1)), "md5": P("alg", Binary("md5")), "salt": P("salt", Binary(make([]byte, 1<<16))),
	} {
		start := time.Now()
		if r := b.Ask(base(), "generate", basic("a:b"), more); r.Status == ao.OK || !fail.Is(r.Err, fail.Invalid) {
			t.Errorf("%s: %s %v", name, r.Status, r.Err)
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("%s: refused after %v", name, took)
		}
	}
}

// SEC-14
func TestDerivationsAreLimited(t *testing.T) {
	now := &clock.Manual{}
	now.Set(time.Unix(1_700_000_000, 0))
	b := aotest.With(t, ao.Services{Clock: now}, cheap(P("http_auth_per_minute", Int(3))), httpauth.New())
	remote := b.WithRemote()
	ask := func(user string) ao.Result {
		return ao.ResultOf(remote.Resolve(t.Context(), base(), Of(P("path", Binary("generate")), basic(user+":p"))))
	}
	for _, user := range []string{"a", "b", "c"} {
		b.OK(ask(user))
	}
	if r := ask("d"); !fail.Is(r.Err, fail.Busy) {
		t.Errorf("a fourth password: %s %v", r.Status, r.Err)
	}
	b.OK(ask("a")) // is known, and costs nothing
	now.Set(now.Now().Add(time.Minute))
	b.OK(ask("d"))
}

// SEC-14
func TestOneDerivationAtATime(t *testing.T) {
	b := aotest.With(t, ao.Services{}, Of(P("http_auth_iterations", Int(200_000)), P("http_auth_min_iterations", Int(1))), httpauth.New())
	var all sync.WaitGroup
	for i := range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			if r := b.Ask(base(), "generate", basic(Int(i).String()+":p")); r.Status != ao.OK {
				t.Errorf("%d: %v", i, r.Err)
			}
		}()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Resolve(ctx, base(), Of(P("path", Binary("generate")), basic("x:y"))); err == nil {
		t.Error("a request that has ended gets a secret")
	}
	all.Wait()
}

func TestChallenge(t *testing.T) {
	b := aotest.With(t, ao.Services{}, cheap(), httpauth.New())
	for _, key := range []string{"generate", "commit", "verify"} {
		r := b.Ask(base(), key)
		m, _ := r.Value.(*Message)
		if status, _ := m.Get("status"); r.Status != ao.Failed || status != Value(Int(401)) || m.Text("www-authenticate") != "Basic" || m.Text("details") != "No authorization header provided." {
			t.Errorf("%s: %s %v", key, r.Status, m)
		}
		for _, bad := range []string{"Bearer x", "Basic !!!", "Basic", "Basic "} {
			r := b.Ask(base(), key, P("authorization", Binary(bad)))
			m, _ := r.Value.(*Message)
			if status, _ := m.Get("status"); status != Value(Int(400)) {
				t.Errorf("%s, %q: %v", key, bad, m)
			}
		}
	}
	b.Want(b.Ask(base(), "generate", basic("a:b"), P("raw", True)), Binary("a:b"))
	b.Want(b.Ask(base(), "generate", P("secret", Binary("given"))), Binary("given"))
	for _, more := range []Pair{P("alg", Binary("sha512")), P("salt", Binary("other")), P("iterations", Int(11)), P("key-length", Int(32))} {
		if b.OK(b.Ask(base(), "generate", basic("a:b"), more)) == b.OK(b.Ask(base(), "generate", basic("a:b"))) {
			t.Errorf("%s changes nothing", more.Key)
		}
	}
}

// SEC-15
func TestVerifyVerifies(t *testing.T) {
	b := aotest.With(t, ao.Services{}, cheap(), httpauth.New())
	m := b.Message(b.Ask(base(P("a", Int(1))), "commit", basic("user:pass")))
	who := commit.Committers(m)[0]
	for _, c := range []struct {
		name string
		m    *Message
		more []Pair
		want Value
	}{
		{"right", m, []Pair{basic("user:pass")}, True},
		{"right, named", m, []Pair{basic("user:pass"), P("committer", Binary(who))}, True},
		{"wrong password", m, []Pair{basic("user:Pass")}, False},
		{"wrong password, named", m, []Pair{basic("user:Pass"), P("committer", Binary(who))}, False},
		{"another committer", m, []Pair{basic("user:pass"), P("committer", Binary(hosted.Committer("x")))}, False},
		{"changed", m.Set("a", Int(2)), []Pair{basic("user:pass")}, False},
		{"not committed", m.Without(CommitmentsKey), []Pair{basic("user:pass")}, False},
	} {
		if r := b.Ask(c.m, "verify", c.more...); b.OK(r) != c.want {
			t.Errorf("%s: %v", c.name, r.Value)
		}
	}
}

// FuzzAuthorization finds no header field that is more than a refusal or a
// secret.
func FuzzAuthorization(f *testing.F) {
	for _, s := range []string{"", "Basic dXNlcjpwYXNz", "basic  dTpw", "Basic ", "Bearer x", "Basic \x00"} {
		f.Add(s)
	}
	b := aotest.With(f, ao.Services{}, Of(P("http_auth_iterations", Int(1)), P("http_auth_min_iterations", Int(1))), httpauth.New())
	f.Fuzz(func(t *testing.T, header string) {
		r := b.Ask(base(), "generate", P("authorization", Binary(header)))
		if text, ok := Text(r.Value); r.Status == ao.OK && (!ok || len(text) != 86) || fail.Is(r.Err, fail.Internal) {
			t.Fatalf("%q: %s %v %v", header, r.Status, r.Value, r.Err)
		}
	})
}

// What checking a password costs that has not been checked lately, and one that
// has.
//
// CONF-AUTH-05
func BenchmarkSecret(b *testing.B) {
	for name, known := range map[string]bool{"new": false, "known": true} {
		b.Run(name, func(b *testing.B) {
			bench := aotest.New(b, httpauth.New())
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				user := "user"
				if !known {
					user = Int(i).String()
				}
				bench.OK(bench.Ask(base(), "generate", basic(user+":pass")))
			}
		})
	}
}
