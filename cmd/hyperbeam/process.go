package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

type processCmd struct {
	Spawn    processSpawnCmd    `cmd:"" help:"Start a process from a WebAssembly or Lua module."`
	Send     processSendCmd     `cmd:"" help:"Schedule a message for a process."`
	Result   processResultCmd   `cmd:"" help:"Compute a slot and print its results."`
	Schedule processScheduleCmd `cmd:"" help:"List the messages of a process."`
	Console  processConsoleCmd  `cmd:"" help:"Talk to an aos process."`
}

type processSpawnCmd struct {
	peerFlags
	Module string   `required:"" help:"Module: a .wasm or .lua file, or the ID of one that the node has." placeholder:"FILE|ID"`
	Kind   string   `help:"Kind of a module given by ID: wasm or lua." enum:"wasm,lua" default:"wasm"`
	Keys   []string `arg:"" optional:"" help:"More keys of the definition." placeholder:"NAME=VALUE"`
}

// Run uploads the module, schedules the definition and prints the ID of the
// process.
func (c processSpawnCmd) Run(ctx context.Context, out *output) error {
	key, err := c.wallet()
	if err != nil {
		return err
	}
	kind, module := c.Kind, c.Module
	if len(c.Module) != 43 || strings.Contains(c.Module, ".") {
		if kind, module, err = c.upload(ctx, key); err != nil {
			return err
		}
	}
	rep, err := c.send(ctx, message.Of(message.P("path", message.Binary("/~meta@1.0/info/address")), message.P("method", message.Binary("GET"))), nil)
	if _, err = must(rep, err); err != nil {
		return err
	}
	v, err := rep.Value()
	if err != nil {
		return err
	}
	more, err := pairs(c.Keys)
	if err != nil {
		return err
	}
	def := definition(kind, module, v).Merge(more)
	m, err := c.post(ctx, "/schedule", def, key)
	if err != nil {
		return err
	}
	id := m.Text("process")
	if out.json {
		fmt.Printf("{\"process\":%q,\"module\":%q}\n", id, module)
		return nil
	}
	fmt.Println(id)
	return nil
}

// upload stores a module file on the node as a signed message and returns its
// kind and ID.
func (c processSpawnCmd) upload(ctx context.Context, key *keys.PrivateKey) (kind, id string, err error) {
	body, err := readInput(c.Module, maxMessage)
	if err != nil {
		return "", "", err
	}
	contentType := ""
	switch strings.ToLower(filepath.Ext(c.Module)) {
	case ".wasm":
		kind, contentType = "wasm", "application/wasm"
	case ".lua":
		kind, contentType = "lua", "application/lua"
	default:
		return "", "", fail.New(fail.Unsupported, "hyperbeam process spawn", "%s is neither a .wasm nor a .lua file", c.Module)
	}
	m := message.Of(
		message.P("data-protocol", message.Binary("ao")), message.P("variant", message.Binary("ao.N.1")),
		message.P("type", message.Binary("Module")), message.P("content-type", message.Binary(contentType)),
		message.P("body", message.Binary(body)))
	signed, err := sign(ctx, m, key)
	if err != nil {
		return "", "", err
	}
	i, err := commit.SignedID(ctx, signed)
	if err != nil {
		return "", "", err
	}
	if _, err := c.post(ctx, "/content-type", signed, nil); err != nil {
		return "", "", err
	}
	return kind, i.String(), nil
}

// definition is a process of a module: aos images run in a stack with WASI and
// the JSON interface, Lua modules by themselves.
func definition(kind, module string, node message.Value) *message.Message {
	m := message.Of(
		message.P("device", message.Binary("process@1.0")), message.P("type", message.Binary("Process")),
		message.P("data-protocol", message.Binary("ao")), message.P("variant", message.Binary("ao.N.1")),
		message.P("scheduler-device", message.Binary("scheduler@1.0")),
		message.P("scheduler", node), message.P("scheduler-location", node), message.P("authority", node),
		message.P("random-seed", message.Int(seed())))
	if kind == "lua" {
		return m.Set("execution-device", message.Binary("lua@5.3a")).Set("module", message.Binary(module))
	}
	return m.Merge(message.Of(
		message.P("execution-device", message.Binary("stack@1.0")),
		message.P("device-stack", message.Strings([]string{"wasi@1.0", "json-iface@1.0", "wasm-64@1.0", "patch@1.0", "multipass@1.0"})),
		message.P("stack-keys", message.Strings([]string{"init", "compute", "snapshot", "normalize"})),
		message.P("passes", message.Int(2)), message.P("output-prefix", message.Binary("wasm")),
		message.P("patch-from", message.Binary("/results/outbox")), message.P("image", message.Binary(module))))
}

// seed makes definitions of the same module different processes.
func seed() int64 {
	var b [8]byte
	rand.Read(b[:])
	return int64(binary.LittleEndian.Uint64(b[:]) >> 14)
}

type processSendCmd struct {
	peerFlags
	Process string   `arg:"" help:"ID of the process."`
	Action  string   `help:"Action of the message, e.g. Eval." placeholder:"NAME"`
	Data    string   `help:"Data of the message; @FILE is the content of a file." placeholder:"TEXT"`
	Keys    []string `arg:"" optional:"" help:"More keys of the message." placeholder:"NAME=VALUE"`
}

