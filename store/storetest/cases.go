package storetest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/store"
)

func bg() context.Context { return context.Background() }

func values(t *testing.T, s store.Store) {
	none(t, s, "a")
	ok(t, s.Put(bg(), "a", []byte("1")))
	get(t, s, "a", "1")
	ok(t, s.Put(bg(), "a", []byte("1")))
	kind(t, s.Put(bg(), "a", []byte("2")), fail.Conflict)
	get(t, s, "a", "1")
	for _, v := range []string{"", "group", "link:a", "\x00", "\x01\x02", "g", "v", "l"} {
		p := "v/" + fmt.Sprintf("%x", v) + "."
		ok(t, s.Put(bg(), p, []byte(v)))
		get(t, s, p, v)
		typed(t, s, p, store.Simple)
	}
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	ok(t, s.Put(bg(), "big", big))
	get(t, s, "big", string(big))
	kind(t, s.Link(bg(), "a", "big"), fail.Conflict)
	kind(t, s.MakeGroup(bg(), "a"), fail.Conflict)
	kind(t, s.SwapLink(bg(), "a", "", "big"), fail.Conflict)
	// A value may have children; its own value is still its value.
	ok(t, s.Put(bg(), "a/below", []byte("3")))
	get(t, s, "a", "1")
	get(t, s, "a/below", "3")
	list(t, s, "a", "below")
}

func links(t *testing.T, s store.Store) {
	ok(t, s.Put(bg(), "data/x", []byte("X")))
	ok(t, s.Put(bg(), "data/y", []byte("Y")))
	ok(t, s.Link(bg(), "name", "data/x"))
	get(t, s, "name", "X")
	resolved(t, s, "name", "data/x")
	ok(t, s.Link(bg(), "name", "data/y"))
	get(t, s, "name", "Y")
	kind(t, s.Put(bg(), "name", []byte("Z")), fail.Conflict)
	target, err := s.Target(bg(), "name")
	ok(t, err)
	if target != "data/y" {
		t.Fatalf("target is %q", target)
	}
	_, err = s.Target(bg(), "data/x")
	kind(t, err, fail.NotFound)
	_, err = s.Target(bg(), "nothing")
	kind(t, err, fail.NotFound)
	// A link to itself is no work, and hides nothing.
	ok(t, s.Link(bg(), "self", "self"))
	typed(t, s, "self", store.Absent)
	ok(t, s.Link(bg(), "name", "name"))
	get(t, s, "name", "Y")
	// A dangling link is nothing until its target comes.
	ok(t, s.Link(bg(), "early", "late"))
	none(t, s, "early")
	typed(t, s, "early", store.Absent)
	resolved(t, s, "early", "late")
	ok(t, s.Put(bg(), "late", []byte("L")))
	get(t, s, "early", "L")
	// A link may take the place of a group, implied or marked.
	ok(t, s.Put(bg(), "signed/result", []byte("R")))
	ok(t, s.MakeGroup(bg(), "signed"))
	ok(t, s.Put(bg(), "unsigned/key", []byte("K")))
	ok(t, s.Link(bg(), "signed", "unsigned"))
	get(t, s, "signed/key", "K")
	get(t, s, "signed/result", "R")
	list(t, s, "signed", "key")
	ok(t, s.MakeGroup(bg(), "signed"))
	get(t, s, "signed/key", "K")
}

func chains(t *testing.T, s store.Store) {
	ok(t, s.Put(bg(), "g/sub/v", []byte("deep")))
	ok(t, s.Link(bg(), "l1", "g"))
	ok(t, s.Link(bg(), "l2", "l1"))
	ok(t, s.Link(bg(), "l3", "l2/sub"))
	get(t, s, "l2/sub/v", "deep")
	get(t, s, "l3/v", "deep")
	resolved(t, s, "l3/v", "g/sub/v")
	list(t, s, "l3", "v")
	list(t, s, "l2", "sub")
	typed(t, s, "l2", store.Composite)
	none(t, s, "l2")
	ok(t, s.Link(bg(), "g/sub/back", "l1"))
	get(t, s, "l3/back/sub/back/sub/v", "deep")
	for i := range 100 {
		ok(t, s.Link(bg(), fmt.Sprintf("n%d", i+1), fmt.Sprintf("n%d", i)))
	}
	ok(t, s.Put(bg(), "n0", []byte("end")))
	get(t, s, "n100", "end")
	resolved(t, s, "none/at/all", "none/at/all")
}

