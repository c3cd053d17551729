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
