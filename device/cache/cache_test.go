package cache_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/cache"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

var base = Of(P("device", Binary(cache.Name)))

// asked returns a request for a key, signed by the given addresses.
func asked(key string, signers []string, pairs ...Pair) *Message {
	pairs = append(pairs, P("path", Binary(key)))
	if signers == nil {
		return Of(pairs...)
	}
	committed := make([]string, 0, len(pairs))
	for _, p := range pairs {
		committed = append(committed, p.Key)
	}
	c := Of(P("x", Of(P("committer", Binary(signers[0])), P("committed", Strings(committed)))))
	return ao.WithSigners(Of(append(pairs, P(CommitmentsKey, c))...), signers...)
}

func newBench(t *testing.T) aotest.Bench {
	return aotest.With(t, ao.Services{}, Of(P("cache_writers", Strings([]string{"alice"}))), cache.New())
}

// CONF-STORE-18: in the store of the node itself
func TestWriteAndRead(t *testing.T) {
	b := newBench(t)
	m := b.Message(ao.ResultOf(b.Resolve(t.Context(), base, asked("write", []string{"alice"}, P("body", Binary("bytes"))))))
	b.Want(b.Ask(base, "read", P("target", Binary(m.Text("path")))), Binary("bytes"))
	stored := Of(P("a", Of(P("b", Int(1)))))
	name, err := b.Cache.Write(t.Context(), stored, store.Durable)
	if err != nil {
		t.Fatal(err)
	}
	b.Want(b.Ask(base, "read", P("target", Binary(name))), stored)
	b.Want(b.Ask(base, "read", P("target", Binary("nope"))), NotFound)
	batch := asked("write", []string{"alice"}, P("type", Binary("batch")),
		P("body", Of(P("1", Of(P("body", Binary("one")))), P("2", Of(P("none", Int(1)))))))
	m = b.Message(ao.ResultOf(b.Resolve(t.Context(), base, batch)))
	if v, _ := m.Message("1").Get("status"); v != Value(Int(200)) {
		t.Fatal(v)
	}
	if v, _ := m.Message("2").Get("status"); v != Value(Int(400)) {
		t.Fatal(v)
	}
	link := asked("link", []string{"alice"}, P("source", Binary(name)), P("destination", Binary("names/x")))
	b.Message(ao.ResultOf(b.Resolve(t.Context(), base, link)))
	b.Want(b.Ask(base, "read", P("target", Binary("names/x/a/b"))), Int(1))
}

func TestRefusals(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct {
		req    *Message
		status Int
	}{
		"unsigned write":  {asked("write", nil, P("body", Binary("x"))), 403},
		"stranger writes": {asked("write", []string{"mallory"}, P("body", Binary("x"))), 403},
		"stranger links":  {asked("link", []string{"mallory"}, P("source", Binary("a")), P("destination", Binary("b"))), 403},
		"no body":         {asked("write", []string{"alice"}), 400},
		"message as body": {asked("write", []string{"alice"}, P("body", Of(P("a", Int(1))))), 400},
		"unknown type":    {asked("write", []string{"alice"}, P("type", Binary("moon")), P("body", Binary("x"))), 400},
		"no destination":  {asked("link", []string{"alice"}, P("source", Binary("a"))), 400},
		"no target":       {asked("read", nil), 400},
	} {
		r := ao.ResultOf(b.Resolve(t.Context(), base, c.req))
		m, _ := r.Value.(*Message)
		if v, _ := m.Get("status"); r.Status != ao.Failed || v != Value(c.status) {
			t.Errorf("%s: %s %v", name, r.Status, v)
		}
	}
}

func TestSignatureDoesNotReachFurther(t *testing.T) {
	b := newBench(t)
	signed := asked("write", []string{"alice"}, P("type", Binary("single")))
	answer := asked("write", []string{"alice"}, P("body", Binary("x")), P("status", Int(200)))
	for name, req := range map[string]*Message{
		"a body added to a signed request": signed.Set("body", Binary("x")),
		"an answer sent back as a request": answer,
	} {
		r := ao.ResultOf(b.Resolve(t.Context(), base, req))
		if m, _ := r.Value.(*Message); m.Text("body") != "Not authorized to write to the cache." {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestForgedSignerIsNoWriter(t *testing.T) {
	b := newBench(t)
	forged := Of(P("path", Binary("write")), P("body", Binary("x")), P(CommitmentsKey, Of(P("x", Of(
		P("committer", Binary("alice")), P("committed", Strings([]string{"body"})), P("commitment-device", Binary("httpsig@1.0")),
		P("type", Binary("rsa-pss-sha512")), P("signature", Binary("AAAA")), P("keyid", Binary("publickey:AAAA")))))))
	if r := ao.ResultOf(b.Resolve(t.Context(), base, forged)); r.Status != ao.Failed {
		t.Fatal(r)
	}
}
