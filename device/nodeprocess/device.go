// Package nodeprocess is the device node-process@1.0: processes that a node has
// one of each.
package nodeprocess

import (
	"context"
	"strings"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Name is the name of the device.
const Name = "node-process@1.0"

const doc = `Processes of this node, by name: every key is one, as in /ledger~node-process@1.0/now.

The first request for a name of the option "node_processes" spawns the process: its definition gets the node as a scheduler and
authority, is signed by the node and scheduled, and is known under its name from then on, also to local-name@1.0. With "spawn=false"
a request does not do that. However many ask at the same time, there is one process, and it is the same after a restart.

A name that the option does not have is not found:

    curl http://localhost:8734/nobody~node-process@1.0/now    # 404`

var (
	optProcesses = ao.Option{Name: "node_processes", Default: message.Empty(), Doc: "Definitions of processes by their name on this node."}
	optCodec     = ao.Option{Name: "node_process_spawn_codec", Default: message.Binary("httpsig@1.0"), Doc: "What signs the definitions: httpsig@1.0 or ans104@1.0."}
)

// New returns the device.
func New() *ao.Device {
	d := &device{}
	return &ao.Device{
		Name:     Name,
		Doc:      doc,
		Default:  d.find,
		Excludes: []string{"keys", "set"},
		Options:  []ao.Option{optProcesses, optCodec},
	}
}

// device spawns one process at a time.
type device struct{ mu sync.Mutex }

// names is where local-name@1.0 keeps the names of this node.
const names = "local-name@1.0/"

// find returns the process with the name of the key (spec 04, 5.6).
func (d *device) find(c *ao.Call) (message.Value, error) {
	name := strings.ToLower(c.Key)
	if name == "" || strings.ContainsRune(name, '/') {
		return nil, ao.Missing
	}
	if v, ok, err := known(c, name); ok || err != nil {
		return v, err
	}
	spawn, err := c.Arg("spawn")
	if err != nil {
		return nil, err
	}
	text, _ := message.Text(spawn)
	all, _ := optProcesses.In(&c.Env).(*message.Message)
	v, ok, err := c.Lookup(all, name)
	definition, isMsg := v.(*message.Message)
	if err != nil || !ok || !isMsg || strings.EqualFold(text, "false") {
		if err == nil {
			err = ao.Missing
		}
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if v, ok, err := known(c, name); ok || err != nil {
		return v, err
	}
	return start(c, name, definition)
}

// known returns the process that a name stands for.
func known(c *ao.Call, name string) (message.Value, bool, error) {
	v, err := c.Internal().Resolve(c.Ctx, message.Of(message.P("device", message.Binary("local-name@1.0"))),
		message.Of(message.P(path.Key, message.Binary("lookup")), message.P("key", message.Binary(name))))
	if ao.AsMissing(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if id, isText := message.Text(v); isText {
		if v, err = c.Cache.Read(c.Ctx, id); err != nil {
			return nil, false, fail.New(fail.KindOf(err), Name, "the process %s, named %q, cannot be read: %s", id, name, fail.Sentence(err))
		}
	}
	return v, true, nil
}

// start spawns a process and gives it its name (spec 03, 8.5.2). What has begun
// is brought to its end, although the client may go: else there would be a
// process without a name, and then a second one.
func start(c *ao.Call, name string, definition *message.Message) (message.Value, error) {
	ctx := context.WithoutCancel(c.Ctx)
	if c.Env.Key() == nil {
		return nil, fail.New(fail.Unauthorized, Name, "this node has no wallet to sign processes with")
	}
	v, err := message.LoadAll(ctx, c.Cache, definition)
	if err != nil {
		return nil, err
	}
	m := v.(*message.Message).Without(message.CommitmentsKey)
	for _, k := range [...]string{"scheduler", "authority"} {
		was, _ := m.Get(k)
		m = m.Set(k, message.Strings(withOwn(schedule.Addresses(was), c.Address())))
	}
	signed, err := commit.Commit(ctx, c.Codec(), m, c.Env.Key(), commit.Spec{Device: optCodec.Text(&c.Env)})
	if err != nil {
		return nil, err
	}
	signed = ao.WithSigners(signed, commit.Committers(signed)...)
	id, err := commit.SignedID(ctx, signed)
	if err != nil {
		return nil, err
	}
	if _, err := c.Internal().Resolve(ctx, signed, message.Of(
		message.P(path.Key, message.Binary("schedule")), message.P("method", message.Binary("POST")), message.P("body", signed))); err != nil {
		return nil, err
	}
	if _, err := c.Cache.WriteBinary(ctx, message.Binary(id.String()), store.Durable, names+name); err != nil {
		return nil, &ao.Outcome{Status: ao.Failed, Value: message.Of(
			message.P("status", message.Int(500)), message.P("body", message.Binary("Failed to register process.")),
			message.P("details", message.Binary(fail.Sentence(err))))}
	}
	return signed, nil
}

// withOwn returns addresses with the node's own at the end.
func withOwn(list []string, own string) []string {
	out := make([]string, 0, len(list)+1)
	for _, a := range list {
		if a != own {
			out = append(out, a)
		}
	}
	return append(out, own)
}
