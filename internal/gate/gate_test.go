package gate

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// One at a time gets through for each name, and nothing is left behind.
func TestOneAtATime(t *testing.T) {
	var g Gates
	inside := map[string]*int{"a": new(int), "b": new(int)}
	var wg sync.WaitGroup
	for i := range 200 {
		name := string("ab"[i%2])
		wg.Go(func() {
			leave, err := g.Enter(t.Context(), name)
			if err != nil {
				t.Error(err)
				return
			}
			defer leave()
			*inside[name]++ // the race detector watches
		})
	}
	wg.Wait()
	if *inside["a"] != 100 || *inside["b"] != 100 || len(g.by) != 0 {
		t.Fatal(*inside["a"], *inside["b"], len(g.by))
	}
}

// Who gives up waiting leaves the gate to the others.
func TestGivesUp(t *testing.T) {
	var g Gates
	leave, err := g.Enter(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := g.Enter(ctx, "a"); !errors.Is(err, why) {
		t.Fatal(err)
	}
	leave()
	if leave, err = g.Enter(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	leave()
	if len(g.by) != 0 {
		t.Fatal("a gate is left")
	}
}
