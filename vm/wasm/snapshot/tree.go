package snapshot

import (
	"bytes"
	"iter"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
)

// fan is how many hashes a node holds.
const fan = PageSize / id.Size

// group is the lowest kind of node: the hashes of neighbouring pages.
type group [fan]id.ID

// Tree is the map of a memory: the hash of every page, and of every node above
// them. It is sparse: memory never written to costs nearly nothing.
type Tree struct {
	pages  int
	groups []*group // nil: all pages are zero
	dirty  []bool   // by group: upper[0] is not up to date
	upper  [][]id.ID
}

// NewTree returns the map of an all-zero memory of the given number of pages
// of 64 KiB.
func NewTree(memoryPages uint64) *Tree {
	t := &Tree{}
	t.Resize(memoryPages)
	return t
}

// Resize changes the size of memory. Added pages are zero.
func (t *Tree) Resize(memoryPages uint64) {
	t.pages = int(memoryPages) * wasmPage
	n := (t.pages + fan - 1) / fan
	groups, dirty := make([]*group, n), make([]bool, n)
	for i := range copy(groups, t.groups) {
		dirty[i] = groups[i] != nil
	}
	t.groups, t.dirty, t.upper = groups, dirty, nil
	for n > 0 {
		t.upper = append(t.upper, make([]id.ID, n))
		if n == 1 {
			break
		}
		n = (n + fan - 1) / fan
	}
}

// Len returns the number of pages.
func (t *Tree) Len() int { return t.pages }

// Page returns the hash of page i, zero for a page of zeros.
func (t *Tree) Page(i int) id.ID {
	if g := t.groups[i/fan]; g != nil {
		return g[i%fan]
	}
	return id.ID{}
}

// Pages ranges over index and hash of the pages that are not zero, by ascending
// index.
func (t *Tree) Pages() iter.Seq2[int, id.ID] {
	return func(yield func(int, id.ID) bool) {
		for k, g := range t.groups {
			if g == nil {
				continue
			}
			for i := range g {
				if !g[i].IsZero() && !yield(k*fan+i, g[i]) {
					return
				}
			}
		}
	}
}

// Set changes the hash of page i.
func (t *Tree) Set(i int, hash id.ID) {
	g := t.groups[i/fan]
	if g == nil {
		if hash.IsZero() {
			return
		}
		g = &group{}
		t.groups[i/fan] = g
	}
	if g[i%fan] != hash {
		g[i%fan] = hash
		t.dirty[i/fan] = true
	}
}

// Root returns the root of the last [Tree.Flush].
func (t *Tree) Root() id.ID {
	if len(t.upper) == 0 {
		return id.ID{}
	}
	return t.upper[len(t.upper)-1][0]
}

// Flush computes the nodes that changed, puts them into sink, or all nodes when
// all is set, and returns the root.
//
// # Errors
//
// Those of sink; the tree then still knows what was not put.
func (t *Tree) Flush(sink Sink, all bool) (id.ID, error) {
	var node [PageSize]byte
	for i, g := range t.groups {
		if g == nil || !all && !t.dirty[i] {
			continue
		}
		hash, err := put(sink, &node, g[:])
		if err != nil {
			return id.ID{}, err
		}
		t.upper[0][i], t.dirty[i] = hash, false
	}
	for k := 1; k < len(t.upper); k++ {
		below := t.upper[k-1]
		for i := range t.upper[k] {
			entries := below[i*fan : min((i+1)*fan, len(below))]
			if !all && t.upper[k][i] == nodeHash(&node, entries) {
				continue
			}
			hash, err := put(sink, &node, entries)
			if err != nil {
				return id.ID{}, err
			}
			t.upper[k][i] = hash
		}
	}
	return t.Root(), nil
}

// nodeHash fills node with entries and returns its hash, zero for a node of
// zeros.
func nodeHash(node *[PageSize]byte, entries []id.ID) id.ID {
	zero := true
	clear(node[:])
	for i := range entries {
		if !entries[i].IsZero() {
			zero = false
			copy(node[i*id.Size:], entries[i][:])
		}
	}
	if zero {
		return id.ID{}
	}
	return id.Hash(node[:])
}

func put(sink Sink, node *[PageSize]byte, entries []id.ID) (id.ID, error) {
	hash := nodeHash(node, entries)
	if hash.IsZero() {
		return hash, nil
	}
	return hash, sink.PutPage(hash, node[:])
}

// Load reads the tree of a snapshot and checks every node.
//
// # Errors
//
// [fail.Invalid] when a node is not what its hash says, and those of src.
func Load(s *Snapshot, src Source) (*Tree, error) {
	if s.MemoryPages > MaxMemory {
		return nil, invalid("memory too large")
	}
	t := NewTree(s.MemoryPages)
	if s.Root.IsZero() {
		return t, nil
	}
	if len(t.upper) == 0 {
		return nil, invalid("no memory, but a root")
	}
	t.upper[len(t.upper)-1][0] = s.Root
	for k := len(t.upper) - 1; k > 0; k-- {
		for i, hash := range t.upper[k] {
			if hash.IsZero() {
				continue
			}
			below := t.upper[k-1]
			if err := readNode(src, hash, below[i*fan:min((i+1)*fan, len(below))]); err != nil {
				return nil, err
			}
		}
	}
	for i, hash := range t.upper[0] {
		if hash.IsZero() {
			continue
		}
		t.groups[i] = &group{}
		if err := readNode(src, hash, t.groups[i][:min(fan, t.pages-i*fan)]); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// ReadPage returns a page or node after checking it.
//
// # Errors
//
// As [Load].
func ReadPage(src Source, hash id.ID) ([]byte, error) {
	b, err := src.Page(hash)
	if err != nil {
		return nil, fail.Wrap(fail.Internal, "snapshot.ReadPage", err)
	}
	if len(b) != PageSize || id.Hash(b) != hash {
		return nil, fail.New(fail.Invalid, "snapshot.ReadPage", "page %s of the snapshot is damaged", hash)
	}
	return b, nil
}

// readNode reads a node into entries; what does not fit must be zero.
func readNode(src Source, hash id.ID, entries []id.ID) error {
	b, err := ReadPage(src, hash)
	if err != nil {
		return err
	}
	for i := range entries {
		copy(entries[i][:], b[i*id.Size:])
	}
	if !IsZero(b[len(entries)*id.Size:]) {
		return invalid("hashes beyond the end of memory")
	}
	return nil
}

var zeros [PageSize]byte

// IsZero reports whether all bytes of a page, or of a part of it, are zero.
func IsZero(b []byte) bool { return bytes.Equal(b, zeros[:len(b)]) }
