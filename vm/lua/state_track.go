package lua

// Dirty tracking. An object that is part of a checkpoint has a persistent
// number (pid); when it changes for the first time since the last checkpoint
// it goes on a list. Large tables note which of their segments changed.

const (
	arrSegment  = 512 // elements of the array part in one segment
	hashSegment = 128 // entries of the hash part in one segment
)

// tableTrack is what a table carries once it is part of a checkpoint.
type tableTrack struct {
	pid   uint32
	dirty bool
	arr   segments
	hash  segments
}

// segments are the stored pieces of one part of a large table.
type segments struct {
	ids   []ChunkID
	dirty []uint64 // bits; only meaningful below len(ids)
}

func (s *segments) touch(i int) {
	if w := i >> 6; w < len(s.dirty) {
		s.dirty[w] |= 1 << (i & 63)
	}
}

func (s *segments) isDirty(i int) bool {
	return i >= len(s.ids) || s.dirty[i>>6]&(1<<(i&63)) != 0
}

// persistence is the state of a machine's checkpoints.
type persistence struct {
	objects []savedObject // by pid; 0 is unused
	free    []uint32      // numbers of swept objects, to be used again
	pages   []ChunkID
	nodes   []ChunkID
	stale   map[int]struct{} // pages to be written again
	tables  []*Table         // touched since the last checkpoint
	cells   []*cell
	threads []*thread
	hosts   []*hostFunction
	fresh   []savedObject // numbered, but not yet looked into
	base    counters      // at the last checkpoint
	live    int           // objects that the last sweep found
	used    int           // objects now
}

func (vm *VM) touchTable(t *Table) {
	if !t.track.dirty {
		t.track.dirty = true
		vm.persist.tables = append(vm.persist.tables, t)
	}
}

func (vm *VM) touchSlot(t *Table, i int) {
	t.track.arr.touch(i / arrSegment)
	vm.touchTable(t)
}

// touchSlots notes that the elements from index i on have changed.
func (vm *VM) touchSlots(t *Table, i int) {
	if t.track == nil {
		return
	}
	for s := i / arrSegment; s <= len(t.arr)/arrSegment; s++ {
		t.track.arr.touch(s)
	}
	vm.touchTable(t)
}

func (vm *VM) touchEntry(t *Table, i int) {
	t.track.hash.touch(i / hashSegment)
	vm.touchTable(t)
}

func (vm *VM) touchAllEntries(t *Table) {
	for i := range t.track.hash.dirty {
		t.track.hash.dirty[i] = ^uint64(0)
	}
	vm.touchTable(t)
}

func (vm *VM) touchCell(c *cell) {
	c.dirty = true
	vm.persist.cells = append(vm.persist.cells, c)
}

func (vm *VM) touchThread(t *thread) {
	t.dirty = true
	vm.persist.threads = append(vm.persist.threads, t)
}

func (vm *VM) touchHost(h *hostFunction) {
	if h.pid != 0 && !h.dirty {
		h.dirty = true
		vm.persist.hosts = append(vm.persist.hosts, h)
	}
}