func cycles(t *testing.T, s store.Store) {
	ok(t, s.Link(bg(), "a", "b"))
	ok(t, s.Link(bg(), "b", "a"))
	ok(t, s.Link(bg(), "grow", "grow/x"))
	for _, p := range []string{"a", "b", "a/x", "grow", "grow/y"} {
		_, err := s.Get(bg(), p)
		kind(t, err, fail.Exhausted)
		_, err = s.Type(bg(), p)
		kind(t, err, fail.Exhausted)
		_, err = s.List(bg(), p, store.Page{})
		kind(t, err, fail.Exhausted)
		_, err = s.Resolve(bg(), p)
		kind(t, err, fail.Exhausted)
	}
}

func swap(t *testing.T, s store.Store) {
	kind(t, s.SwapLink(bg(), "head", "0", "1"), fail.Conflict)
	ok(t, s.SwapLink(bg(), "head", "", "0"))
	kind(t, s.SwapLink(bg(), "head", "", "1"), fail.Conflict)
	ok(t, s.SwapLink(bg(), "head", "0", "1"))
	kind(t, s.SwapLink(bg(), "head", "0", "2"), fail.Conflict)
	resolved(t, s, "head", "1")
	ok(t, s.SwapLink(bg(), "head", "1", "1"))
	kind(t, s.SwapLink(bg(), "head", "1", "head"), fail.Invalid)
	ok(t, s.SwapLink(bg(), "head", "1", ""))
	typed(t, s, "head", store.Absent)
	ok(t, s.SwapLink(bg(), "head", "", ""))
	ok(t, s.SwapLink(bg(), "deep/er/head", "", "1"))
	list(t, s, "", "deep")
	ok(t, s.SwapLink(bg(), "deep/er/head", "1", ""))
	list(t, s, "")
	typed(t, s, "deep/er", store.Absent)
	ok(t, s.MakeGroup(bg(), "g"))
	kind(t, s.SwapLink(bg(), "g", "", "x"), fail.Conflict)
}

func bind(t *testing.T, s store.Store) {
	apply := func(name, target string) error {
		b := store.NewBatch()
		b.Put("other/"+target, []byte("1"))
		b.Bind(name, target)
		return s.Apply(bg(), b, store.Lazy)
	}
	ok(t, apply("n", "a"))
	ok(t, apply("n", "a"))
	resolved(t, s, "n", "a")
	kind(t, apply("n", "b"), fail.Conflict)
	none(t, s, "other/b")
	kind(t, apply("x", "x"), fail.Invalid)
	ok(t, s.Put(bg(), "v", []byte("1")))
	kind(t, apply("v", "a"), fail.Conflict)
	ok(t, s.MakeGroup(bg(), "g"))
	kind(t, apply("g", "a"), fail.Conflict)
}

func lists(t *testing.T, s store.Store) {
	list(t, s, "")
	_, err := s.List(bg(), "g", store.Page{})
	kind(t, err, fail.NotFound)
	ok(t, s.MakeGroup(bg(), "g"))
	list(t, s, "g")
	none(t, s, "g")
	ok(t, s.MakeGroup(bg(), "g"))
	// Names that sort around the separator, and grandchildren.
	for _, n := range []string{"a", "a!b", "a/x", "a/y/z", "a\x00b", "a\x01b", "a\x00", "a\x01", "b", "\xff", "\x00", "\x01", "0", "10", "9"} {
		ok(t, s.Put(bg(), "g/"+n, []byte(n)))
	}
	ok(t, s.Link(bg(), "g/l", "g/a"))
	ok(t, s.MakeGroup(bg(), "g/m"))
	list(t, s, "g", "\x00", "\x01", "0", "10", "9", "a", "a\x00", "a\x00b", "a\x01", "a\x01b", "a!b", "b", "l", "m", "\xff")
	list(t, s, "g/a", "x", "y")
	list(t, s, "g/l", "x", "y")
	get(t, s, "g/a\x00b", "a\x00b")
	ok(t, s.Put(bg(), "gg", nil))
	ok(t, s.Put(bg(), "g!", nil))
	list(t, s, "", "g", "g!", "gg")
	_, err = s.List(bg(), "gg", store.Page{})
	kind(t, err, fail.NotFound)
}

