package message

import "sort"

// node is a persistent B-tree. A leaf holds sorted entries; an inner node holds
// children and the smallest key of each. Nodes are never changed after they
// are linked into a message (M1): every update copies the path to its leaf.
// Removal does not rebalance: it drops empty nodes and shortens the tree, which
// keeps lookups logarithmic in the largest size the message had.
type node struct {
	leaf []entry  // leaf: sorted entries
	kids []*node  // inner: children
	mins []string // inner: smallest key below each child
}

const fanout = 32

// build makes a tree of sorted entries.
func build(s []entry) *node {
	var level []*node
	for len(s) > 0 {
		n := min(len(s), fanout/2+fanout/4)
		level = append(level, &node{leaf: s[:n:n]})
		s = s[n:]
	}
	for len(level) > 1 {
		var up []*node
		for len(level) > 0 {
			n := min(len(level), fanout/2+fanout/4)
			up = append(up, inner(level[:n:n]))
			level = level[n:]
		}
		level = up
	}
	return level[0]
}

func inner(kids []*node) *node {
	n := &node{kids: kids, mins: make([]string, len(kids))}
	for i, k := range kids {
		n.mins[i] = k.min()
	}
	return n
}

func (n *node) min() string {
	if n.kids != nil {
		return n.mins[0]
	}
	return n.leaf[0].key
}

// child returns the index of the child that holds or would hold key.
func (n *node) child(key string) int {
	i := sort.Search(len(n.mins), func(i int) bool { return n.mins[i] > key })
	return max(i-1, 0)
}

func (n *node) get(key string) (Value, bool) {
	for n.kids != nil {
		n = n.kids[n.child(key)]
	}
	i, ok := search(n.leaf, key)
	if !ok {
		return nil, false
	}
	return n.leaf[i].val, true
}

// set returns the tree with key set, and whether the key is a new one.
func (n *node) set(key string, v Value) (*node, bool) {
	a, b, added := n.insert(key, v)
	if b == nil {
		return a, added
	}
	return inner([]*node{a, b}), added
}

// insert returns the one or two nodes that replace n.
func (n *node) insert(key string, v Value) (a, b *node, added bool) {
	if n.kids == nil {
		i, ok := search(n.leaf, key)
		if ok {
			s := append([]entry(nil), n.leaf...)
			s[i].val = v
			return &node{leaf: s}, nil, false
		}
		s := make([]entry, len(n.leaf)+1)
		copy(s, n.leaf[:i])
		s[i] = entry{key, v}
		copy(s[i+1:], n.leaf[i:])
		if len(s) <= fanout {
			return &node{leaf: s}, nil, true
		}
		h := len(s) / 2
		return &node{leaf: s[:h:h]}, &node{leaf: s[h:]}, true
	}
	i := n.child(key)
	x, y, added := n.kids[i].insert(key, v)
	kids := make([]*node, 0, len(n.kids)+1)
	kids = append(append(kids, n.kids[:i]...), x)
	if y != nil {
		kids = append(kids, y)
	}
	kids = append(kids, n.kids[i+1:]...)
	if len(kids) <= fanout {
		return inner(kids), nil, added
	}
	h := len(kids) / 2
	return inner(kids[:h:h]), inner(kids[h:]), added
}

// without returns the tree without key, which is present, or nil when nothing
// is left.
func (n *node) without(key string) *node {
	if n.kids == nil {
		i, _ := search(n.leaf, key)
		if len(n.leaf) == 1 {
			return nil
		}
		s := make([]entry, 0, len(n.leaf)-1)
		return &node{leaf: append(append(s, n.leaf[:i]...), n.leaf[i+1:]...)}
	}
	i := n.child(key)
	c := n.kids[i].without(key)
	if c == nil && len(n.kids) == 1 {
		return nil
	}
	kids := make([]*node, 0, len(n.kids))
	kids = append(kids, n.kids[:i]...)
	if c != nil {
		kids = append(kids, c)
	}
	kids = append(kids, n.kids[i+1:]...)
	if len(kids) == 1 {
		return kids[0]
	}
	return inner(kids)
}

// walk calls yield for every entry in bytewise key order until it says false.
func (n *node) walk(yield func(string, Value) bool) bool {
	if n == nil {
		return true
	}
	for _, k := range n.kids {
		if !k.walk(yield) {
			return false
		}
	}
	for i := range n.leaf {
		if !yield(n.leaf[i].key, n.leaf[i].val) {
			return false
		}
	}
	return true
}
