package node

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/meta"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// settings is the configuration in force, as a typed value and as a message,
// and the signed requests that changed it. Changes are kept in the store before
// they are acknowledged, and applied again when the node starts.
type settings struct {
	cache *cache.Cache

	mu      sync.Mutex // one change at a time
	history []message.Value
	state   *message.Message // what devices show of themselves
	current atomic.Pointer[inForce]
}

type inForce struct {
	config  Config
	message *message.Message
}

// historyName is the cache name of the history; entries are numbered from 1.
const historyName = "node/configuration"

func newSettings(ctx context.Context, c Config, kept *cache.Cache) (*settings, error) {
	s := &settings{cache: kept, state: message.Empty()}
	numbers, err := kept.ListNumbered(ctx, historyName)
	if err != nil {
		return nil, err
	}
	for _, n := range numbers {
		v, err := kept.Read(ctx, historyName+"/"+strconv.FormatInt(n, 10))
		if err != nil {
			return nil, err
		}
		signed, ok := v.(*message.Message)
		if !ok {
			return nil, fail.New(fail.Internal, "node.Open", "configuration change %d is not a message", n)
		}
		if err := c.Apply(meta.Changes(signed)); err != nil {
			return nil, fail.New(fail.Invalid, "node.Open", "configuration change %d does not apply any longer: %w", n, err)
		}
		s.history = append(s.history, signed)
	}
	s.put(c)
	return s, nil
}

// Config returns the configuration in force.
func (s *settings) Config() Config { return s.current.Load().config }

// Message returns the node message in force. It is the same pointer until the
// configuration changes.
func (s *settings) Message() *message.Message { return s.current.Load().message }

func (s *settings) put(c Config) {
	m := c.Message().Merge(s.state)
	if len(s.history) > 0 {
		m = m.Set("node_history", message.NewList(s.history...))
	}
	s.current.Store(&inForce{c, m})
}

// Publish shows options in the node message until the node stops. They are the
// state of a device and not configuration: they are kept nowhere, and win over
// options of the same name.
func (s *settings) Publish(options *message.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = s.state.Merge(options)
	s.put(s.current.Load().config)
}

// Adopt applies changes that a request asked for and keeps the request
// ([meta.Node]).
func (s *settings) Adopt(changes, signed *message.Message) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fresh(signed); err != nil {
		return 0, err
	}
	next := s.current.Load().config
	if err := next.Apply(changes); err != nil {
		return 0, err
	}
	n := len(s.history) + 1
	name := historyName + "/" + strconv.Itoa(n)
	if _, err := s.cache.Write(context.Background(), signed, store.Durable, name); err != nil {
		return 0, err
	}
	s.history = append(s.history[:n-1:n-1], signed)
	s.put(next)
	return n, nil
}

// fresh refuses a signed request that has been applied before, whoever else has
// signed it since: whoever has seen it could otherwise undo later changes with
// it.
func (s *settings) fresh(signed *message.Message) error {
	now := commit.Signatures(signed) // none on an unclaimed node
	for _, v := range s.history {
		for _, was := range commit.Signatures(v.(*message.Message)) {
			if slices.Contains(now, was) {
				return fail.New(fail.Conflict, "node.Adopt", "this signed change has been applied before; sign a new one")
			}
		}
	}
	return nil
}

// Build describes the running binary ([meta.Node]).
func (s *settings) Build() *message.Message { return BuildMessage() }
