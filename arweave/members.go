package arweave

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
)

// Names and values of the tags that make an item a bundle to AO-Core nodes
// (spec 01, 13.4). They are matched exactly, capitals included.
const (
	TagFormat    = "bundle-format"
	TagVersion   = "bundle-version"
	TagMap       = "bundle-map"
	TagMapFormat = "map-format"

	formatBinary = "binary"
	version2     = "2.0.0"
)

// Shape says what the members of an item form.
type Shape uint8

const (
	// MapShape is a map from names to items.
	MapShape Shape = iota
	// ListShape is a list. Written, its members are named "1" to "n" and the
	// item is tagged map-format: list. Read, it is a bundle without a manifest,
	// whose members have no names; a written list reads back as a map.
	ListShape
)

// Member is an item inside another. Name is empty in a list that was read.
type Member struct {
	Name string
	Item Item
}

// IsBundle reports whether the tags say that the data is a bundle.
func (it *Item) IsBundle() bool {
	return it.Tags.has(Tag{TagFormat, formatBinary}) && it.Tags.has(Tag{TagVersion, version2})
}

// WithMembers returns an unsigned copy of the item whose data is a bundle of
// the members behind a manifest of their names, and whose tags say so (spec 01,
// 13.4). The members must be in K-order of their names (spec 01, 2.3); beyond 32
// members the manifest lists them in the reverse of it.
//
// # Errors
//
// [fail.Invalid] when a name is not UTF-8 or occurs twice, else the errors of
// [Dialect.AppendItems] and [NewTags].
func (it *Item) WithMembers(shape Shape, members []Member) (Item, error) {
	const op = "arweave.WithMembers"
	if len(members) >= MaxEntries {
		return Item{}, fail.New(fail.TooLarge, op, "%d members, at most %d", len(members), MaxEntries-1)
	}
	items, ids := make([]Item, 1+len(members)), make([]id.ID, 1+len(members))
	for i := range members {
		items[1+i], ids[1+i] = members[i].Item, members[i].Item.UnsignedID()
	}
	text, err := manifest(members, ids[1:])
	if err != nil {
		return Item{}, err
	}
	tags, err := NewTags(Tag{"data-protocol", TagMap}, Tag{"variant", "0.0.1"})
	if err != nil {
		return Item{}, err
	}
	items[0] = Item{Tags: tags, Data: text}
	ids[0] = items[0].UnsignedID()
	data, err := AOCore.appendItems(nil, items, ids)
	if err != nil {
		return Item{}, err
	}
	format, version := Tag{TagFormat, formatBinary}, Tag{TagVersion, version2}
	list := []Tag{format, version}
	for _, t := range it.Tags.list {
		if t != format && t != version && t.Name != TagMap {
			list = append(list, t)
		}
	}
	if shape == ListShape {
		list = append(list, Tag{TagMapFormat, "list"})
	}
	list = append(list, Tag{TagMap, ids[0].String()})
	if tags, err = NewTags(list...); err != nil {
		return Item{}, err
	}
	return Item{Target: it.Target, Anchor: it.Anchor, Tags: tags, Data: data}, nil
}

// smallMap is the greatest map that the reference orders by key.
const smallMap = 32

// manifest writes the JSON object of names and unsigned IDs.
func manifest(members []Member, ids []id.ID) ([]byte, error) {
	const op = "arweave.WithMembers"
	seen := make(map[string]bool, len(members))
	out := append(make([]byte, 0, 2+len(members)*64), '{')
	for i := range members {
		if len(members) > smallMap {
			i = len(members) - 1 - i
		}
		name := members[i].Name
		if seen[name] || !utf8.ValidString(name) {
			return nil, fail.New(fail.Invalid, op, "the name %q of a member occurs twice or is not UTF-8", name)
		}
		seen[name] = true
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(appendJSON(out, name), ':')
		out = appendJSON(out, ids[i].String())
	}
	return append(out, '}'), nil
}

