// Package mem keeps a store in memory, or a part of a store.
//
// [New] returns a store of its own: everything when unbounded, the entries
// that were read most recently when bounded. [Front] puts a bounded cache in
// front of another store; reads fill it and writes go through it, so nothing
// is lost when an entry is evicted.
package mem

import (
	"context"
	"sort"
	"strings"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Options configure a store in memory. The zero value is an unbounded store.
type Options struct {
	// MaxBytes bounds the weight of all entries: bytes of paths and values
	// and some 160 bytes an entry. 0 means unbounded. Over the bound, the
	// entries that have not been read for longest are forgotten, links and
	// group marks as well as values.
	MaxBytes int64
}

// Store is a store in memory. Durability means nothing to it.
type Store struct{ *store.Tree }

// New returns an empty store.
func New(o Options) *Store {
	return &Store{store.New(&engine{max: o.MaxBytes})}
}

// Weight returns the weight of all entries in bytes, as [Options] counts it.
func (s *Store) Weight() int64 {
	e := s.Engine().(*engine)
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.order.weight
}

// node is a path: what lies there, and its children.
type node struct {
	item     *item
	children map[string]*node
	sorted   []string // names of the children when complete
	unsorted bool     // sorted has to be rebuilt
}

// engine implements [store.Engine] as a tree of nodes. A node without item
// and children does not exist.
type engine struct {
	max    int64
	mu     sync.RWMutex
	root   node
	order  sieve
	closed bool
}

// find returns the node of path or nil. The caller holds mu.
func (e *engine) find(path string) *node {
	n := &e.root
	for path != "" && n != nil {
		var name string
		name, path, _ = strings.Cut(path, "/")
		n = n.children[name]
	}
	return n
}

// Look implements [store.Engine].
func (e *engine) Look(_ context.Context, path string) (store.Entry, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return store.Entry{}, store.Closed("mem.Look")
	}
	return e.look(path), nil
}

func (e *engine) look(path string) store.Entry {
	n := e.find(path)
	if n == nil || n.item == nil {
		return store.Entry{}
	}
	if e.max > 0 && !n.item.used.Load() {
		n.item.used.Store(true)
	}
	return n.item.entry
}

// Names implements [store.Engine].
func (e *engine) Names(_ context.Context, path string, page store.Page) ([]string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, store.Closed("mem.Names")
	}
	n := e.find(path)
	if n == nil || len(n.children) == 0 {
		return nil, nil
	}
	names := n.names()
	if page.After != "" {
		names = names[sort.Search(len(names), func(i int) bool { return names[i] > page.After }):]
	}
	if page.Limit > 0 && len(names) > page.Limit {
		names = names[:page.Limit]
	}
	return append([]string(nil), names...), nil
}

// names returns the names of the children in order.
func (n *node) names() []string {
	if n.unsorted {
		n.sorted = n.sorted[:0]
		for name := range n.children {
			n.sorted = append(n.sorted, name)
		}
		sort.Strings(n.sorted)
		n.unsorted = false
	}
	return n.sorted
}

// Commit implements [store.Engine].
func (e *engine) Commit(_ context.Context, ops []store.Op, _ store.Durability) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return store.Closed("mem.Commit")
	}
	writes, err := store.Plan(ops, func(path string) (store.Entry, error) { return e.look(path), nil })
	if err != nil {
		return err
	}
	if e.max > 0 {
		if err := e.fits(writes); err != nil {
			return err
		}
	}
	for i := range writes {
		e.set(writes[i].Path, writes[i].Entry)
	}
	for e.max > 0 && e.order.weight > e.max {
		e.set(e.order.victim().path, store.Entry{})
	}
	return nil
}

// fits refuses an entry that is larger than the whole store.
func (e *engine) fits(writes []store.Write) error {
	for i := range writes {
		w := item{path: writes[i].Path, entry: writes[i].Entry}
		if w.weight() > e.max {
			return fail.New(fail.TooLarge, "mem.Commit", "an entry of %d bytes does not fit into a store of %d", w.weight(), e.max).At(w.path)
		}
	}
	return nil
}

// set puts entry at path; Kind None removes what is there, and the nodes that
// become empty. The caller holds mu.
func (e *engine) set(path string, entry store.Entry) {
	if entry.Kind == store.None {
		e.drop(&e.root, path)
		return
	}
	n, rest := &e.root, path
	for rest != "" {
		var name string
		name, rest, _ = strings.Cut(rest, "/")
		n = n.child(name)
	}
	if n.item != nil {
		e.order.remove(n.item)
	}
	n.item = &item{path: path, entry: entry}
	e.order.add(n.item)
}

// child returns the child of that name and makes it when it is missing.
func (n *node) child(name string) *node {
	c := n.children[name]
	if c != nil {
		return c
	}
	if n.children == nil {
		n.children = make(map[string]*node)
	}
	c = &node{}
	n.children[name] = c
	if k := len(n.sorted); !n.unsorted && (k == 0 || n.sorted[k-1] < name) {
		n.sorted = append(n.sorted, name)
	} else {
		n.unsorted = true
	}
	return c
}

// drop removes the item at path below n.
func (e *engine) drop(n *node, path string) {
	if path == "" {
		if n.item != nil {
			e.order.remove(n.item)
			n.item = nil
		}
		return
	}
	name, rest, _ := strings.Cut(path, "/")
	c := n.children[name]
	if c == nil {
		return
	}
	e.drop(c, rest)
	if c.item == nil && len(c.children) == 0 {
		delete(n.children, name)
		n.unsorted = true
	}
}

// Sync implements [store.Engine]; there is nothing to do.
func (e *engine) Sync(context.Context) error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return store.Closed("mem.Sync")
	}
	return nil
}

// Reset implements [store.Engine].
func (e *engine) Reset(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return store.Closed("mem.Reset")
	}
	e.root, e.order = node{}, sieve{}
	return nil
}

// Close implements [store.Engine] and frees the memory.
func (e *engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.root, e.order, e.closed = node{}, sieve{}, true
	return nil
}
