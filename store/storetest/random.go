package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// model is a store written as plainly as possible: the rules of package store
// over a map. Random operations must give the same on it and on a real store.
type model map[string]store.Entry

func (m model) apply(ops []store.Op) bool {
	work := model{}
	for p, e := range m {
		work[p] = e
	}
	for _, op := range ops {
		cur := work[op.Path]
		switch {
		case op.Verb == store.OpPut && (cur.Kind == store.None || cur.Kind == store.Value && string(cur.Data) == string(op.Value)):
			work[op.Path] = store.Entry{Kind: store.Value, Data: op.Value}
		case op.Verb == store.OpLink && op.Path == op.Target && cur.Kind != store.Value:
		case op.Verb == store.OpLink && cur.Kind != store.Value:
			work[op.Path] = store.Entry{Kind: store.Link, Target: op.Target}
		case op.Verb == store.OpSwap && cur.Kind != store.Value && cur.Kind != store.Group && cur.Target == op.Old:
			delete(work, op.Path)
			if op.Target != "" {
				work[op.Path] = store.Entry{Kind: store.Link, Target: op.Target}
			}
		case op.Verb == store.OpBind && (cur.Kind == store.None || cur.Kind == store.Link && cur.Target == op.Target):
			work[op.Path] = store.Entry{Kind: store.Link, Target: op.Target}
		case op.Verb == store.OpGroup && cur.Kind == store.None:
			work[op.Path] = store.Entry{Kind: store.Group}
		case op.Verb == store.OpGroup && cur.Kind != store.Value:
		default:
			return false
		}
	}
	clear(m)
	for p, e := range work {
		m[p] = e
	}
	return true
}

// resolve returns the final path, or false when links do not end.
func (m model) resolve(path string) (string, bool) {
next:
	for range store.MaxHops {
		if e, ok := m[path]; ok {
			if e.Kind != store.Link {
				return path, true
			}
			path = e.Target
			continue
		}
		parts := strings.Split(path, "/")
		for i := 1; i < len(parts); i++ {
			if e := m[strings.Join(parts[:i], "/")]; e.Kind == store.Link {
				path = e.Target + "/" + strings.Join(parts[i:], "/")
				if store.Check(path) != nil {
					return "", false
				}
				continue next
			}
		}
		return path, true
	}
	return "", false
}

// children returns the sorted names below exactly path.
func (m model) children(path string) []string {
	var names []string
	for p := range m {
		if path != "" {
			rest, ok := strings.CutPrefix(p, path+"/")
			if !ok {
				continue
			}
			p = rest
		}
		name, _, _ := strings.Cut(p, "/")
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func random(t *testing.T, s store.Store) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	m := model{}
	for step := range 400 {
		if step%150 == 149 {
			ok(t, s.Reset(bg()))
			clear(m)
		}
		b := store.NewBatch()
		for range 1 + r.IntN(1+r.IntN(4)) {
			randomOp(r, b, m)
		}
		d := store.Lazy
		if r.IntN(20) == 0 {
			d = store.Durable
		}
		err := s.Apply(bg(), b, d)
		if m.apply(b.Ops()) != (err == nil) || err != nil && !fail.Is(err, fail.Conflict) {
			t.Fatalf("seed %d step %d: Apply(%+v) gives %v", seed, step, b.Ops(), err)
		}
		for range 3 {
			compare(t, s, m, randomPath(r), fmt.Sprintf("seed %d step %d", seed, step))
		}
	}
	for p := range m {
		compare(t, s, m, p, fmt.Sprintf("seed %d at the end", seed))
	}
}

func randomOp(r *rand.Rand, b *store.Batch, m model) {
	p := randomPath(r)
	switch r.IntN(9) {
	case 0, 1:
		b.Put(p, []byte(fmt.Sprint(r.IntN(2))))
	case 2, 3:
		b.Link(p, randomPath(r))
	case 4, 5:
		b.SwapLink(p, m[p].Target, randomPath(r)+"/s")
	case 6:
		b.SwapLink(p, m[p].Target, "")
	case 7:
		b.MakeGroup(p)
	case 8:
		b.Bind(p, randomPath(r)+"/s")
	}
}

func randomPath(r *rand.Rand) string {
	parts := make([]string, 1+r.IntN(3))
	for i := range parts {
		parts[i] = []string{"a", "b", "a!", "\x00", "B"}[r.IntN(5)]
	}
	return store.Join(parts...)
}

// compare reads path in every way from s and from m.
func compare(t *testing.T, s store.Store, m model, path, when string) {
	t.Helper()
	final, ends := m.resolve(path)
	v, getErr := s.Get(bg(), path)
	typ, typErr := s.Type(bg(), path)
	names, listErr := s.List(bg(), path, store.Page{})
	if !ends {
		for _, err := range []error{getErr, typErr, listErr} {
			if !fail.Is(err, fail.Exhausted) {
				t.Fatalf("%s: links of %q do not end, but the store says %v", when, path, err)
			}
		}
		return
	}
	e, children := m[final], m.children(final)
	if (e.Kind == store.Value) != (getErr == nil) || string(v) != string(e.Data) {
		t.Fatalf("%s: Get(%q) = %q, %v; the model has %+v at %q", when, path, v, getErr, e, final)
	}
	want := store.Absent
	switch {
	case e.Kind == store.Value:
		want = store.Simple
	case e.Kind == store.Group || len(children) > 0:
		want = store.Composite
	}
	if typ != want || typErr != nil {
		t.Fatalf("%s: Type(%q) = %s, %v; want %s", when, path, typ, typErr, want)
	}
	if !slices.Equal(names, children) || (listErr == nil) != (e.Kind == store.Group || len(children) > 0) {
		t.Fatalf("%s: List(%q) = %q, %v; want %q", when, path, names, listErr, children)
	}
	if got, err := s.Resolve(bg(), path); err != nil || got != final {
		t.Fatalf("%s: Resolve(%q) = %q, %v; want %q", when, path, got, err, final)
	}
}