// appendJSON writes a string as the reference does (spec 01, 12.1): control
// bytes as escapes, with capitals in hex; everything else raw.
func appendJSON(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20:
			dst = append(dst, c)
		case c >= '\b' && c <= '\r' && c != '\v':
			dst = append(dst, '\\', "btn_fr"[c-'\b'])
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(dst, '"')
}

// Members reads the data of an item as a bundle, of either dialect. With a tag
// bundle-map the members are named by the manifest and in its order, else they
// form a list. IDs in the bundle's header are not trusted: the manifest refers
// to computed unsigned IDs. Members share the item's memory, and their own data
// are not looked into. An item with empty data has a detached bundle; the
// caller is to look for that first.
//
// # Errors
//
// [fail.Invalid] when the item is not tagged as a bundle, the bundle, an item or
// the manifest is malformed, or the manifest names an item that is not there.
func (it *Item) Members() (Shape, []Member, error) {
	const op = "arweave.Members"
	if !it.IsBundle() {
		return 0, nil, fail.New(fail.Invalid, op, "the data item is not tagged as a bundle")
	}
	b, err := ParseBundle(it.Data)
	if err != nil {
		return 0, nil, err
	}
	items, err := b.Items()
	if err != nil {
		return 0, nil, err
	}
	want, named := it.Tags.Get(TagMap)
	if !named {
		out := make([]Member, len(items))
		for i := range items {
			out[i].Item = items[i]
		}
		return ListShape, out, nil
	}
	out, err := nameItems(items, want)
	return MapShape, out, err
}

// nameItems finds the manifest with the ID want and names items by it.
func nameItems(items []Item, want string) ([]Member, error) {
	const op = "arweave.Members"
	manifestID, err := id.Parse(want)
	if err != nil {
		return nil, fail.New(fail.Invalid, op, "the tag %s is not an ID", TagMap)
	}
	byID := make(map[id.ID]int, len(items))
	for i := range items {
		key := items[i].UnsignedID()
		if _, ok := byID[key]; !ok {
			byID[key] = i
		}
	}
	at, ok := byID[manifestID]
	if !ok {
		return nil, fail.New(fail.Invalid, op, "the manifest is not in the bundle").At(want)
	}
	names, err := parseManifest(items[at].Data)
	if err != nil {
		return nil, err
	}
	out := make([]Member, 0, len(names))
	for _, n := range names {
		key, err := id.Parse(n.id)
		if err != nil {
			return nil, fail.New(fail.Invalid, op, "the manifest of the bundle holds something that is not an ID").At(n.name)
		}
		at, ok := byID[key]
		if !ok {
			return nil, fail.New(fail.Invalid, op, "an item of the manifest is not in the bundle").At(n.name)
		}
		out = append(out, Member{n.name, items[at]})
	}
	return out, nil
}

// reference is an entry of a manifest.
type reference struct{ name, id string }

// parseManifest reads a JSON object of strings in order; of repeated names the
// first wins.
func parseManifest(text []byte) ([]reference, error) {
	bad := func(what string) error {
		return fail.New(fail.Invalid, "arweave.Members", "the manifest of the bundle is not a JSON object of strings: %s", what)
	}
	if !utf8.Valid(text) {
		return nil, bad("it is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, bad("no object")
	}
	var out []reference
	seen := map[string]bool{}
	for dec.More() {
		var r reference
		for _, part := range []*string{&r.name, &r.id} {
			t, err := dec.Token()
			s, ok := t.(string)
			if err != nil || !ok {
				return nil, bad("no string")
			}
			*part = s
		}
		if !seen[r.name] {
			seen[r.name] = true
			out = append(out, r)
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, bad("no end")
	}
	if _, err := dec.Token(); err == nil || len(bytes.TrimSpace(text[dec.InputOffset():])) > 0 {
		return nil, bad("something follows it")
	}
	return slices.Clip(out), nil
}
