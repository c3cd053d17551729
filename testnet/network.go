package testnet

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Conditions say what a [Link] does to requests. Shares are from 0 to 1. The
// zero value passes everything on.
type Conditions struct {
	Cut          bool          // nothing passes
	LoseRequests float64       // share of the requests that do not arrive
	LoseAnswers  float64       // share that arrive, and whose answers do not come back
	Twice        float64       // share that arrive twice; the second answer is lost
	Delay        time.Duration // before a request arrives
	Jitter       time.Duration // most that is added to Delay at random; requests overtake each other
}

// Link is the way from one node to another. It is safe for concurrent use.
type Link struct {
	mu        sync.Mutex
	is        Conditions
	random    *rand.Rand
	carried   int64
	suspended context.Context // ends when the link is cut
	cut       context.CancelFunc
}

func newLink(seed uint64, from, to int) *Link {
	l := &Link{random: rand.New(rand.NewPCG(seed, uint64(from)<<32|uint64(to)))}
	l.suspended, l.cut = context.WithCancel(context.Background())
	return l
}

// Set changes the conditions. A cut also ends what is under way.
func (l *Link) Set(c Conditions) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.Cut {
		l.cut()
	} else if l.suspended.Err() != nil {
		l.suspended, l.cut = context.WithCancel(context.Background())
	}
	l.is = c
}

// Conditions returns the conditions.
func (l *Link) Conditions() Conditions {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.is
}

// Carried returns how many requests have been given to the link.
func (l *Link) Carried() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.carried
}

// fate is what becomes of one request.
type fate struct {
	cut, loseRequest, loseAnswer, twice bool
	wait                                time.Duration
	suspended                           context.Context
}

func (l *Link) fate() fate {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.carried++
	f := fate{cut: l.is.Cut, wait: l.is.Delay, suspended: l.suspended}
	f.loseRequest = l.random.Float64() < l.is.LoseRequests
	f.loseAnswer = l.random.Float64() < l.is.LoseAnswers
	f.twice = l.random.Float64() < l.is.Twice
	if l.is.Jitter > 0 {
		f.wait += time.Duration(l.random.Int64N(int64(l.is.Jitter)))
	}
	return f
}

// send gives a request to next under the conditions of the link.
func (l *Link) send(req *http.Request, next http.RoundTripper) (*http.Response, error) {
	f := l.fate()
	if f.cut || f.loseRequest {
		return nil, lost(req, "the network lost the request")
	}
	return until(f.suspended, req, func(req *http.Request) (*http.Response, error) {
		if f.wait > 0 {
			select {
			case <-time.After(f.wait):
			case <-req.Context().Done():
				return nil, req.Context().Err()
			}
		}
		res, err := next.RoundTrip(req)
		if err == nil && f.twice {
			err = again(req, next)
		}
		if err == nil && f.loseAnswer {
			err = lost(req, "the network lost the answer")
		}
		if err != nil && res != nil {
			_ = res.Body.Close()
		}
		return res, err
	})
}

// again delivers a request that has been delivered before.
func again(req *http.Request, next http.RoundTripper) error {
	twin := req.Clone(req.Context())
	switch {
	case req.GetBody != nil:
		var err error
		if twin.Body, err = req.GetBody(); err != nil {
			return err
		}
	case req.Body != nil && req.Body != http.NoBody:
		return nil // nobody can read it twice
	}
	res, err := next.RoundTrip(twin)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

func lost(req *http.Request, why string) error {
	return fail.New(fail.Unavailable, "testnet.Link", "%s", why).At(req.URL.Host)
}
