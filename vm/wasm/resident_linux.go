package wasm

import (
	"encoding/binary"
	"os"
	"unsafe"

	"github.com/hyperbeam-go/hyperbeam/vm/wasm/snapshot"
)

// Bits of an entry of /proc/self/pagemap (Linux, Documentation/admin-guide/mm/pagemap.rst).
const pagemapBacked = 1<<63 | 1<<62 // in memory, or swapped out

// resident tells which pages of mem were ever touched, as a function of the
// page's index. A page that was not reads as what it was mapped with: zeros, or
// the module's data. nil means not known. Asking the kernel is cheaper than
// reading gigabytes of zeros, and reading would make page tables for them.
func resident(mem []byte) func(page int) bool {
	if os.Getpagesize() != snapshot.PageSize || len(mem) == 0 {
		return nil
	}
	f, err := os.Open("/proc/self/pagemap")
	if err != nil {
		return nil
	}
	defer f.Close()
	first := uintptr(unsafe.Pointer(unsafe.SliceData(mem))) / snapshot.PageSize
	entries := make([]byte, len(mem)/snapshot.PageSize*8)
	if _, err := f.ReadAt(entries, int64(first)*8); err != nil {
		return nil
	}
	return func(page int) bool { return binary.LittleEndian.Uint64(entries[page*8:])&pagemapBacked != 0 }
}
