package machine

import (
	"context"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/snapshot"
)

// Keys of the message form of a state (docs/formats/wasm-state.md).
const (
	keyState  = "state"  // what is not memory, as snapshot.Snapshot.Encode writes it
	keyMemory = "memory" // memory by pages
	keyBody   = "body"   // memory in one piece
)

// pagesPerPart is how many pages a part of memory has: one page of WebAssembly.
const pagesPerPart = wasm.PageBytes / snapshot.PageSize

// Snapshot returns the state of m as a message:
//
//	state    globals, size and hashes
//	memory   {"0": {"0": page, "15": page}, "7": {...}}
//
// A part of "memory" is 64 KiB, a page 4 KiB; those that are all zeros are left
// out. Parts that did not change since the last snapshot of the same life are
// the same messages.
//
// # Errors
//
// [fail.Unsupported] when the module's state is more than memory and globals;
// [fail.Conflict] as [Machine.Call].
func (m *Machine) Snapshot(ctx context.Context) (*message.Message, error) {
	c, err := m.checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	l := m.life
	if err := l.lock(ctx); err != nil {
		return nil, err
	}
	defer l.unlock()
	c.makeParts(l.paged)
	l.paged = c
	memory := message.NewBuilder(len(c.parts))
	for i, p := range c.parts {
		if p != nil {
			memory.Set(strconv.Itoa(i), p)
		}
	}
	out := message.Of(message.P(keyState, message.Binary(c.snap.Encode())))
	if mem := memory.Message(); mem.Len() > 0 {
		out = out.Set(keyMemory, mem)
	}
	return out, nil
}

// checkpoint returns the saved state at m, which is made when there is none.
func (m *Machine) checkpoint(ctx context.Context) (*checkpoint, error) {
	l := m.life
	if err := l.lock(ctx); err != nil {
		return nil, err
	}
	defer l.unlock()
	if m.check == nil {
		if err := l.blocked(); err != nil {
			return nil, err
		}
		if err := l.moveTo(ctx, m, l.limits); err != nil {
			return nil, err
		}
		if err := l.save(m); err != nil {
			return nil, err
		}
	}
	return m.check, nil
}

// Flat returns the state of m as a message with the whole memory in one piece
// (spec 03, 11.5):
//
//	body     memory
//	state    globals, size and hashes; others ignore it
//
// Errors are those of [Machine.Snapshot].
func (m *Machine) Flat(ctx context.Context) (*message.Message, error) {
	c, err := m.checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	mem := make([]byte, c.snap.MemoryPages*wasm.PageBytes)
	for i, hash := range c.tree.Pages() {
		copy(mem[i*snapshot.PageSize:], c.pages[hash])
	}
	return message.Of(
		message.P(keyBody, message.Binary(mem)),
		message.P(keyState, message.Binary(c.snap.Encode()))), nil
}

// makeParts makes the parts of memory, taking from another checkpoint those
// that are the same.
func (c *checkpoint) makeParts(before *checkpoint) {
	if c.parts != nil {
		return
	}
	c.parts = make([]*message.Message, c.tree.Len()/pagesPerPart)
	for i := range c.parts {
		if before != nil && i < len(before.parts) && samePart(c.tree, before.tree, i) {
			c.parts[i] = before.parts[i]
			continue
		}
		b := message.NewBuilder(pagesPerPart)
		for k := range pagesPerPart {
			if hash := c.tree.Page(i*pagesPerPart + k); !hash.IsZero() {
				b.Set(strconv.Itoa(k), message.Binary(c.pages[hash]))
			}
		}
		if p := b.Message(); p.Len() > 0 {
			c.parts[i] = p
		}
	}
}

func samePart(a, b *snapshot.Tree, i int) bool {
	for k := i * pagesPerPart; k < (i+1)*pagesPerPart; k++ {
		if a.Page(k) != b.Page(k) {
			return false
		}
	}
	return true
}

// Restore returns a machine in the state that a message describes: one of
// [Machine.Snapshot] or [Machine.Flat], or the reference's, which is memory in
// one piece without globals. l loads links in it.
//
// # Errors
//
// [fail.Invalid] for a message of another form or one that is damaged,
// [fail.Conflict] for the state of another module, and those of
// [wasm.Module.Restore].
func Restore(ctx context.Context, module *wasm.Module, saved *message.Message, l message.Loader, run Run) (*Machine, error) {
	var c *checkpoint
	var err error
	if body, ok := saved.Get(keyBody); ok {
		c, err = readFlat(ctx, module, saved, body, l, run)
	} else {
		c, err = readPaged(ctx, module, saved, l)
	}
	if err != nil {
		return nil, fail.Wrap(fail.Internal, "machine.Restore", err)
	}
	life := newLife(module)
	m := &Machine{life: life, check: c}
	if err := life.lock(ctx); err != nil {
		return nil, err
	}
	defer life.unlock()
	life.paged = c
	return m, life.move(ctx, m, run.Limits)
}

