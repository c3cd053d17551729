package localname_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/localname"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

var base = Of(P("device", Binary(localname.Name)))

func register(signer, key string, v Value) *Message {
	req := Of(P("path", Binary("register")), P("key", Binary(key)), P("value", v),
		P(CommitmentsKey, Of(P("x", Of(P("committer", Binary(signer)), P("committed", Strings([]string{"key", "value"})))))))
	return ao.WithSigners(req, signer)
}

// CONF-PROC-23
func TestRegister(t *testing.T) {
	b := aotest.With(t, ao.Services{}, Of(P("operator", Binary("alice")), P("local_names", Of(P("fixed", Int(1))))), localname.New())
	r := ao.ResultOf(b.Resolve(t.Context(), base, register("mallory", "x", Binary("v"))))
	if m, _ := r.Value.(*Message); r.Status != ao.Failed || m.Text("message") != "Unauthorized." {
		t.Fatal(r)
	}
	b.Want(ao.ResultOf(b.Resolve(t.Context(), base, register("alice", "x", Binary("v")))), Binary("Registered."))
	b.Want(b.Ask(base, "lookup", P("key", Binary("x"))), Binary("v"))
	b.Want(b.Path(base, "x"), Binary("v"))
	b.Want(ao.ResultOf(b.Resolve(t.Context(), base, register("alice", "x", Of(P("a", Int(2)))))), Binary("Registered."))
	b.Want(b.Path(base, "x/a"), Int(2))
	b.Want(b.Path(base, "fixed"), Int(1))
	if r := b.Path(base, "nosuch"); r.Value != Value(NotFound) {
		t.Fatal(r)
	}
	for _, bad := range []*Message{register("alice", "", Binary("v")), register("alice", "a/b", Binary("v")), register("alice", "y", Int(5))} {
		if r := ao.ResultOf(b.Resolve(t.Context(), base, bad)); r.Status != ao.Failed {
			t.Error(r)
		}
	}
}