func pages(t *testing.T, s store.Store) {
	var want []string
	for i := range 57 {
		n := fmt.Sprintf("%03d", i)
		want = append(want, n)
		ok(t, s.Put(bg(), "p/"+n+"/x", []byte(n)))
	}
	ok(t, s.Put(bg(), "p0", nil))
	for _, limit := range []int{1, 10, 56, 57, 58} {
		var got []string
		after := ""
		for {
			names, err := s.List(bg(), "p", store.Page{After: after, Limit: limit})
			ok(t, err)
			if len(names) > limit {
				t.Fatalf("%d names with limit %d", len(names), limit)
			}
			if len(names) == 0 {
				break
			}
			got = append(got, names...)
			after = names[len(names)-1]
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Fatalf("pages of %d give %q", limit, got)
		}
	}
	names, err := s.List(bg(), "p", store.Page{After: "0285", Limit: 1})
	ok(t, err)
	if len(names) != 1 || names[0] != "029" {
		t.Fatalf("after a missing name: %q", names)
	}
	_, err = s.List(bg(), "absent", store.Page{After: "x"})
	kind(t, err, fail.NotFound)
}

func types(t *testing.T, s store.Store) {
	typed(t, s, "x", store.Absent)
	ok(t, s.Put(bg(), "v", []byte("v")))
	ok(t, s.Put(bg(), "implied/child/x", []byte("v")))
	ok(t, s.MakeGroup(bg(), "marked/group"))
	ok(t, s.Link(bg(), "lv", "v"))
	ok(t, s.Link(bg(), "lg", "implied"))
	typed(t, s, "v", store.Simple)
	typed(t, s, "implied", store.Composite)
	typed(t, s, "implied/child", store.Composite)
	typed(t, s, "marked", store.Composite)
	typed(t, s, "marked/group", store.Composite)
	typed(t, s, "lv", store.Simple)
	typed(t, s, "lg", store.Composite)
	typed(t, s, "lg/child/x", store.Simple)
	typed(t, s, "v/x", store.Absent)
	typed(t, s, "impl", store.Absent)
}

func paths(t *testing.T, s store.Store) {
	for _, p := range []string{"", "/", "/a", "a/", "a//b"} {
		kind(t, s.Put(bg(), p, nil), fail.Invalid)
		kind(t, s.Link(bg(), p, "a"), fail.Invalid)
		kind(t, s.Link(bg(), "a", p), fail.Invalid)
		kind(t, s.MakeGroup(bg(), p), fail.Invalid)
		_, err := s.Get(bg(), p)
		kind(t, err, fail.Invalid)
		_, err = s.Type(bg(), p)
		kind(t, err, fail.Invalid)
		_, err = s.Resolve(bg(), p)
		kind(t, err, fail.Invalid)
	}
	deep := strings.Repeat("a/", store.MaxDepth-1) + "a"
	ok(t, s.Put(bg(), deep, []byte("deep")))
	get(t, s, deep, "deep")
	kind(t, s.Put(bg(), deep+"/a", nil), fail.TooLarge)
	wide := long("w", store.MaxPath)
	ok(t, s.Put(bg(), wide, []byte("wide")))
	get(t, s, wide, "wide")
	kind(t, s.Put(bg(), wide+"w", nil), fail.TooLarge)
	for _, c := range []string{"\x00", "\xff", "é", "%", "A", "."} {
		p := "o/" + long(c, (store.MaxPath-2)/len(c))
		ok(t, s.Put(bg(), p, []byte(c)))
		get(t, s, p, c)
	}
	names, err := s.List(bg(), "o", store.Page{})
	ok(t, err)
	if len(names) != 6 || len(names[0]) != store.MaxPath-2 {
		t.Fatalf("%d long names come back", len(names))
	}
}

func hostile(t *testing.T, s store.Store) {
	names := []string{
		".", "..", "...", ".hidden", "..%2f", "%2e%2e", "%", "%00", "a=", "a@", "a+", "=", "@", "+", "~", "CON", "nul",
		"a b", "a\nb", "a\\b", "c:", "*", "?", "\"", "<>|", "\x7f", "é", "\xc3", "LOCK", "MANIFEST", ".group", "FORMAT",
		"-rf", "$(x)", "a.tmp", "key+link", "a%2Fb",
	}
	for _, n := range names {
		ok(t, s.Put(bg(), "h/"+n, []byte(n)))
		ok(t, s.Put(bg(), "h/"+n+"/../../"+n, []byte("below "+n)))
		ok(t, s.Link(bg(), "top/../"+n, "h/"+n))
		ok(t, s.MakeGroup(bg(), "g/"+n+"/"+n))
	}
	ok(t, s.Put(bg(), "..", []byte("up")))
	ok(t, s.Put(bg(), "../../etc", []byte("etc")))
	get(t, s, "..", "up")
	get(t, s, "../../etc", "etc")
	for _, n := range names {
		get(t, s, "h/"+n, n)
		get(t, s, "h/"+n+"/../../"+n, "below "+n)
		get(t, s, "top/../"+n, n)
		typed(t, s, "g/"+n+"/"+n, store.Composite)
		list(t, s, "g/"+n, n)
	}
	got, err := s.List(bg(), "h", store.Page{})
	ok(t, err)
	if len(got) != len(names) {
		t.Fatalf("%d of %d names come back", len(got), len(names))
	}
	list(t, s, "h/..", "..")
}

