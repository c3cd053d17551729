package faff_test

import (
	"context"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/faff"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// Everyone who signed must be on the list, and somebody must have signed.
//
// SEC-06
func TestEstimate(t *testing.T) {
	var who [3]*keys.PrivateKey
	for i := range who {
		var err error
		if who[i], err = keys.Generate(keys.Curve25519); err != nil {
			t.Fatal(err)
		}
	}
	signed := func(by ...int) *Message {
		m := Of(P("path", Binary("/a")))
		for _, i := range by {
			var err error
			if m, err = commit.Commit(context.Background(), commit.Env(NoLoader{}), m, who[i], commit.Spec{Committed: []string{"path"}}); err != nil {
				t.Fatal(err)
			}
		}
		return m
	}
	b := aotest.With(t, ao.Services{}, Of(P("faff_allow_list", NewList(Binary(who[0].Address()), Binary(who[1].Address())))), faff.New())
	base := Of(P("device", Binary(faff.Name)))
	for _, c := range []struct {
		request *Message
		want    Value
	}{
		{signed(0), Int(0)}, {signed(1), Int(0)}, {signed(0, 1), Int(0)},
		{signed(2), Binary("infinity")}, {signed(0, 2), Binary("infinity")}, {signed(), Binary("infinity")},
		{signed(0).Set("path", Binary("/changed")), Binary("infinity")},
	} {
		b.Want(b.Ask(base, "estimate", P("request", c.request)), c.want)
	}
	b.Want(b.Ask(base, "charge"), True)
	if r := b.Ask(base, "estimate"); r.Status == ao.OK {
		t.Error("an estimate of nothing:", r.Value)
	}
}
