package legacynet

import (
	"reflect"
	"strconv"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/arweave"
)

func TestQueryArguments(t *testing.T) {
	vars := map[string]any{"ids": []any{"a", "b"}}
	for query, want := range map[string]map[string]any{
		`{ transactions(ids: $ids) { edges { node { id } } } }`:                         {"ids": []any{"a", "b"}},
		`query X($ids: [ID!]!) { transactions (ids: $ids, first: 2) { count } }`:        {"ids": []any{"a", "b"}, "first": 2.0},
		`{ transactions(tags: [{name: "a\"b", values: ["c", null]}] sort: DESC) { x }}`: {"tags": []any{map[string]any{"name": `a"b`, "values": []any{"c", nil}}}, "sort": "DESC"},
		`{ transactions { edges { cursor } } }`:                                         {},
		"{ # comment\n transactions(a: true b: false c: -1.5) { x } }":                  {"a": true, "b": false, "c": -1.5},
	} {
		got, err := queryArguments(query, vars)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v", query, got, err)
		}
	}
	for _, bad := range []string{``, `{`, `transactions(ids: 1)`, `{ transactions(ids) }`, `{ transactions(ids: [1 }`, `{ transactions(a: "x`, `{ transactions(a: )`, `{ transactions(a: {b: 1]) }`} {
		if got, err := queryArguments(bad, nil); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func FuzzQueryArguments(f *testing.F) {
	f.Add(`{ transactions(ids: ["a"], tags: [{name: "b", values: $v}]) { edges { cursor } } }`)
	f.Add(`query($a: [ID!]!) { transactions(ids: $a sort: X) { a } # b`)
	f.Add(`{ transactions(a: [[[[[[[[[[[[[[[[[[[[`)
	f.Fuzz(func(t *testing.T, query string) {
		args, err := queryArguments(query, map[string]any{"v": "w"})
		if err == nil && args == nil {
			t.Error("neither arguments nor an error")
		}
	})
}

func FuzzPeek(f *testing.F) {
	tags, err := arweave.NewTags(arweave.Tag{Name: "Data-Protocol", Value: "ao"}, arweave.Tag{Name: "Type", Value: "Message"})
	if err != nil {
		f.Fatal(err)
	}
	it := arweave.Item{Type: arweave.Ed25519, Signature: make([]byte, 64), Owner: make([]byte, 32), Tags: tags}
	raw, err := it.Append(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:100])
	f.Fuzz(func(t *testing.T, start []byte) {
		a, ok := read(start)
		if !ok && a != (about{}) {
			t.Errorf("something was read of what cannot be: %+v", a)
		}
		if ok && len(a.id) != 43 {
			t.Errorf("an item without ID: %+v", a)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add("5")
	f.Add(cursor{Ordinate: "7", Sort: "ASC"}.String())
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseCursor(text, 3)
		if err != nil {
			return
		}
		if n < 0 {
			t.Errorf("%q gives %d", text, n)
		}
		if text == "" {
			return
		}
		again, err := parseCursor(cursor{Ordinate: strconv.FormatInt(n, 10)}.String(), 0)
		if err != nil || again != n {
			t.Errorf("%q: %d, %v", text, again, err)
		}
	})
}