// Run schedules a message and prints its slot.
func (c processSendCmd) Run(ctx context.Context, out *output) error {
	key, err := c.wallet()
	if err != nil {
		return err
	}
	more, err := pairs(c.Keys)
	if err != nil {
		return err
	}
	data := c.Data
	if file, ok := strings.CutPrefix(c.Data, "@"); ok {
		b, err := readInput(file, maxMessage)
		if err != nil {
			return err
		}
		data = string(b)
	}
	m, err := c.schedule(ctx, key, c.Process, c.Action, data, more)
	if err != nil {
		return err
	}
	slot, _ := message.Text(value(m, "slot"))
	if out.json {
		fmt.Printf("{\"process\":%q,\"slot\":%s}\n", c.Process, slot)
		return nil
	}
	fmt.Println(slot)
	return nil
}

func value(m *message.Message, key string) message.Value {
	v, _ := m.Get(key)
	return v
}

// schedule sends a message to a process and returns its assignment.
func (p peerFlags) schedule(ctx context.Context, key *keys.PrivateKey, process, action, data string, more *message.Message) (*message.Message, error) {
	b := message.NewBuilder(10)
	b.Set("target", message.Binary(process))
	b.Set("type", message.Binary("Message"))
	b.Set("data-protocol", message.Binary("ao"))
	b.Set("variant", message.Binary("ao.N.1"))
	b.Set("random-seed", message.Int(seed()))
	if action != "" {
		b.Set("action", message.Binary(action))
	}
	if data != "" {
		b.Set("data", message.Binary(data))
	}
	return p.post(ctx, "/"+process+"~process@1.0/schedule", b.Message().Merge(more), key)
}

type processResultCmd struct {
	peerFlags
	Process string `arg:"" help:"ID of the process."`
	Slot    int64  `arg:"" help:"Slot to compute."`
	Full    bool   `help:"Print everything, not just the output."`
}

// Run computes a slot and prints its results.
func (c processResultCmd) Run(ctx context.Context, out *output) error {
	m, err := c.results(ctx, c.Process, c.Slot)
	if err != nil {
		return err
	}
	if out.json {
		text, err := json.Format(m)
		fmt.Println(text)
		return err
	}
	if text, ok := outputText(m); ok && !c.Full {
		fmt.Println(text)
		return nil
	}
	show(os.Stdout, m)
	return nil
}

// results returns the results of a slot, computing it if need be.
func (p peerFlags) results(ctx context.Context, process string, slot int64) (*message.Message, error) {
	return must(p.send(ctx, message.Of(
		message.P("path", message.Binary(fmt.Sprintf("/%s~process@1.0/compute&slot+integer=%d/results", process, slot))),
		message.P("method", message.Binary("GET"))), nil))
}

// outputText returns what a program printed or answered, as aos puts it.
func outputText(results *message.Message) (string, bool) {
	if s := results.Text("error"); s != "" {
		return "error: " + s, true
	}
	for _, path := range [][]string{{"output", "data"}, {"data", "output"}, {"data"}, {"output", "body"}, {"output"}, {"print"}} {
		switch v := message.DeepGet(results, path).(type) {
		case nil, *message.Message, *message.List:
		default:
			if s, ok := message.Text(v); ok {
				return s, true
			}
		}
	}
	return "", false
}

type processScheduleCmd struct {
	peerFlags
	Process string `arg:"" help:"ID of the process."`
	From    int64  `help:"First slot." default:"0"`
	To      int64  `help:"Last slot; the newest when negative." default:"-1"`
}

// Run lists assignments: slot, message ID, sender, action.
func (c processScheduleCmd) Run(ctx context.Context, out *output) error {
	// In a query, because as part of the path the numbers can make the segment as
	// long as an ID, which it would then be taken for (spec 02, 1.2).
	p := fmt.Sprintf("/%s~process@1.0/schedule?from=%d", c.Process, c.From)
	if c.To >= 0 {
		p += fmt.Sprintf("&to=%d", c.To)
	}
	m, err := must(c.send(ctx, message.Of(message.P("path", message.Binary(p)), message.P("method", message.Binary("GET"))), nil))
	if err != nil {
		return err
	}
	if out.json {
		text, err := json.Format(m)
		fmt.Println(text)
		return err
	}
	for _, a := range assignments(m) {
		slot, _ := message.Text(value(a, "slot"))
		body := a.Message("body")
		id, err := commit.SignedID(ctx, body)
		if err != nil {
			return err
		}
		from := strings.Join(commit.Committers(body), " ")
		action := body.Text("action")
		if action == "" {
			action = body.Text("type")
		}
		fmt.Printf("%4s  %s  %s  %s\n", slot, id, from, action)
	}
	if message.IsTrue(value(m, "continues")) {
		fmt.Println("more: use --from")
	}
	return nil
}

// assignments returns the assignments of a schedule in slot order.
func assignments(schedule *message.Message) []*message.Message {
	var out []*message.Message
	for _, v := range schedule.Message("assignments").All() {
		if a, ok := v.(*message.Message); ok {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b *message.Message) int { return cmp.Compare(slotOf(a), slotOf(b)) })
	return out
}

func slotOf(assignment *message.Message) int64 {
	n, _ := message.AsInt(value(assignment, "slot"))
	return n
}
