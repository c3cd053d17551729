package machine

import (
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/snapshot"
)

// checkpoint is a saved state in memory. Pages are shared with other
// checkpoints.
type checkpoint struct {
	snap  *snapshot.Snapshot
	tree  *snapshot.Tree
	pages map[id.ID]string // pages, and the nodes of tree

	parts []*message.Message // by 64 KiB of memory, once it has been a message
}

// Page implements [snapshot.Source].
func (c *checkpoint) Page(hash id.ID) ([]byte, error) {
	p, ok := c.pages[hash]
	if !ok {
		return nil, fail.New(fail.NotFound, "machine.Page", "no page %s", hash)
	}
	return []byte(p), nil
}

// fresh collects the pages that an instance puts, over those of the checkpoint
// before.
type fresh struct {
	put  map[id.ID]string
	prev *checkpoint // or nil
}

// PutPage implements [snapshot.Sink].
func (f *fresh) PutPage(hash id.ID, data []byte) error {
	if _, ok := f.find(hash); !ok {
		f.put[hash] = string(data)
	}
	return nil
}

// Page implements [snapshot.Source].
func (f *fresh) Page(hash id.ID) ([]byte, error) {
	p, ok := f.find(hash)
	if !ok {
		return nil, fail.New(fail.Internal, "machine.Page", "page %s was not saved", hash)
	}
	return []byte(p), nil
}

func (f *fresh) find(hash id.ID) (string, bool) {
	p, ok := f.put[hash]
	if !ok && f.prev != nil {
		p, ok = f.prev.pages[hash]
	}
	return p, ok
}

// capture saves the instance.
func (l *life) capture() (*checkpoint, error) {
	f := &fresh{map[id.ID]string{}, l.known}
	var prev *snapshot.Snapshot
	if l.known != nil {
		prev = l.known.snap
	}
	s, err := l.in.Snapshot(f, prev)
	if err != nil {
		return nil, err
	}
	tree, err := snapshot.Load(s, f)
	if err != nil {
		return nil, err
	}
	return newCheckpoint(s, tree, f)
}

// pageSource finds the text of pages.
type pageSource interface {
	find(hash id.ID) (string, bool)
}

// newCheckpoint returns a checkpoint that holds the pages of tree, and no
// others.
func newCheckpoint(s *snapshot.Snapshot, tree *snapshot.Tree, src pageSource) (*checkpoint, error) {
	c := &checkpoint{snap: s, tree: tree, pages: make(map[id.ID]string, 512)}
	for _, hash := range tree.Pages() {
		p, ok := src.find(hash)
		if !ok {
			return nil, fail.New(fail.Internal, "machine.Snapshot", "page %s is missing", hash)
		}
		c.pages[hash] = p
	}
	_, err := tree.Flush(&fresh{put: c.pages}, true)
	return c, err
}
