// Package flat is the codec flat@1.0 (spec 01, 11): a message as a map of
// paths to binaries, and that map as a text file, the form of configurations.
//
//	{a: {b: "1", c: "2"}, d: "3"}  <->  {a/b: "1", a/c: "2", d: "3"}
//
//	a/b: 1
//	a/c: 2
//	d: 3
//
// The codec works on TABMs, so typed values are texts with "ao-types" beside
// them, at "ao-types" or "PATH/ao-types". Empty nested messages vanish. Nested
// messages that are links stay links.
package flat

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the device name of the codec.
const Name = "flat@1.0"

// Codec is the codec flat@1.0. It has no state.
type Codec struct{}

var _ codec.Codec = Codec{}

// Name returns "flat@1.0".
func (Codec) Name() string { return Name }

// ContentType returns "": the encoded form is a message, not a text.
func (Codec) ContentType() string { return "" }

const (
	opEncode = "flat.Encode"
	opDecode = "flat.Decode"
)

// Encode turns a TABM into a message of paths to binaries. Commitments are
// flattened like everything else, after their own TABM has been made. Values
// other than messages pass unchanged. Options have no effect.
//
// # Errors
//
// [fail.Invalid] for a key without a name ("/") and a value that is not of a
// TABM; [fail.Exhausted] when messages nest deeper than [message.MaxDepth];
// those of [structured.Bundle] for commitments.
func (Codec) Encode(ctx context.Context, env codec.Env, tabm message.Value, _ codec.Options) (message.Value, error) {
	m, ok := tabm.(*message.Message)
	if !ok {
		return tabm, nil
	}
	if c, ok := m.Get(message.CommitmentsKey); ok {
		c, err := structured.Bundle(ctx, env, c)
		if err != nil {
			return nil, err
		}
		m = m.Set(message.CommitmentsKey, c)
	}
	b := message.NewBuilder(m.Len())
	if err := flatten(b, "", m, message.MaxDepth); err != nil {
		return nil, err
	}
	return b.Message(), nil
}

// flatten adds the entries of m to b, below a path that is empty or ends in a
// slash.
func flatten(b *message.Builder, prefix string, m *message.Message, depth int) error {
	if depth == 0 {
		return fail.New(fail.Exhausted, opEncode, "messages nest deeper than %d levels", message.MaxDepth)
	}
	for k, v := range m.All() {
		path := prefix + clean(k)
		switch x := v.(type) {
		case message.Binary:
			if path == "" || strings.HasSuffix(path, "/") {
				return fail.New(fail.Invalid, opEncode, "the key %q has no name", prefix+k)
			}
			b.Set(path, x)
		case *message.Message:
			if path != "" && !strings.HasSuffix(path, "/") {
				path += "/"
			}
			if err := flatten(b, path, x, depth-1); err != nil {
				return err
			}
		default:
			return fail.New(fail.Invalid, opEncode, "%q is neither binary nor a message", prefix+k)
		}
	}
	return nil
}

// clean removes empty parts of a key.
func clean(k string) string {
	if !strings.Contains(k, "/") {
		return k
	}
	return strings.Join(message.Parts(k), "/")
}

// Decode turns a message of paths into a TABM. Keys are set in bytewise order,
// each as a path; a key without "/" is taken as it is. Values other than
// messages pass unchanged.
//
// # Errors
//
// [fail.Invalid] for a key without a name, a path through a value that is not
// a message, and a value that is neither binary nor a message;
// [fail.Exhausted] for paths of more than [message.MaxDepth] parts.
func (Codec) Decode(_ context.Context, _ codec.Env, encoded message.Value, _ codec.Options) (message.Value, error) {
	m, ok := encoded.(*message.Message)
	if !ok {
		return encoded, nil
	}
	return nest(m, message.MaxDepth)
}

func nest(m *message.Message, depth int) (*message.Message, error) {
	if depth <= 0 {
		return nil, fail.New(fail.Exhausted, opDecode, "messages nest deeper than %d levels", message.MaxDepth)
	}
	if isNested(m) {
		return m, nil
	}
	out := message.Empty()
	for k, v := range m.All() {
		parts := []string{k}
		if strings.Contains(k, "/") {
			parts = message.Parts(k)
		}
		if len(parts) == 0 {
			return nil, fail.New(fail.Invalid, opDecode, "the key %q has no name", k)
		}
		if len(parts) > depth {
			return nil, fail.New(fail.Exhausted, opDecode, "a path has more than %d parts", depth)
		}
		var err error
		switch x := v.(type) {
		case message.Binary:
		case *message.Message:
			if v, err = nest(x, depth-len(parts)); err != nil {
				return nil, err
			}
		default:
			return nil, fail.New(fail.Invalid, opDecode, "%q is neither binary nor a message", k)
		}
		if out, err = message.DeepSet(out, parts, v); err != nil {
			return nil, fail.New(fail.KindOf(err), opDecode, "cannot set %q: %w", k, err)
		}
	}
	return out, nil
}

// isNested reports whether m has only plain keys with binaries, so that it is
// its own decoding.
func isNested(m *message.Message) bool {
	for k, v := range m.All() {
		if _, ok := v.(message.Binary); !ok || strings.Contains(k, "/") {
			return false
		}
	}
	return true
}
