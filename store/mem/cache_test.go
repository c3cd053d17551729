package mem_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

var ctx = context.Background()

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestEviction: what is read stays, what is not goes, oldest first.
// CONF-STORE-15
func TestEviction(t *testing.T) {
	s := mem.New(mem.Options{MaxBytes: 4 * 1200})
	kilo := make([]byte, 1000)
	for _, k := range []string{"a", "b", "c", "d"} {
		must(t, s.Put(ctx, "g/"+k, kilo))
	}
	if _, err := s.Get(ctx, "g/a"); err != nil {
		t.Fatal(err)
	}
	must(t, s.Put(ctx, "g/e", kilo))
	names, err := s.List(ctx, "g", store.Page{})
	must(t, err)
	if fmt.Sprint(names) != "[a c d e]" {
		t.Errorf("left are %q, want b gone", names)
	}
	must(t, s.Put(ctx, "big", make([]byte, 3000)))
	if w := s.Weight(); w > 4*1200 {
		t.Errorf("weight %d exceeds the bound", w)
	}
	if _, err := s.Get(ctx, "big"); err != nil {
		t.Errorf("the newest was evicted: %v", err)
	}
	if err := s.Put(ctx, "huge", make([]byte, 5000)); !fail.Is(err, fail.TooLarge) {
		t.Errorf("larger than the store: %v", err)
	}
}

// counting counts the entries that are looked up in a store.
type counting struct {
	store.Engine
	looks int
	after func() // runs after each look-up
}

func (c *counting) Look(ctx context.Context, path string) (store.Entry, error) {
	c.looks++
	e, err := c.Engine.Look(ctx, path)
	if c.after != nil {
		c.after()
	}
	return e, err
}

// backed shows an engine.
type backed struct{ e store.Engine }

func (b backed) Engine() store.Engine { return b.e }

// CONF-STORE-15
func TestFrontCaches(t *testing.T) {
	under := &counting{Engine: mem.New(mem.Options{}).Engine()}
	s := mem.Front(backed{under}, 1<<20)
	must(t, s.Put(ctx, "data/v", []byte("v")))
	must(t, s.Link(ctx, "l", "data/v"))
	for range 5 {
		if v, err := s.Get(ctx, "l"); err != nil || string(v) != "v" {
			t.Fatal(v, err)
		}
		if _, err := s.Get(ctx, "nothing"); !fail.Is(err, fail.NotFound) {
			t.Fatal(err)
		}
	}
	if under.looks != 2 { // the link and nothing; the value was kept when written
		t.Errorf("%d look-ups, want 2", under.looks)
	}
	must(t, s.Put(ctx, "nothing", []byte("something")))
	if v, err := s.Get(ctx, "nothing"); err != nil || string(v) != "something" {
		t.Errorf("remembered absence hides a write: %q, %v", v, err)
	}
}

// TestFrontRace moves a link between the moment a reader has found its old
// target and the moment it would put that into the cache.
func TestFrontRace(t *testing.T) {
	under := &counting{Engine: mem.New(mem.Options{}).Engine()}
	s := mem.Front(backed{under}, 1<<20)
	must(t, s.Link(ctx, "l", "old"))
	under.after = func() {
		under.after = nil
		must(t, s.Link(ctx, "l", "new"))
	}
	if to, err := s.Target(ctx, "l"); err != nil || to != "old" {
		t.Fatal(to, err)
	}
	if to, err := s.Target(ctx, "l"); err != nil || to != "new" {
		t.Errorf("the cache kept %q, %v", to, err)
	}
}
