package attest

import (
	"context"
	"net/url"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Question is what a node is asked to attest.
type Question struct {
	Process string // ID
	Slot    int64
	Item    string // ID of one message in the results, "" for all of them
}

// path returns the question as a sentence of the path language.
func (q Question) path() string {
	p := "/~compute@1.0/compute&process=" + url.QueryEscape(q.Process) + "&slot+integer=" + strconv.FormatInt(q.Slot, 10)
	if q.Item != "" {
		p += "&commit-to=" + url.QueryEscape(q.Item)
	}
	return p
}

// Ask returns the attestation of the node at a URL, or of this node when the URL
// is empty. It may be false: see [Read] and [Witnesses], and compare.
//
// # Errors
//
// [fail.Upstream] when the answer is not a message; those of the devices
// compute@1.0 and relay@1.0.
func Ask(ctx context.Context, env *ao.Env, node string, q Question) (*message.Message, error) {
	var v message.Value
	var err error
	if node == "" {
		v, err = env.Internal().ResolveRequest(ctx, message.Of(message.P("path", message.Binary(q.path()))))
	} else {
		v, err = env.Internal().Resolve(ctx, message.Of(message.P("device", message.Binary("relay@1.0"))), message.Of(
			message.P("path", message.Binary("call")),
			message.P("peer", message.Binary(node)),
			message.P("relay-method", message.Binary("GET")),
			message.P("relay-path", message.Binary(q.path()))))
	}
	if err != nil {
		return nil, err
	}
	if v, err = message.LoadAll(ctx, env.Cache, v); err != nil {
		return nil, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Upstream, "attest.Ask", "the answer is not an attestation").At(node)
	}
	return m, nil
}
