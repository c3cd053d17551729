package route

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Reply is the answer of a node.
type Reply struct {
	Peer    string // URL of the node
	Status  int    // of HTTP
	Message *message.Message
}

// Result returns the whole message of a reply as a result: what is below 400
// and not 201 is ok (spec 02, 14.3).
//
// # Errors
//
// An [*ao.Outcome] with the message for other statuses.
func (r Reply) Result() (message.Value, error) {
	switch {
	case r.Status == 201:
		return nil, &ao.Outcome{Status: ao.Created, Value: r.Message}
	case r.Status < 400:
		return r.Message, nil
	case r.Status < 500:
		return nil, &ao.Outcome{Status: ao.Failed, Value: r.Message}
	}
	return nil, &ao.Outcome{Status: ao.Failure, Value: r.Message}
}

// Exchanger sends one request message to a node and returns what it answered,
// whatever the status. "path" and "method" of the request say what is asked. An
// error means that there is no answer.
type Exchanger interface {
	Exchange(ctx context.Context, node string, req *message.Message) (Reply, error)
}

// Options are what routing works with.
type Options struct {
	// Peers reaches the nodes of the operator's routes. Required.
	Peers Exchanger
	// Strangers reaches whatever else requests name. Its connections must go
	// through a [Guard], and it must not share them with Peers. Required.
	Strangers Exchanger
	// Key signs requests that the operator's hooks ask to have signed. It must
	// not be the node's own: whoever the request is sent to can send it on to
	// this node (SEC-11). Nil signs none.
	Key *keys.PrivateKey

	// Observe is called after each exchange with how it went; status is 0 when
	// there was no answer. Nil does not look.
	Observe func(method string, trusted bool, status int, took time.Duration)

	Clock clock.Clock  // nil is the system clock
	Dice  Dice         // of random strategies; nil is the machine's
	Log   *slog.Logger // nil discards
}

// Service routes messages. All methods may be called concurrently.
type Service struct {
	Options
	patterns patterns
	added    additions
	health   health
	slots    chan struct{} // of work in the background

	running sync.WaitGroup
	done    context.Context
	stop    context.CancelFunc
}

// Background bounds the requests that are under way without a caller.
const Background = 256

// New returns a service. It must be closed.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Dice == nil {
		o.Dice = system{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{Options: o, slots: make(chan struct{}, Background)}
	s.done, s.stop = context.WithCancel(context.Background())
	return s
}

// Close cancels what is under way in the background and waits for it.
func (s *Service) Close() error {
	s.stop()
	s.running.Wait()
	return nil
}

// Go runs f in the background, and reports whether there was room for it
// ([Background]). The context of f has the values of ctx, outlives it, and ends
// when the service is closed.
func (s *Service) Go(ctx context.Context, f func(ctx context.Context)) bool {
	select {
	case s.slots <- struct{}{}:
	default:
		return false
	}
	if s.done.Err() != nil {
		<-s.slots
		return false
	}
	s.running.Add(1)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(s.done, cancel)
	go func() {
		defer func() {
			unhook()
			cancel()
			<-s.slots
			s.running.Done()
		}()
		f(ctx)
	}()
	return true
}
