package lua

import (
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

// group is chunks that were written together, as a message of chunk ID to
// bytes. As a message it keeps its ID, so that storing it again costs nothing.
type group struct {
	chunks *message.Message
	bytes  int
}

// chunkWriter collects the chunks of a checkpoint, the head of the state last.
type chunkWriter struct {
	head  []byte
	hash  vm.ChunkID // of head
	rest  *message.Builder
	size  int
	count int
}

func (w *chunkWriter) put(hash vm.ChunkID, data []byte) error {
	w.flush()
	w.head, w.hash = data, hash
	w.size += len(data)
	w.count++
	return nil
}

// flush adds what has been the head so far to the rest.
func (w *chunkWriter) flush() {
	if w.count == 0 {
		return
	}
	if w.rest == nil {
		w.rest = message.NewBuilder(16)
	}
	w.rest.Set(id.ID(w.hash).String(), message.Binary(w.head))
}

func (w *chunkWriter) group() *group {
	w.flush()
	return &group{w.rest.Message(), w.size}
}

// merged joins groups at the end until each is more than twice as large as the
// one after it, so that there are few.
func merged(groups []*group) []*group {
	for n := len(groups); n > 1; n = len(groups) {
		a, b := groups[n-2], groups[n-1]
		if a.bytes > 2*b.bytes {
			break
		}
		m := a.chunks.Merge(b.chunks)
		size := 0
		for _, v := range m.All() {
			size += len(v.(message.Binary))
		}
		groups = append(groups[:n-2:n-2], &group{m, size})
	}
	return groups
}
