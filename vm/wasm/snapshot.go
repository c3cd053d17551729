package wasm

import (
	"context"
	"hash/maphash"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/internal/wasmtime"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/rewrite"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/snapshot"
)

const pagesPerWasmPage = PageBytes / snapshot.PageSize

// tracker knows what the last snapshot of an instance held, to tell which pages
// changed since. Pages are compared by a 64-bit hash with a secret random seed,
// which nothing that the guest does can aim at; only changed pages are hashed
// with SHA-256.
type tracker struct {
	tree   *snapshot.Tree
	quick  []uint64 // by page; 0 for a page of zeros
	seed   maphash.Seed
	stored bool // tree is what the last complete snapshot stored
}

// quickHash returns the fast hash of a page, never 0 unless it is zero.
func (t *tracker) quickHash(page []byte) uint64 {
	if snapshot.IsZero(page) {
		return 0
	}
	return maphash.Bytes(t.seed, page) | 1
}

// resize follows the growth of memory.
func (t *tracker) resize(memoryPages uint64) {
	n := int(memoryPages) * pagesPerWasmPage
	switch {
	case t.tree == nil:
		t.tree, t.quick, t.seed = snapshot.NewTree(memoryPages), make([]uint64, n), maphash.MakeSeed()
	case t.tree.Len() != n:
		t.tree.Resize(memoryPages)
		t.quick = append(t.quick, make([]uint64, n-len(t.quick))...)
	}
}

// Snapshot saves the instance: pages and nodes go to sink, the rest is
// returned. prev names a snapshot of which sink has everything; when it is the
// one that this instance made last or was restored from, only what changed
// since is put. With nil, or another one, everything is.
//
// # Errors
//
// [fail.Unsupported] as [Module.SnapshotBlocker], [fail.Conflict] when the
// instance is dead, and those of sink.
func (in *Instance) Snapshot(sink snapshot.Sink, prev *snapshot.Snapshot) (*snapshot.Snapshot, error) {
	in.enter()
	defer in.leave()
	return in.snapshot(sink, prev)
}

func (g *guest) snapshot(sink snapshot.Sink, prev *snapshot.Snapshot) (*snapshot.Snapshot, error) {
	const op = "wasm.Snapshot"
	if g.dead != nil {
		return nil, g.dead
	}
	if err := g.module.SnapshotBlocker(); err != nil {
		return nil, err
	}
	mem := g.native.Memory()
	s := &snapshot.Snapshot{Image: g.module.image, MemoryPages: uint64(len(mem) / PageBytes)}
	if s.MemoryPages > snapshot.MaxMemory {
		return nil, fail.New(fail.Unsupported, op, "memory of %d bytes is too large to save", len(mem))
	}
	for _, mg := range g.module.info.Globals {
		v, ok := g.native.Global(mg.ExportName())
		if !ok {
			return nil, fail.New(fail.Internal, op, "global %d is not accessible", mg.Index)
		}
		s.Globals = append(s.Globals, snapshot.Global{Index: mg.Index, Type: byte(mg.Type), Lo: v.Lo, Hi: v.Hi})
	}
	t := &g.pages
	all := !t.stored || prev == nil || prev.Image != s.Image || prev.Root != t.tree.Root()
	t.stored = false // until all is put
	t.resize(s.MemoryPages)
	if err := t.put(mem, g.module.untouched(mem), sink, all); err != nil {
		return nil, fail.Wrap(fail.Internal, op, err)
	}
	root, err := t.tree.Flush(sink, all)
	if err != nil {
		return nil, fail.Wrap(fail.Internal, op, err)
	}
	s.Root, t.stored = root, true
	return s, nil
}

// untouchedMin is the size in bytes from which asking the kernel pays.
const untouchedMin = 16 << 20

// untouched returns a function that reports pages that are known to be zero
// because nothing ever accessed them; nil when that is not known.
func (m *Module) untouched(mem []byte) func(page int) bool {
	if len(mem) < untouchedMin || m.info.DataUnknown {
		return nil
	}
	touched := resident(mem)
	if touched == nil {
		return nil
	}
	return func(page int) bool { return !touched(page) && !m.dataPages[page] }
}