func batches(t *testing.T, s store.Store) {
	for _, d := range []store.Durability{store.Lazy, store.Durable} {
		p := fmt.Sprint("b", d)
		b := store.NewBatch()
		ok(t, s.Apply(bg(), b, d))
		b.Put(p+"/data", []byte("1"))
		b.Put(p+"/data", []byte("1"))
		b.Link(p+"/l", p+"/data")
		b.SwapLink(p+"/head", "", "s0")
		b.SwapLink(p+"/head", "s0", "s1")
		b.SwapLink(p+"/tmp", "", "t")
		b.SwapLink(p+"/tmp", "t", "")
		b.MakeGroup(p + "/g")
		ok(t, s.Apply(bg(), b, d))
		get(t, s, p+"/l", "1")
		resolved(t, s, p+"/head", "s1")
		list(t, s, p, "data", "g", "head", "l")
		kind(t, s.Apply(bg(), b, d), fail.Conflict) // head has moved
		b.Clear()
		b.Put(p+"/data", []byte("1"))
		ok(t, s.Apply(bg(), b, d)) // nothing changes
	}
	ok(t, s.Sync(bg()))
}

func failing(t *testing.T, s store.Store) {
	ok(t, s.Put(bg(), "v", []byte("v")))
	ok(t, s.Link(bg(), "l", "v"))
	for _, spoil := range []func(b *store.Batch){
		func(b *store.Batch) { b.Put("v", []byte("w")) },
		func(b *store.Batch) { b.SwapLink("l", "w", "x") },
		func(b *store.Batch) { b.Link("v", "x") },
		func(b *store.Batch) { b.MakeGroup("v") },
		func(b *store.Batch) { b.Put("new", []byte("other")) },
		func(b *store.Batch) { b.Put("l", []byte("x")) },
	} {
		b := store.NewBatch()
		b.Put("new", []byte("1"))
		b.Link("newlink", "v")
		spoil(b)
		b.Put("after", []byte("1"))
		kind(t, s.Apply(bg(), b, store.Durable), fail.Conflict)
		list(t, s, "", "l", "v")
		resolved(t, s, "l", "v")
	}
	b := store.NewBatch()
	b.Put("new", []byte("1"))
	b.Put("bad//path", []byte("1"))
	kind(t, s.Apply(bg(), b, store.Lazy), fail.Invalid)
	list(t, s, "", "l", "v")
}

func reset(t *testing.T, s store.Store) {
	ok(t, s.Reset(bg()))
	ok(t, s.Put(bg(), "a/b", []byte("1")))
	ok(t, s.Link(bg(), "\xff\xff", "a"))
	ok(t, s.MakeGroup(bg(), "\x00"))
	get(t, s, "\xff\xff/b", "1")
	ok(t, s.Reset(bg()))
	list(t, s, "")
	none(t, s, "a/b")
	none(t, s, "\xff\xff/b")
	ok(t, s.Put(bg(), "a/b", []byte("2")))
	get(t, s, "a/b", "2")
}

func closing(t *testing.T, s store.Store) {
	ok(t, s.Put(bg(), "a", []byte("1")))
	ok(t, s.Close())
	ok(t, s.Close())
	_, err := s.Get(bg(), "a")
	kind(t, err, fail.Unavailable)
	_, err = s.List(bg(), "", store.Page{})
	kind(t, err, fail.Unavailable)
	_, err = s.Type(bg(), "a")
	kind(t, err, fail.Unavailable)
	kind(t, s.Put(bg(), "b", nil), fail.Unavailable)
	kind(t, s.Sync(bg()), fail.Unavailable)
	kind(t, s.Reset(bg()), fail.Unavailable)
}

func cancelled(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(bg())
	cancel()
	kind(t, s.Put(ctx, "a", nil), fail.Timeout)
	_, err := s.Get(ctx, "a")
	kind(t, err, fail.Timeout)
	typed(t, s, "a", store.Absent)
}
