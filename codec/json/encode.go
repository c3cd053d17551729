package json

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/field"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Format returns a rich value as JSON text in the plain form: the atoms true,
// false and null are literals, other atoms strings. A link in a message is
// written as the member "NAME+link".
//
// # Errors
//
// [fail.Invalid] for a string that is not UTF-8, a float that is not a number,
// a link outside a message and an unresolved path; [fail.Exhausted] when values
// nest deeper than [message.MaxDepth].
func Format(v message.Value) (string, error) {
	p := printer{ctx: context.Background()}
	if err := p.value(v, message.MaxDepth); err != nil {
		return "", err
	}
	return string(p.dst), nil
}

// Encode returns a rich value as JSON text in the typed form of json@1.0 (spec
// 01, 12.1). With opt.Bundle, nested values are embedded and links loaded;
// without, nested values become links.
//
// # Errors
//
// Those of [Format], and [fail.NotFound] when a link of a bundle cannot be
// loaded.
func Encode(ctx context.Context, env codec.Env, v message.Value, opt codec.Options) (string, error) {
	p := printer{ctx: ctx, env: env, typed: true, link: !opt.Bundle, load: opt.Bundle}
	if err := p.value(v, message.MaxDepth); err != nil {
		return "", err
	}
	return string(p.dst), nil
}

// printer appends JSON to dst.
type printer struct {
	dst   []byte
	ctx   context.Context
	env   codec.Env
	typed bool // atoms are strings with a type
	link  bool // nested values become links
	load  bool // links are loaded and embedded

	items []item // members of the objects that are open, the innermost last
	key   string // of the value at hand, for errors
}

// item is a member of an object.
type item struct {
	name string
	val  message.Value
}

const opEncode = "json.Encode"

func (p *printer) value(v message.Value, depth int) error {
	if depth == 0 {
		return fail.New(fail.Exhausted, opEncode, "values nest deeper than %d levels", message.MaxDepth)
	}
	switch x := v.(type) {
	case message.Binary:
		return p.text(string(x))
	case message.Int:
		p.dst = strconv.AppendInt(p.dst, int64(x), 10)
		return nil
	case *message.Big:
		p.dst = append(p.dst, x.String()...)
		return nil
	case message.Float:
		return p.float(float64(x))
	case message.Atom:
		if !p.typed && (x == message.True || x == message.False || x == message.Null) {
			p.dst = append(p.dst, x...)
			return nil
		}
		return p.text(string(x))
	case *message.Message:
		return p.object(x, depth)
	case *message.List:
		return p.list(x, depth)
	case message.Link:
		return p.linked(x, depth)
	}
	return fail.New(fail.Invalid, opEncode, "%q is a path that has not been resolved; JSON cannot carry it", p.key)
}

// linked prints what a link refers to.
func (p *printer) linked(l message.Link, depth int) error {
	if !p.load {
		return fail.New(fail.Invalid, opEncode, "%q holds a link outside a message; load it first", p.key)
	}
	v, err := message.Loaded(p.ctx, p.env.Load, l)
	if err != nil {
		return fail.New(fail.KindOf(err), opEncode, "cannot embed %q: %w", p.key, err)
	}
	return p.nested(v, depth)
}

// nested prints a value inside another one. A bundle holds committed messages
// as they would be stored (spec 01, 5.2).
func (p *printer) nested(v message.Value, depth int) error {
	switch x := v.(type) {
	case *message.Message:
		if p.load {
			v = x.OnlyCommitted()
		}
	case *message.List, message.Link:
	default:
		return p.value(v, depth)
	}
	return p.value(v, depth-1)
}

func (p *printer) list(l *message.List, depth int) error {
	if p.typed {
		for _, v := range l.All() {
			if _, ok := v.(message.Atom); ok || p.link && isNested(v) {
				return p.numbered(l, depth)
			}
		}
	}
	p.dst = append(p.dst, '[')
	start := len(p.dst)
	for _, v := range l.All() {
		if p.typed && isUnresolved(v) {
			continue
		}
		if len(p.dst) > start {
			p.dst = append(p.dst, ',')
		}
		if err := p.nested(v, depth); err != nil {
			return err
		}
	}
	p.dst = append(p.dst, ']')
	return nil
}

// numbered prints a list whose elements need annotations as an object.
func (p *printer) numbered(l *message.List, depth int) error {
	base := len(p.items)
	types := []byte(`.="list"`)
	m := l.Numbered()
	for k, v := range m.All() {
		if err := p.collect(&types, k, v); err != nil {
			return err
		}
	}
	p.items = append(p.items, item{structured.TypesKey, message.Binary(types)})
	return p.members(base, nil, depth)
}

