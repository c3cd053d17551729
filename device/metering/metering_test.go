package metering_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/metering"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/usage"
)

func rates(pairs ...Pair) *Message { return Of(P("metering_rates", Of(pairs...))) }

func ask(t *testing.T, ctx context.Context, b aotest.Bench, key string, more ...Pair) Value {
	t.Helper()
	v, err := b.Resolve(ctx, Of(P("device", Binary(metering.Name))), Of(append(more, P("path", Binary(key)))...))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// CONF-NEW-11
func TestMeter(t *testing.T) {
	b := aotest.With(t, ao.Services{}, rates(P("lua-fuel", Int(3)), P("response-bytes", Int(2))), metering.New())
	bare := context.Background()
	usage.Add(bare, usage.LuaFuel, 5) // no session: nothing happens
	if v := ask(t, bare, b, "price"); v != Value(Int(0)) {
		t.Error("without a session:", v)
	}
	ctx, _ := usage.With(bare, nil)
	usage.Add(ctx, usage.LuaFuel, 5) // not begun
	if v := ask(t, ctx, b, "estimate"); v != Value(Int(0)) {
		t.Error("estimate:", v)
	}
	usage.Add(ctx, usage.LuaFuel, 5)
	usage.Add(ctx, usage.WASMFuel, 1_000_000) // has no rate
	if v := ask(t, ctx, b, "price", P("body", Of())); v != Value(Int(15)) {
		t.Error("5 units at 3:", v)
	}
	for _, key := range []string{"consume", "add", "count"} {
		if r := b.Ask(Of(P("device", Binary(metering.Name))), key, P("resource", Binary("lua-fuel")), P("amount", Int(7))); r.Status == ao.OK {
			t.Errorf("%s is a key: %v", key, r.Value)
		}
	}
}

// CONF-NEW-11
func TestResponseBytesGrow(t *testing.T) {
	b := aotest.With(t, ao.Services{}, rates(P("response-bytes", Int(2))), metering.New())
	for n, want := range map[int]int64{0: 8, 10: 28, 1000: 2008} {
		ctx, _ := usage.With(context.Background(), nil)
		ask(t, ctx, b, "estimate")
		if v := ask(t, ctx, b, "price", P("body", Of(P("body", Binary(strings.Repeat("x", n)))))); v != Value(Int(want)) {
			t.Errorf("%d bytes: %v, want %d", n, v, want)
		}
	}
}

func TestDeposit(t *testing.T) {
	config := rates(P("lua-fuel", Int(3))).Set("metering_deposit", Int(100))
	b := aotest.With(t, ao.Services{}, config, metering.New())
	ctx, cancel := context.WithCancelCause(context.Background())
	ctx, _ = usage.With(ctx, cancel)
	if v := ask(t, ctx, b, "estimate"); v != Value(Int(100)) {
		t.Fatal(v)
	}
	usage.Add(ctx, usage.LuaFuel, 33)
	if ctx.Err() != nil {
		t.Fatal("stopped within its budget")
	}
	usage.Add(ctx, usage.LuaFuel, 1)
	if !fail.Is(context.Cause(ctx), fail.Payment) {
		t.Fatal(context.Cause(ctx))
	}
	if v := ask(t, context.WithoutCancel(ctx), b, "price"); v != Value(Int(100)) {
		t.Error("more than the deposit:", v)
	}
}

func TestBadOptions(t *testing.T) {
	for name, config := range map[string]*Message{
		"negative rate":    rates(P("lua-fuel", Int(-3))),
		"text":             rates(P("lua-fuel", Binary("much"))),
		"negative deposit": Of(P("metering_deposit", Int(-1))),
		"no message":       Of(P("metering_rates", Int(1))),
	} {
		b := aotest.With(t, ao.Services{}, config, metering.New())
		if r := b.Ask(Of(P("device", Binary(metering.Name))), "estimate"); r.Status == ao.OK {
			t.Errorf("%s: %v", name, r.Value)
		}
	}
}
