// Package snapshot is the saved state of a WebAssembly instance: its memory and
// its mutable globals.
//
// Memory is cut into pages of 4 KiB, each known by its SHA-256. Pages of zeros
// are not stored. The hashes of 128 neighbouring pages, 32 bytes each, make a
// node, which is itself 4 KiB long and known by its SHA-256, and so on up to
// one root: a [Tree]. A [Snapshot] therefore is small and of nearly constant
// size, two snapshots share all pages and nodes that are equal, and the next
// one costs only the pages that changed and the nodes above them.
//
//	level 2:            root = SHA-256 of
//	level 1:   [ hash of group 0 | hash of group 1 | ... ]      128 x 32 bytes
//	level 0:   [ hash of page 0  | hash of page 1  | ... ] ...  128 x 32 bytes
//	pages:       4096 bytes each; 32 zero bytes stand for all zeros
//
// Pages and nodes go to a [Sink] and come from a [Source], which are the
// caller's store; [Pages] is one in memory. [Snapshot.Encode] gives the small
// part as bytes, [Snapshot.Marshal] the whole state in one piece. Both formats
// are in docs/formats/wasm-snapshot.md.
package snapshot

import (
	"encoding/binary"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
)

const (
	// PageSize is the length of a page and of a node in bytes.
	PageSize = 4096
	// wasmPage is how many pages make one of WebAssembly's.
	wasmPage = 65536 / PageSize
	// MaxMemory is the largest memory, in WebAssembly's pages: 16 GiB.
	MaxMemory = 1 << 18
	// maxGlobals bounds the mutable globals of a module.
	maxGlobals = 1 << 16
)

// Snapshot is the state of an instance. Memory is found from Root.
type Snapshot struct {
	Image       id.ID    // of the module
	MemoryPages uint64   // size of memory in pages of 64 KiB
	Globals     []Global // mutable globals, by ascending index
	Root        id.ID    // of the tree; zero when memory is all zeros
}

// Global is the value of a mutable global.
type Global struct {
	Index  uint32
	Type   byte   // 0 i32, 1 i64, 2 f32, 3 f64, 4 v128
	Lo, Hi uint64 // bits, little-endian halves; Hi is for v128
}

// Sink takes pages and nodes. data may be reused after PutPage returned.
type Sink interface {
	PutPage(hash id.ID, data []byte) error
}

// Source gives pages and nodes back.
type Source interface {
	Page(hash id.ID) ([]byte, error)
}

// Pages is a [Sink] and [Source] in memory.
type Pages map[id.ID][]byte

// PutPage stores a copy of data. It returns nil.
func (p Pages) PutPage(hash id.ID, data []byte) error {
	if _, ok := p[hash]; !ok {
		p[hash] = append([]byte(nil), data...)
	}
	return nil
}

// Page returns what was put, or [fail.NotFound].
func (p Pages) Page(hash id.ID) ([]byte, error) {
	if b, ok := p[hash]; ok {
		return b, nil
	}
	return nil, fail.New(fail.NotFound, "snapshot.Page", "no page %s", hash)
}

const (
	magic      = "AOSNAP1\n"
	fixedSize  = len(magic) + id.Size + 8 + id.Size + 4
	globalSize = 4 + 1 + 8 + 8
)

// Encode returns the snapshot without its pages.
func (s *Snapshot) Encode() []byte {
	le := binary.LittleEndian
	b := make([]byte, 0, fixedSize+globalSize*len(s.Globals))
	b = append(b, magic...)
	b = append(b, s.Image[:]...)
	b = le.AppendUint64(b, s.MemoryPages)
	b = append(b, s.Root[:]...)
	b = le.AppendUint32(b, uint32(len(s.Globals)))
	for _, g := range s.Globals {
		b = append(le.AppendUint32(b, g.Index), g.Type)
		b = le.AppendUint64(le.AppendUint64(b, g.Lo), g.Hi)
	}
	return b
}

// Decode reads what [Snapshot.Encode] wrote.
//
// # Errors
//
// [fail.Invalid] for anything else, also with bytes after the end.
func Decode(b []byte) (*Snapshot, error) {
	s, rest, err := decode(b)
	if err == nil && len(rest) > 0 {
		return nil, invalid("bytes after its end")
	}
	return s, err
}

func invalid(text string) error {
	return fail.New(fail.Invalid, "snapshot.Decode", "not a snapshot: %s", text)
}

func decode(b []byte) (*Snapshot, []byte, error) {
	le := binary.LittleEndian
	if len(b) < fixedSize || string(b[:len(magic)]) != magic {
		return nil, nil, invalid("it does not start as one")
	}
	s := &Snapshot{}
	b = b[len(magic):]
	b = b[copy(s.Image[:], b):]
	s.MemoryPages, b = le.Uint64(b), b[8:]
	b = b[copy(s.Root[:], b):]
	n := le.Uint32(b)
	b = b[4:]
	if s.MemoryPages > MaxMemory {
		return nil, nil, invalid("memory too large")
	}
	if n > maxGlobals || int(n)*globalSize > len(b) {
		return nil, nil, invalid("too many globals")
	}
	for i := range int(n) {
		g := Global{le.Uint32(b), b[4], le.Uint64(b[5:]), le.Uint64(b[13:])}
		b = b[globalSize:]
		if i > 0 && g.Index <= s.Globals[i-1].Index || g.Type > 4 {
			return nil, nil, invalid("malformed globals")
		}
		s.Globals = append(s.Globals, g)
	}
	return s, b, nil
}
