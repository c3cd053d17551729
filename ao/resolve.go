package ao

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

const opResolve = "ao.Resolve"

// Resolve resolves a request on a base. A request that is not a message is a
// path; a path of several parts is resolved part by part, the other keys of the
// request going with each (spec 02, 2.1).
//
// # Errors
//
// An [*Outcome] when the result has another status than "ok"; otherwise a fault
// with its kind.
func (e *Env) Resolve(ctx context.Context, base, req message.Value) (message.Value, error) {
	m, ok := req.(*message.Message)
	if !ok {
		if text, isText := message.Text(req); isText {
			return e.ResolvePath(ctx, base, text)
		}
		return e.step(ctx, base, req)
	}
	p, _ := m.Get(path.Key)
	text, isText := message.Text(p)
	if l, isList := p.(*message.List); isList {
		text, isText = message.NormalizeKey(l)
	}
	if p != nil && !isText {
		return e.step(ctx, base, m)
	}
	if text != "" && strings.IndexByte(text, '/') < 0 {
		return e.step(ctx, base, m)
	}
	parts := message.Parts(text)
	if len(parts) == 0 {
		return nil, fail.New(fail.Invalid, opResolve, "Attempted to resolve a message without a path.")
	}
	var err error
	for _, part := range parts {
		if base, err = e.step(ctx, base, m.Set(path.Key, message.Binary(part))); err != nil {
			return nil, err
		}
	}
	return base, nil
}

// ResolvePath resolves the parts of a path on a base, without further keys. It
// is the cheapest form of a resolution. Errors are those of [Env.Resolve].
func (e *Env) ResolvePath(ctx context.Context, base message.Value, text string) (message.Value, error) {
	rest := text
	any := false
	for {
		var part string
		if part, rest = nextPart(rest); part == "" {
			break
		}
		any = true
		var err error
		if base, err = e.stepKey(ctx, base, part); err != nil {
			return nil, err
		}
	}
	if !any {
		return nil, fail.New(fail.Invalid, opResolve, "Attempted to resolve a message without a path.")
	}
	return base, nil
}

// nextPart returns the first part of a path and what follows it.
func nextPart(s string) (part, rest string) {
	for len(s) > 0 && s[0] == '/' {
		s = s[1:]
	}
	for i := 0; i < len(s); i++ {
		if s[i] == '/' {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// ResolveRequest parses a request message (package path) and runs it. Errors
// are those of [path.Parse] and [Env.Run].
func (e *Env) ResolveRequest(ctx context.Context, req *message.Message) (message.Value, error) {
	seq, err := path.Parse(req)
	if err != nil {
		return nil, err
	}
	return e.Run(ctx, seq)
}

// Run resolves a sequence: each element on the result of those before it (spec
// 02, 2.2). A single element is loaded or resolved by itself.
//
// # Errors
//
// As [Env.Resolve]; an empty sequence is a failure.
func (e *Env) Run(ctx context.Context, seq []message.Value) (message.Value, error) {
	switch len(seq) {
	case 0:
		return nil, &Outcome{Failure, message.Binary("Attempted to resolve an empty message sequence.")}
	case 1:
		return e.single(ctx, seq[0])
	}
	v := seq[0]
	for _, next := range seq[1:] {
		var err error
		if v, err = e.step(ctx, v, next); err != nil {
			return nil, err
		}
	}
	return message.Loaded(ctx, e.Cache, v)
}

// single resolves a sequence of one element.
func (e *Env) single(ctx context.Context, v message.Value) (message.Value, error) {
	switch x := v.(type) {
	case message.Binary:
		if !id.Is(string(x)) {
			return x, nil
		}
		m, err := e.Cache.Load(ctx, string(x))
		if fail.Is(err, fail.NotFound) {
			return nil, Missing
		}
		return m, err
	case *message.As:
		return e.cast(ctx, x)
	case *message.Resolve:
		return e.Run(ctx, x.Steps)
	}
	return message.Loaded(ctx, e.Cache, v)
}
