package computeunit

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/aos"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Module is the program of a process.
type Module struct {
	ID      string
	Message *message.Message // as it was published, or nil when only its bytes are known
	Image   []byte
}

// ModuleOf returns the module that a process names by "module" or "image".
//
// # Errors
//
// [fail.NotFound] when the node does not have it, [fail.Invalid] when the
// process names none or what it names is no program; each says what to do.
func ModuleOf(ctx context.Context, c *cache.Cache, definition *message.Message) (Module, error) {
	const op = "computeunit.Module"
	name := definition.Text("module")
	if name == "" {
		name = definition.Text("image")
	}
	human, err := id.Human(name)
	if err != nil {
		return Module{}, fail.New(fail.Invalid, op, "the process names no module: its key \"module\" must be the ID of one, not %.64q", name)
	}
	v, err := c.Read(ctx, human)
	if fail.Is(err, fail.NotFound) {
		return Module{}, fail.New(fail.NotFound, op, "this node does not have the module %s: post it as a signed data item, or run a compute unit for the route /result", human)
	}
	if err != nil {
		return Module{}, err
	}
	m := Module{ID: human}
	m.Message, _ = v.(*message.Message)
	for _, key := range [...]string{"data", "body"} {
		if b, ok := field(m.Message, key).(message.Binary); ok {
			m.Image = []byte(b)
			return m, nil
		}
	}
	if b, ok := v.(message.Binary); ok {
		m.Image = []byte(b)
		return m, nil
	}
	return m, fail.New(fail.Invalid, op, "the module %s has no data", human)
}

// Environment returns the text of the environment of a process (spec 03, 10.6).
//
// # Errors
//
// Those of [aos.Encode].
func Environment(ctx context.Context, c *cache.Cache, definition *message.Message, m Module) (string, error) {
	p, err := described(ctx, c, definition)
	if err != nil {
		return "", err
	}
	module := message.Of(message.P("Id", message.Binary(m.ID)), message.P("Owner", message.Binary("")), message.P("Tags", message.NewList()))
	if m.Message != nil {
		if module, err = described(ctx, c, m.Message); err != nil {
			return "", err
		}
		module = module.Set("Id", message.Binary(m.ID))
	}
	who := make([]string, 2)
	for i, about := range []*message.Message{p, module} {
		if who[i], err = object(message.P("Id", field(about, "Id")), message.P("Owner", field(about, "Owner")), message.P("Tags", field(about, "Tags"))); err != nil {
			return "", err
		}
	}
	return `{"Process":` + who[0] + `,"Module":` + who[1] + `}`, nil
}

// described returns Id, Owner and Tags of a message, without its data.
func described(ctx context.Context, c *cache.Cache, m *message.Message) (*message.Message, error) {
	mid, err := commit.SignedID(ctx, m)
	if err != nil {
		return nil, err
	}
	out, err := aos.Encode(ctx, c.Env(), m.Without("data", "body"), "")
	if err != nil {
		return nil, err
	}
	return out.Set("Id", message.Binary(mid.String())), nil
}
