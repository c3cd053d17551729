package lua

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

const (
	// checkpointShare is how many times as long as a checkpoint the calls since
	// the last one take before the next is made.
	checkpointShare = 20
	// minReplay is how long calls take that need no checkpoint in any case,
	// and maxReplay how many there are at most.
	minReplay = 2 * time.Millisecond
	maxReplay = 10_000
	// wasteShare is how many times as much as the state itself may be kept of
	// states before it.
	wasteShare = 3
	wasteFree  = 64 << 10
)

// checkpoint is the saved state of a program in memory: chunks by their hashes,
// in groups that checkpoints share.
type checkpoint struct {
	root   vm.ChunkID
	groups []*group
}

// chunk returns the bytes of a chunk.
func (c *checkpoint) chunk(hash vm.ChunkID) ([]byte, error) {
	name := id.ID(hash).String()
	for i := len(c.groups) - 1; i >= 0; i-- {
		if v, ok := c.groups[i].chunks.Get(name); ok {
			if b, ok := v.(message.Binary); ok {
				return []byte(b), nil
			}
		}
	}
	return nil, fail.New(fail.Invalid, Name, "the snapshot lacks the part %s", name)
}

// save makes a checkpoint of a machine that is held. When nothing changed since
// the last one, it is that one.
func (in *instance) save() (*checkpoint, error) {
	w := chunkWriter{}
	root, err := in.vm.Checkpoint(w.put)
	if err != nil {
		return nil, err
	}
	if w.count == 1 && in.last != nil && bytes.Equal(variables(in.head), variables(w.head)) {
		in.tracked = true
		return in.last, nil
	}
	in.head, in.tracked = w.head, true
	groups := in.groups()
	groups = merged(append(groups[:len(groups):len(groups)], w.group()))
	in.whole = max(in.whole, groups[0].bytes)
	in.last = &checkpoint{root, groups}
	if in.last.wasteful(in.whole) {
		return in.compact()
	}
	return in.last, nil
}

// groups returns the chunks of the last checkpoint, and older ones.
func (in *instance) groups() []*group {
	if in.last == nil {
		return nil
	}
	return in.last.groups
}

// changed reports whether the machine may have changed since it was tracked.
func (in *instance) changed() bool {
	if !in.tracked {
		return true
	}
	before := in.last
	after, err := in.save()
	return err != nil || after != before
}

// variables returns the part of the head of a state that follows from the
// variables of the program. Before it are a magic number, version and dialect,
// and five numbers that count what the machine has made (docs/formats/lua-state.md).
func variables(head []byte) []byte {
	const fixed = 7
	if len(head) < fixed {
		return head
	}
	rest := head[fixed:]
	for range 5 {
		_, n := binary.Uvarint(rest)
		rest = rest[max(n, 0):]
	}
	return rest
}

// settle makes a checkpoint at the point, where a held machine is, if it is time
// for one.
func (p *point) settle(in *instance) error {
	if p.calls < maxReplay && p.spent < max(checkpointShare*in.cost, minReplay) {
		return nil
	}
	_, err := p.saved(in)
	return err
}

// saved returns the checkpoint of the point, where a held machine is.
func (p *point) saved(in *instance) (*checkpoint, error) {
	if c, _, _ := p.origin(); c != nil {
		return c, nil
	}
	begin := time.Now()
	c, err := in.save()
	if err != nil {
		return nil, err
	}
	in.cost = time.Since(begin)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.check = c
	if p.from != nil {
		p.from, p.op, p.spent, p.calls = nil, nil, 0, 0
	}
	return c, nil
}

// options returns what a machine of the program is made with.
func (in *instance) options(memory int64) vm.Options {
	p := in.prog
	return vm.Options{
		Dialect:   p.dialect,
		Limits:    vm.Limits{Memory: memory},
		Clock:     func() time.Time { return in.clock },
		Seed:      p.seed,
		Print:     in.print,
		Functions: in.functions(),
	}
}

// restore makes a machine in the saved state; its token is held.
func (c *checkpoint) restore(p *program, s *session) (*instance, error) {
	in := bareInstance(p)
	m, err := vm.RestoreCheckpoint(in.options(s.memory), c.root, c.chunk)
	if err != nil {
		return nil, err
	}
	in.vm, in.last = m, c
	for _, g := range c.groups {
		in.whole += g.bytes
	}
	return in, nil
}

// wasteful reports whether the groups hold much more than the whole state did
// when it was last looked at.
func (c *checkpoint) wasteful(full int) bool {
	total := 0
	for _, g := range c.groups {
		total += g.bytes
	}
	return total > wasteFree+wasteShare*full
}

// compact keeps only the chunks that the state consists of.
func (in *instance) compact() (*checkpoint, error) {
	b := message.NewBuilder(256)
	size := 0
	scratch := bareInstance(in.prog)
	_, err := vm.RestoreCheckpoint(scratch.options(0), in.last.root, func(hash vm.ChunkID) ([]byte, error) {
		data, err := in.last.chunk(hash)
		b.Set(id.ID(hash).String(), message.Binary(data))
		size += len(data)
		return data, err
	})
	if err != nil {
		return nil, err
	}
	in.whole = size
	in.last = &checkpoint{in.last.root, []*group{{b.Message(), size}}}
	return in.last, nil
}
