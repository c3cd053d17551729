package ans104

import (
	"maps"
	"slices"
	"strings"
	"unsafe"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/field"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const opDecode = "ans104.Decode"

// Names of tags and keys with a meaning.
const (
	keyData    = "data"
	keyBody    = "body"
	keyTarget  = "target"
	keyDataKey = "ao-data-key"
	keyKind    = "ao-type"
	kindBinary = "binary"
)

// FromItem returns the TABM of an item (spec 01, 13.6): a message, or a binary
// for an item with the tag ao-type: binary. Large data shares the memory of the
// item.
//
// # Errors
//
// [fail.Invalid] when a bundle or the tag ao-types is malformed,
// [fail.Exhausted] beyond [MaxDepth], [fail.TooLarge] beyond [MaxMembers].
func FromItem(it *arweave.Item) (message.Value, error) {
	v, _, err := fromItem(it, MaxDepth, whenCapitals)
	return v, err
}

// FromUnsigned is [FromItem] for an unsigned item that was committed to: its
// message has a commitment in any case.
func FromUnsigned(it *arweave.Item) (message.Value, error) {
	v, _, err := fromItem(it, MaxDepth, always)
	return v, err
}

// need says when an unsigned item has a commitment.
type need uint8

const (
	whenCapitals need = iota // when a name of a tag has capitals (spec 01, 13.6)
	whenSigned               // when it cannot be restored: a signature around it covers its bytes
	always
)

// fromItem also returns the number of messages in the item.
func fromItem(it *arweave.Item, depth int, n need) (v message.Value, count int, err error) {
	if depth == 0 {
		return nil, 0, fail.New(fail.Exhausted, opDecode, "bundles nest deeper than %d levels", MaxDepth)
	}
	if kind, ok := it.Tags.Get(keyKind); ok && kind == kindBinary {
		return dataText(it.Data), 1, nil
	}
	if n == whenCapitals && it.Signed() {
		n = whenSigned
	}
	r := reading{it: it, need: n}
	count = 1
	if len(it.Data) > 0 && isNamedBundle(it.Tags) {
		if r.members, count, err = membersOf(it, depth, min(n, whenSigned)); err != nil {
			return nil, 0, err
		}
	}
	if err := r.lower(); err != nil {
		return nil, 0, err
	}
	return r.message(), count, nil
}

// place identifies an item by where its bytes are.
type place [4]*byte

func placeOf(it *arweave.Item) place {
	return place{unsafe.SliceData(it.Data), unsafe.SliceData(it.Tags.Encoded()), unsafe.SliceData(it.Target), unsafe.SliceData(it.Signature)}
}

// membersOf reads the members of a bundle. A manifest may name one item many
// times, at every level: the item is read once, and counted as often as it is
// named.
func membersOf(it *arweave.Item, depth int, n need) (*message.Message, int, error) {
	_, members, err := it.Members()
	if err != nil {
		return nil, 0, err
	}
	type known struct {
		v     message.Value
		count int
	}
	var bundles map[place]known
	b := message.NewBuilder(len(members))
	total := 1
	for i := range members {
		m := &members[i]
		if m.Name == message.CommitmentsKey {
			return nil, 0, fail.New(fail.Invalid, opDecode, "a member of a bundle cannot be called %q", m.Name)
		}
		inner := m.Item.IsBundle()
		k, seen := bundles[placeOf(&m.Item)]
		if !inner || !seen {
			if k.v, k.count, err = fromItem(&m.Item, depth-1, n); err != nil {
				return nil, 0, err
			}
		}
		if inner && !seen {
			if bundles == nil {
				bundles = map[place]known{}
			}
			bundles[placeOf(&m.Item)] = k
		}
		if total += k.count; total > MaxMembers {
			return nil, 0, fail.New(fail.TooLarge, opDecode, "more than %d messages in an item", MaxMembers)
		}
		b.Set(m.Name, k.v)
	}
	return b.Message(), total, nil
}

// reading is an item on its way to a message.
type reading struct {
	it      *arweave.Item
	members *message.Message // of a bundle with a manifest, else nil

	names    []string        // of the tags, in lower case
	raw      []message.Value // of the tags as they are
	values   []message.Value // of the keys, at the first place of their names
	first    []bool          // whether the tag is the first of its name
	dataKey  string
	original bool // the tags do not follow from the message
	need     need
}

// lower reads the tags: names in lower case, repeated ones collapsed, ao-types
// in canonical form.
func (r *reading) lower() error {
	tags := r.it.Tags.List()
	n := len(tags)
	both := make([]message.Value, 2*n)
	r.names, r.raw, r.values, r.first = make([]string, n), both[:n], both[n:], make([]bool, n)
	r.dataKey = keyData
	var places map[string]int // for many tags
	if n > message.SmallSize {
		places = make(map[string]int, n)
	}
	repeated := false
	for i := range tags {
		name := strings.ToLower(tags[i].Name)
		r.original = r.original || name != tags[i].Name
		r.names[i], r.raw[i] = name, message.Binary(tags[i].Value)
		at := -1
		if places == nil {
			at = slices.Index(r.names[:i], name)
		} else if p, ok := places[name]; ok {
			at = p
		} else {
			places[name] = i
		}
		r.first[i] = at < 0
		repeated = repeated || at >= 0
	}
	copy(r.values, r.raw)
	if repeated {
		r.collapse()
	}
	for i, name := range r.names {
		if !r.first[i] {
			continue
		}
		switch name {
		case structured.TypesKey:
			types, err := lowerTypes(r.text(i))
			if err != nil {
				return err
			}
			r.values[i] = message.Binary(types)
		case keyDataKey:
			if k := r.text(i); isKey(k) {
				r.dataKey = k
			}
		}
	}
	return nil
}

// text returns the value of the key at the place of tag i.
func (r *reading) text(i int) string {
	b, _ := r.values[i].(message.Binary)
	return string(b)
}

// collapse gives each repeated name a structured field list of its values.
func (r *reading) collapse() {
	all := make(map[string][]string, len(r.names))
	for i, name := range r.names {
		all[name] = append(all[name], r.text(i))
	}
	for i, name := range r.names {
		if !r.first[i] || len(all[name]) == 1 {
			continue
		}
		var list []byte
		for j, v := range all[name] {
			if j > 0 {
				list = append(list, ", "...)
			}
			// Lenient strings print every byte, so this cannot fail.
			list, _ = field.Lenient.AppendItem(list, field.Item{Value: field.String(v)})
		}
		r.values[i] = message.Binary(list)
	}
}

// lowerTypes returns annotations with their keys in lower case and sorted.
func lowerTypes(s string) (string, error) {
	types, err := structured.Types(s)
	if err != nil {
		return "", err
	}
	folded := make(map[string]string, len(types))
	for _, k := range slices.Sorted(maps.Keys(types)) {
		folded[strings.ToLower(k)] = types[k]
	}
	var out []byte
	for _, k := range slices.Sorted(maps.Keys(folded)) {
		out = structured.AppendType(out, k, folded[k])
	}
	return string(out), nil
}

// isLayout reports whether a tag says how the item is laid out and is no key of
// the message.
func isLayout(name string) bool {
	switch name {
	case arweave.TagFormat, arweave.TagVersion, arweave.TagMap, keyDataKey:
		return true
	}
	return false
}

// message puts the keys together. Of a name that occurs twice, data counts
// before fields, and fields before tags.
func (r *reading) message() *message.Message {
	hasData := r.members == nil && len(r.it.Data) > 0
	b := message.NewBuilder(len(r.names) + 3 + r.members.Len())
	committed := make([]string, 0, len(r.names)+2+r.members.Len())
	switch {
	case r.members != nil:
		committed = append(committed, r.members.Keys()...)
	case hasData:
		committed = append(committed, r.dataKey)
	}
	for i, name := range r.names {
		if !r.first[i] || isLayout(name) {
			continue
		}
		b.Set(name, r.values[i])
		if isKey(name) && !r.members.Has(name) && !(hasData && name == r.dataKey) {
			committed = append(committed, name)
		}
	}
	if len(r.it.Target) > 0 {
		b.Set(keyTarget, encode("", r.it.Target))
		if !slices.Contains(committed, keyTarget) {
			committed = append(committed, keyTarget)
		}
	}
	for k, v := range r.members.All() {
		b.Set(k, v)
	}
	if hasData {
		b.Set(r.dataKey, dataText(r.it.Data))
	}
	if r.original {
		b.Set(message.CommitmentsKey, r.commitments(committed))
		return b.Message()
	}
	m := b.Message()
	r.original = r.need >= whenSigned && !r.follows(m, committed)
	if !r.it.Signed() && !r.original && r.need != always {
		return m
	}
	return m.Set(message.CommitmentsKey, r.commitments(committed))
}

// isKey reports whether a name can be a committed key.
func isKey(name string) bool { return name != message.CommitmentsKey && !message.IsPrivate(name) }
