package lua

import (
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

// Keys of a snapshot (docs/formats/lua-snapshot.md).
const (
	keySnapshot = "snapshot"
	keyRoot     = "root"  // the chunk that a state begins with
	keyParts    = "parts" // chunks, in groups
	keyBody     = "body"  // the state in one piece
	keyFormat   = "format"

	formatParts = "lua-state-parts@1"
	formatWhole = "lua-state@1"
)

// snapshot returns the state of the program (spec 03, 14.6.1).
func (d *device) snapshot(c *ao.Call) (message.Value, error) {
	p, ok := pointSlot.In(c.Base)
	if !ok {
		return nil, fail.New(fail.Conflict, Name+"/snapshot", "Cannot snapshot Lua state: state not initialized.")
	}
	s, err := newSession(c)
	if err != nil {
		return nil, err
	}
	in, err := p.acquire(s)
	if err != nil {
		return nil, err
	}
	defer p.leave(in)
	switch format, _ := c.Request().Get(keyFormat); format {
	case nil, message.Binary("parts"):
		saved, err := p.saved(in)
		if err != nil {
			return nil, err
		}
		return saved.message(), nil
	case message.Binary("body"):
		data, err := in.vm.Save()
		if err != nil {
			return nil, err
		}
		return message.Of(message.P(keyFormat, message.Binary(formatWhole)), message.P(keyBody, message.Binary(data))), nil
	}
	return nil, fail.New(fail.Invalid, Name+"/snapshot", "the format of a snapshot is parts or body")
}

// message returns the checkpoint as a message. Groups that are part of an
// earlier one are the same messages.
func (c *checkpoint) message() *message.Message {
	parts := message.NewBuilder(len(c.groups))
	for i, g := range c.groups {
		parts.Set(strconv.Itoa(i+1), g.chunks)
	}
	return message.Of(
		message.P(keyFormat, message.Binary(formatParts)),
		message.P(keyRoot, message.Binary(id.ID(c.root).String())),
		message.P(keyParts, parts.Message()))
}

// normalize makes sure that there is a program (spec 03, 14.6.1).
func (d *device) normalize(c *ao.Call) (message.Value, error) {
	if _, ok := pointSlot.In(c.Base); ok {
		return c.Base.Without(keySnapshot), nil
	}
	keys := []string{keySnapshot}
	if place, ok := c.Base.Get("device-key"); ok {
		if k, isKey := message.NormalizeKey(place); isKey {
			keys = append(keys, k)
		}
	}
	v, _, err := c.LookupPath(c.Base, keys)
	if err != nil {
		return nil, err
	}
	saved, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Conflict, Name+"/normalize", "no_lua_state_snapshot_found: the message has neither a program that is loaded nor a snapshot of one")
	}
	prog, err := d.idle.program(c)
	if err != nil {
		return nil, err
	}
	p := &point{prog: prog}
	if p.check, err = readCheckpoint(c, prog, saved); err != nil {
		return nil, err
	}
	s, err := newSession(c)
	if err != nil {
		return nil, err
	}
	in, err := p.acquire(s)
	if err != nil {
		return nil, err
	}
	p.leave(in)
	return pointSlot.Set(c.Base.Without(keySnapshot), p), nil
}

// readCheckpoint reads a snapshot of either form.
func readCheckpoint(c *ao.Call, prog *program, saved *message.Message) (*checkpoint, error) {
	v, err := message.LoadAll(c.Ctx, c.Cache, saved)
	if err != nil {
		return nil, err
	}
	saved = v.(*message.Message)
	switch saved.Text(keyFormat) {
	case formatParts:
		return readParts(saved)
	case formatWhole:
		in := bareInstance(prog)
		body, _ := saved.Get(keyBody)
		data, ok := body.(message.Binary)
		if !ok {
			return nil, unreadable("it has no body")
		}
		if in.vm, err = vm.Restore(in.options(optMemory.Int(&c.Env)), []byte(data)); err != nil {
			return nil, err
		}
		return in.save()
	}
	return nil, unreadable("it was made by another implementation; a process can be computed again from its first slot")
}

func readParts(saved *message.Message) (*checkpoint, error) {
	root, err := id.Parse(saved.Text(keyRoot))
	if err != nil {
		return nil, unreadable("it has no root")
	}
	v, _ := saved.Get(keyParts)
	if l, ok := v.(*message.List); ok {
		v = l.Numbered()
	}
	parts, ok := v.(*message.Message)
	if !ok {
		return nil, unreadable("it has no parts")
	}
	out := &checkpoint{root: vm.ChunkID(root)}
	for i := 1; i <= parts.Len(); i++ {
		chunks := parts.Message(strconv.Itoa(i))
		if chunks == nil {
			return nil, unreadable("part %d is missing", i)
		}
		g := &group{chunks: chunks}
		for _, v := range chunks.All() {
			b, _ := v.(message.Binary)
			g.bytes += len(b)
		}
		out.groups = append(out.groups, g)
	}
	if len(out.groups) == 0 {
		return nil, unreadable("it has no parts")
	}
	return out, nil
}

func unreadable(format string, args ...any) error {
	return fail.New(fail.Unsupported, Name+"/normalize", "the snapshot of a Lua program cannot be read: "+format, args...)
}
