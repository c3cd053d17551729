package hosted

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// However many ask for keys at once, one is made at a time and few may wait.
//
// SEC-21
func TestKeysAreMadeOneAtATime(t *testing.T) {
	e := aotest.With(t, ao.Services{}, Of(P("hosted_key_type", Binary("ed25519")))).Env
	m := newMaker()
	m.slot <- struct{}{} // a key is being made
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error, maxWaiting+4)
	var all sync.WaitGroup
	for range maxWaiting + 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			_, err := m.key(ctx, e)
			results <- err
		}()
	}
	for range 4 {
		if err := <-results; !fail.Is(err, fail.Busy) {
			t.Errorf("one too many: %v", err)
		}
	}
	cancel()
	all.Wait()
	for range maxWaiting {
		if err := <-results; !fail.Is(err, fail.Timeout) {
			t.Errorf("who gave up waiting: %v", err)
		}
	}
	<-m.slot
	if _, err := m.key(t.Context(), e); err != nil {
		t.Error(err)
	}
	bad := aotest.With(t, ao.Services{}, Of(P("hosted_key_type", Binary("dsa")))).Env
	if _, err := m.key(t.Context(), bad); !fail.Is(err, fail.Invalid) {
		t.Errorf("an unknown kind: %v", err)
	}
}

func TestRate(t *testing.T) {
	var r Rate
	now := time.Unix(1_700_000_000, 0)
	count := func() (n int) {
		for range 20 {
			if r.Take(now, 6) {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		wait time.Duration
		want int
	}{{0, 6}, {0, 0}, {10 * time.Second, 1}, {30 * time.Second, 3}, {time.Hour, 6}, {-time.Hour, 0}} {
		now = now.Add(c.wait)
		if got := count(); got != c.want {
			t.Errorf("after %v: %d, want %d", c.wait, got, c.want)
		}
	}
	var none Rate
	if none.Take(now, 0) {
		t.Error("a rate of nothing")
	}
}
