package snp_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	device "github.com/hyperbeam-go/hyperbeam/device/snp"
	"github.com/hyperbeam-go/hyperbeam/internal/curltest"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/sevtest"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
	"github.com/hyperbeam-go/hyperbeam/tee/snp/snptest"
)

var ctx = context.Background()

func text(s string) Value { return Binary(s) }

// CONF-TEE-03, CONF-TEE-07: a node in a machine attests itself over HTTP, and one
// that is in none judges it.
func TestAttestationOverHTTP(t *testing.T) {
	root, wallet := snptest.NewRoot(t), must.Key(t)
	_, prover := sevtest.Start(t, sevtest.Machine(t, root), root, wallet)
	_, verifier := sevtest.Start(t, snp.Hardware(), root, must.Key(t))
	c := client.New(client.Options{})
	defer c.Close()
	get := func(url, path string, more ...Pair) *client.Reply {
		t.Helper()
		rep, err := c.Do(ctx, url, Of(append(more, P("path", text(path)), P("method", text("GET")))...))
		if err != nil {
			t.Fatal(err)
		}
		return rep
	}
	// A configuration with a history, which is part of what is attested.
	if rep, err := c.SignAndDo(ctx, prover, Of(P("path", text("/~meta@1.0/info")), P("method", text("POST")), P("x-opt", Of(P("a", NewList(Int(1), True))))), wallet, commit.Spec{}); err != nil || rep.Status != 200 {
		t.Fatal(err, rep)
	}
	a := get(prover, "/~snp@1.0/generate", P("accept-bundle", True))
	if a.Status != 200 || len(a.Signers) != 1 || a.Signers[0] != a.Message.Text("address") {
		t.Fatal(a.Status, a.Body)
	}
	verify := func(m *Message, path string) *client.Reply {
		t.Helper()
		rep, err := c.Do(ctx, verifier, m.Set("path", text(path)).Set("method", text("POST")))
		if err != nil {
			t.Fatal(err)
		}
		return rep
	}
	if rep := verify(a.Message, "/~snp@1.0/verify"); rep.Status != 200 || rep.Body != "true" {
		t.Error("as request:", rep.Status, rep.Body, rep.Message.Text("reason"))
	}
	if rep := verify(Of(P("body", a.Message)), "/~snp@1.0/verify"); rep.Status != 200 || rep.Body != "true" {
		t.Error("as body:", rep.Status, rep.Body, rep.Message.Text("reason"))
	}
	if rep := verify(a.Message, "/~snp@1.0/verify?challenge=x"); rep.Status != 400 || rep.Message.Text("body") != "challenge_mismatch" {
		t.Error("a challenge that it does not have:", rep.Status, rep.Body)
	}
	if rep := verify(Of(), "/~snp@1.0/verify"); rep.Status != 400 {
		t.Error("nothing:", rep.Status, rep.Body)
	}
	if rep := get(verifier, "/~snp@1.0/generate"); rep.Status != 503 || !strings.Contains(rep.Body, "/dev/sev-guest") {
		t.Error("no hardware:", rep.Status, rep.Body)
	}
	if rep := get(verifier, "/~snp@1.0/info/hardware"); !strings.Contains(rep.Body, "SEV-SNP guest") {
		t.Error(rep.Body)
	}
	if rep := get(prover, "/~snp@1.0/info/hardware"); rep.Body != "available" {
		t.Error(rep.Body)
	}
}

// SEC-16: over HTTP, a copied report attests nobody else.
func TestCopiedReportOverHTTP(t *testing.T) {
	root, thief := snptest.NewRoot(t), must.Key(t)
	_, url := sevtest.Start(t, sevtest.Machine(t, root), root, must.Key(t))
	c := client.New(client.Options{})
	defer c.Close()
	a, err := c.Do(ctx, url, Of(P("path", text("/~snp@1.0/generate")), P("method", text("GET")), P("accept-bundle", True)))
	if err != nil || a.Status != 200 {
		t.Fatal(err, a)
	}
	bare := a.Message.Without("commitments", "status")
	for name, m := range map[string]*Message{
		"as its own":     bare.Set("address", text(thief.Address())),
		"as the other's": bare,
	} {
		rep, err := c.SignAndDo(ctx, url, m.Set("path", text("/~snp@1.0/verify")).Set("method", text("POST")), thief, commit.Spec{})
		if err != nil || rep.Status != 400 || rep.Message.Text("body") == "true" {
			t.Errorf("%s: %v %+v", name, err, rep)
		}
	}
}

// The lines that the documentation shows.
func TestDocumentedLines(t *testing.T) {
	root := snptest.NewRoot(t)
	_, url := sevtest.Start(t, sevtest.Machine(t, root), root, must.Key(t))
	answers := curltest.Run(t, device.New(nil).Doc, url)
	for i, want := range []string{"", "true", "true", "available"} {
		if i < len(answers) && answers[i].Body != want {
			t.Errorf("curl %s: %s", answers[i].Line, answers[i].Body)
		}
	}
}
