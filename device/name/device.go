// Package name is the device name@1.0: names that resolvers know.
package name

import (
	"errors"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Name is the name of the device.
const Name = "name@1.0"

const doc = `Finds what a name stands for: every key is a name.

The entries of the option "name_resolvers" are asked in order until one knows the name. A message with a device is asked for
{path: lookup, key: NAME}, and when it does not know that for the path NAME; a message without one has the names as its keys; a text is
a path, behind which "/NAME" is asked for. What fails does not know the name. The message that the answer leads to is the result, or
the answer itself when the request has load=false.

As a request hook the device makes names hosts. The first label of the host that a request is for is a name, and what it stands for is
put before the path of the request, unless that begins with it already: http://NAME.example.org/x is /ID/x. When nobody knows the name,
a path goes on as it is, and the root of the host is not found (404), so that no host shows the page of the node by mistake. The option
"node_host" says under which host names are labels; without it, every host of two labels or more begins with a name. With the resolver
b32-name@1.0 each ID is a host, and behind name@1.0 the hook of manifest@1.0 makes hosts sites:

    "node_host": "example.org",
    "on": {"request": [{"device": "name@1.0"}, {"device": "manifest@1.0"}]}

    curl 'http://localhost:8734/~name@1.0/4nuojs5tw6xtfjbq47dqk6ak7n6tqyr3uxgemkq5z5vmunhxphya?load=false'
    # 42jky7O3rzKkMOfHBXgK-304YjulzEYqHc9qyjT3efA`

var (
	optResolvers = ao.Option{Name: "name_resolvers", Default: message.NewList(message.Of(message.P("device", message.Binary("b32-name@1.0")))),
		Doc: "Messages and paths that are asked for names, in order."}
	optHost = ao.Option{Name: "node_host", Default: message.Binary(""),
		Doc: "Host name of the node: the hook of name@1.0 takes labels before it for names. Empty takes the first label of any host."}
)

// New returns the device. host, which may be nil, is the slot in which the
// server notes the host of requests that do not say it themselves.
func New(host *message.Slot[string]) *ao.Device {
	h := hook{host}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "request", Doc: "As a request hook: puts what the host stands for before the path. Otherwise a name like any other.",
				Reads: "request: request, body", Run: h.request},
		},
		Default:  find,
		Excludes: []string{"keys", "set"},
		Options:  []ao.Option{optResolvers, optHost},
		Examples: []ao.Example{
			{Path: `/~name@1.0/nobody`, Answer: "not_found"},
			{Path: `/~name@1.0/4nuojs5tw6xtfjbq47dqk6ak7n6tqyr3uxgemkq5z5vmunhxphya&load=false`, Answer: "42jky7O3rzKkMOfHBXgK-304YjulzEYqHc9qyjT3efA"},
		},
	}
}

// find answers with what a name leads to (spec 04, 5.1).
func find(c *ao.Call) (message.Value, error) {
	v, err := resolve(c, c.Key)
	if err != nil || v == nil {
		return message.NotFound, err
	}
	return load(c, v)
}

// resolve asks the resolvers for a name and returns the first answer, nil when
// there is none.
func resolve(c *ao.Call, name string) (message.Value, error) {
	resolvers, err := listed(optResolvers.In(&c.Env))
	if err != nil {
		return nil, err
	}
	for _, r := range resolvers.All() {
		v, err := ask(c, r, name)
		if err := c.Ctx.Err(); err != nil {
			return nil, fail.Wrap(fail.Timeout, Name, err)
		}
		if err != nil {
			var o *ao.Outcome
			if !errors.As(err, &o) {
				c.Log.Info("a resolver of names failed", "name", name, "error", err)
			}
			continue
		}
		if v != nil && v != message.Value(message.NotFound) {
			return v, nil
		}
	}
	return nil, nil
}

func listed(v message.Value) (*message.List, error) {
	switch x := v.(type) {
	case *message.List:
		return x, nil
	case *message.Message:
		l, err := x.List()
		if err != nil {
			return nil, fail.New(fail.Invalid, Name, "option name_resolvers: %w", err)
		}
		return l, nil
	}
	return nil, fail.New(fail.Invalid, Name, "the option name_resolvers is not a list")
}

// ask asks one resolver: with the contract of the reference, and when that is
// no answer with the one of its newer versions (spec 05, 3.9).
func ask(c *ao.Call, resolver message.Value, name string) (message.Value, error) {
	resolver, err := message.Loaded(c.Ctx, c.Cache, resolver)
	if err != nil {
		return nil, err
	}
	if p, ok := resolver.(message.Binary); ok {
		if strings.ContainsAny(name, "/&?=+()~%\"") {
			return nil, ao.Missing // would be more than a name in a path
		}
		return c.Internal().ResolveRequest(c.Ctx, message.Of(message.P(path.Key, p+"/"+message.Binary(name))))
	}
	m, ok := resolver.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name, "a resolver of names is a message or a path")
	}
	if d := m.Text("device"); d == "" || d == ao.MessageDevice {
		v, _, err := c.Lookup(m, name)
		return v, err
	}
	v, err := c.Internal().Resolve(c.Ctx, m, message.Of(message.P(path.Key, message.Binary("lookup")), message.P("key", message.Binary(name))))
	if err == nil && v != message.Value(message.NotFound) {
		return v, nil
	}
	return c.Internal().Resolve(c.Ctx, m, message.Of(message.P(path.Key, message.Binary(name))))
}

// load returns what the answer of a resolver leads to.
func load(c *ao.Call, v message.Value) (message.Value, error) {
	want, err := c.Arg("load")
	if err != nil {
		return nil, err
	}
	if s, ok := message.Text(want); want != nil && ok && s == "false" {
		return v, nil
	}
	p, ok := v.(message.Binary)
	if !ok {
		return v, nil
	}
	v, err = c.Cache.Read(c.Ctx, string(p))
	if fail.Is(err, fail.NotFound) || fail.Is(err, fail.TooLarge) {
		return message.NotFound, nil
	}
	return v, err
}
