package pay

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"slices"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Options of the node message that several devices of payment read.
var (
	OptRecipient = ao.Option{Name: "p4_recipient", Default: message.Binary(""),
		Doc: "Address that is paid; the operator when empty."}
	OptSignedPath = ao.Option{Name: "p4_signed_path", Default: message.False,
		Doc: "Let only signatures that cover the path pay. Without it, who has seen a signed request can spend its signer's balance on another path; clients in the dialect of JavaScript SDKs may leave the path out."}
)

// Payers returns the verified signers of a request, each once, in order: those
// who are to pay for it.
func Payers(ctx context.Context, env *ao.Env, req *message.Message) []string {
	strict := OptSignedPath.Bool(env)
	var out []string
	for _, who := range env.Signers(ctx, req) {
		if who == "" || slices.Contains(out, who) || strict && !env.Approved(ctx, req, []string{who}, path.Key) {
			continue
		}
		out = append(out, who)
	}
	return out
}

// FromOperator reports whether the operator of the node has signed a request
// with its path, so that nobody else can have work done for him for nothing.
func FromOperator(ctx context.Context, env *ao.Env, req *message.Message) bool {
	operator := Operator(env)
	return operator != "" && env.Approved(ctx, req, []string{operator}, path.Key)
}

// Operator returns the address of the operator, "" when nobody has claimed the
// node or it has no key.
func Operator(env *ao.Env) string {
	switch operator := ao.OptOperator.Text(env); operator {
	case ao.Unclaimed:
		return ""
	case "":
		return env.Address()
	default:
		return operator
	}
}

// Recipient returns the address that is paid on this node (spec 04, 3.1.5).
func Recipient(env *ao.Env) string {
	if r := OptRecipient.Text(env); id.Is(r) {
		if human, err := id.Human(r); err == nil {
			return human
		}
	}
	if o := Operator(env); o != "" {
		return o
	}
	return "unknown"
}

// Ref returns what is the same for the same signed request with the same path,
// and for no other; "" for a request that nobody has signed.
func Ref(ctx context.Context, req *message.Message) string {
	if len(commit.Committers(req)) == 0 {
		return ""
	}
	signed, err := commit.SignedID(ctx, req)
	if err != nil {
		return ""
	}
	h := sha256.New()
	h.Write(signed[:])
	_, _ = io.WriteString(h, req.Text("method")+" "+req.Text(path.Key))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
