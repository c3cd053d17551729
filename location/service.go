package location

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Peers sends requests to the nodes that the operator names: the gateway, and
// those that are notified of records.
type Peers interface {
	// SendTo sends a request to the node at a URL and returns its answer; one
	// with another status than "ok" is an [*ao.Outcome].
	SendTo(ctx context.Context, env *ao.Env, node string, req *message.Message) (message.Value, error)
}

// Options are what a Service works with.
type Options struct {
	Store store.Store      // Required; the one of Cache.
	Cache *cache.Cache     // Required.
	Peers Peers            // nil asks and notifies nobody
	Key   *keys.PrivateKey // signs the records of the node; nil makes none
	Clock clock.Clock      // nil is the system clock
	Log   *slog.Logger     // nil discards
}

// Service keeps location records. All methods may be called concurrently.
type Service struct {
	Options
	ctx    context.Context // of notifications
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu     sync.Mutex           // serializes changes of records
	failed map[string]time.Time // addresses that the gateway did not know, until when it is not asked again
	lookup sync.Mutex           // guards failed
	renew  *time.Timer
	closed bool
}

// New returns a service. It must be closed.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{Options: o, failed: map[string]time.Time{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Close ends notifications that are under way.
func (s *Service) Close() error {
	s.mu.Lock()
	s.closed = true
	if s.renew != nil {
		s.renew.Stop()
	}
	s.mu.Unlock()
	s.cancel()
	s.done.Wait()
	return nil
}

// Address returns the address that the node publishes records for, "" without a
// key.
func (s *Service) Address() string {
	if s.Key == nil {
		return ""
	}
	return s.Key.Address()
}

const (
	locationsDir = "~scheduler@1.0/locations/"
	receivedDir  = "~scheduler@1.0/received/"
)

// kept returns the record that is stored for an address, and whether it is still
// to be believed (L3).
func (s *Service) kept(ctx context.Context, env *ao.Env, address string) (r Record, fresh bool, err error) {
	if !isAddress(address) {
		return r, false, fail.New(fail.NotFound, "location.Find", "%.64q is not an address", address)
	}
	v, err := s.Cache.Read(ctx, locationsDir+address)
	if err != nil {
		return r, false, err
	}
	m, _ := v.(*message.Message)
	if r, err = Parse(m); err != nil {
		return r, false, err
	}
	if r.TTL == 0 {
		r.TTL = OptTTL.Milliseconds(env)
	}
	since, err := s.received(ctx, address)
	return r, err == nil && s.Clock.Now().Before(since.Add(r.TTL)), err
}

// received returns when the record of an address came. One of which that is not
// known, because something else has stored it, has come now.
func (s *Service) received(ctx context.Context, address string) (time.Time, error) {
	text, err := s.Store.Target(ctx, receivedDir+address)
	if err != nil && !fail.Is(err, fail.NotFound) {
		return time.Time{}, err
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms), nil
	}
	return s.Clock.Now(), s.arrived(ctx, address)
}

// arrived notes that the record of an address has come now.
func (s *Service) arrived(ctx context.Context, address string) error {
	return s.Store.Link(ctx, receivedDir+address, strconv.FormatInt(s.Clock.Now().UnixMilli(), 10))
}

// keep stores a verified record.
func (s *Service) keep(ctx context.Context, address string, r Record) error {
	if err := s.arrived(ctx, address); err != nil {
		return err
	}
	_, err := s.Cache.Write(ctx, r.Message, store.Durable, locationsDir+address)
	return err
}

// Known returns the record of an address that is stored here and still holds.
//
// # Errors
//
// [fail.NotFound] when there is none; those of the store.
func (s *Service) Known(ctx context.Context, env *ao.Env, address string) (Record, error) {
	r, fresh, err := s.kept(ctx, env, address)
	if err == nil && !fresh {
		err = fail.New(fail.NotFound, "location.Known", "the location record of %s has run out", address).At(address)
	}
	return r, err
}

// Stale is the error of a record that does not rise above the one that is known.
type Stale struct {
	Requested, Existing int64 // nonces
}

// Error describes the error.
func (e *Stale) Error() string { return "Known nonce higher than requested nonce." }

// Accept keeps a record that somebody sent, for each address that has signed it.
// The same record may come again.
//
// # Errors
//
// [fail.Invalid] and [fail.Unauthorized] for what is no record of its signers;
// [*Stale] when a record with the same nonce or a higher one is known (L2);
// those of the store.
func (s *Service) Accept(ctx context.Context, env *ao.Env, m *message.Message) (Record, error) {
	addresses := commit.Committers(m)
	if len(addresses) == 0 {
		return Record{}, fail.New(fail.Unauthorized, "location.Accept", "a location record must be signed by the address it is about")
	}
	var r Record
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, address := range addresses {
		var err error
		if r, err = SignedBy(ctx, env.Codec(), m, address); err != nil {
			return Record{}, err
		}
		if err = s.replace(ctx, env, address, r, false); err != nil {
			return Record{}, err
		}
	}
	return r, nil
}

// replace keeps a record if its nonce is higher than that of the one before;
// with orEqual an equal one will do. The mutex is held.
func (s *Service) replace(ctx context.Context, env *ao.Env, address string, r Record, orEqual bool) error {
	was, _, err := s.kept(ctx, env, address)
	if err != nil && !fail.Is(err, fail.NotFound) && !fail.Is(err, fail.Invalid) {
		return err
	}
	if err == nil {
		a, errA := commit.SignedID(ctx, was.Message)
		b, errB := commit.SignedID(ctx, r.Message)
		same := errA == nil && errB == nil && a == b
		if same && !orEqual {
			return nil // a record that is sent again does not live longer
		}
		if r.Nonce < was.Nonce || r.Nonce == was.Nonce && !orEqual {
			return &Stale{r.Nonce, was.Nonce}
		}
	}
	return s.keep(ctx, address, r)
}

// Find returns where an address can be reached: by the stored record while it
// holds, else by what the gateway knows, else by the stored one after all.
//
// # Errors
//
// [fail.NotFound] when nobody knows; those of the store.
func (s *Service) Find(ctx context.Context, env *ao.Env, address string) (Record, error) {
	r, fresh, err := s.kept(ctx, env, address)
	switch {
	case err == nil && fresh:
		return r, nil
	case err != nil && !fail.Is(err, fail.NotFound) && !fail.Is(err, fail.Invalid):
		return r, err
	}
	known := err == nil
	if newer, err := s.ask(ctx, env, address); err == nil {
		return newer, nil
	} else if !known {
		return r, err
	}
	return r, nil
}