// put stores the pages that changed, or all that are not zero. It does not read
// pages that skip reports; nil reports none.
func (t *tracker) put(mem []byte, skip func(page int) bool, sink snapshot.Sink, all bool) error {
	for i := range t.quick {
		if skip != nil && t.quick[i] == 0 && skip(i) {
			continue
		}
		page := mem[i*snapshot.PageSize : (i+1)*snapshot.PageSize]
		q, hash := t.quickHash(page), id.ID{}
		if q == t.quick[i] {
			if !all || q == 0 {
				continue
			}
			hash = t.tree.Page(i)
		} else if q != 0 {
			hash = id.Hash(page)
		}
		if q != 0 {
			if err := sink.PutPage(hash, page); err != nil {
				return err
			}
		}
		t.quick[i] = q
		t.tree.Set(i, hash)
	}
	return nil
}

// Restore returns a new instance in the saved state: memory and globals are
// byte-identical. Constructors do not run again. The next snapshot of the
// instance with prev = s puts only what changed.
//
// # Errors
//
// [fail.Conflict] when s is of another image, [fail.Invalid] when it does not
// fit the module or a page is damaged, those of src, and those of
// [Module.Instantiate].
func (m *Module) Restore(ctx context.Context, host Host, lim Limits, s *snapshot.Snapshot, src snapshot.Source) (*Instance, error) {
	const op = "wasm.Restore"
	if s.Image != m.image {
		return nil, fail.New(fail.Conflict, op, "the snapshot is of image %s, not of %s", s.Image, m.image)
	}
	if err := m.SnapshotBlocker(); err != nil {
		return nil, err
	}
	g, err := m.start(ctx, host, lim)
	if err != nil {
		return nil, err
	}
	g.enter()
	err = g.restore(s, src)
	g.leave()
	if err != nil {
		g.close()
		return nil, fail.Wrap(fail.Internal, op, err)
	}
	return own(g), nil
}

func (g *guest) restore(s *snapshot.Snapshot, src snapshot.Source) error {
	const op = "wasm.Restore"
	if err := g.restoreGlobals(s.Globals); err != nil {
		return err
	}
	has := uint64(len(g.bytes())) / PageBytes
	if s.MemoryPages < has {
		return fail.New(fail.Invalid, op, "the snapshot has %d pages of memory, the module starts with %d", s.MemoryPages, has)
	}
	tree, err := snapshot.Load(s, src)
	if err != nil {
		return err
	}
	if err := g.grow(s.MemoryPages - has); err != nil {
		return err
	}
	t := &g.pages
	t.resize(s.MemoryPages)
	t.tree = tree
	mem := g.native.Memory()
	g.module.clearFresh(mem[:has*PageBytes], tree)
	for i, hash := range tree.Pages() {
		page, err := snapshot.ReadPage(src, hash)
		if err != nil {
			return err
		}
		t.quick[i] = t.quickHash(page)
		copy(mem[i*snapshot.PageSize:], page)
	}
	t.stored = true
	return nil
}

func (g *guest) restoreGlobals(saved []snapshot.Global) error {
	const op = "wasm.Restore"
	want := g.module.info.Globals
	if len(saved) != len(want) {
		return fail.New(fail.Invalid, op, "the snapshot has %d globals, the module %d", len(saved), len(want))
	}
	for i, s := range saved {
		if s.Index != want[i].Index || s.Type != byte(want[i].Type) ||
			!g.native.SetGlobal(want[i].ExportName(), s.Type, wasmtime.Value{Lo: s.Lo, Hi: s.Hi}) {
			return fail.New(fail.Invalid, op, "global %d of the snapshot does not fit the module", s.Index)
		}
	}
	return nil
}

// clearFresh zeroes the pages of a new instance's memory that are zero in tree.
// Where only segments at known places wrote to it, only these are looked at.
func (m *Module) clearFresh(mem []byte, tree *snapshot.Tree) {
	data := m.info.Data
	if m.info.HasStart || m.info.DataUnknown {
		data = []rewrite.Range{{Start: 0, Len: uint64(len(mem))}}
	}
	for _, r := range data {
		if r.Len == 0 {
			continue
		}
		for i := r.Start / snapshot.PageSize; i <= (r.Start+r.Len-1)/snapshot.PageSize; i++ {
			page := mem[i*snapshot.PageSize : (i+1)*snapshot.PageSize]
			if tree.Page(int(i)).IsZero() && !snapshot.IsZero(page) {
				clear(page)
			}
		}
	}
}
