package usage_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/usage"
)

func TestNothingIsCountedWithoutAMeter(t *testing.T) {
	ctx := context.Background()
	usage.Add(ctx, usage.LuaFuel, 5)
	usage.CPU(ctx)()
	if usage.Of(ctx) != nil || usage.Start(ctx, nil) != nil || usage.Of(ctx).Amounts() != nil {
		t.Fatal("a meter out of nothing")
	}
	ctx, m := usage.With(ctx, nil)
	usage.Add(ctx, usage.LuaFuel, 5)
	m.Note(usage.RequestBytes, 7) // known before it begins
	usage.Start(ctx, nil)
	usage.Add(ctx, usage.LuaFuel, math.MaxUint64-1)
	usage.Add(ctx, usage.LuaFuel, 5) // does not wrap around
	got := usage.Of(ctx).Amounts()
	if got[usage.RequestBytes] != 7 || got[usage.LuaFuel] != math.MaxUint64 {
		t.Fatal(got)
	}
}

func TestBudget(t *testing.T) {
	used := errors.New("used up")
	ctx, cancel := context.WithCancelCause(context.Background())
	ctx, _ = usage.With(ctx, cancel)
	usage.Start(ctx, func(amounts map[usage.Resource]uint64) error {
		if amounts[usage.WASMFuel] > 10 {
			return used
		}
		return nil
	})
	usage.Add(ctx, usage.WASMFuel, 10)
	if ctx.Err() != nil {
		t.Fatal("stopped too early")
	}
	usage.Add(ctx, usage.WASMFuel, 1)
	if context.Cause(ctx) != used {
		t.Fatal(context.Cause(ctx))
	}
}

func TestProcessorTime(t *testing.T) {
	ctx, _ := usage.With(context.Background(), nil)
	usage.Start(ctx, nil)
	stop := usage.CPU(ctx)
	for begin := time.Now(); time.Since(begin) < 20*time.Millisecond; {
	}
	stop()
	if usage.Of(ctx).Amounts()[usage.CPUTime] == 0 {
		t.Fatal("work took no time")
	}
}
