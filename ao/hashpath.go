package ao

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Algorithms that roll a hashpath (spec 01, 16).
const (
	algChain      = "sha-256-chain"
	algAccumulate = "accumulate-256"
)

// Hashpath returns the hashpath of a value: of a binary its hash, of a message
// the one it carries, or its ID over all commitments (spec 02, 5.2).
func Hashpath(ctx context.Context, v message.Value) (string, error) {
	if m, ok := v.(*message.Message); ok {
		if h := m.Hashpath(); h != "" {
			return h, nil
		}
		i, err := commit.EveryID(ctx, m)
		return i.String(), err
	}
	i, err := commit.LinkID(ctx, v)
	return i.String(), err
}

// NextHashpath returns the hashpath of the result of a request on a base
// (spec 02, 5.3).
//
// # Errors
//
// [fail.Invalid] when the base names an unknown "hashpath-alg", or one that
// cannot take the request.
func NextHashpath(ctx context.Context, base, req *message.Message) (string, error) {
	h, err := Hashpath(ctx, base)
	if err != nil {
		return "", err
	}
	right, err := requestName(ctx, req)
	if err != nil {
		return "", err
	}
	return CombineHashpath(h, right, base.Text("hashpath-alg"))
}

// CombineHashpath appends a request name to a hashpath: the two segments a
// hashpath may have are rolled into one first. alg is the text of
// "hashpath-alg", "" for the default. Errors are those of [NextHashpath].
func CombineHashpath(h, right, alg string) (string, error) {
	root, last, rolled := strings.Cut(h, "/")
	if !rolled {
		return h + "/" + right, nil
	}
	a, err := id.Parse(root)
	if err != nil {
		return "", err
	}
	b := []byte(last)
	if len(last) == id.HumanSize {
		if b, err = id.Decode(last); err != nil {
			return "", err
		}
	}
	switch alg {
	case "", algChain:
		return id.Chain(a, b).String() + "/" + right, nil
	case algAccumulate:
		if len(b) != id.Size {
			return "", fail.New(fail.Invalid, "ao.Hashpath", "%s takes only IDs, not %.64q", algAccumulate, last)
		}
		return id.Accumulate(a, id.ID(b)).String() + "/" + right, nil
	}
	return "", fail.New(fail.Invalid, "ao.Hashpath", "unknown hashpath-alg %.64q; known are %s and %s", alg, algChain, algAccumulate)
}

// requestName returns how a request appears in a hashpath: its key when it has
// nothing but a path, its ID otherwise.
func requestName(ctx context.Context, req *message.Message) (string, error) {
	if p, ok := req.Get(path.Key); ok && pathOnly(req) {
		if key, ok := requestKey(p); ok {
			return key, nil
		}
	}
	i, err := commit.EveryID(ctx, req)
	return i.String(), err
}

// pathOnly reports whether a request has no keys but "path" and "hashpath".
func pathOnly(req *message.Message) bool {
	n := req.Len()
	if req.Has(path.Key) {
		n--
	}
	if req.Has("hashpath") {
		n--
	}
	return n == 0
}

// nextHashpath returns the hashpath of a result, computed when it is first
// read. A pending hashpath of the base is computed first, so that results do
// not keep all their ancestors in memory.
func (e *Env) nextHashpath(ctx context.Context, base *message.Message, key string, req *message.Message) (*message.Hashpath, error) {
	base.Hashpath()
	if base.Has("hashpath-alg") { // these may refuse
		if req == nil {
			req = message.Of(message.P(path.Key, message.Binary(key)))
		}
		h, err := NextHashpath(ctx, base, req)
		return message.KnownHashpath(h), err
	}
	ctx = context.WithoutCancel(ctx)
	return message.LazyHashpath(func() string {
		h, err := Hashpath(ctx, base)
		if err != nil {
			return ""
		}
		right := key
		if req != nil {
			if right, err = requestName(ctx, req); err != nil {
				return ""
			}
		}
		if h, err = CombineHashpath(h, right, ""); err != nil {
			return ""
		}
		return h
	}), nil
}

// VerifyHashpath returns nil when each message of a chain is the result of the
// one two before it as base and the one before it as request, according to
// their hashpaths (spec 02, 5.4).
//
// # Errors
//
// [fail.Unauthorized] names the first place where the chain breaks.
func VerifyHashpath(ctx context.Context, chain []*message.Message) error {
	for i := 0; i+2 < len(chain); i++ {
		want, err := NextHashpath(ctx, chain[i], chain[i+1])
		if err != nil {
			return err
		}
		got, err := Hashpath(ctx, chain[i+2])
		if err != nil {
			return err
		}
		if got != want {
			return fail.New(fail.Unauthorized, "ao.VerifyHashpath", "message %d has the hashpath %s, its ancestors give %s", i+3, got, want)
		}
	}
	return nil
}
