package schedule

import "testing"

// A process with many messages waits for its turn between those of others.
func TestProcessesTakeTurns(t *testing.T) {
	g := newSigning(nil)
	busy, quiet := &sequencer{}, &sequencer{}
	for range 5 {
		g.add(busy, &job{})
	}
	g.add(quiet, &job{})
	var order []bool
	for range 3 {
		q, _ := g.take()
		order = append(order, q == quiet)
	}
	if order[0] || !order[1] || order[2] {
		t.Fatal(order)
	}
	if n := g.drop(busy); n != 3 {
		t.Fatalf("%d dropped, want 3", n)
	}
	g.close()
	if _, j := g.take(); j != nil {
		t.Fatal("a dropped job was taken")
	}
}