func (p *printer) object(m *message.Message, depth int) error {
	base := len(p.items)
	if !p.typed {
		for k, v := range m.All() {
			if l, ok := v.(message.Link); ok && !p.load {
				k, v = k+message.LinkSuffix, message.Binary(l.ID)
			}
			p.items = append(p.items, item{k, v})
		}
		return p.members(base, m, depth)
	}
	if annotated(m) {
		return p.annotated(m, depth)
	}
	var types []byte
	for k, v := range m.All() {
		switch k {
		case "unsigned_id", "content-digest":
			continue
		case message.CommitmentsKey:
			p.items = append(p.items, item{k, v})
			continue
		}
		if err := p.collect(&types, k, v); err != nil {
			return err
		}
	}
	if len(types) > 0 {
		p.items = append(p.items, item{structured.TypesKey, message.Binary(types)})
	}
	return p.members(base, m, depth)
}

// annotated reports whether a rich message has annotations of a TABM in it,
// which take effect once it is one.
func annotated(m *message.Message) bool {
	for k, v := range m.All() {
		if _, ok := v.(message.Binary); ok && (k == structured.TypesKey || strings.HasSuffix(k, message.LinkSuffix)) {
			return true
		}
	}
	return false
}

// annotated prints a message as it is after its annotations have been applied.
func (p *printer) annotated(m *message.Message, depth int) error {
	tabm, err := embedValue(p.ctx, p.env, m, depth)
	if err != nil {
		return err
	}
	v, err := structured.FromTABM(tabm)
	if err != nil {
		return err
	}
	return p.value(v, depth-1)
}

// collect adds one member in the typed form: the type of an atom is noted, and
// nested values become links when they are to.
func (p *printer) collect(types *[]byte, k string, v message.Value) error {
	switch x := v.(type) {
	case message.Atom:
		if len(*types) > 0 {
			*types = append(*types, ", "...)
		}
		*types = field.AppendEscape(*types, k)
		*types = append(*types, `="atom"`...)
	case message.Link:
		if p.link {
			k, v = k+message.LinkSuffix, message.Binary(x.ID)
		}
	case *message.Message, *message.List:
		if p.link {
			i, err := p.env.LinkID(p.ctx, v)
			if err != nil {
				return err
			}
			k, v = k+message.LinkSuffix, message.Binary(i.String())
		}
	case *message.As, *message.Resolve: // not content
		return nil
	}
	p.items = append(p.items, item{k, v})
	return nil
}

// members prints the items from base on as an object and drops them. When they
// are the entries of a message, m is that message.
func (p *printer) members(base int, m *message.Message, depth int) error {
	items := sortItems(p.items[base:])
	n := len(items)
	p.dst = append(p.dst, '{')
	member := func(i int, it item) error {
		if i > 0 {
			p.dst = append(p.dst, ',')
		}
		return p.member(it, depth)
	}
	if n <= message.SmallSize {
		for i := range n {
			// The stack may move while a member is printed.
			if err := member(i, p.items[base+i]); err != nil {
				return err
			}
		}
	} else {
		for i, name := range hashOrder(items, m) {
			at, _ := slices.BinarySearchFunc(p.items[base:base+n], name, compareName)
			if err := member(i, p.items[base+at]); err != nil {
				return err
			}
		}
	}
	p.dst = append(p.dst, '}')
	clear(p.items[base:])
	p.items = p.items[:base]
	return nil
}

func (p *printer) member(it item, depth int) error {
	p.key = it.name
	if err := p.text(it.name); err != nil {
		return err
	}
	p.dst = append(p.dst, ':')
	if it.name == message.CommitmentsKey && p.typed {
		typed, link := p.typed, p.link
		p.typed, p.link = false, false // as they are (spec 01, 4.1)
		err := p.nested(withTextAnchors(withoutPrivate(it.val, message.MaxDepth)), depth)
		p.typed, p.link = typed, link
		return err
	}
	return p.nested(it.val, depth)
}

func compareName(it item, name string) int { return strings.Compare(it.name, name) }

// sortItems sorts items by name in place; of two with the same name the last
// stays.
func sortItems(items []item) []item {
	sorted := true
	for i := 1; i < len(items); i++ {
		if items[i-1].name >= items[i].name {
			sorted = false
			break
		}
	}
	if sorted {
		return items
	}
	slices.SortStableFunc(items, func(a, b item) int { return strings.Compare(a.name, b.name) })
	out := items[:0]
	for _, it := range items {
		if n := len(out); n > 0 && out[n-1].name == it.name {
			out[n-1] = it
			continue
		}
		out = append(out, it)
	}
	return out
}

// hashOrder returns the names of more than 32 items in iteration order of the
// reference (spec 01, 2.3). When they are the keys of m, its memo knows them.
func hashOrder(items []item, m *message.Message) []string {
	if m.Len() == len(items) && !slices.ContainsFunc(items, func(it item) bool { return !m.Has(it.name) }) {
		return m.MapKeys()
	}
	names := make([]string, len(items))
	for i := range items {
		names[i] = items[i].name
	}
	message.SortWire(names)
	slices.Reverse(names)
	return names
}

func isNested(v message.Value) bool {
	switch v.(type) {
	case *message.Message, *message.List, message.Link:
		return true
	}
	return false
}

func isUnresolved(v message.Value) bool {
	switch v.(type) {
	case *message.As, *message.Resolve:
		return true
	}
	return false
}
