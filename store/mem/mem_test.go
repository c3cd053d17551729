package mem_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	"github.com/hyperbeam-go/hyperbeam/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(testing.TB) store.Store { return mem.New(mem.Options{}) })
}

func TestBounded(t *testing.T) {
	storetest.Run(t, func(testing.TB) store.Store { return mem.New(mem.Options{MaxBytes: 1 << 30}) })
}

func TestFront(t *testing.T) {
	for _, max := range []int64{1 << 26, 1 << 12, 0} {
		storetest.Run(t, func(testing.TB) store.Store { return mem.Front(mem.New(mem.Options{}), max) })
	}
}

func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, func(testing.TB) store.Store { return mem.New(mem.Options{}) })
}
