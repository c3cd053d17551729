package blacklist

import (
	"context"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Background runs a function in the background and reports whether there was
// room for it. The context of the function ends with the node.
type Background func(ctx context.Context, f func(ctx context.Context)) bool

// lists are the lists of the option blacklist_providers.
type lists struct {
	background Background

	mu      sync.Mutex
	option  message.Value // that the lists are of
	entries []*list
}

// list is what one provider listed.
type list struct {
	provider message.Value
	ids      set       // nil before it has been read
	read     time.Time // when it was read, or tried last
	reading  chan struct{}
}

// readTime bounds the time that a provider has.
const readTime = time.Minute

// retryAfter is the time after which a list that has never been read is tried
// again.
const retryAfter = time.Second

// known returns the IDs that are listed, and whether each list has been read
// once. It waits for lists that have not, as long as the option
// blacklist_timeout says.
//
// # Errors
//
// [fail.Invalid] for an option that is no list.
func (l *lists) known(c *ao.Call) (known sets, complete bool, err error) {
	waiting, err := l.refresh(c)
	if err != nil {
		return nil, false, err
	}
	if len(waiting) > 0 {
		timeout := time.NewTimer(optTimeout.Milliseconds(&c.Env))
		defer timeout.Stop()
		for _, w := range waiting {
			select {
			case <-w:
			case <-timeout.C:
				timeout.Reset(0) // for the others too
			case <-c.Ctx.Done():
				return nil, false, fail.Wrap(fail.Timeout, Name, c.Ctx.Err())
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	complete = true
	for _, e := range l.entries {
		complete = complete && e.ids != nil
		known = append(known, e.ids)
	}
	return known, complete, nil
}

// refresh begins to read the lists that are due and returns what closes when
// those that have never been read are.
func (l *lists) refresh(c *ao.Call) (waiting []chan struct{}, err error) {
	option := optProviders.In(&c.Env)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.option != option {
		if err := l.adopt(option); err != nil {
			return nil, err
		}
	}
	for _, e := range l.entries {
		after := time.Duration(max(1, optRefresh.Int(&c.Env))) * time.Second
		if e.ids == nil {
			after = retryAfter
		}
		if e.reading == nil && (e.read.IsZero() || c.Now().Sub(e.read) >= after) {
			e.reading = make(chan struct{})
			env := c.Engine.Env(c.Config()) // the operator asks, not who sent the request
			if !l.background(c.Ctx, func(ctx context.Context) { l.read(ctx, env, e) }) {
				e.reading = nil
			}
		}
		if e.ids == nil && e.reading != nil {
			waiting = append(waiting, e.reading)
		}
	}
	return waiting, nil
}

// adopt takes over an option; lists of providers that it still has are kept.
func (l *lists) adopt(option message.Value) error {
	providers, ok := option.(*message.List)
	if m, isMsg := option.(*message.Message); isMsg {
		var err error
		if providers, err = m.List(); err != nil {
			providers = message.NewList(m) // one provider that is a message
		}
		ok = true
	}
	if text, isText := option.(message.Binary); isText && text != "" {
		providers, ok = message.NewList(text), true
	}
	if !ok {
		return fail.New(fail.Invalid, Name, "the option %s is not a list of paths and messages", optProviders.Name)
	}
	var next []*list
	for _, p := range providers.All() {
		entry := &list{provider: p}
		for _, was := range l.entries {
			if message.Equal(was.provider, p) {
				entry = was
			}
		}
		next = append(next, entry)
	}
	l.option, l.entries = option, next
	return nil
}

// read reads one list. A list that cannot be read stays as it was.
func (l *lists) read(ctx context.Context, env *ao.Env, e *list) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	ids, err := ask(ctx, env, e.provider)
	if err != nil {
		env.Log.Warn("a list of blacklist@1.0 cannot be read", "error", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		e.ids = ids
	}
	e.read = env.Now()
	close(e.reading)
	e.reading = nil
}

// ask asks a provider for its list.
func ask(ctx context.Context, env *ao.Env, provider message.Value) (set, error) {
	provider, err := message.LoadAll(ctx, env.Cache, provider)
	if err != nil {
		return nil, err
	}
	req, ok := provider.(*message.Message)
	if !ok {
		text, isText := message.Text(provider)
		if !isText {
			return nil, fail.New(fail.Invalid, Name, "a provider is a path or a message")
		}
		req = message.Of(message.P(path.Key, message.Binary(text)))
	}
	v, err := env.Internal().ResolveRequest(ctx, req)
	if err != nil {
		return nil, err
	}
	if m, isMsg := v.(*message.Message); isMsg {
		for _, k := range []string{"body", "data"} {
			if v, ok = m.Get(k); ok {
				break
			}
		}
	}
	if v, err = message.Loaded(ctx, env.Cache, v); err != nil {
		return nil, err
	}
	text, ok := v.(message.Binary)
	if !ok {
		return nil, fail.New(fail.Invalid, Name, "the result of a provider is no text, nor is its body")
	}
	return Parse(string(text))
}

// count returns the number of lists, of those that have been read, and of their
// IDs.
func (l *lists) count(c *ao.Call) (all, read, ids int) {
	if _, err := l.refresh(c); err != nil {
		return 0, 0, 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.ids != nil {
			read++
			ids += len(e.ids)
		}
	}
	return len(l.entries), read, ids
}
