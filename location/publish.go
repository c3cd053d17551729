package location

import (
	"context"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Path is where records are sent to and read.
const Path = "/~scheduler@1.0/location"

// Own is what a record of this node is to say. Zero fields are left to the node.
type Own struct {
	URL   string
	Nonce *int64        // nil is one more than that of the record before
	TTL   time.Duration // 0 is the option scheduler_location_ttl
	Codec string        // of the signature; "" is httpsig@1.0
}

// Publish makes and keeps a record of this node, sends it to the peers that the
// operator has named, and renews it in time as long as the node runs. Peers are
// told in the background.
//
// # Errors
//
// [*Stale] when the nonce does not rise (L2), [fail.Invalid] for a URL that is
// none, [fail.Unavailable] when the node has no key; those of the store.
func (s *Service) Publish(ctx context.Context, env *ao.Env, o Own) (Record, error) {
	if s.Key == nil {
		return Record{}, fail.New(fail.Unavailable, "location.Publish", "the node has no wallet to sign a location record with")
	}
	if o.URL == "" {
		o.URL = ownURL(env)
	}
	url, err := NodeURL(o.URL)
	if err != nil {
		return Record{}, err
	}
	if o.TTL == 0 {
		o.TTL = OptTTL.Milliseconds(env)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	existing := int64(-1)
	if was, _, err := s.kept(ctx, env, s.Address()); err == nil {
		existing = was.Nonce
	} else if !fail.Is(err, fail.NotFound) && !fail.Is(err, fail.Invalid) {
		return Record{}, err
	}
	nonce := existing + 1
	if o.Nonce != nil {
		nonce = *o.Nonce
	}
	if nonce <= existing {
		return Record{}, &Stale{nonce, existing}
	}
	spec := commit.Spec{Device: o.Codec}
	codecName := o.Codec
	if codecName == "" {
		codecName = "httpsig@1.0"
	}
	m, err := commit.Commit(ctx, env.Codec(), message.Of(
		message.P("data-protocol", message.Binary("ao")),
		message.P("variant", message.Binary(schedule.Mainnet)),
		message.P("type", message.Binary("scheduler-location")),
		message.P("url", message.Binary(url)),
		message.P("nonce", message.Int(nonce)),
		message.P("time-to-live", message.Int(o.TTL.Milliseconds())),
		message.P("codec-device", message.Binary(codecName))), s.Key, spec)
	if err != nil {
		return Record{}, err
	}
	r, err := Parse(m)
	if err != nil {
		return r, err
	}
	if err := s.keep(ctx, s.Address(), r); err != nil {
		return r, err
	}
	s.tell(env, r, o)
	s.renewLater(env, o, r.TTL)
	return r, nil
}

// ownURL returns where this node listens, as far as it knows.
func ownURL(env *ao.Env) string {
	host := env.Config().Text("host")
	if host == "" {
		host = "localhost"
	}
	port := int64(8734)
	if v, ok := env.Config().Get("port"); ok {
		if n, ok := message.AsInt(v); ok {
			port = n
		}
	}
	return "http://" + net.JoinHostPort(host, strconv.FormatInt(port, 10))
}

// renewLater publishes the record again when half of its time has passed. The
// mutex is held.
func (s *Service) renewLater(env *ao.Env, o Own, ttl time.Duration) {
	if s.closed || ttl < time.Minute {
		return
	}
	if s.renew != nil {
		s.renew.Stop()
	}
	o.Nonce = nil
	s.renew = time.AfterFunc(ttl/2, func() {
		if _, err := s.Publish(s.ctx, env, o); err != nil && s.ctx.Err() == nil {
			s.Log.Warn("the location record of the node could not be renewed", "error", err)
		}
	})
}

// tell sends a record to the peers of the option scheduler_location_notify_peers
// in the background. The mutex is held.
func (s *Service) tell(env *ao.Env, r Record, o Own) {
	if s.Peers == nil || s.closed {
		return
	}
	for _, peer := range schedule.Addresses(OptNotify.In(env)) {
		s.done.Go(func() {
			err := s.notify(env, peer, r)
			var stale *Stale
			if errors.As(err, &stale) {
				err = s.catchUp(env, peer, stale.Existing, o)
			}
			if err != nil && s.ctx.Err() == nil {
				s.Log.Warn("a peer did not take the location record of the node", "peer", peer, "error", err)
			}
		})
	}
}

// notify sends a record to a peer. A [*Stale] error has what the peer says it
// knows.
func (s *Service) notify(env *ao.Env, peer string, r Record) error {
	// Its key "codec-device" would be read as that of the request.
	v, err := s.Peers.SendTo(s.ctx, env, peer, message.Of(
		message.P("path", message.Binary(Path)), message.P("method", message.Binary("POST")),
		message.P("target", message.Binary("body")), message.P("body", r.Message)))
	var o *ao.Outcome
	if errors.As(err, &o) {
		v = o.Value
	}
	if m, ok := v.(*message.Message); ok {
		status, _ := m.Get("status")
		n, _ := message.AsInt(status)
		if existing, ok := m.Get("existing-nonce"); ok && n == 400 {
			known, _ := message.AsInt(existing)
			return &Stale{r.Nonce, known}
		}
	}
	return err
}

// catchUp publishes a record with a higher nonce when a peer has a record of
// this node that this node has lost. Its signature is what is believed, not the
// peer.
func (s *Service) catchUp(env *ao.Env, peer string, claimed int64, o Own) error {
	v, err := s.Peers.SendTo(s.ctx, env, peer, message.Of(
		message.P("path", message.Binary(Path+"?address="+s.Address())), message.P("method", message.Binary("GET"))))
	if err != nil {
		return err
	}
	m, _ := v.(*message.Message)
	theirs, err := SignedBy(s.ctx, env.Codec(), m.Message("body"), s.Address())
	if err != nil {
		return err
	}
	if theirs.Nonce < claimed {
		return fail.New(fail.Upstream, "location.Publish", "%s says it knows a record with the nonce %d, but shows one with %d", peer, claimed, theirs.Nonce)
	}
	next := theirs.Nonce + 1
	o.Nonce = &next
	_, err = s.Publish(s.ctx, env, o)
	var stale *Stale
	if errors.As(err, &stale) { // another peer has told the same
		return nil
	}
	return err
}
