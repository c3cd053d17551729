package ao

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Tri is a choice that may be left open.
type Tri uint8

// The choices.
const (
	Open Tri = iota
	Yes
	No
)

// CacheControl says whether results are stored and looked up (spec 02, 7). The
// zero value leaves everything open: results are looked up and not stored.
type CacheControl struct {
	Store        Tri
	Lookup       Tri
	OnlyIfCached Tri
}

// CacheAlways stores and looks up, whatever messages say.
func CacheAlways() CacheControl { return CacheControl{Store: Yes, Lookup: Yes} }

// CacheNever neither stores nor looks up.
func CacheNever() CacheControl { return CacheControl{Store: No, Lookup: No} }

// ParseCacheControl reads directives: one text, which may hold several
// separated by commas, or a list. Unknown directives are ignored; "always" wins
// over "no-store" and "no-cache", these over "store" and "cache".
func ParseCacheControl(v message.Value) CacheControl {
	var cc CacheControl
	always := false
	var each func(v message.Value)
	each = func(v message.Value) {
		if l, ok := v.(*message.List); ok {
			for _, e := range l.All() {
				each(e)
			}
			return
		}
		s, _ := message.Text(v)
		for _, d := range strings.Split(s, ",") {
			switch strings.TrimSpace(d) {
			case "always":
				always = true
			case "no-store":
				cc.Store = No
			case "no-cache":
				cc.Lookup = No
			case "store":
				cc.Store = orOpen(cc.Store, Yes)
			case "cache":
				cc.Lookup = orOpen(cc.Lookup, Yes)
			case "only-if-cached":
				cc.OnlyIfCached = Yes
			}
		}
	}
	each(v)
	if always {
		cc.Store, cc.Lookup = Yes, Yes
	}
	return cc
}

func orOpen(have, other Tri) Tri {
	if have == Open {
		return other
	}
	return have
}

// under returns cc with what it leaves open filled in by weaker directives.
func (cc CacheControl) under(weaker CacheControl) CacheControl {
	return CacheControl{
		Store:        orOpen(cc.Store, weaker.Store),
		Lookup:       orOpen(cc.Lookup, weaker.Lookup),
		OnlyIfCached: orOpen(cc.OnlyIfCached, weaker.OnlyIfCached),
	}
}

// of reads the key "cache-control" of a message.
func of(m *message.Message) CacheControl {
	v, ok := m.Get("cache-control")
	if !ok {
		return CacheControl{}
	}
	return ParseCacheControl(v)
}

// lookupFor returns the directives for looking up a request on an ID.
func (cc CacheControl) lookupFor(req *message.Message) CacheControl { return cc.under(of(req)) }

func (cc CacheControl) lookup() bool { return cc.Lookup != No }

// computedPath returns where the result of a request on a base is kept.
func computedPath(ctx context.Context, base, key string, req *message.Message) (string, error) {
	name := key
	if req != nil && !pathOnly(req) {
		i, err := commit.SignedID(ctx, req)
		if err != nil {
			return "", err
		}
		name = i.String()
	}
	return "computed/" + base + "/" + name, nil
}

// computed returns the stored result of a request on an ID, if there is one.
func (e *Env) computed(ctx context.Context, base, key string, req *message.Message) (message.Value, bool, error) {
	p, err := computedPath(ctx, base, key, req)
	if err != nil {
		return nil, false, err
	}
	v, err := e.Cache.ReadLazy(ctx, p)
	if fail.Is(err, fail.NotFound) || fail.Is(err, fail.TooLarge) {
		return nil, false, nil
	}
	return v, err == nil, err
}

// keep stores a result when cache control asks for it: base, request and
// result, and the result under the name of the computation (spec 02, 7.5). What
// has commitments that do not hold is an answer like any other, and is not kept.
func (e *Env) keep(ctx context.Context, base *message.Message, key string, req *message.Message, v message.Value) error {
	cc := e.cache
	result, isMessage := v.(*message.Message)
	if isMessage {
		cc = cc.under(of(result))
	}
	if cc = cc.under(of(req)); cc.Store != Yes || e.hashpath == HashpathIgnore ||
		secretive(base) || secretive(req) || isMessage && IsConfidential(result) {
		return nil
	}
	switch v.(type) {
	case *message.Message, *message.List, message.Binary:
	default:
		return nil
	}
	if err := e.write(ctx, base, key, req, v); !fail.Is(err, fail.Unauthorized) {
		return err
	}
	return nil
}

// write stores base, request and result.
func (e *Env) write(ctx context.Context, base *message.Message, key string, req *message.Message, v message.Value) error {
	baseID, err := e.Cache.Write(ctx, base, store.Lazy)
	if err != nil {
		return err
	}
	if req != nil {
		if _, err := e.Cache.Write(ctx, req, store.Lazy); err != nil {
			return err
		}
	}
	p, err := computedPath(ctx, baseID, key, req)
	if err != nil {
		return err
	}
	_, err = e.Cache.Write(ctx, v, store.Lazy, p)
	return err
}
