package json

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Decode reads JSON text in the typed form (spec 01, 12.2): like [Parse], then
// the annotations of messages are applied, at every level: "ao-types" makes
// atoms, integers, floats and lists of texts and numbered messages, and
// "NAME+link" a link. Text without annotations is read as by Parse.
//
// # Errors
//
// Those of [Parse] and [structured.FromTABM].
func Decode(text string) (message.Value, error) {
	v, annotated, err := parse(text)
	if err != nil || !annotated {
		return v, err
	}
	if v, err = elements(v); err != nil {
		return nil, err
	}
	return structured.FromTABM(v)
}

// elements applies the annotations of messages that are elements of lists,
// which structured.FromTABM does not look at.
func elements(v message.Value) (message.Value, error) {
	switch x := v.(type) {
	case *message.Message:
		out := x
		for k, e := range x.All() {
			if !isNested(e) {
				continue
			}
			n, err := elements(e)
			if err != nil {
				return nil, err
			}
			if n != e {
				out = out.Set(k, n)
			}
		}
		return out, nil
	case *message.List:
		var items []message.Value
		for i, e := range x.All() {
			if !isNested(e) {
				continue
			}
			n, err := elements(e)
			if err != nil {
				return nil, err
			}
			if n, err = structured.FromTABM(n); err != nil {
				return nil, err
			}
			if n == e {
				continue
			}
			if items == nil {
				for _, o := range x.All() {
					items = append(items, o)
				}
			}
			items[i] = n
		}
		if items != nil {
			return message.NewList(items...), nil
		}
	}
	return v, nil
}

// embed returns the TABM of a rich value in which nested values are embedded
// and links stay links.
func embed(ctx context.Context, env codec.Env, v message.Value) (message.Value, error) {
	return embedValue(ctx, env, v, message.MaxDepth)
}

func embedValue(ctx context.Context, env codec.Env, v message.Value, depth int) (message.Value, error) {
	if depth == 0 {
		return nil, fail.New(fail.Exhausted, "json.Decode", "values nest deeper than %d levels", message.MaxDepth)
	}
	l, isList := v.(*message.List)
	if isList {
		v = l.Numbered()
	}
	m, ok := v.(*message.Message)
	if !ok {
		return v, nil
	}
	flat := message.NewBuilder(m.Len())
	var nested []item
	for k, e := range m.All() {
		switch e.(type) {
		case *message.Message, *message.List:
			nested = append(nested, item{k, e})
		default:
			flat.Set(k, e)
		}
	}
	t, err := structured.ToTABM(ctx, env, flat.Message())
	if err != nil {
		return nil, err
	}
	out := t.(*message.Message)
	if len(nested) > 0 {
		if out, err = embedItems(ctx, env, out, nested, depth); err != nil {
			return nil, err
		}
	}
	if isList {
		types := `.="list"`
		if s := out.Text(structured.TypesKey); s != "" {
			types += ", " + s
		}
		out = out.Set(structured.TypesKey, message.Binary(types))
	}
	return out, nil
}

// embedItems adds nested values to a flat TABM. Commitments stay as they are
// (spec 01, 2.8).
func embedItems(ctx context.Context, env codec.Env, flat *message.Message, nested []item, depth int) (*message.Message, error) {
	b := message.NewBuilder(flat.Len() + len(nested))
	for k, v := range flat.All() {
		b.Set(k, v)
	}
	for _, it := range nested {
		v := it.val
		if it.name != message.CommitmentsKey {
			var err error
			if v, err = embedValue(ctx, env, v, depth-1); err != nil {
				return nil, err
			}
		}
		b.Set(it.name, v)
	}
	return b.Message(), nil
}
