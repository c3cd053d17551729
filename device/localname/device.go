// Package localname is the device local-name@1.0: names that this node gives.
package localname

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Name is the name of the device.
const Name = "local-name@1.0"

const doc = `Keeps names for this node: every key is a name.

The operator registers names with a signed request. A name in the option "local_names" wins over a registered one.

    hyperbeam call --sign --key WALLET '/~local-name@1.0/register' key=alice value=42jky7O3rzKkMOfHBXgK-304YjulzEYqHc9qyjT3efA

    curl http://localhost:8734/~local-name@1.0/nobody
    # 404`

var optNames = ao.Option{Name: "local_names", Default: message.Empty(), Doc: "Names and what they stand for."}

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "lookup", Doc: "What a name stands for.", Reads: "request: key", Run: lookup},
			{Name: "register", Doc: "Gives a name; for the operator.", Reads: "request: key, value", Run: register},
		},
		Default:  func(c *ao.Call) (message.Value, error) { return find(c, c.Key) },
		Excludes: []string{"keys", "set"},
		Options:  []ao.Option{optNames, ao.OptOperator},
	}
}

// prefix is where names lie in the cache.
const prefix = Name + "/"

func lookup(c *ao.Call) (message.Value, error) {
	k, err := key(c)
	if err != nil {
		return nil, err
	}
	return find(c, k)
}

// key returns the name that a request is about.
func key(c *ao.Call) (string, error) {
	v, err := c.Arg("key")
	if err != nil {
		return "", err
	}
	k, ok := message.NormalizeKey(v)
	if v == nil || !ok || k == "" || strings.ContainsRune(k, '/') {
		return "", fail.New(fail.Invalid, Name, "the request has no key, or one that is not a name")
	}
	return k, nil
}

// find returns what a name stands for (spec 04, 5.2).
func find(c *ao.Call, name string) (message.Value, error) {
	names, _ := optNames.In(&c.Env).(*message.Message)
	if v, ok, err := c.Lookup(names, name); ok || err != nil {
		return v, err
	}
	v, err := c.Cache.Read(c.Ctx, prefix+name)
	if fail.Is(err, fail.NotFound) || fail.Is(err, fail.TooLarge) {
		return nil, ao.Missing
	}
	return v, err
}

// register stores a value and gives it a name.
func register(c *ao.Call) (message.Value, error) {
	if !c.FromOperator("key", "value") {
		return nil, &ao.Outcome{Status: ao.Failed, Value: message.Of(
			message.P("status", message.Int(403)),
			message.P("message", message.Binary("Unauthorized.")))}
	}
	k, err := key(c)
	if err != nil {
		return nil, err
	}
	v, err := c.Arg("value")
	if err != nil {
		return nil, err
	}
	switch v.(type) {
	case *message.Message, *message.List, message.Binary:
	default:
		return nil, fail.New(fail.Invalid, Name+"/register", "the request has no value that can be stored for %.64q", k)
	}
	if _, err := c.Cache.Write(c.Ctx, v, store.Durable, prefix+k); err != nil {
		return nil, err
	}
	return message.Binary("Registered."), nil
}
