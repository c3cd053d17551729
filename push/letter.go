package push

import (
	"context"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// origin is where a letter comes from.
type origin struct {
	process schedule.Process
	slot    int64
	entry   string
}

// tag is what the signature covers beside the letter.
func (o origin) tag() string {
	return o.process.ID + "/push/" + strconv.FormatInt(o.slot, 10) + "/" + o.entry
}

// compose returns the letter that an entry becomes, unsigned (spec 03, 6.6). A
// spawned process is named by its own keys, and by those of its parent where it
// says nothing.
func (o origin) compose(ctx context.Context, m *message.Message, target string) (*message.Message, error) {
	definition := o.process.Definition
	unsigned, err := commit.UnsignedID(ctx, definition)
	if err != nil {
		return nil, err
	}
	// The commitments stay: where there is an unsigned one, its ID is what a
	// program gets that removes the two keys and asks for the ID, and what the
	// reference sends (spec 03, 6.6.1).
	base, err := commit.UnsignedID(ctx, definition.OnlyCommitted().Without("authority", "scheduler"))
	if err != nil {
		return nil, err
	}
	or := func(key string, otherwise message.Value) message.Value {
		if v, ok := definition.Get(key); ok {
			return v
		}
		return otherwise
	}
	m = m.Without(message.CommitmentsKey).Merge(message.Of(
		message.P("data-protocol", message.Binary("ao")),
		message.P("variant", message.Binary("ao.N.1")),
		message.P("from-process", message.Binary(o.process.ID)),
		message.P("from-uncommitted", message.Binary(unsigned.String())),
		message.P("from-base", message.Binary(base.String())),
		message.P("from-scheduler", or("scheduler", message.NotFound)),
		message.P("from-authority", or("authority", message.NotFound))))
	if target != "" {
		return m.Set("type", message.Binary("Message")).Set("target", message.Binary(target)), nil
	}
	m = m.Without("target")
	for _, key := range [...]string{"device", "scheduler", "authority"} {
		if !m.Has(key) {
			m = m.Set(key, or(key, nil))
		}
	}
	return m, nil
}

// sign signs a letter with the identities that its target asks for (spec 03,
// 6.6.2). to is nil when nothing is known of the target.
func (s *Service) sign(ctx context.Context, env *ao.Env, m, to *message.Message, tag string, spec commit.Spec) (*message.Message, error) {
	wanted, err := authorities(ctx, env, to)
	if err != nil {
		return nil, err
	}
	by := s.identities.Find(wanted)
	if own, ok := s.identities.First(); ok && len(by) == 0 && (len(wanted) == 0 || OptAlwaysSign.Bool(env)) {
		by = []keys.Identity{own}
	}
	if len(by) == 0 {
		return nil, fail.New(fail.Forbidden, "push.Sign", "Application of security policy failed: No identities matching authority were found.")
	}
	m = m.WithPrivate(nil).WithHashpath(message.KnownHashpath(tag))
	var addresses []string
	for _, i := range by {
		if m, err = commit.Commit(ctx, env.Codec(), m, i.Key, spec); err != nil {
			return nil, err
		}
		addresses = append(addresses, i.Address)
	}
	return ao.WithSigners(m.WithPrivate(nil), addresses...), nil
}

// authorities returns the addresses that a process accepts messages from: those
// of its policy, else its authority.
func authorities(ctx context.Context, env *ao.Env, definition *message.Message) ([]string, error) {
	if policy, ok := definition.Get("policy"); ok {
		policy, err := message.Loaded(ctx, env.Cache, policy)
		if err != nil {
			return nil, err
		}
		v, ok, err := env.Get(ctx, policy, "accept-committers")
		if err != nil {
			return nil, err
		}
		if ok {
			return schedule.Addresses(v), nil
		}
	}
	v, ok := definition.Get("authority")
	if !ok {
		return nil, nil
	}
	v, err := message.LoadAll(ctx, env.Cache, v)
	if err != nil {
		return nil, err
	}
	return schedule.Addresses(v), nil
}