// pageMap is pages by hash.
type pageMap map[id.ID]string

func (p pageMap) find(hash id.ID) (string, bool) { s, ok := p[hash]; return s, ok }

// put adds page i of memory to the tree.
func (p pageMap) put(t *snapshot.Tree, i int, page string) {
	if snapshot.IsZero([]byte(page)) {
		return
	}
	hash := id.Hash([]byte(page))
	p[hash] = page
	t.Set(i, hash)
}

func readState(saved *message.Message, module *wasm.Module) (*snapshot.Snapshot, error) {
	s, err := snapshot.Decode([]byte(saved.Text(keyState)))
	if err != nil {
		return nil, err
	}
	if s.Image != module.Image() {
		return nil, fail.New(fail.Conflict, "machine.Restore", "the state is of image %s, not of %s", s.Image, module.Image())
	}
	if s.MemoryPages > snapshot.MaxMemory {
		return nil, invalid("the memory is too large")
	}
	return s, nil
}

func readPaged(ctx context.Context, module *wasm.Module, saved *message.Message, l message.Loader) (*checkpoint, error) {
	s, err := readState(saved, module)
	if err != nil {
		return nil, err
	}
	c := &checkpoint{parts: make([]*message.Message, s.MemoryPages)}
	tree, pages := snapshot.NewTree(s.MemoryPages), pageMap{}
	v, _ := saved.Get(keyMemory)
	memory, err := loadMessage(ctx, l, v)
	if err != nil {
		return nil, err
	}
	for name, v := range memory.All() {
		i, err := strconv.ParseUint(name, 10, 32)
		if err != nil || i >= s.MemoryPages {
			return nil, invalid("no part %.20q of memory", name)
		}
		if c.parts[i], err = loadMessage(ctx, l, v); err != nil {
			return nil, err
		}
		for name, page := range c.parts[i].All() {
			k, err := strconv.ParseUint(name, 10, 32)
			text, ok := page.(message.Binary)
			if err != nil || k >= pagesPerPart || !ok || len(text) != snapshot.PageSize {
				return nil, invalid("no page %.20q of memory", name)
			}
			pages.put(tree, int(i*pagesPerPart+k), string(text))
		}
	}
	root, err := tree.Flush(snapshot.Pages{}, true)
	if err != nil {
		return nil, err
	}
	if root != s.Root {
		return nil, invalid("the memory is damaged: its hash is %s, not %s", root, s.Root)
	}
	done, err := newCheckpoint(s, tree, pages)
	if err != nil {
		return nil, err
	}
	done.parts = c.parts
	return done, nil
}

// readFlat reads memory in one piece. What the message does not say, globals
// and memory beyond what was saved, is as in a new instance.
func readFlat(ctx context.Context, module *wasm.Module, saved *message.Message, body message.Value, l message.Loader, run Run) (*checkpoint, error) {
	text, ok := body.(message.Binary)
	if !ok {
		return nil, invalid("the memory is not binary")
	}
	first, err := Start(ctx, module, run)
	if err != nil {
		return nil, err
	}
	mem, err := first.Memory(ctx)
	if err != nil {
		return nil, err
	}
	start, err := first.checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	if err := first.Stop(ctx); err != nil {
		return nil, err
	}
	s := *start.snap
	if saved.Has(keyState) {
		own, err := readState(saved, module)
		if err != nil {
			return nil, err
		}
		s.Globals = own.Globals
	}
	s.MemoryPages = max(uint64(len(mem)), (uint64(len(text))+wasm.PageBytes-1)) / wasm.PageBytes
	tree, pages := snapshot.NewTree(s.MemoryPages), pageMap{}
	whole := make([]byte, s.MemoryPages*wasm.PageBytes)
	copy(whole, mem)
	copy(whole, text)
	for i := range tree.Len() {
		pages.put(tree, i, string(whole[i*snapshot.PageSize:(i+1)*snapshot.PageSize]))
	}
	if s.Root, err = tree.Flush(snapshot.Pages{}, true); err != nil {
		return nil, err
	}
	return newCheckpoint(&s, tree, pages)
}

func loadMessage(ctx context.Context, l message.Loader, v message.Value) (*message.Message, error) {
	if v == nil {
		return message.Empty(), nil
	}
	v, err := message.Loaded(ctx, l, v)
	if err != nil {
		return nil, err
	}
	switch x := v.(type) {
	case *message.Message:
		return x, nil
	case *message.List: // parts "1" to "n" read back as a list
		return x.Numbered(), nil
	}
	return nil, invalid("a part of memory is not a message")
}

func invalid(format string, args ...any) error {
	return fail.New(fail.Invalid, "machine.Restore", format, args...)
}
