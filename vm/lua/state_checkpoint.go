package lua

import (
	"crypto/sha256"
	"sort"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// ChunkID names a chunk of a checkpoint: the SHA-256 of its bytes.
type ChunkID [sha256.Size]byte

const (
	pageObjects = 32 // objects in one page
	nodePages   = 64 // pages in one node
)

// checkpoint is one writing of what changed.
type checkpoint struct {
	vm  *VM
	p   *persistence
	put func(ChunkID, []byte) error
	enc encoder
}

// Checkpoint writes what changed since the previous checkpoint as chunks, and
// returns the ID of the chunk from which the state can be restored. put gets
// every new chunk, before any that refers to it, with its SHA-256 as the name;
// it may be called for a chunk that was stored before. The cost is in
// proportion to what changed, except that once in a while, after as many new
// objects as there were before, objects that nothing reaches are dropped.
// It fails with kind Conflict while a call is under way; after a failed put
// the next checkpoint writes everything again.
func (vm *VM) Checkpoint(put func(ChunkID, []byte) error) (ChunkID, error) {
	if vm.running {
		return ChunkID{}, fail.New(fail.Conflict, "lua.Checkpoint", "the machine is running")
	}
	if vm.persist == nil {
		vm.persist = &persistence{objects: make([]savedObject, 1), stale: map[int]struct{}{}}
	}
	c := &checkpoint{vm: vm, p: vm.persist, put: put}
	root, err := c.write()
	if err != nil {
		vm.forget()
		return ChunkID{}, err
	}
	vm.persist.base = vm.counters()
	return root, nil
}

func (c *checkpoint) write() (ChunkID, error) {
	c.enc.ref = c.number
	first := len(c.p.objects) == 1
	if !first && c.p.used > 2*c.p.live+4096 {
		c.sweep()
	}
	c.roots()
	c.discover()
	if err := c.pages(); err != nil {
		return ChunkID{}, err
	}
	if first {
		c.p.live = c.p.used
	}
	if len(c.p.fresh) > 0 {
		return ChunkID{}, fail.New(fail.Internal, "lua.Checkpoint", "an object was found late")
	}
	e := encoder{ref: c.number}
	e.head(c.vm)
	e.uint(uint64(len(c.p.objects)))
	for _, n := range c.p.nodes {
		e.b = append(e.b, n[:]...)
	}
	return c.store(e.b)
}

func (c *checkpoint) store(b []byte) (ChunkID, error) {
	id := ChunkID(sha256.Sum256(b))
	return id, c.put(id, append([]byte(nil), b...))
}

// pid returns the place of an object's number.
func (o savedObject) pid() *uint32 {
	if o.ch != nil {
		return &o.ch.pid
	}
	switch o.v.Kind() {
	case KindString:
		return &(*stringObject)(o.v.p).pid
	case KindTable:
		t := o.v.table()
		if t.track == nil {
			t.track = &tableTrack{}
		}
		return &t.track.pid
	case kindCell:
		return &o.v.cell().pid
	case KindFunction:
		return &o.v.fn().pid
	case KindHost:
		return &o.v.host().pid
	}
	return &o.v.thread().pid
}

// number returns the number of an object. A new one gets the lowest free
// number and waits at the end of the list for discover.
func (c *checkpoint) number(o savedObject) uint32 {
	n := o.pid()
	if *n == 0 {
		if k := len(c.p.free); k > 0 {
			*n = c.p.free[k-1]
			c.p.free = c.p.free[:k-1]
			c.p.objects[*n] = o
		} else {
			*n = uint32(len(c.p.objects))
			c.p.objects = append(c.p.objects, o)
		}
		c.p.used++
		c.p.stale[int(*n)/pageObjects] = struct{}{}
		c.p.fresh = append(c.p.fresh, o)
	}
	return *n
}

// roots numbers what the head refers to.
func (c *checkpoint) roots() {
	c.number(savedObject{v: c.vm.globals.Value()})
	for _, mt := range c.vm.typeMeta {
		if mt != nil {
			c.number(savedObject{v: mt.Value()})
		}
	}
}

// visit numbers the objects that a value refers to.
func (c *checkpoint) visit(v Value) {
	switch k := v.Kind(); {
	case k < KindString, k == KindString && len(v.str()) <= shortString, k == KindHost && len(v.host().up) == 0:
	default:
		c.number(savedObject{v: v})
	}
}

// discover numbers everything that changed objects and new ones reach.
func (c *checkpoint) discover() {
	for _, t := range c.p.tables {
		c.mark(t.track.pid)
		c.tableRefs(t, false)
		t.track.dirty = false
	}
	for _, x := range c.p.cells {
		c.mark(x.pid)
		x.dirty = false
		c.visit(x.v)
	}
	for _, th := range c.p.threads {
		c.mark(th.pid)
		th.dirty = false
		c.refs(savedObject{v: th.value()})
	}
	for _, h := range c.p.hosts {
		c.mark(h.pid)
		h.dirty = false
		c.refs(savedObject{v: h.value()})
	}
	c.p.tables, c.p.cells, c.p.threads, c.p.hosts = nil, nil, nil, nil
	for len(c.p.fresh) > 0 {
		o := c.p.fresh[0]
		c.p.fresh = c.p.fresh[1:]
		c.refs(o)
	}
	c.p.fresh = nil
}

func (c *checkpoint) mark(pid uint32) { c.p.stale[int(pid)/pageObjects] = struct{}{} }

// refs numbers what an object refers to.
func (c *checkpoint) refs(o savedObject) {
	if o.ch != nil {
		return
	}
	switch o.v.Kind() {
	case KindTable:
		c.tableRefs(o.v.table(), true)
	case kindCell:
		c.visit(o.v.cell().v)
	case KindFunction:
		f := o.v.fn()
		c.number(savedObject{ch: f.proto.chunk})
		for _, u := range f.up {
			c.number(savedObject{v: u.value()})
		}
	case KindHost:
		for _, u := range o.v.host().up {
			c.visit(u)
		}
	case KindThread:
		c.threadRefs(o.v.thread())
	}
}

func (c *checkpoint) threadRefs(th *thread) {
	c.visit(th.start)
	if len(th.frames) == 0 {
		return
	}
	for i := range th.frames {
		if f := th.frames[i].fn; f != nil {
			c.number(savedObject{v: f.value()})
		}
	}
	for i, l := range th.liveSlots() {
		if l {
			c.visit(th.stack[i])
		}
	}
}

// tableRefs numbers what a table refers to: all of it, or its changed segments.
func (c *checkpoint) tableRefs(t *Table, all bool) {
	if t.meta != nil {
		c.number(savedObject{v: t.meta.Value()})
	}
	for i := 0; i < len(t.arr); i += arrSegment {
		if all || t.track.arr.isDirty(i/arrSegment) {
			for _, v := range t.arr[i:min(i+arrSegment, len(t.arr))] {
				c.visit(v)
			}
		}
	}
	if t.hash == nil {
		return
	}
	for i := 0; i < len(t.hash.entries); i += hashSegment {
		if all || t.track.hash.isDirty(i/hashSegment) {
			for _, e := range t.hash.entries[i:min(i+hashSegment, len(t.hash.entries))] {
				c.visit(e.key)
				c.visit(e.val)
			}
		}
	}
}

// pages writes the stale pages and the nodes above them.
func (c *checkpoint) pages() error {
	count := (len(c.p.objects) + pageObjects - 1) / pageObjects
	for len(c.p.pages) < count {
		c.p.pages = append(c.p.pages, ChunkID{})
	}
	stale := make([]int, 0, len(c.p.stale))
	for i := range c.p.stale {
		stale = append(stale, i)
	}
	sort.Ints(stale)
	nodes := (count + nodePages - 1) / nodePages
	for len(c.p.nodes) < nodes {
		c.p.nodes = append(c.p.nodes, ChunkID{})
	}
	for at, i := range stale {
		id, err := c.page(i)
		if err != nil {
			return err
		}
		c.p.pages[i] = id
		if node := i / nodePages; at == len(stale)-1 || stale[at+1]/nodePages != node {
			var b []byte
			for _, p := range c.p.pages[node*nodePages : min((node+1)*nodePages, count)] {
				b = append(b, p[:]...)
			}
			if c.p.nodes[node], err = c.store(b); err != nil {
				return err
			}
		}
	}
	clear(c.p.stale)
	return nil
}

func (c *checkpoint) page(i int) (ChunkID, error) {
	c.enc.b = c.enc.b[:0]
	for pid := i * pageObjects; pid < min((i+1)*pageObjects, len(c.p.objects)); pid++ {
		o := c.p.objects[pid]
		if o.ch == nil && o.v.isNil() {
			c.enc.byte(recordFree)
			continue
		}
		if err := c.enc.record(o, c.segments); err != nil {
			return ChunkID{}, err
		}
	}
	return c.store(c.enc.b)
}

// segments writes the changed segments of a large table, and all their IDs
// into the record.
func (c *checkpoint) segments(t *Table) error {
	tr := t.track
	err := c.part(&tr.arr, len(t.arr), arrSegment, func(e *encoder, from, to int) { e.slots(t, from, to) })
	if err != nil {
		return err
	}
	n := 0
	if t.hash != nil {
		n = len(t.hash.entries)
	}
	return c.part(&tr.hash, n, hashSegment, func(e *encoder, from, to int) { e.entries(t, from, to) })
}

func (c *checkpoint) part(s *segments, n, size int, write func(e *encoder, from, to int)) error {
	count := (n + size - 1) / size
	for i := range count {
		if !s.isDirty(i) {
			continue
		}
		e := encoder{ref: c.number}
		write(&e, i*size, min((i+1)*size, n))
		id, err := c.store(e.b)
		if err != nil {
			return err
		}
		if i < len(s.ids) {
			s.ids[i] = id
		} else {
			s.ids = append(s.ids, id)
		}
	}
	s.ids = s.ids[:count]
	// One segment more than there are, so that growth of the last is noticed.
	words := count/64 + 1
	if len(s.dirty) != words {
		s.dirty = make([]uint64, words)
	}
	clear(s.dirty)
	for _, id := range s.ids {
		c.enc.b = append(c.enc.b, id[:]...)
	}
	return nil
}

// sweep frees the numbers of objects that nothing reaches any more.
func (c *checkpoint) sweep() {
	m := &meter{vm: c.vm, seen: map[any]struct{}{}}
	c.vm.reachable(m)
	c.p.used = 0
	for pid := len(c.p.objects) - 1; pid > 0; pid-- {
		o := c.p.objects[pid]
		if o.ch == nil && o.v.isNil() {
			continue
		}
		var key any = o.v.p
		if o.ch != nil {
			key = o.ch
		}
		if _, ok := m.seen[key]; ok {
			c.p.used++
			continue
		}
		*o.pid() = 0
		if t, ok := o.v.AsTable(); ok {
			t.track = nil
		}
		c.p.objects[pid] = savedObject{}
		c.mark(uint32(pid))
	}
	c.p.free = c.p.free[:0]
	for pid := len(c.p.objects) - 1; pid > 0; pid-- {
		if o := c.p.objects[pid]; o.ch == nil && o.v.isNil() {
			c.p.free = append(c.p.free, uint32(pid))
		}
	}
	c.p.live = c.p.used
	c.dropSwept()
}

// dropSwept removes swept objects from the lists of changed ones.
func (c *checkpoint) dropSwept() {
	tables := c.p.tables[:0]
	for _, t := range c.p.tables {
		if t.track != nil && t.track.pid != 0 {
			tables = append(tables, t)
		}
	}
	c.p.tables = tables
	cells := c.p.cells[:0]
	for _, x := range c.p.cells {
		if x.pid != 0 {
			cells = append(cells, x)
		}
	}
	c.p.cells = cells
	threads := c.p.threads[:0]
	for _, th := range c.p.threads {
		if th.pid != 0 {
			threads = append(threads, th)
		}
	}
	c.p.threads = threads
	hosts := c.p.hosts[:0]
	for _, h := range c.p.hosts {
		if h.pid != 0 {
			hosts = append(hosts, h)
		}
	}
	c.p.hosts = hosts
}

// forget drops all numbers, so that the next checkpoint begins anew.
func (vm *VM) forget() {
	for _, o := range vm.persist.objects[1:] {
		if o.ch == nil && o.v.isNil() {
			continue
		}
		*o.pid() = 0
		switch o.v.Kind() {
		case KindTable:
			o.v.table().track = nil
		case kindCell:
			o.v.cell().dirty = false
		case KindThread:
			o.v.thread().dirty = false
		case KindHost:
			o.v.host().dirty = false
		}
	}
	vm.persist = nil
}
