package ao

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// cast returns what a message seen through a device is as a base (spec 02,
// 2.4): a message that is named by its ID is loaded, one with a path is
// resolved, any other just gets the device.
func (e *Env) cast(ctx context.Context, as *message.As) (message.Value, error) {
	m, err := e.castTarget(ctx, as.Message)
	if err != nil {
		return nil, err
	}
	dev, err := e.castDevice(ctx, as.Device)
	if err != nil {
		return nil, err
	}
	if p := m.Text(path.Key); id.Is(p) {
		loaded, err := e.Cache.Load(ctx, p)
		if fail.Is(err, fail.NotFound) {
			return nil, Refuse(404, "Necessary messages not found in cache.")
		}
		if err != nil {
			return nil, err
		}
		target, ok := loaded.(*message.Message)
		if !ok {
			return nil, Missing
		}
		return Assign(target.Merge(m.Without(path.Key)), "device", dev), nil
	}
	return e.subResolve(ctx, m, dev, m)
}

// castTarget returns the message of a cast; an ID or link becomes its path.
func (e *Env) castTarget(ctx context.Context, v message.Value) (*message.Message, error) {
	switch x := v.(type) {
	case *message.Message:
		return x, nil
	case message.Binary:
		if x == "" {
			return message.Empty(), nil
		}
		return message.Of(message.P(path.Key, x)), nil
	case message.Link:
		loaded, err := message.Loaded(ctx, e.Cache, x)
		if err != nil {
			return nil, err
		}
		if m, ok := loaded.(*message.Message); ok {
			return m, nil
		}
	}
	return nil, fail.New(fail.Invalid, opResolve, "only a message can be seen through a device")
}

// castDevice returns the value to set as device.
func (e *Env) castDevice(ctx context.Context, v message.Value) (message.Value, error) {
	if r, ok := v.(*message.Resolve); ok {
		return e.WithForce(false).Run(ctx, r.Steps)
	}
	return v, nil
}

// castRequest resolves a cast that stands in the place of a request: its keys
// are resolved on the base with the device changed.
func (e *Env) castRequest(ctx context.Context, base message.Value, as *message.As, outer *message.Message) (message.Value, error) {
	inner, err := e.castTarget(ctx, as.Message)
	if err != nil {
		return nil, err
	}
	dev, err := e.castDevice(ctx, as.Device)
	if err != nil {
		return nil, err
	}
	base, err = e.loadBase(ctx, base)
	if err != nil {
		return nil, err
	}
	return e.subResolve(ctx, base, dev, outer.Merge(inner))
}

func (e *Env) loadBase(ctx context.Context, v message.Value) (message.Value, error) {
	if b, ok := v.(message.Binary); ok && id.Is(string(b)) {
		return e.Cache.Load(ctx, string(b))
	}
	return message.Loaded(ctx, e.Cache, v)
}

// subResolve sets the device on the base and resolves the request on it; a
// request without a path only adds its keys (spec 02, 2.6).
func (e *Env) subResolve(ctx context.Context, base message.Value, dev message.Value, req *message.Message) (message.Value, error) {
	b, ok := base.(*message.Message)
	if !ok {
		if l, isList := base.(*message.List); isList {
			b = l.Numbered()
		} else {
			return nil, Missing
		}
	}
	if dev != nil {
		b = Assign(b, "device", dev)
	}
	p, _ := req.Get(path.Key)
	if text, isText := message.NormalizeKey(p); p == nil || (isText && len(message.Parts(text)) == 0) {
		for k, v := range req.All() {
			if k != path.Key {
				b = Assign(b, k, v)
			}
		}
		return b, nil
	}
	return e.Resolve(ctx, b, req)
}

// Assign sets a key of m as message@1.0 does: commitments that cover the key
// are dropped when its value changes, since they do not hold any longer. A nil
// value removes the key.
func Assign(m *message.Message, key string, v message.Value) *message.Message {
	old, had := m.Get(key)
	if had && message.Equal(old, v) {
		return m
	}
	out := m.Set(key, v)
	if c := m.Commitments(); had && c != nil {
		for k := range c.All() {
			for _, covered := range message.CommittedBy(c.Message(k)) {
				if covered == key {
					return out.Without(message.CommitmentsKey)
				}
			}
		}
	}
	return out
}
