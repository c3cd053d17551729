package push_test

import (
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// assertIdle waits until nothing is pending.
func assertIdle(t testing.TB, n *node) {
	t.Helper()
	var names []string
	for range 500 {
		var err error
		names, err = n.store.List(ctx, "~push@1.0/pending", store.Page{})
		if err != nil && !fail.Is(err, fail.NotFound) {
			t.Fatal(err)
		}
		if len(names) == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("still pending: %v", names)
}
