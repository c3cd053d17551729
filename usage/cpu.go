package usage

import (
	"context"
	"runtime"
	"time"
)

// CPU counts the time of the processor from its call to that of the function
// that it returns, which must be in the same goroutine. Work that other
// goroutines do meanwhile is theirs to count.
//
//	defer usage.CPU(ctx)()
func CPU(ctx context.Context) func() {
	m := Of(ctx)
	if m == nil {
		return func() {}
	}
	runtime.LockOSThread() // the clock is that of a thread
	start := threadTime()
	return func() {
		spent := threadTime() - start
		runtime.UnlockOSThread()
		m.count(CPUTime, uint64(max(0, spent)/time.Microsecond))
	}
}
