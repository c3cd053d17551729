package snapshot

import (
	"bytes"
	"errors"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
)

// sample makes a snapshot of memory pages of 64 KiB in which the given pages of
// 4 KiB hold their number.
func sample(t testing.TB, sink Sink, memory uint64, pages ...int) *Snapshot {
	t.Helper()
	tree := NewTree(memory)
	for _, i := range pages {
		page := make([]byte, PageSize)
		page[0], page[1], page[2], page[4095] = byte(i), byte(i>>8), byte(i>>16), 1
		hash := id.Hash(page)
		tree.Set(i, hash)
		if err := sink.PutPage(hash, page); err != nil {
			t.Fatal(err)
		}
	}
	root, err := tree.Flush(sink, true)
	if err != nil {
		t.Fatal(err)
	}
	return &Snapshot{Image: id.Hash([]byte("image")), MemoryPages: memory, Root: root,
		Globals: []Global{{0, 0, 7, 0}, {3, 1, 1 << 63, 0}, {9, 4, 1, 2}}}
}

func TestEncodeDecode(t *testing.T) {
	s := sample(t, Pages{}, 12, 0, 5, 191)
	b := s.Encode()
	got, err := Decode(b)
	if err != nil || !bytes.Equal(got.Encode(), b) || got.Root != s.Root || len(got.Globals) != 3 {
		t.Fatalf("got %+v, %v", got, err)
	}
	for n := range b {
		if _, err := Decode(b[:n]); !fail.Is(err, fail.Invalid) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	if _, err := Decode(append(b, 0)); !fail.Is(err, fail.Invalid) {
		t.Errorf("with a byte more: %v", err)
	}
}

func TestMarshalUnmarshal(t *testing.T) {
	for _, c := range []struct {
		memory uint64
		pages  []int
	}{{0, nil}, {1, nil}, {1, []int{0, 15}}, {8, []int{127}}, {9, []int{127, 128, 143}}, {4096, []int{0, 40000, 65535}},
		{MaxMemory, []int{1, MaxMemory*16 - 1}}} {
		src := Pages{}
		s := sample(t, src, c.memory, c.pages...)
		blob, err := s.Marshal(src)
		if err != nil {
			t.Fatal(err)
		}
		got, pages, err := Unmarshal(blob)
		if err != nil || !bytes.Equal(got.Encode(), s.Encode()) {
			t.Fatalf("%v: %v, %v", c, got, err)
		}
		again, err := got.Marshal(pages)
		if err != nil || !bytes.Equal(again, blob) {
			t.Errorf("%v: marshalled anew it differs: %v", c, err)
		}
	}
}

// TestDamage: a changed byte of a blob, or of a stored page or node, is noticed.
func TestDamage(t *testing.T) {
	src := Pages{}
	s := sample(t, src, 64, 1, 200, 1000)
	blob, err := s.Marshal(src)
	if err != nil {
		t.Fatal(err)
	}
	for i := fixedSize + 3*globalSize; i < len(blob); i += 97 {
		bad := bytes.Clone(blob)
		bad[i] ^= 0x20
		if _, _, err := Unmarshal(bad); !fail.Is(err, fail.Invalid) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
	for hash, good := range src {
		bad := bytes.Clone(good)
		bad[100] ^= 1
		src[hash] = bad
		if _, err := s.Marshal(src); !fail.Is(err, fail.Invalid) {
			t.Errorf("a damaged page: %v", err)
		}
		delete(src, hash)
		if _, err := s.Marshal(src); !fail.Is(err, fail.NotFound) {
			t.Errorf("a missing page: %v", err)
		}
		src[hash] = good
	}
}

// failingSink fails after n puts.
type failingSink struct {
	Pages
	n int
}

var errFull = errors.New("store is full")

func (f *failingSink) PutPage(hash id.ID, b []byte) error {
	if f.n--; f.n < 0 {
		return errFull
	}
	return f.Pages.PutPage(hash, b)
}

// TestFlushAfterError: what a failed flush did not put, the next one does.
func TestFlushAfterError(t *testing.T) {
	for n := range 6 {
		tree := NewTree(4096)
		for _, i := range []int{0, 300, 20000, 65535} {
			tree.Set(i, id.Hash([]byte{byte(i)}))
		}
		sink := &failingSink{Pages{}, n}
		if _, err := tree.Flush(sink, false); !errors.Is(err, errFull) {
			t.Fatalf("%d: %v", n, err)
		}
		sink.n = 100
		root, err := tree.Flush(sink, false)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Load(&Snapshot{MemoryPages: 4096, Root: root}, sink)
		if err != nil {
			t.Fatalf("%d: %v", n, err)
		}
		if back.Page(65535) != tree.Page(65535) || back.Page(300) != tree.Page(300) {
			t.Errorf("%d: a page is lost", n)
		}
	}
}

// TestResizeKeepsPages: growing gives the same tree as one made at that size.
func TestResizeKeepsPages(t *testing.T) {
	for _, sizes := range [][2]uint64{{0, 1}, {1, 8}, {1, 9}, {8, 5000}, {900, 70000}} {
		a := NewTree(sizes[0])
		for i := 0; i < a.Len(); i += 7 {
			a.Set(i, id.Hash([]byte{byte(i)}))
		}
		if _, err := a.Flush(Pages{}, false); err != nil {
			t.Fatal(err)
		}
		b := NewTree(sizes[1])
		for i := range a.Len() {
			b.Set(i, a.Page(i))
		}
		a.Resize(sizes[1])
		sink := Pages{}
		rootA, errA := a.Flush(sink, false)
		rootB, errB := b.Flush(Pages{}, true)
		if errA != nil || errB != nil || rootA != rootB || a.Root() != rootA {
			t.Errorf("%v: roots %s and %s", sizes, rootA, rootB)
		}
		if _, err := Load(&Snapshot{MemoryPages: sizes[1], Root: rootA}, sink); err != nil {
			t.Errorf("%v: %v", sizes, err)
		}
	}
}

func TestClearedPagesGiveTheEmptyTree(t *testing.T) {
	tree := NewTree(100)
	tree.Set(1234, id.Hash(nil))
	if root, err := tree.Flush(Pages{}, false); err != nil || root.IsZero() {
		t.Fatal(root, err)
	}
	tree.Set(1234, id.ID{})
	if root, err := tree.Flush(Pages{}, false); err != nil || !root.IsZero() {
		t.Errorf("root %s, %v", root, err)
	}
}

func FuzzUnmarshal(f *testing.F) {
	src := Pages{}
	for _, s := range []*Snapshot{sample(f, src, 0), sample(f, src, 1, 3), sample(f, src, 300, 0, 4000)} {
		b, err := s.Marshal(src)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, pages, err := Unmarshal(b)
		if err != nil {
			return
		}
		again, err := s.Marshal(pages)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("not the same again: %v", err)
		}
	})
}
