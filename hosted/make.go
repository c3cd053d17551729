package hosted

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
)

// maxWaiting bounds the requests that wait for a key to be made.
const maxWaiting = 16

// maker bounds what the making of keys costs (H3): RSA-4096 takes a processor
// for seconds.
type maker struct {
	slot    chan struct{} // held while a key is made: one at a time
	waiting atomic.Int64
	rate    Rate
}

func newMaker() *maker { return &maker{slot: make(chan struct{}, 1)} }

// key makes a key of the kind that the node hosts.
//
// # Errors
//
// [fail.Busy] when too many are asked for, [fail.Timeout] when the request ends
// while it waits, [fail.Invalid] for an unknown hosted_key_type.
func (m *maker) key(ctx context.Context, e *ao.Env) (*keys.PrivateKey, error) {
	const op = "hosted.Generate"
	kind, ok := map[string]keys.Kind{"rsa": keys.RSA, "ed25519": keys.Curve25519, "secp256k1": keys.Secp256k1}[OptKeyType.Text(e)]
	if !ok {
		return nil, fail.New(fail.Invalid, op, "option hosted_key_type is rsa, ed25519 or secp256k1, not %.32q", OptKeyType.Text(e))
	}
	if m.waiting.Add(1) > maxWaiting {
		m.waiting.Add(-1)
		return nil, fail.New(fail.Busy, op, "this node is making other wallets, try again in a minute")
	}
	defer m.waiting.Add(-1)
	select {
	case m.slot <- struct{}{}:
	case <-ctx.Done():
		return nil, fail.New(fail.Timeout, op, "the request ended before a wallet was made")
	}
	defer func() { <-m.slot }()
	return keys.Generate(kind)
}

// admit counts a wallet for a stranger.
//
// # Errors
//
// [fail.Busy] when there have been hosted_per_minute of them.
func (m *maker) admit(e *ao.Env) error {
	if e.Remote() && !m.rate.Take(e.Now(), float64(OptRate.Int(e))) {
		return fail.New(fail.Busy, "hosted.Generate", "this node makes no more wallets now, try again in a minute")
	}
	return nil
}

// Rate is a bucket that holds what a minute permits, and fills within one. The
// zero value is full. It is safe for concurrent use.
type Rate struct {
	mu    sync.Mutex
	spent float64
	last  time.Time
}

// Take takes one out of a bucket of the given size, and reports whether there was
// one.
func (r *Rate) Take(now time.Time, perMinute float64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if passed := now.Sub(r.last).Minutes(); passed > 0 {
		r.spent = max(0, r.spent-passed*perMinute)
		r.last = now
	}
	if r.spent+1 > perMinute {
		return false
	}
	r.spent++
	return true
}
